/* deque.c - what is rare: growing, the last task, and stealing. deque.h has the rules. */
#include <stdlib.h>

#include "base/memory.h"
#include "futures/deque.h"

enum { first_places = 64 };

bool thrum__deque_grow(thrum__deque *deque) {
    /* Relaxed, all: the owner's own, and a top that is out of date copies a task too many. */
    thrum__ring *old = __atomic_load_n(&deque->ring_, __ATOMIC_RELAXED);
    int64_t top = __atomic_load_n(&deque->top_, __ATOMIC_RELAXED);
    int64_t bottom = __atomic_load_n(&deque->bottom_, __ATOMIC_RELAXED);
    int64_t places = old ? 2 * (old->mask + 1) : first_places;
    thrum__ring *ring = thrum__malloc(sizeof *ring + (size_t)places * sizeof ring->tasks[0]);
    if (!ring)
        return false;
    ring->older = old;
    ring->mask = places - 1;
    for (int64_t i = top; i < bottom; i++) { /* relaxed, both: the owner wrote what it reads; release below */
        thrum__task *task = __atomic_load_n(thrum__ring_place(old, i), __ATOMIC_RELAXED);
        __atomic_store_n(thrum__ring_place(ring, i), task, __ATOMIC_RELAXED);
    }
    /* Release: pairs with the acquire load in steal. */
    __atomic_store_n(&deque->ring_, ring, __ATOMIC_RELEASE);
    deque->tasks_ = ring->tasks;
    deque->mask_ = ring->mask;
    return true;
}

bool thrum__deque_win_last(thrum__deque *deque, int64_t top, int64_t bottom) {
    bool won = false;
    if (top == bottom) {
        thrum__point(deque, THRUM__POINT_ATOMIC);
        /* Relaxed on failure: a thief has it. */
        won = __atomic_compare_exchange_n(&deque->top_, &top, top + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
    }
    thrum__point(deque, THRUM__POINT_ATOMIC);
    /* Relaxed: it is empty for whoever sees this, and for whoever does not. */
    __atomic_store_n(&deque->bottom_, bottom + 1, __ATOMIC_RELAXED);
    return won;
}

thrum__task *thrum__deque_steal(thrum__deque *deque, bool *ret_again) {
    thrum__point(deque, THRUM__POINT_ATOMIC);
    int64_t top = __atomic_load_n(&deque->top_, __ATOMIC_SEQ_CST);
    /* Relaxed: a first look, to leave the owners in peace when there is nothing. */
    if (top >= __atomic_load_n(&deque->bottom_, __ATOMIC_RELAXED))
        return NULL;
    thrum__fence_heavy(); /* pairs with the light stores of push and pop: what top was, the owner sees from here on */
    thrum__point(deque, THRUM__POINT_ATOMIC);
    if (top >= __atomic_load_n(&deque->bottom_, __ATOMIC_SEQ_CST))
        return NULL;
    /* Acquire: pairs with grow. An older ring has the same task here, unless top has moved. */
    thrum__ring *ring = __atomic_load_n(&deque->ring_, __ATOMIC_ACQUIRE);
    /* Relaxed: the load of bottom has made it visible. */
    thrum__task *task = __atomic_load_n(thrum__ring_place(ring, top), __ATOMIC_RELAXED);
    thrum__point(deque, THRUM__POINT_ATOMIC);
    /* Relaxed on failure: somebody else has it. */
    if (__atomic_compare_exchange_n(&deque->top_, &top, top + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        return task;
    *ret_again = true;
    return NULL;
}

bool thrum__deque_seems_full(const thrum__deque *deque) {
    thrum__point(deque, THRUM__POINT_ATOMIC);
    int64_t top = __atomic_load_n(&deque->top_, __ATOMIC_SEQ_CST);
    return top < __atomic_load_n(&deque->bottom_, __ATOMIC_SEQ_CST);
}

void thrum__deque_reset(thrum__deque *deque) {
    deque->top_ = deque->bottom_ = deque->limit_ = 0;
}

void thrum__deque_free(thrum__deque *deque) {
    for (thrum__ring *ring = deque->ring_, *older; ring; ring = older) {
        older = ring->older;
        free(ring);
    }
    *deque = (thrum__deque){0};
}
