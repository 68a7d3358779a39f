/* side.c - the one place where threads wait for a queue.
 *
 * `waited_at` of a side:
 *     false    nobody is queued, and nobody comes without the lock of the queue
 *     true     threads may be queued: set by a thread that is about to queue itself; back to false by who finds
 *     nobody
 * Both moves are made with the lock of the queue held. A thread whose time is up leaves first, and takes the lock and
 * looks then: with the lock it might wait, and no thread can wait at two places.
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

thrum__record *thrum__side_join(thrum__side *side, const void *queue, const thrum__patience *patience, void *item) {
    thrum__record *me = thrum__record_self();
    thrum__wait wait = thrum__wait_for(THRUM__KIND_QUEUE, queue, NULL, patience->deadline, patience->site);
    wait.item = item;
    thrum__queue *room = thrum__queue_lock(side);
    thrum__queue_push(room, me, side, &wait);
    thrum__queue_unlock(room);
    side->waited_at = true;
    return me;
}

/* With the latch. */
static void look(thrum__side *side, const thrum__queue *room) {
    side->waited_at = thrum__queue_first(room, side) != NULL;
}

void thrum__side_look(thrum__side *side) {
    thrum__queue *room = thrum__queue_lock(side);
    look(side, room);
    thrum__queue_unlock(room);
}

thrum__record *thrum__side_take(thrum__side *side, thrum__wakes *wakes) {
    if (!side->waited_at)
        return NULL;
    thrum__queue *room = thrum__queue_lock(side);
    thrum__record *first = thrum__queue_first(room, side);
    if (first)
        thrum__wakes_add(wakes, room, first, 0);
    look(side, room);
    thrum__queue_unlock(room);
    return first;
}

void thrum__side_take_all(thrum__side *side, thrum__wakes *wakes, int result) {
    for (thrum__record *record; (record = thrum__side_take(side, wakes));)
        record->token = (uint32_t)result;
}
