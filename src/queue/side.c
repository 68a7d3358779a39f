/* side.c - the one place where threads wait for a queue.
 *
 * `waiting` of a side:
 *     0    nobody is queued, and nobody comes without the lock of the queue
 *     1    threads may be queued: set by a thread that is about to queue itself; back to 0 by who finds nobody
 * Both moves are made with the lock of the queue held. A thread whose time is up leaves without the lock, so 1 may be
 * left over; it costs one look.
 *
 * Locking: the lock of the queue, then the latch of the waiting room's queue. No thread delivers with either of them
 * held: the woken one may free the queue.
 */
#include "queue/side.h"
#include "time/time_internal.h"

thrum__patience thrum__patience_of(thrum_timeout timeout, const void *site) {
    thrum__patience patience = {.site = site};
    patience.error = thrum__deadline(timeout, THRUM__REFUSE_NEGATIVE, &patience.deadline);
    return patience;
}

int thrum__side_wait(thrum__side *side, const void *queue, thrum_lock *lock, const thrum__patience *patience,
                     void *item) THRUM_UNCHECKED {
    thrum__record *me = thrum__record_self();
    thrum__wait wait = thrum__wait_for(THRUM__KIND_QUEUE, queue, NULL, patience->deadline, patience->site);
    wait.item = item;
    thrum__queue *room = thrum__queue_lock(side);
    side->waiting = 1;
    thrum__queue_push(room, me, side, &wait);
    thrum__queue_unlock(room);
    (void)thrum_lock_release(lock); /* cannot fail: the caller holds it */
    int r = thrum__park(me, side, patience->deadline);
    return r < 0 ? r : (int)me->token;
}

thrum__record *thrum__side_take(thrum__side *side, thrum__wakes *wakes) {
    if (!side->waiting)
        return NULL;
    thrum__queue *room = thrum__queue_lock(side);
    thrum__record *first = thrum__queue_first(room, side);
    if (first)
        thrum__wakes_add(wakes, room, first, 0);
    else
        side->waiting = 0;
    thrum__queue_unlock(room);
    return first;
}

void thrum__side_take_all(thrum__side *side, thrum__wakes *wakes, int result) {
    for (thrum__record *record; (record = thrum__side_take(side, wakes));)
        record->token = (uint32_t)result;
}
