/* thrum/queue/typed.h - THRUM_QUEUE_TYPED: a queue whose items have a type that the compiler checks.
 *
 * The idea
 *   A thrum_queue copies bytes and believes what it is told. One line, outside of functions, makes a type of its own
 * around it, with inline functions that cost nothing:
 *
 *       THRUM_QUEUE_TYPED(jobs, job)
 *
 *   declares `jobs`, a struct with the queue as its one member `untyped`, to be passed by value, and
 *
 *       int  jobs_new(jobs *ret_queue, size_t maxsize)                     and jobs_lifo_new
 *       int  jobs_priority_new(jobs *ret_queue, size_t maxsize, int (*compare)(const job *, const job *))
 *       int  jobs_put(jobs queue, job item)                                and _put_timed, _put_nowait
 *       int  jobs_get(jobs queue, job *ret_item)                           and _get_timed, _get_nowait
 *       int  jobs_put_many(jobs queue, const job *items, size_t count, size_t *ret_count)
 *       int  jobs_get_many(jobs queue, size_t most, job *ret_items, size_t *ret_count)
 *       void jobs_free(jobs *queue)                                        which makes queue->untyped NULL
 *
 *   Everything that does not concern items is called with `untyped`: thrum_queue_join(todo.untyped).
 */
#ifndef THRUM_QUEUE_TYPED_H
#define THRUM_QUEUE_TYPED_H

#include <thrum/queue.h>

/* The parts of it. A compare function travels as bytes in a void pointer, as POSIX lets dlsym() return one. */
#define THRUM_QUEUE_TYPED_CALL_ __attribute__((unused, warn_unused_result)) static inline
#define THRUM_QUEUE_TYPED_NEW_(name, type)                                                                           \
    THRUM_QUEUE_TYPED_CALL_ int name##_new(name *ret_queue, size_t maxsize) {                                        \
        thrum_queue_options options = {sizeof(type), maxsize, NULL};                                                 \
        return thrum_queue_new(&ret_queue->untyped, &options);                                                       \
    }                                                                                                                \
    THRUM_QUEUE_TYPED_CALL_ int name##_lifo_new(name *ret_queue, size_t maxsize) {                                   \
        thrum_queue_options options = {sizeof(type), maxsize, NULL};                                                 \
        return thrum_lifo_queue_new(&ret_queue->untyped, &options);                                                  \
    }                                                                                                                \
    THRUM_QUEUE_TYPED_CALL_ int name##_compare_(const void *a, const void *b, void *compare) {                       \
        int (*typed)(const type *, const type *);                                                                    \
        __builtin_memcpy(&typed, &compare, sizeof typed);                                                            \
        return typed((const type *)a, (const type *)b);                                                              \
    }                                                                                                                \
    THRUM_QUEUE_TYPED_CALL_ int name##_priority_new(name *ret_queue, size_t maxsize,                                 \
                                                    int (*compare)(const type *a, const type *b)) {                  \
        thrum_queue_options options = {sizeof(type), maxsize, NULL};                                                 \
        void *arg;                                                                                                   \
        __builtin_memcpy(&arg, &compare, sizeof arg);                                                                \
        return thrum_priority_queue_new(&ret_queue->untyped, &options, compare ? name##_compare_ : NULL, arg);       \
    }                                                                                                                \
    __attribute__((unused)) static inline void name##_free(name *queue) {                                            \
        queue->untyped = thrum_queue_free(queue->untyped);                                                           \
    }

#define THRUM_QUEUE_TYPED_PUT_(name, type)                                                                           \
    THRUM_QUEUE_TYPED_CALL_ int name##_put(name queue, type item) {                                                  \
        return thrum_queue_put(queue.untyped, &item);                                                                \
    }                                                                                                                \
    THRUM_QUEUE_TYPED_CALL_ int name##_put_timed(name queue, type item, thrum_timeout timeout) {                     \
        return thrum_queue_put_timed(queue.untyped, &item, timeout);                                                 \
    }                                                                                                                \
    THRUM_QUEUE_TYPED_CALL_ int name##_put_nowait(name queue, type item) {                                           \
        return thrum_queue_put_nowait(queue.untyped, &item);                                                         \
    }                                                                                                                \
    THRUM_QUEUE_TYPED_CALL_ int name##_put_many(name queue, const type *items, size_t count, size_t *ret_count) {    \
        return thrum_queue_put_many(queue.untyped, items, count, ret_count);                                         \
    }

#define THRUM_QUEUE_TYPED_GET_(name, type)                                                                           \
    THRUM_QUEUE_TYPED_CALL_ int name##_get(name queue, type *ret_item) {                                             \
        return thrum_queue_get(queue.untyped, ret_item);                                                             \
    }                                                                                                                \
    THRUM_QUEUE_TYPED_CALL_ int name##_get_timed(name queue, type *ret_item, thrum_timeout timeout) {                \
        return thrum_queue_get_timed(queue.untyped, ret_item, timeout);                                              \
    }                                                                                                                \
    THRUM_QUEUE_TYPED_CALL_ int name##_get_nowait(name queue, type *ret_item) {                                      \
        return thrum_queue_get_nowait(queue.untyped, ret_item);                                                      \
    }                                                                                                                \
    THRUM_QUEUE_TYPED_CALL_ int name##_get_many(name queue, size_t most, type *ret_items, size_t *ret_count) {       \
        return thrum_queue_get_many(queue.untyped, most, ret_items, ret_count);                                      \
    }

/* Declare the queue type `name` with items of `type`. Functions that the program does not call cost nothing. */
#define THRUM_QUEUE_TYPED(name, type)                                                                                \
    typedef struct name {                                                                                            \
        thrum_queue *untyped;                                                                                        \
    } name;                                                                                                          \
    THRUM_QUEUE_TYPED_NEW_(name, type)                                                                               \
    THRUM_QUEUE_TYPED_PUT_(name, type)                                                                               \
    THRUM_QUEUE_TYPED_GET_(name, type)

#endif
