/* thrum/queue.h - Queue, LifoQueue and PriorityQueue: hand work from thread to thread (queue).
 *
 * The idea
 *   Some threads put items in, others take them out, and the queue does the locking and the waiting. Items are copied
 * in and out by value, so an item is yours again when put returns, and remains yours when put fails:
 *
 *       typedef struct job { int from, to; } job;
 *       THRUM_QUEUE_TYPED(jobs, job)                          type and functions jobs_..., checked by the compiler
 *
 *       jobs todo;
 *       jobs_new(&todo, 64);                                  at most 64 at a time; 0 is no limit
 *       jobs_put(todo, (job){0, 100});                        waits while it is full
 *
 *       job next;                                             in each worker:
 *       while (jobs_get(todo, &next) == 0) {                  waits while it is empty
 *               ...
 *               thrum_queue_task_done(todo.untyped);
 *       }                                                     THRUM_SHUT_DOWN: there will be no more
 *
 *       thrum_queue_join(todo.untyped);                       until task_done was called for each item
 *       thrum_queue_shutdown(todo.untyped, false);            workers finish what is there, and end
 *
 *   Three constructors, one set of methods: a Queue gives the oldest item, a LifoQueue the newest, a PriorityQueue
 * the smallest. thrum/queue/simple_queue.h is a fourth kind, into which a signal handler may put.
 *
 * Promises
 *   Threads that wait are served in the order of their arrival, and are not overtaken: an item goes straight to the
 * thread that has waited longest for one, and a place that becomes free to the one that has waited longest for a
 * place. When an item and a time limit race, the item wins: what was taken is never lost. qsize, empty and full are
 * true at some moment of the call; another thread may change that before the answer is looked at.
 *
 * Cost
 *   A bounded Queue whose places take at most 1 MiB is a ring: while nobody waits, a put and a get are one atomic
 * operation each and take no lock. All others, and a Queue whose maxsize was changed, take a lock for each operation.
 */
#ifndef THRUM_QUEUE_H
#define THRUM_QUEUE_H

#include <thrum/time.h>

/* Any of the three kinds. */
typedef struct thrum_queue thrum_queue;

/* The arguments of the constructors. Zero is the default for each. */
typedef struct thrum_queue_options {
    size_t item_size; /* in bytes; 0: sizeof(void *), for items as in Python, which are references */
    size_t maxsize;   /* the most items; 0: no limit */
    /* Called for each item that nobody will get, because of shutdown(immediate) or free; NULL: nothing is to be done
     * for them. It runs in the thread that makes that call, and may use the queue except from free. */
    void (*discard)(void *item);
} thrum_queue_options;

/* Less than 0, 0 or more than 0 as *a comes before *b, with it or behind it. `arg` is what the constructor was given.
 * It must put all items in one order, and must not call functions of the queue that calls it. */
typedef int thrum_queue_compare(const void *a, const void *b, void *arg);

THRUM_BEGIN_DECLS

/* Orders for thrum_priority_queue_new(): the smaller number first, of items that are such a number, or a struct that
 * begins with one, like Python's `(priority, data)`:
 *
 *       typedef struct job { int64_t priority; void *data; } job;
 *       thrum_priority_queue_new(&q, &(thrum_queue_options){.item_size = sizeof(job)}, thrum_queue_by_int64, NULL);
 *
 * A queue knows them and need not call them, which takes about a third off the time of a get among many items. What
 * is not a number (NaN) comes last. `arg` is not looked at.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API int thrum_queue_by_int(const void *a, const void *b, void *arg);
THRUM_API int thrum_queue_by_int64(const void *a, const void *b, void *arg);
THRUM_API int thrum_queue_by_uint64(const void *a, const void *b, void *arg);
THRUM_API int thrum_queue_by_double(const void *a, const void *b, void *arg);

/* Make a queue that gives the oldest item first: queue.Queue(maxsize).
 *
 * `options` may be NULL. Returns 0 and the queue in *ret_queue; -ENOMEM, or THRUM_OVERFLOW_ERROR for an item of more
 * than half the address space, and *ret_queue is untouched. The caller owns the queue: thrum_queue_free().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_queue_new(thrum_queue **ret_queue, const thrum_queue_options *options);

/* Make a queue that gives the newest item first: queue.LifoQueue(maxsize). As thrum_queue_new().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_lifo_queue_new(thrum_queue **ret_queue, const thrum_queue_options *options);

/* Make a queue that gives the smallest item first: queue.PriorityQueue(maxsize).
 *
 * compare(a, b, arg) says which of two items is smaller. Items that are equal come in no particular order, as in
 * Python: put a number into the item where the order matters. Returns as thrum_queue_new(); THRUM_TYPE_ERROR when
 * `compare` is NULL, or one of the above and the items are smaller than its number.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_priority_queue_new(thrum_queue **ret_queue, const thrum_queue_options *options,
                                                       thrum_queue_compare *compare, void *arg);

/* Free the queue and discard what is in it. No other thread may be inside a call with it, or make one later. NULL is
 * allowed. Returns NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_queue *thrum_queue_free(thrum_queue *queue);

/* Put a copy of *item into the queue: Queue.put(item).
 *
 * Waits for a place while the queue is full. On failure the item was not put and nothing is changed.
 * Returns 0; THRUM_SHUT_DOWN when the queue is shut down, before the call or while it waits; -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: until there is a place or shutdown. */
