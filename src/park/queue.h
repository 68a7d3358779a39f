/* queue.h - the waiting room: threads queued by the address that they wait at, each asleep on a word of its own.
 *
 * The idea
 *   An object needs only a bit that says "somebody waits". Who waits is written here, in a table of queues hashed by
 * address, each under a latch. So a lock is four bytes, and order of arrival, time limits, removal, moving a waiter
 * from one address to another, deadlock detection and exploration exist once.
 *
 *   A primitive's slow path reads like this:
 *
 *       thrum__queue *q = thrum__queue_lock(object);        from here on nobody joins or leaves
 *       if (there is no need to wait after all)             looked at again, under the latch
 *               ... thrum__queue_unlock(q), done
 *       set the object's "somebody waits" bit;
 *       thrum__queue_push(q, me, object, &wait);
 *       thrum__queue_unlock(q);
 *       int r = thrum__park(me, object, deadline);          0: somebody delivered; me->token is what they said
 *
 *   and its counterpart:
 *
 *       thrum__queue *q = thrum__queue_lock(object);
 *       change the object's state;
 *       thrum__record *first = thrum__queue_first(q, object);
 *       thrum__queue_remove(q, first);
 *       thrum__queue_unlock(q);
 *       thrum__deliver(first, token);                       the only thing that ends its wait
 *
 * Promises: threads at one address are kept in the order of arrival. A wait ends by a delivery or by its time limit,
 * and by nothing else; when both happen the delivery wins. The object is not touched by a delivery, so the woken
 * thread may free it.
 *
 * Locking: a queue's latch protects the list, and of each record in it key, next, prev, sequence and wait. It is held
 * for a few loads and stores. No thread holds the latches of two queues, but around a fork.
 */
#ifndef THRUM_PARK_QUEUE_H
#define THRUM_PARK_QUEUE_H

#include <thrum/base.h>

#include "park/latch.h"
#include "park/record.h"

typedef struct thrum__queue {
    thrum__latch latch;
    thrum__record *first, *last;
} __attribute__((aligned(64))) thrum__queue;

/* Threads that were taken out of a queue and are to be woken once its latch is free. */
typedef struct thrum__wakes {
    thrum__record *first, **last;
} thrum__wakes;

/* Lock the queue in which threads wait at `key`. Not for a signal handler that may have interrupted a holder:
 * signal.h. */
thrum__queue *thrum__queue_lock(const void *key);
void thrum__queue_unlock(thrum__queue *queue);

/* The thread that has waited longest at `key`, and the one that came next after `record`; NULL when there is none. */
thrum__record *thrum__queue_first(const thrum__queue *queue, const void *key);
thrum__record *thrum__queue_next(const thrum__record *record, const void *key);

/* Add `record`, as the newest or as the oldest, with what it waits for. Its word becomes AWAKE. */
void thrum__queue_push(thrum__queue *queue, thrum__record *record, const void *key, const thrum__wait *wait);
void thrum__queue_push_front(thrum__queue *queue, thrum__record *record, const void *key, const thrum__wait *wait);

/* As thrum__queue_push(), for a thread whose word somebody may have changed already. */
void thrum__queue_show(thrum__queue *queue, thrum__record *record, const void *key, const thrum__wait *wait);

/* Add as the newest a thread that was removed from another queue and is not to be woken yet. It has no time limit
 * from now on. */
void thrum__queue_move(thrum__queue *queue, thrum__record *record, const void *key, const thrum__wait *wait);

/* Take `record` out. Somebody must deliver to it, unless it is the caller itself. */
void thrum__queue_remove(thrum__queue *queue, thrum__record *record);

/* Leave the queue of `key`, because the time has passed or waiting is of no use. False when somebody took the thread
 * out before: a delivery is on its way. */
bool thrum__queue_leave(thrum__record *me, const void *key);

/* Wait, queued at `key`, for a delivery. Returns 0, or THRUM_TIMED_OUT, when the thread is in no queue any more. */
int thrum__park(thrum__record *me, const void *key, int64_t deadline);

/* The same in two steps, for a primitive that must change its state in the moment in which it gives up: doze returns
 * false when the time has passed, with the thread still queued unless a delivery is under way. `others`: how many
 * threads have to run before it can be woken. */
bool thrum__doze(thrum__record *me, int64_t deadline, uint32_t others);

/* The first part of a doze: look for a while, without sleeping. False when nothing has come. */
bool thrum__doze_awake(thrum__record *me, int64_t deadline, uint32_t others);

/* Sleep without spinning first, for locks: a thread that stays off the owner's cache line makes everybody faster. */
bool thrum__doze_at_once(thrum__record *me, int64_t deadline);
int thrum__park_at_once(thrum__record *me, const void *key, int64_t deadline);

/* End the wait of a thread that was taken out of its queue. */
void thrum__deliver(thrum__record *record, uint32_t token);

/* Collect threads to wake, and wake them, in order. */
static inline thrum__wakes *thrum__wakes_init(thrum__wakes *wakes) {
    wakes->first = NULL;
    wakes->last = &wakes->first;
    return wakes;
}
void thrum__wakes_add(thrum__wakes *wakes, thrum__queue *queue, thrum__record *record, uint32_t token);
void thrum__wakes_deliver(thrum__wakes *wakes);

/* A description of a wait that begins now. */
thrum__wait thrum__wait_for(thrum__kind kind, const void *object, const uint32_t *owner_word, int64_t deadline,
                            const void *site);

/* Settle every wait that can be settled: what is left when more was put off by signal handlers than could be noted.
 */
void thrum__queue_settle_all(void);

/* Around a fork: hold all queues still, let go of them, and empty them. */
void thrum__queue_before_fork(void);
void thrum__queue_after_fork_parent(void);
void thrum__queue_after_fork_child(void);

#endif
