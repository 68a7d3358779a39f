/* deque.h - the tasks that a worker has put aside: it takes the newest itself, thieves take the oldest.
 *
 * After D. Chase and Y. Lev, "Dynamic circular work-stealing deque" (SPAA 2005), with the orders of N. M. Le et al.
 * (PPoPP 2013), but for their fences: here the words themselves are written in one order that all agree on.
 */
#ifndef THRUM_DEQUE_H
#define THRUM_DEQUE_H

#include <stdbool.h>
#include <stdint.h>

#include <thrum/futures/task_group.h>

typedef struct thrum__ring thrum__ring;

/* All zero is an empty deque without memory. */
typedef struct thrum__deque {
    int64_t bottom;    /* atomic; where the owner puts the next */
    thrum__ring *ring; /* atomic; see deque.c */
    char apart_[64];   /* thieves write what is behind it */
    int64_t top;       /* atomic; the oldest */
} thrum__deque;

/* For the owner: put a task aside. False when there is no memory. */
bool thrum__deque_push(thrum__deque *deque, thrum__task *task);

/* For the owner: the newest, or NULL. */
thrum__task *thrum__deque_pop(thrum__deque *deque);

/* For anybody: the oldest, or NULL. *ret_again: somebody else was faster, and there may be more. */
thrum__task *thrum__deque_steal(thrum__deque *deque, bool *ret_again);

/* Whether there was a task a moment ago. */
bool thrum__deque_seems_full(const thrum__deque *deque);

/* Forget what is in it; and free its memory. Nobody else uses it. */
void thrum__deque_reset(thrum__deque *deque);
void thrum__deque_free(thrum__deque *deque);

#endif
