/* queue_internal.h - what a Queue, a LifoQueue and a PriorityQueue are made of. */
#ifndef THRUM_QUEUE_INTERNAL_H
#define THRUM_QUEUE_INTERNAL_H

#include <thrum/queue.h>

#include "queue/side.h"
#include "queue/store.h"

struct thrum_queue {
    thrum_lock lock; /* protects all the rest but `discard`, which does not change */
    bool shut_down;
    size_t maxsize;    /* 0: no limit */
    size_t unfinished; /* items that were put, minus calls of task_done */
    thrum__side getters, putters, joiners;
    thrum__store store;
    void (*discard)(void *item);
};

/* These are called with the lock held. While threads wait for an item the store is empty; while they wait for a place
 * it is full, or was when they came. After a shutdown nobody waits for either. */

static inline bool thrum__queue_is_full(const thrum_queue *queue) {
    return queue->maxsize > 0 && queue->store.count >= queue->maxsize;
}

/* Add one item, if need be beyond the limit: hand it to the thread that has waited longest for one, or store it.
 * Returns 0, or -ENOMEM with nothing changed. */
int thrum__queue_add(thrum_queue *queue, const void *item, thrum__wakes *wakes);

#endif
