/* queue.c - Queue, LifoQueue and PriorityQueue but for put and get: making, asking, tasks, shutdown.
 *
 * Locking: queue->lock protects the whole queue. It is held for a copy, or for the comparisons of a heap, whose
 * function is the caller's; nobody waits with it held, and threads are woken after it is released. Inside it the
 * latch of the waiting room is taken (side.c).
 */
#include <errno.h>
#include <stdlib.h>

#include "queue/queue_internal.h"

static int make(thrum_queue **ret_queue, const thrum_queue_options *options, thrum__discipline discipline,
                thrum_queue_compare *compare, void *arg) {
    static const thrum_queue_options defaults = {0};
    const thrum_queue_options *o = options ? options : &defaults;
    size_t size = o->item_size ? o->item_size : sizeof(void *);
    if (size > PTRDIFF_MAX)
        return THRUM_OVERFLOW_ERROR;
    thrum_queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return -ENOMEM;
    queue->maxsize = o->maxsize;
    queue->discard = o->discard;
    queue->store.discipline = discipline;
    queue->store.order = (thrum__heap_order){compare, arg, size};
    *ret_queue = queue;
    return 0;
}

int thrum_queue_new(thrum_queue **ret_queue, const thrum_queue_options *options) {
    return make(ret_queue, options, THRUM__FIFO, NULL, NULL);
}

int thrum_lifo_queue_new(thrum_queue **ret_queue, const thrum_queue_options *options) {
    return make(ret_queue, options, THRUM__LIFO, NULL, NULL);
}

int thrum_priority_queue_new(thrum_queue **ret_queue, const thrum_queue_options *options,
                             thrum_queue_compare *compare, void *arg) {
    return compare ? make(ret_queue, options, THRUM__PRIORITY, compare, arg) : THRUM_TYPE_ERROR;
}

thrum_queue *thrum_queue_free(thrum_queue *queue) {
    if (queue) {
        thrum__store_discard(&queue->store, queue->discard);
        free(queue);
    }
    return NULL;
}

/* For the calls that only look: locking is no change that a caller could see. */
static thrum_queue *lock(const thrum_queue *queue) THRUM_UNCHECKED {
    thrum_queue *locked = (thrum_queue *)(uintptr_t)queue;
    thrum_lock_acquire(&locked->lock);
    return locked;
}

static void unlock(thrum_queue *queue) THRUM_UNCHECKED {
    (void)thrum_lock_release(&queue->lock); /* cannot fail: lock() was called */
}

size_t thrum_queue_qsize(const thrum_queue *queue) {
    thrum_queue *locked = lock(queue);
    size_t count = locked->store.count;
    unlock(locked);
    return count;
}

bool thrum_queue_empty(const thrum_queue *queue) {
    return thrum_queue_qsize(queue) == 0;
}

bool thrum_queue_full(const thrum_queue *queue) {
    thrum_queue *locked = lock(queue);
    bool full = thrum__queue_is_full(locked);
    unlock(locked);
    return full;
}

size_t thrum_queue_maxsize(const thrum_queue *queue) {
    thrum_queue *locked = lock(queue);
    size_t maxsize = locked->maxsize;
    unlock(locked);
    return maxsize;
}

void thrum_queue_set_maxsize(thrum_queue *queue, size_t maxsize) {
    thrum_queue *locked = lock(queue);
    locked->maxsize = maxsize;
    unlock(locked);
}

size_t thrum_queue_unfinished_tasks(const thrum_queue *queue) {
    thrum_queue *locked = lock(queue);
    size_t unfinished = locked->unfinished;
    unlock(locked);
    return unfinished;
}

bool thrum_queue_is_shutdown(const thrum_queue *queue) {
    thrum_queue *locked = lock(queue);
    bool shut_down = locked->shut_down;
    unlock(locked);
    return shut_down;
}

/* With the lock held: `count` tasks are done; whoever waits for the last of them is woken. */
static void finish(thrum_queue *queue, size_t count, thrum__wakes *wakes) {
    queue->unfinished -= count;
    if (queue->unfinished == 0)
        thrum__side_take_all(&queue->joiners, wakes, 0);
}

int thrum_queue_task_done(thrum_queue *queue) {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    lock(queue);
    int r = queue->unfinished > 0 ? 0 : THRUM_VALUE_ERROR;
    if (r == 0)
        finish(queue, 1, &wakes);
    unlock(queue);
    thrum__wakes_deliver(&wakes);
    return r;
}

static int join(thrum_queue *queue, const thrum__patience *patience) {
    if (patience->error < 0)
        return patience->error;
    lock(queue);
    bool wait = queue->unfinished > 0;
    if (wait && patience->deadline != INT64_MIN)
        return thrum__side_wait(&queue->joiners, queue, &queue->lock, patience, NULL);
    unlock(queue);
    return wait ? THRUM_TIMED_OUT : 0;
}

int thrum_queue_join(thrum_queue *queue) {
    thrum__patience patience = thrum__patience_of(THRUM_FOREVER, __builtin_return_address(0));
    return join(queue, &patience);
}

int thrum_queue_join_timed(thrum_queue *queue, thrum_timeout timeout) {
    thrum__patience patience = thrum__patience_of(timeout, __builtin_return_address(0));
    return join(queue, &patience);
}

void thrum_queue_shutdown(thrum_queue *queue, bool immediate) {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    thrum__store left = {0};
    void (*discard)(void *item) = queue->discard;
    lock(queue);
    queue->shut_down = true;
    if (immediate) {
        left = thrum__store_take_all(&queue->store);
        /* More items than tasks when task_done was called for items that nobody had taken. */
        finish(queue, left.count < queue->unfinished ? left.count : queue->unfinished, &wakes);
    }
    thrum__side_take_all(&queue->getters, &wakes, THRUM_SHUT_DOWN);
    thrum__side_take_all(&queue->putters, &wakes, THRUM_SHUT_DOWN);
    unlock(queue);
    thrum__wakes_deliver(&wakes); /* from here on the queue may be gone */
    thrum__store_discard(&left, discard);
}

extern inline int thrum_queue_put_nowait(thrum_queue *queue, const void *item);
extern inline int thrum_queue_get_nowait(thrum_queue *queue, void *ret_item);
