/* put.c - Queue.put and its kin.
 *
 * One call serves all: it puts as many of `count` items as there are places for, and waits for the first place only.
 * A thread that waits is relieved of its first item by the get that makes a place.
 */
#include <errno.h>
#include <string.h>

#include "queue/queue_internal.h"

int thrum__queue_add(thrum_queue *queue, const void *item, thrum__wakes *wakes) {
    thrum__record *getter = thrum__side_take(&queue->getters, wakes);
    if (getter)
        memcpy(getter->wait.item, item, queue->store.order.item_size);
    else if (thrum__store_push(&queue->store, item) < 0)
        return -ENOMEM;
    queue->unfinished++;
    return 0;
}

/* What a put finds, in Python's order: 0, THRUM_FULL, or why it fails. */
static int look(const thrum_queue *queue, const thrum__patience *patience) {
    if (queue->shut_down)
        return THRUM_SHUT_DOWN;
    if (queue->maxsize > 0 && patience->error < 0)
        return patience->error;
    return thrum__queue_is_full(queue) ? THRUM_FULL : 0;
}

/* Put while there are places. Returns how many were put; with none, *ret_error says why. */
static size_t put_some(thrum_queue *queue, const unsigned char *items, size_t count, thrum__wakes *wakes,
                       int *ret_error) {
    size_t done = 0;
    for (; done < count && !thrum__queue_is_full(queue); done++) {
        int r = thrum__queue_add(queue, items + done * queue->store.order.item_size, wakes);
        if (r < 0) {
            *ret_error = r;
            break;
        }
    }
    return done;
}

/* Put without waiting: 0, or why nothing was put. On THRUM_FULL the lock is still held, for the caller to wait. */
static int put_now(thrum_queue *queue, const void *items, size_t count, size_t *ret_count,
                   const thrum__patience *patience) THRUM_UNCHECKED {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    thrum_lock_acquire(&queue->lock);
    int r = look(queue, patience);
    if (r == THRUM_FULL)
        return r;
    size_t done = r == 0 ? put_some(queue, items, count, &wakes, &r) : 0;
    (void)thrum_lock_release(&queue->lock); /* cannot fail: it is held */
    thrum__wakes_deliver(&wakes);
    if (done > 0)
        *ret_count = done;
    return done > 0 ? 0 : r;
}

static int put(thrum_queue *queue, const void *items, size_t count, size_t *ret_count,
               const thrum__patience *patience) THRUM_UNCHECKED {
    int r = put_now(queue, items, count, ret_count, patience);
    if (r != THRUM_FULL)
        return r;
    if (patience->deadline == INT64_MIN) {
        (void)thrum_lock_release(&queue->lock); /* cannot fail: it is held */
        return THRUM_FULL;
    }
    /* Whoever takes the item only reads it. */
    r = thrum__side_wait(&queue->putters, queue, &queue->lock, patience, (void *)(uintptr_t)items);
    if (r == 0)
        *ret_count = 1;
    return r == THRUM_TIMED_OUT ? THRUM_FULL : r;
}

int thrum_queue_put(thrum_queue *queue, const void *item) {
    size_t one;
    thrum__patience patience = thrum__patience_of(THRUM_FOREVER, __builtin_return_address(0));
    return put(queue, item, 1, &one, &patience);
}

int thrum_queue_put_timed(thrum_queue *queue, const void *item, thrum_timeout timeout) {
    size_t one;
    thrum__patience patience = thrum__patience_of(timeout, __builtin_return_address(0));
    return put(queue, item, 1, &one, &patience);
}

int thrum_queue_put_many(thrum_queue *queue, const void *items, size_t count, size_t *ret_count) {
    thrum__patience patience = thrum__patience_of(THRUM_FOREVER, __builtin_return_address(0));
    return count > 0 ? put(queue, items, count, ret_count, &patience) : THRUM_VALUE_ERROR;
}

int thrum_queue_put_many_timed(thrum_queue *queue, const void *items, size_t count, size_t *ret_count,
                               thrum_timeout timeout) {
    thrum__patience patience = thrum__patience_of(timeout, __builtin_return_address(0));
    return count > 0 ? put(queue, items, count, ret_count, &patience) : THRUM_VALUE_ERROR;
}
