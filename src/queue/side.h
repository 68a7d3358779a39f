/* side.h - threads that wait at one side of a queue: for an item, for a place, or for the end of all tasks.
 *
 * A waiting thread says where its item lies, or is to be laid. Whoever ends its wait does its work, too: it copies
 * the item before it delivers. So a woken thread has what it came for, and nobody can overtake it.
 */
#ifndef THRUM_SIDE_H
#define THRUM_SIDE_H

#include <thrum/threading/lock.h>

#include "park/queue.h"

/* Threads are queued at the address of the struct. */
typedef struct thrum__side {
    uint32_t waiting; /* 1 while threads may be queued; written with the queue's lock held */
} thrum__side;

/* How a call waits. */
typedef struct thrum__patience {
    const void *site;
    int64_t deadline; /* INT64_MIN: not at all */
    int error;        /* what is wrong with the time limit, or 0: then the deadline is not valid */
} thrum__patience;

thrum__patience thrum__patience_of(thrum_timeout timeout, const void *site);

/* Wait at `side` of `queue`, with its lock held by the caller, which is released. Returns what was said by the thread
 * that ended the wait, 0 or a code, or THRUM_TIMED_OUT. The queue may be gone then. */
int thrum__side_wait(thrum__side *side, const void *queue, thrum_lock *lock, const thrum__patience *patience,
                     void *item);

/* With the lock held: take out the thread that has waited longest, to be told 0 with the others in `wakes`; or NULL.
 * Its item is record->wait.item; to tell it something else, set record->token. */
thrum__record *thrum__side_take(thrum__side *side, thrum__wakes *wakes);

/* With the lock held: take all out, to be told `result`. */
void thrum__side_take_all(thrum__side *side, thrum__wakes *wakes, int result);

#endif
