/* get.c - Queue.get and its kin.
 *
 * Three ways, as in put.c. The last two take what is there, up to `most` items, and wait for the first only. A thread
 * that waits is given its item by whoever has one for it.
 */
#include "queue/queue_internal.h"

enum { looks = 16 };

/* What a get finds, in Python's order: 0, THRUM_EMPTY, or why it fails. An item that has come since others were
 * served is theirs, as long as there are such. */
static int look(thrum_queue *queue, const thrum__patience *patience, thrum__wakes *wakes) {
    thrum__service_serve(queue, wakes);
    bool empty = queue->getters.waited_at || thrum__queue_count(queue) == 0;
    if (empty && queue->shut_down)
        return THRUM_SHUT_DOWN;
    if (patience->error < 0)
        return patience->error;
    return empty ? THRUM_EMPTY : 0;
}

/* Let in those who wait for a place, as long as there are places. One whose item cannot be stored is told so. */
static void let_in(thrum_queue *queue, thrum__wakes *wakes) {
    thrum__record *putter;
    while (queue->putters.waited_at && !thrum__queue_is_full(queue) &&
           (putter = thrum__side_take(&queue->putters, wakes)))
        putter->token = (uint32_t)thrum__queue_add(queue, putter->wait.item, wakes);
}

/* Take up to `most` items. Those who are let in meanwhile count as having come in time. */
static size_t take_some(thrum_queue *queue, size_t most, unsigned char *ret_items, thrum__wakes *wakes) {
    size_t taken = 0;
    for (; taken < most && thrum__queue_count(queue) > 0; taken++) {
        thrum__queue_take(queue, ret_items + taken * queue->store.order.item_size);
        let_in(queue, wakes);
    }
    return taken;
}

static int get_inside(thrum_queue *queue, size_t most, void *ret_items, size_t *ret_count,
                      const thrum__patience *patience) {
    thrum__wakes wakes;
    thrum__service_enter(queue, THRUM__HOLD_HEAD, &wakes);
    int r = look(queue, patience, &wakes);
    if (r == THRUM_EMPTY && patience->deadline != INT64_MIN) {
        thrum__service_announce(queue, &queue->getters);
        r = look(queue, patience, &wakes);
        if (r == THRUM_EMPTY) {
            *ret_count = 1;
            return thrum__service_wait(queue, &queue->getters, &wakes, patience, ret_items);
        }
    }
    if (r == 0)
        *ret_count = take_some(queue, most, ret_items, &wakes);
    thrum__service_leave(queue, &wakes);
    return r;
}

/* Those who wait for places are to be told of new ones. */
static void tell(thrum_queue *queue, int waiting) {
    if (__builtin_expect(waiting & THRUM__PUTTERS_WAIT, 0))
        thrum__service_call(queue);
}

/* After all else: wait, and look a last time when the time is up. */
static int get_or_wait(thrum_queue *queue, size_t most, void *ret_items, size_t *ret_count,
                       const thrum__patience *patience) {
    size_t done;
    int r = get_inside(queue, most, ret_items, &done, patience);
    if (r == THRUM_TIMED_OUT) {
        thrum__patience none = thrum__no_patience();
        r = get_inside(queue, most, ret_items, &done, &none);
    }
    if (r == 0)
        *ret_count = done;
    return r;
}

/* Whether it is worth another try. */
static bool look_again(thrum_queue *queue, const thrum__patience *patience) {
    return patience->deadline != INT64_MIN && thrum__ring_look_for_item(&queue->ring);
}

static int get_many(thrum_queue *queue, size_t most, void *ret_items, size_t *ret_count,
                    const thrum__patience *patience) {
    for (int i = 0; patience->error == 0 && i < looks; i++) {
        int waiting;
        size_t done = thrum__ring_try_get_many(&queue->ring, ret_items, most, &waiting);
        if (done > 0) {
            tell(queue, waiting);
            *ret_count = done;
            return 0;
        }
        if (!look_again(queue, patience))
            break;
    }
    return get_or_wait(queue, most, ret_items, ret_count, patience);
}

/* Without a ring, and with nothing in the way: that nobody waits for a place, and there is an item. */
static bool get_stored(thrum_queue *queue, void *ret_item) THRUM_UNCHECKED {
    thrum_lock_acquire(&queue->lock);
    bool done = queue->store.count > 0 && !queue->putters.waited_at;
    if (done)
        thrum__store_pop(&queue->store, ret_item);
    (void)thrum_lock_release(&queue->lock); /* cannot fail: it is held */
    return done;
}

static __attribute__((noinline)) int get_one(thrum_queue *queue, void *ret_item, thrum_timeout timeout,
                                             const void *site) {
    size_t one;
    thrum__patience patience = thrum__patience_of(timeout, site);
    for (int i = 0; patience.error == 0 && i < looks; i++) {
        int waiting = thrum__ring_try_get(&queue->ring, ret_item, true);
        if (waiting >= 0) {
            tell(queue, waiting);
            return 0;
        }
        if (!look_again(queue, &patience))
            break;
    }
    return get_or_wait(queue, 1, ret_item, &one, &patience);
}

/* What the shortest way could not do. */
static int get_otherwise(thrum_queue *queue, void *ret_item, thrum_timeout timeout, const void *site) {
    if (!queue->ring.slots && thrum__patience_is_valid(timeout) && get_stored(queue, ret_item))
        return 0;
    return get_one(queue, ret_item, timeout, site);
}

int thrum_queue_get(thrum_queue *queue, void *ret_item) {
    int waiting = thrum__hooks_get() ? -1 : thrum__ring_try_get(&queue->ring, ret_item, false);
    if (__builtin_expect(waiting < 0, 0))
        return get_otherwise(queue, ret_item, THRUM_FOREVER, __builtin_return_address(0));
    tell(queue, waiting);
    return 0;
}

int thrum_queue_get_timed(thrum_queue *queue, void *ret_item, thrum_timeout timeout) {
    bool quick = !thrum__hooks_get() && thrum__patience_is_valid(timeout);
    int waiting = quick ? thrum__ring_try_get(&queue->ring, ret_item, false) : -1;
    if (__builtin_expect(waiting < 0, 0))
        return get_otherwise(queue, ret_item, timeout, __builtin_return_address(0));
    tell(queue, waiting);
    return 0;
}

int thrum_queue_get_many(thrum_queue *queue, size_t most, void *ret_items, size_t *ret_count) {
    thrum__patience patience = thrum__patience_of(THRUM_FOREVER, __builtin_return_address(0));
    return most > 0 ? get_many(queue, most, ret_items, ret_count, &patience) : THRUM_VALUE_ERROR;
}

int thrum_queue_get_many_timed(thrum_queue *queue, size_t most, void *ret_items, size_t *ret_count,
                               thrum_timeout timeout) {
    thrum__patience patience = thrum__patience_of(timeout, __builtin_return_address(0));
    return most > 0 ? get_many(queue, most, ret_items, ret_count, &patience) : THRUM_VALUE_ERROR;
}
