/* service.c - who waits, and who serves them.
 *
 * A thread begins to wait inside: with the lock, and with the word of its side of the ring held. The word stays held
 * until nobody waits there, so who comes later cannot overtake: it has to enter, and whoever enters first serves
 * those who wait. So for all who can look, an item goes to the first who waits for one in the moment in which it is
 * put, and a place in that in which it is made; only the copying is done later.
 *
 * By whom? The put that finds the getters' bit in ring.waiting enters, and serves the first of them. When more wait,
 * it clears the bit, and tells the one it has served that it is `called`, to serve the others when it runs. Until
 * then others put without the lock and without waking anybody, so that by then there is something for many. Otherwise
 * each put would wake a getter, which would find nothing more and go back to sleep, at the price of two switches an
 * item. So at each side at most one thread is on its way to serve. It sets the bit again before it looks what there
 * is, so nothing is overlooked. The same at the other side, with getters for putters.
 *
 * A bit is set while threads are queued at its side and none is called; and while a thread is about to queue itself.
 *
 * Locking: the lock of the queue is held for a copy, or for that of another thread that is in the middle of it; or
 * for the comparisons of a heap, whose function is the caller's. Nobody waits with it held for anything else, and
 * threads are woken after it is released. Inside it the latch of the waiting room is taken (side.c).
 */
#include <errno.h>
#include <string.h>

#include "queue/queue_internal.h"
#include "time/time_internal.h"

size_t thrum__queue_count(const thrum_queue *queue) {
    bool held;
    return thrum__ring_count(&queue->ring, &held) + queue->store.count;
}

bool thrum__queue_is_full(const thrum_queue *queue) {
    return queue->maxsize > 0 && thrum__queue_count(queue) >= queue->maxsize;
}

void thrum__queue_take(thrum_queue *queue, void *ret_item) {
    bool held;
    if (thrum__ring_count(&queue->ring, &held) > 0)
        thrum__ring_pop(&queue->ring, ret_item);
    else
        thrum__store_pop(&queue->store, ret_item);
}

static int keep(thrum_queue *queue, const void *item) {
    if (!queue->uses_ring)
        return thrum__store_push(&queue->store, item);
    thrum__ring_push(&queue->ring, item);
    return 0;
}

int thrum__queue_add(thrum_queue *queue, const void *item, thrum__wakes *wakes) {
    thrum__record *getter = thrum__side_take(&queue->getters, wakes);
    if (getter)
        memcpy(getter->wait.item, item, queue->store.order.item_size);
    else if (keep(queue, item) < 0)
        return -ENOMEM;
    if (getter || !queue->uses_ring)
        queue->put_past++;
    return 0;
}

static bool serve_getter(thrum_queue *queue, thrum__wakes *wakes) {
    if (!queue->getters.waited_at || thrum__queue_count(queue) == 0)
        return false;
    thrum__record *getter = thrum__side_take(&queue->getters, wakes);
    if (getter)
        thrum__queue_take(queue, getter->wait.item);
    return getter;
}

static bool serve_putter(thrum_queue *queue, thrum__wakes *wakes) {
    if (!queue->putters.waited_at || thrum__queue_is_full(queue))
        return false;
    thrum__record *putter = thrum__side_take(&queue->putters, wakes);
    if (putter)
        thrum__ring_push(&queue->ring, putter->wait.item);
    return putter;
}

/* Each service may make another possible. Without the ring there is nothing to be made up for: everybody is served by
 * the one who puts or gets. */
void thrum__service_serve(thrum_queue *queue, thrum__wakes *wakes) {
    while (queue->uses_ring && (serve_getter(queue, wakes) || serve_putter(queue, wakes)))
        ;
}

void thrum__service_enter(thrum_queue *queue, int hold, thrum__wakes *wakes) THRUM_UNCHECKED {
    thrum__wakes_init(wakes);
    thrum_lock_acquire(&queue->lock);
    if (queue->uses_ring && hold & THRUM__HOLD_TAIL)
        thrum__ring_hold(&queue->ring, &queue->ring.tail);
    if (queue->uses_ring && hold & THRUM__HOLD_HEAD)
        thrum__ring_hold(&queue->ring, &queue->ring.head);
    thrum__service_serve(queue, wakes);
}

static uint32_t bit_if_empty(const thrum__side *side) {
    return side->waited_at ? 0 : side->bit;
}

/* Where nobody waits, everybody may put, get and finish without the lock. */
static void open(thrum_queue *queue) {
    thrum__ring_clear_waiting(&queue->ring, bit_if_empty(&queue->getters) | bit_if_empty(&queue->putters) |
                                                bit_if_empty(&queue->joiners));
    if (queue->uses_ring && !queue->getters.waited_at)
        thrum__ring_let_go(&queue->ring, &queue->ring.head);
    if (queue->uses_ring && !queue->putters.waited_at && !queue->shut_down)
        thrum__ring_let_go(&queue->ring, &queue->ring.tail);
}

void thrum__service_leave(thrum_queue *queue, thrum__wakes *wakes) THRUM_UNCHECKED {
    open(queue);
    (void)thrum_lock_release(&queue->lock); /* cannot fail: it is held */
    thrum__wakes_deliver(wakes);
}

void thrum__service_announce(thrum_queue *queue, const thrum__side *side) {
    if (!side->called)
        thrum__ring_set_waiting(&queue->ring, side->bit);
}

/* The calling thread was served, and told to serve the others. */
static void serve_others(thrum_queue *queue, thrum__side *side) THRUM_UNCHECKED {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    thrum_lock_acquire(&queue->lock);
    side->called = false;
    if (side->waited_at)
        thrum__ring_set_waiting(&queue->ring, side->bit);
    thrum__service_serve(queue, &wakes);
    thrum__service_leave(queue, &wakes);
}

/* The calling thread has left, because its time is up; it may have been the last. */
static void clear_up(thrum_queue *queue, thrum__side *side) {
    thrum__wakes wakes;
    thrum__service_enter(queue, 0, &wakes);
    thrum__side_look(side);
    thrum__service_leave(queue, &wakes);
}

int thrum__service_wait(thrum_queue *queue, thrum__side *side, thrum__wakes *wakes, const thrum__patience *patience,
                        void *item) {
    thrum__record *me = thrum__side_join(side, queue, patience, item);
    thrum__service_leave(queue, wakes);
    int r = thrum__park(me, side, patience->deadline);
    if (r < 0)
        clear_up(queue, side);
    else if (me->token == THRUM__SERVE_OTHERS)
        serve_others(queue, side);
    else
        r = (int)me->token;
    return r;
}

/* Serve the first, if nobody else has done so, and call it when there are others. */
static void call_first(thrum_queue *queue, thrum__side *side, thrum__wakes *wakes,
                       bool (*serve)(thrum_queue *queue, thrum__wakes *wakes)) {
    thrum__record **added = wakes->last;
    if (!(queue->ring.waiting & side->bit) || !serve(queue, wakes) || !side->waited_at)
        return;
    (*added)->token = THRUM__SERVE_OTHERS;
    side->called = true;
    thrum__ring_clear_waiting(&queue->ring, side->bit);
}

void thrum__service_call(thrum_queue *queue) THRUM_UNCHECKED {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    thrum_lock_acquire(&queue->lock);
    if (queue->uses_ring) {
        call_first(queue, &queue->getters, &wakes, serve_getter);
        call_first(queue, &queue->putters, &wakes, serve_putter);
        call_first(queue, &queue->getters, &wakes, serve_getter); /* for the putter that has just been let in */
    }
    thrum__service_leave(queue, &wakes);
}
