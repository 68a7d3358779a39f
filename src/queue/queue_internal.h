/* queue_internal.h - what a Queue, a LifoQueue and a PriorityQueue are made of.
 *
 * A bounded Queue keeps its items in a ring, which puts and gets use without a lock as long as nobody has to wait
 * (ring.h); all other queues keep them in a store, and everything about them goes through the lock. A queue whose
 * limit is changed uses the store from then on; what is still in the ring comes out first.
 */
#ifndef THRUM_QUEUE_INTERNAL_H
#define THRUM_QUEUE_INTERNAL_H

#include <thrum/queue.h>

#include "queue/ring.h"
#include "queue/side.h"
#include "queue/store.h"

struct thrum_queue {
    thrum__ring ring;
    uint64_t done, known; /* see tasks.c */
    unsigned char apart_[THRUM__RING_LINE];
    thrum_lock lock; /* protects the rest but `discard`, which does not change */
    bool shut_down, uses_ring;
    size_t maxsize;    /* 0: no limit */
    uint64_t put_past; /* how many items were put otherwise than through the ring */
    thrum__side getters, putters, joiners;
    thrum__store store;
    void (*discard)(void *item);
};

/* Take the lock; serve those who wait, who are then in `wakes`; and hold words of the ring, THRUM__HOLD_TAIL so that
 * nobody puts but the caller, THRUM__HOLD_HEAD so that nobody gets, until leaving. So if threads wait for an item
 * there is none, when tail is held; and if threads wait for a place there is none, when head is held. */
enum { THRUM__HOLD_TAIL = 1, THRUM__HOLD_HEAD = 2 };
void thrum__service_enter(thrum_queue *queue, int hold, thrum__wakes *wakes);

/* Release the lock, and wake. The queue may be gone then. */
void thrum__service_leave(thrum_queue *queue, thrum__wakes *wakes);

/* Inside: serve those who wait, as when entering. If threads wait for an item afterwards there was none, and if
 * threads wait for a place there was none, whatever others have put or got by now. */
void thrum__service_serve(thrum_queue *queue, thrum__wakes *wakes);

/* Inside, say that the caller is about to wait at a side. It looks again after that, and then waits or leaves. */
void thrum__service_announce(thrum_queue *queue, const thrum__side *side);

/* Inside, wait at a side, and leave. Returns what the thread is told, 0 or a code; or THRUM_TIMED_OUT, after which
 * the caller looks a last time. */
int thrum__service_wait(thrum_queue *queue, thrum__side *side, thrum__wakes *wakes, const thrum__patience *patience,
                        void *item);

/* Outside, having put or got without the lock, and found the bit of those who wait for that: serve the first. */
void thrum__service_call(thrum_queue *queue);

/* Inside: how many items there are, whether it is full, and taking one out. */
size_t thrum__queue_count(const thrum_queue *queue);
bool thrum__queue_is_full(const thrum_queue *queue);
void thrum__queue_take(thrum_queue *queue, void *ret_item);

/* Inside, with tail held: add one item, if need be beyond the limit: hand it to the thread that has waited longest
 * for one, or keep it. Returns 0, or -ENOMEM with nothing changed. */
int thrum__queue_add(thrum_queue *queue, const void *item, thrum__wakes *wakes);

/* Inside, with tail held: `count` tasks are done, or as many as there are; whoever waits for the last of them is
 * woken. See tasks.c. */
void thrum__queue_finish(thrum_queue *queue, size_t count, thrum__wakes *wakes);

#endif
