/* side.h - threads that wait at one side of a queue: for an item, for a place, or for the end of all tasks.
 *
 * A waiting thread says where its item lies, or is to be laid. Whoever ends its wait does its work, too: it copies
 * the item before it delivers. So a woken thread has what it came for, and nobody can overtake it.
 */
#ifndef THRUM_SIDE_H
#define THRUM_SIDE_H

#include <thrum/threading/lock.h>

#include "park/queue.h"

/* Threads are queued at the address of the struct. All is protected by the queue's lock. */
typedef struct thrum__side {
    uint32_t bit;   /* of this side in ring.waiting; does not change */
    bool waited_at; /* threads may be queued; a thread whose time is up leaves without the lock */
    bool called;    /* one that was served is on its way, and will serve the others: see service.c */
} thrum__side;

/* How a call waits. */
typedef struct thrum__patience {
    const void *site;
    int64_t deadline; /* INT64_MIN: not at all */
    int error;        /* what is wrong with the time limit, or 0: then the deadline is not valid */
} thrum__patience;

thrum__patience thrum__patience_of(thrum_timeout timeout, const void *site);

static inline thrum__patience thrum__no_patience(void) {
    return (thrum__patience){.deadline = INT64_MIN};
}

/* Whether that will be without error. */
static inline bool thrum__patience_is_valid(thrum_timeout timeout) {
    return timeout.ns >= 0 && (timeout.ns <= THRUM_TIMEOUT_MAX.ns || timeout.ns == THRUM_FOREVER.ns);
}

/* What a thread is told whose wait has ended well, and who is to serve the others. Otherwise it is 0 or a code. */
enum { THRUM__SERVE_OTHERS = 1 };

/* With the lock held: queue the calling thread at `side` of `queue`, as the newest. */
thrum__record *thrum__side_join(thrum__side *side, const void *queue, const thrum__patience *patience, void *item);

/* With the lock held: find out whether threads are queued. */
void thrum__side_look(thrum__side *side);

/* With the lock held: take out the thread that has waited longest, to be told 0 with the others in `wakes`; or NULL.
 * Its item is record->wait.item; to tell it something else, set record->token. */
thrum__record *thrum__side_take(thrum__side *side, thrum__wakes *wakes);

/* With the lock held: take all out, to be told `result`. */
void thrum__side_take_all(thrum__side *side, thrum__wakes *wakes, int result);

#endif
