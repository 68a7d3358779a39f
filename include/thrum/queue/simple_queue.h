/* thrum/queue/simple_queue.h - SimpleQueue: a queue without a limit, into which a signal handler may put
 * (queue.SimpleQueue).
 *
 * The idea
 *   The oldest item comes out first, and there is no limit, no task_done and no shutdown. What it has instead: put
 *   takes no lock and calls no malloc, so it may run in a signal handler, even in one that has interrupted a put or a
 *   get of the same queue in the same thread:
 *
 *       static thrum_simple_queue *caught;                    of int
 *
 *       static void handler(int signal) {
 *               (void)!thrum_simple_queue_put(caught, &signal);
 *       }
 *
 *       int signal;                                           in a thread that has nothing else to do:
 *       while (thrum_simple_queue_get(caught, &signal) == 0)
 *               ...
 *
 *   Threads that wait in get are woken in the order of their arrival. A get is given its turn first and its item
 *   then: an item counts as gone, for qsize and for a get that must not wait, as soon as somebody is about to take
 *   it.
 */
#ifndef THRUM_QUEUE_SIMPLE_QUEUE_H
#define THRUM_QUEUE_SIMPLE_QUEUE_H

#include <thrum/time.h>

typedef struct thrum_simple_queue thrum_simple_queue;

THRUM_BEGIN_DECLS

/* Make a queue: queue.SimpleQueue().
 *
 * `item_size` is in bytes; 0 is sizeof(void *). Returns 0 and the queue in *ret_queue; -ENOMEM, or
 * THRUM_OVERFLOW_ERROR for an item of 1 GiB or more, and *ret_queue is untouched. The caller owns the queue:
 * thrum_simple_queue_free().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_simple_queue_new(thrum_simple_queue **ret_queue, size_t item_size);

/* Free the queue, and forget what is in it. No thread and no handler may be inside a call with it, or make one later.
 * NULL is allowed. Returns NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_simple_queue *thrum_simple_queue_free(thrum_simple_queue *queue);

/* Put a copy of *item into the queue: SimpleQueue.put(item), whose block and timeout mean nothing.
 *
 * Returns 0, or -ENOMEM with nothing changed when there is no memory or there are 2,147,483,584 items. errno is left
 * as it was.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_simple_queue_put(thrum_simple_queue *queue, const void *item);

/* The same: SimpleQueue.put_nowait(item).
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_NODISCARD THRUM_INLINE int thrum_simple_queue_put_nowait(thrum_simple_queue *queue, const void *item);

/* Take the oldest item out, waiting for one while there is none: SimpleQueue.get(). Returns 0, with *ret_item filled.
 * Threads: any.  Signals: unsafe.  Blocks: until there is an item. */
THRUM_API int thrum_simple_queue_get(thrum_simple_queue *queue, void *ret_item);

/* The same within a time limit: SimpleQueue.get(timeout=...).
 *
 * Returns 0; THRUM_EMPTY when the time passed first; THRUM_VALUE_ERROR for a negative limit ("'timeout' must be a
 * non-negative number"), THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX. On failure *ret_item is untouched.
 * Threads: any.  Signals: unsafe.  Blocks: until there is an item or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_simple_queue_get_timed(thrum_simple_queue *queue, void *ret_item,
                                                           thrum_timeout timeout);

/* Take the oldest item out if there is one: SimpleQueue.get_nowait(), get(block=False). Returns 0 or THRUM_EMPTY.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_NODISCARD THRUM_INLINE int thrum_simple_queue_get_nowait(thrum_simple_queue *queue, void *ret_item);

/* How many items are in the queue: SimpleQueue.qsize(). The answer can be out of date when it arrives.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API size_t thrum_simple_queue_qsize(const thrum_simple_queue *queue);

/* Whether the queue has no items: SimpleQueue.empty(). The answer can be out of date when it arrives.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_simple_queue_empty(const thrum_simple_queue *queue);

THRUM_INLINE int thrum_simple_queue_put_nowait(thrum_simple_queue *queue, const void *item) {
    return thrum_simple_queue_put(queue, item);
}

THRUM_INLINE int thrum_simple_queue_get_nowait(thrum_simple_queue *queue, void *ret_item) {
    return thrum_simple_queue_get_timed(queue, ret_item, THRUM_NOWAIT);
}

THRUM_END_DECLS

#endif
