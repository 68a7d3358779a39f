/* deque.h - the tasks that a worker has put aside: it takes the newest itself, thieves take the oldest.
 *
 * After D. Chase and Y. Lev, "Dynamic circular work-stealing deque" (SPAA 2005). The tasks are those with indices
 * from top to bottom - 1.
 *     bottom   moved by the owner only: up by push, down by pop, and up again when there was nothing to take
 *     top      t -> t + 1 by whoever takes the task t: a thief, or the owner when t is the last one
 *     ring     replaced by the owner by one twice as large with the same tasks at the same indices; the old one stays
 *              until the end, for a thief may still look into it: all together they are less than the last one
 *     limit    how far bottom may go before the owner has to look at top, and at its ring
 * All zero is an empty deque without memory. The struct is in the public header, for what is inlined there: the same
 * as push and pop here, as far as no thief has to be asked.
 *
 * The owner takes a task by lowering bottom and only then looking at top; a thief raises top only if, after looking
 * at top, it finds bottom above it. If the owner does not see how far top was when a thief looked at it, then that
 * thief sees how far bottom is lowered: so they meet only at the last task, and there the exchange of top decides.
 * Likewise one who puts a task aside moves bottom and then looks whether somebody sleeps, and one who lies down says
 * so and then looks at bottom: one sees the other.
 *
 * Stores of bottom must not be passed by the owner's next load for that. The owner does it a million times for each
 * time that somebody steals, so its side is the light one of platform/fence.h, and a thief pays.
 */
#ifndef THRUM_DEQUE_H
#define THRUM_DEQUE_H

#include <stdbool.h>
#include <stdint.h>

#include <thrum/futures/task_group.h>

#include "platform/fence.h"

typedef struct thrum__ring {
    struct thrum__ring *older;
    int64_t mask;         /* places - 1; a power of two of them */
    thrum__task *tasks[]; /* atomic */
} thrum__ring;

/* For the owner: make room. False when there is no memory. */
bool thrum__deque_grow(thrum__deque *deque);

/* There is one task left, or none: whether it is the owner's. */
bool thrum__deque_win_last(thrum__deque *deque, int64_t top, int64_t bottom);

/* For anybody: the oldest, or NULL. *ret_again: somebody else was faster, and there may be more. */
thrum__task *thrum__deque_steal(thrum__deque *deque, bool *ret_again);

/* Whether there was a task a moment ago. */
bool thrum__deque_seems_full(const thrum__deque *deque);

/* Forget what is in it; and free its memory. Nobody else uses it. */
void thrum__deque_reset(thrum__deque *deque);
void thrum__deque_free(thrum__deque *deque);

static inline thrum__task **thrum__ring_place(thrum__ring *ring, int64_t index) {
    return &ring->tasks[index & ring->mask];
}

/* For the owner: put a task aside. False when there is no memory. */
static inline bool thrum__deque_push(thrum__deque *deque, thrum__task *task) {
    /* Relaxed: the owner's own words. */
    int64_t bottom = __atomic_load_n(&deque->bottom_, __ATOMIC_RELAXED);
    thrum__ring *ring = __atomic_load_n(&deque->ring_, __ATOMIC_RELAXED);
    /* Acquire: pairs with the exchange of a thief, which has read the place that is about to be used again. */
    int64_t top = __atomic_load_n(&deque->top_, __ATOMIC_ACQUIRE);
    if (THRUM_UNLIKELY_(!ring || bottom - top > ring->mask)) {
        if (!thrum__deque_grow(deque))
            return false;
        ring = __atomic_load_n(&deque->ring_, __ATOMIC_RELAXED); /* relaxed: as above */
    }
    deque->limit_ = top + ring->mask + 1;
    /* Relaxed: the store of bottom makes it visible. */
    __atomic_store_n(thrum__ring_place(ring, bottom), task, __ATOMIC_RELAXED);
    thrum__fence_light_store(&deque->bottom_, bottom + 1); /* pairs with the heavy fence of who looks for work */
    return true;
}

/* For the owner: the newest, or NULL. */
static inline thrum__task *thrum__deque_pop(thrum__deque *deque) {
    /* Relaxed: bottom and ring are the owner's own; top only grows, so what looks empty is empty. */
    int64_t bottom = __atomic_load_n(&deque->bottom_, __ATOMIC_RELAXED) - 1;
    if (bottom < __atomic_load_n(&deque->top_, __ATOMIC_RELAXED))
        return NULL;
    thrum__fence_light_store(&deque->bottom_, bottom); /* pairs with the heavy fence in steal */
    thrum__point(deque, THRUM__POINT_ATOMIC);
    int64_t top = __atomic_load_n(&deque->top_, __ATOMIC_SEQ_CST);
    thrum__ring *ring = __atomic_load_n(&deque->ring_, __ATOMIC_RELAXED); /* relaxed, twice: the owner's own */
    thrum__task *task = __atomic_load_n(thrum__ring_place(ring, bottom), __ATOMIC_RELAXED);
    return THRUM_LIKELY_(top < bottom) || thrum__deque_win_last(deque, top, bottom) ? task : NULL;
}

#endif
