/* deque.c - push, pop and steal.
 *
 * The tasks are those with indices from top to bottom - 1.
 *     bottom   moved by the owner only: up by push, down by pop and up again when there was nothing to take
 *     top      t -> t + 1 by whoever takes the task t: a thief, or the owner when t is the last one
 *     ring     replaced by the owner by one twice as large with the same tasks at the same indices; the old one stays
 *              until the end, for a thief may still look into it: all together they are less than the last one
 *
 * The owner takes a task by lowering bottom and only then looking at top; a thief looks at bottom and only then
 * raises top. These are seq_cst, so at least one of them sees the other: they meet only at the last task, and there
 * the exchange of top decides.
 */
#include <stdlib.h>

#include "base/hooks.h"
#include "futures/deque.h"

enum { first_places = 64 };

struct thrum__ring {
    thrum__ring *older;
    int64_t places;       /* a power of two */
    thrum__task *tasks[]; /* atomic */
};

static thrum__task **place(thrum__ring *ring, int64_t index) {
    return &ring->tasks[index & (ring->places - 1)];
}

static thrum__ring *grow(thrum__deque *deque, thrum__ring *old, int64_t top, int64_t bottom) {
    int64_t places = old ? 2 * old->places : first_places;
    thrum__ring *ring = malloc(sizeof *ring + (size_t)places * sizeof ring->tasks[0]);
    if (!ring)
        return NULL;
    ring->older = old;
    ring->places = places;
    for (int64_t i = top; i < bottom; i++) /* relaxed, both: the owner wrote what it reads; release below */
        __atomic_store_n(place(ring, i), __atomic_load_n(place(old, i), __ATOMIC_RELAXED), __ATOMIC_RELAXED);
    /* Release: pairs with the acquire load in steal. */
    __atomic_store_n(&deque->ring, ring, __ATOMIC_RELEASE);
    return ring;
}

bool thrum__deque_push(thrum__deque *deque, thrum__task *task) {
    /* Relaxed, both: the owner's own words. */
    int64_t bottom = __atomic_load_n(&deque->bottom, __ATOMIC_RELAXED);
    thrum__ring *ring = __atomic_load_n(&deque->ring, __ATOMIC_RELAXED);
    /* Acquire: pairs with the exchange of a thief, which has read the place that is about to be used again. */
    int64_t top = __atomic_load_n(&deque->top, __ATOMIC_ACQUIRE);
    if (!ring || bottom - top >= ring->places) {
        ring = grow(deque, ring, top, bottom);
        if (!ring)
            return false;
    }
    /* Relaxed: the store of bottom makes it visible. */
    __atomic_store_n(place(ring, bottom), task, __ATOMIC_RELAXED);
    thrum__point(deque, THRUM__POINT_ATOMIC);
    __atomic_store_n(&deque->bottom, bottom + 1, __ATOMIC_SEQ_CST);
    return true;
}

/* There is one task left, or none: whether it is the owner's. */
static bool win_last(thrum__deque *deque, int64_t top, int64_t bottom) {
    bool won = false;
    if (top == bottom) {
        thrum__point(deque, THRUM__POINT_ATOMIC);
        /* Relaxed on failure: a thief has it. */
        won = __atomic_compare_exchange_n(&deque->top, &top, top + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
    }
    thrum__point(deque, THRUM__POINT_ATOMIC);
    /* Relaxed: it is empty for whoever sees this, and for whoever does not. */
    __atomic_store_n(&deque->bottom, bottom + 1, __ATOMIC_RELAXED);
    return won;
}

thrum__task *thrum__deque_pop(thrum__deque *deque) {
    /* Relaxed: bottom and ring are the owner's own; top only grows, so what looks empty is empty. */
    int64_t bottom = __atomic_load_n(&deque->bottom, __ATOMIC_RELAXED) - 1;
    if (bottom < __atomic_load_n(&deque->top, __ATOMIC_RELAXED))
        return NULL;
    thrum__point(deque, THRUM__POINT_ATOMIC);
    __atomic_store_n(&deque->bottom, bottom, __ATOMIC_SEQ_CST);
    thrum__point(deque, THRUM__POINT_ATOMIC);
    int64_t top = __atomic_load_n(&deque->top, __ATOMIC_SEQ_CST);
    /* Relaxed, both: the owner's own. */
    thrum__task *task = __atomic_load_n(place(__atomic_load_n(&deque->ring, __ATOMIC_RELAXED), bottom), //
                                        __ATOMIC_RELAXED);
    return top < bottom || win_last(deque, top, bottom) ? task : NULL;
}

thrum__task *thrum__deque_steal(thrum__deque *deque, bool *ret_again) {
    thrum__point(deque, THRUM__POINT_ATOMIC);
    int64_t top = __atomic_load_n(&deque->top, __ATOMIC_SEQ_CST);
    thrum__point(deque, THRUM__POINT_ATOMIC);
    if (top >= __atomic_load_n(&deque->bottom, __ATOMIC_SEQ_CST))
        return NULL;
    /* Acquire: pairs with grow(). An older ring has the same task here, unless top has moved. */
    thrum__ring *ring = __atomic_load_n(&deque->ring, __ATOMIC_ACQUIRE);
    /* Relaxed: the load of bottom has made it visible. */
    thrum__task *task = __atomic_load_n(place(ring, top), __ATOMIC_RELAXED);
    thrum__point(deque, THRUM__POINT_ATOMIC);
    /* Relaxed on failure: somebody else has it. */
    if (__atomic_compare_exchange_n(&deque->top, &top, top + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        return task;
    *ret_again = true;
    return NULL;
}

bool thrum__deque_seems_full(const thrum__deque *deque) {
    thrum__point(deque, THRUM__POINT_ATOMIC);
    int64_t top = __atomic_load_n(&deque->top, __ATOMIC_SEQ_CST);
    return top < __atomic_load_n(&deque->bottom, __ATOMIC_SEQ_CST);
}

void thrum__deque_reset(thrum__deque *deque) {
    deque->top = deque->bottom = 0;
}

void thrum__deque_free(thrum__deque *deque) {
    for (thrum__ring *ring = deque->ring, *older; ring; ring = older) {
        older = ring->older;
        free(ring);
    }
    deque->ring = NULL;
}
