/* get.c - Queue.get and its kin.
 *
 * One call serves all: it takes what is there, up to `most` items, and waits for the first only. A thread that waits
 * is given its item by the put that brings it.
 */
#include "queue/queue_internal.h"

/* What a get finds, in Python's order: 0, THRUM_EMPTY, or why it fails. */
static int look(const thrum_queue *queue, const thrum__patience *patience) {
    bool empty = queue->store.count == 0;
    if (empty && queue->shut_down)
        return THRUM_SHUT_DOWN;
    if (patience->error < 0)
        return patience->error;
    return empty ? THRUM_EMPTY : 0;
}

/* Let in those who wait for a place, as long as there are places. One whose item cannot be stored is told so. */
static void let_in(thrum_queue *queue, thrum__wakes *wakes) {
    thrum__record *putter;
    while (!thrum__queue_is_full(queue) && (putter = thrum__side_take(&queue->putters, wakes)))
        putter->token = (uint32_t)thrum__queue_add(queue, putter->wait.item, wakes);
}

/* Take up to `most` items. Those who are let in meanwhile count as having come in time. */
static size_t take_some(thrum_queue *queue, size_t most, unsigned char *ret_items, thrum__wakes *wakes) {
    size_t taken = 0;
    for (; taken < most && queue->store.count > 0; taken++) {
        thrum__store_pop(&queue->store, ret_items + taken * queue->store.order.item_size);
        let_in(queue, wakes);
    }
    return taken;
}

/* Take without waiting: 0, or why nothing was taken. On THRUM_EMPTY the lock is still held, so that the caller can
 * wait. */
static int get_now(thrum_queue *queue, size_t most, void *ret_items, size_t *ret_count,
                   const thrum__patience *patience) THRUM_UNCHECKED {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    thrum_lock_acquire(&queue->lock);
    int r = look(queue, patience);
    if (r == THRUM_EMPTY)
        return r;
    if (r == 0)
        *ret_count = take_some(queue, most, ret_items, &wakes);
    (void)thrum_lock_release(&queue->lock); /* cannot fail: it is held */
    thrum__wakes_deliver(&wakes);
    return r;
}

static int get(thrum_queue *queue, size_t most, void *ret_items, size_t *ret_count,
               const thrum__patience *patience) THRUM_UNCHECKED {
    int r = get_now(queue, most, ret_items, ret_count, patience);
    if (r != THRUM_EMPTY)
        return r;
    if (patience->deadline == INT64_MIN) {
        (void)thrum_lock_release(&queue->lock); /* cannot fail: it is held */
        return THRUM_EMPTY;
    }
    r = thrum__side_wait(&queue->getters, queue, &queue->lock, patience, ret_items);
    if (r == 0)
        *ret_count = 1;
    return r == THRUM_TIMED_OUT ? THRUM_EMPTY : r;
}

int thrum_queue_get(thrum_queue *queue, void *ret_item) {
    size_t one;
    thrum__patience patience = thrum__patience_of(THRUM_FOREVER, __builtin_return_address(0));
    return get(queue, 1, ret_item, &one, &patience);
}

int thrum_queue_get_timed(thrum_queue *queue, void *ret_item, thrum_timeout timeout) {
    size_t one;
    thrum__patience patience = thrum__patience_of(timeout, __builtin_return_address(0));
    return get(queue, 1, ret_item, &one, &patience);
}

int thrum_queue_get_many(thrum_queue *queue, size_t most, void *ret_items, size_t *ret_count) {
    thrum__patience patience = thrum__patience_of(THRUM_FOREVER, __builtin_return_address(0));
    return most > 0 ? get(queue, most, ret_items, ret_count, &patience) : THRUM_VALUE_ERROR;
}

int thrum_queue_get_many_timed(thrum_queue *queue, size_t most, void *ret_items, size_t *ret_count,
                               thrum_timeout timeout) {
    thrum__patience patience = thrum__patience_of(timeout, __builtin_return_address(0));
    return most > 0 ? get(queue, most, ret_items, ret_count, &patience) : THRUM_VALUE_ERROR;
}