THRUM_API THRUM_NODISCARD int thrum_queue_put(thrum_queue *queue, const void *item);

/* Put a copy of *item into the queue within a time limit: Queue.put(item, timeout=...).
 *
 * Returns as thrum_queue_put(), or THRUM_FULL when the time passed first. A negative limit is THRUM_VALUE_ERROR
 * ("'timeout' must be a non-negative number") and one beyond THRUM_TIMEOUT_MAX is THRUM_OVERFLOW_ERROR, also when
 * there is a place; but a queue without maxsize does not look at the limit, as in Python.
 * Threads: any.  Signals: unsafe.  Blocks: until there is a place, the time has passed, or shutdown. */
THRUM_API THRUM_NODISCARD int thrum_queue_put_timed(thrum_queue *queue, const void *item, thrum_timeout timeout);

/* Put a copy of *item if there is a place at once: Queue.put_nowait(item), put(item, block=False).
 *
 * Returns 0, THRUM_FULL, THRUM_SHUT_DOWN or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_NODISCARD THRUM_INLINE int thrum_queue_put_nowait(thrum_queue *queue, const void *item);

/* Take an item out: Queue.get().
 *
 * Waits for one while the queue is empty, and copies it to *ret_item. On failure *ret_item and the queue are
 * untouched. Returns 0, or THRUM_SHUT_DOWN when the queue is shut down and empty.
 * Threads: any.  Signals: unsafe.  Blocks: until there is an item or shutdown. */
THRUM_API THRUM_NODISCARD int thrum_queue_get(thrum_queue *queue, void *ret_item);

/* Take an item out within a time limit: Queue.get(timeout=...).
 *
 * Returns as thrum_queue_get(), or THRUM_EMPTY when the time passed first. A negative limit is THRUM_VALUE_ERROR
 * ("'timeout' must be a non-negative number") and one beyond THRUM_TIMEOUT_MAX is THRUM_OVERFLOW_ERROR, also when
 * there is an item.
 * Threads: any.  Signals: unsafe.  Blocks: until there is an item, the time has passed, or shutdown. */
THRUM_API THRUM_NODISCARD int thrum_queue_get_timed(thrum_queue *queue, void *ret_item, thrum_timeout timeout);

/* Take an item out if there is one: Queue.get_nowait(), get(block=False).
 *
 * Returns 0, THRUM_EMPTY or THRUM_SHUT_DOWN.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_NODISCARD THRUM_INLINE int thrum_queue_get_nowait(thrum_queue *queue, void *ret_item);

/* Put several items at once: as many of the `count` items from `items` on as there are places for, in their order,
 * waiting for the first place only. Python has no such call; it saves locking.
 *
 * Returns 0 and in *ret_count how many were put, at least 1: the first ones. Fails as thrum_queue_put() does, and
 * with THRUM_VALUE_ERROR when count is 0; nothing was put then, and *ret_count is untouched.
 * Threads: any.  Signals: unsafe.  Blocks: until there is a place or shutdown. */
THRUM_API THRUM_NODISCARD int thrum_queue_put_many(thrum_queue *queue, const void *items, size_t count,
                                                   size_t *ret_count);

/* The same within a time limit, which is treated as by thrum_queue_put_timed().
 * Threads: any.  Signals: unsafe.  Blocks: until there is a place, the time has passed, or shutdown. */
THRUM_API THRUM_NODISCARD int thrum_queue_put_many_timed(thrum_queue *queue, const void *items, size_t count,
                                                         size_t *ret_count, thrum_timeout timeout);

/* Take several items at once: wait for one, and take what is there, up to `most` items, in the order in which get
 * would give them. Python has no such call; it saves locking.
 *
 * Returns 0 with the items in ret_items and in *ret_count how many, at least 1. Fails as thrum_queue_get() does, and
 * with THRUM_VALUE_ERROR when most is 0; *ret_items and *ret_count are untouched then.
 * Threads: any.  Signals: unsafe.  Blocks: until there is an item or shutdown. */
THRUM_API THRUM_NODISCARD int thrum_queue_get_many(thrum_queue *queue, size_t most, void *ret_items,
                                                   size_t *ret_count);

/* The same within a time limit, which is treated as by thrum_queue_get_timed().
 * Threads: any.  Signals: unsafe.  Blocks: until there is an item, the time has passed, or shutdown. */
THRUM_API THRUM_NODISCARD int thrum_queue_get_many_timed(thrum_queue *queue, size_t most, void *ret_items,
                                                         size_t *ret_count, thrum_timeout timeout);

/* How many items are in the queue: Queue.qsize().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API size_t thrum_queue_qsize(const thrum_queue *queue);

/* Whether the queue has no items: Queue.empty().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_queue_empty(const thrum_queue *queue);

/* Whether the queue has a limit, and holds as many items or more: Queue.full().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_queue_full(const thrum_queue *queue);

/* The limit: Queue.maxsize; 0 is none.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API size_t thrum_queue_maxsize(const thrum_queue *queue);

/* Change the limit, also to or from 0: assignment to Queue.maxsize.
 *
 * Below the number of items no item is lost, and put waits until the queue has shrunk. A larger limit does not wake
 * threads that wait in put, as in Python; the next get lets in as many of them as there are places for.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_queue_set_maxsize(thrum_queue *queue, size_t maxsize);

/* Say that the work for an item that was taken out is done: Queue.task_done().
 *
 * Returns 0, or THRUM_VALUE_ERROR with nothing changed when it was called as often as items were put ("task_done()
 * called too many times").
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_queue_task_done(thrum_queue *queue);

/* Wait until task_done was called for each item that was put: Queue.join(). It may be called again, and by several
 * threads. Returns 0.
 * Threads: any.  Signals: unsafe.  Blocks: until no task is unfinished. */
THRUM_API int thrum_queue_join(thrum_queue *queue);

/* The same within a time limit, which Python does not offer.
 *
 * Returns 0; THRUM_TIMED_OUT; THRUM_VALUE_ERROR for a negative limit; THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: until no task is unfinished or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_queue_join_timed(thrum_queue *queue, thrum_timeout timeout);

/* How many items were put for which task_done was not called: Queue.unfinished_tasks.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API size_t thrum_queue_unfinished_tasks(const thrum_queue *queue);

/* Refuse items from now on: Queue.shutdown(immediate).
 *
 * put fails with THRUM_SHUT_DOWN at once, and so does every put that waits; get gives what is left and then fails
 * likewise. When `immediate`, what is left is discarded and counts as done, which can end a join; for what was taken
 * out task_done is still to be called. All other calls go on working. It may be called again, with `immediate` too;
 * what is discarded stays discarded.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_queue_shutdown(thrum_queue *queue, bool immediate);

/* Whether shutdown was called: Queue.is_shutdown.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_queue_is_shutdown(const thrum_queue *queue);

THRUM_INLINE int thrum_queue_put_nowait(thrum_queue *queue, const void *item) {
    return thrum_queue_put_timed(queue, item, THRUM_NOWAIT);
}

THRUM_INLINE int thrum_queue_get_nowait(thrum_queue *queue, void *ret_item) {
    return thrum_queue_get_timed(queue, ret_item, THRUM_NOWAIT);
}

THRUM_END_DECLS

#include <thrum/queue/simple_queue.h>
#include <thrum/queue/typed.h>

#endif
