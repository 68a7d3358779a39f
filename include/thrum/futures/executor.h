/* thrum/futures/executor.h - Executor: whoever makes calls in the background (concurrent.futures.Executor).
 *
 * The idea
 *   submit() hands a call over and gives a future back. Which threads or processes make the call is the business of
 *   the kind of executor: one can be made of four functions.
 *
 *       thrum_executor_submit(ex, call, arg, &future);              one allocation, the future
 *       thrum_executor_submit_into(ex, call, arg, &mine);           none: the future is in my memory
 *       thrum_executor_submit(ex, call, arg, NULL);                 nobody wants the result
 *
 *   shutdown() refuses what comes after it, and by default waits for what came before. A block that ends with it, as
 *   Python's with does, however it is left:
 *
 *       THRUM_EXECUTOR_SCOPE(ex);                                   from here on: ex is freed at the end of the block
 *
 * An executor of one's own
 *   is a struct that begins with a thrum_executor, and a table of functions. Its submit stores the future
 *   somewhere, and somebody calls thrum_future_run() with it later, exactly once: that makes the call, or sees that
 *   it was cancelled.
 */
#ifndef THRUM_FUTURES_EXECUTOR_H
#define THRUM_FUTURES_EXECUTOR_H

#include <thrum/futures/future.h>

typedef struct thrum_executor thrum_executor;

/* What a kind of executor does. */
typedef struct thrum_executor_ops {
    /* Take a pending future over, to pass it to thrum_future_run(). Returns 0, or a negative code and does
     * nothing. */
    int (*submit)(thrum_executor *self, thrum_future *future);
    /* Refuse futures from now on; with cancel_futures also end those that have not begun, by thrum_future_drop();
     * then wait until the deadline for those that are left. Returns 0 or THRUM_TIMED_OUT. May be called again. */
    int (*shutdown)(thrum_executor *self, bool cancel_futures, thrum_deadline deadline);
    /* Forget a future that was submitted: it will not be passed to thrum_future_run(). False when it is too late for
     * that. Called by a worker of the executor, for a future by value whose call is over. NULL: the executor has no
     * workers that submit to it. */
    bool (*withdraw)(thrum_executor *self, thrum_future *future);
    /* Write what is running and how much waits, as snprintf. NULL: nothing is known. */
    int (*report)(thrum_executor *self, char *buffer, size_t size);
    /* Why submit refuses, in Python's words, or NULL when it does not. NULL: nothing is known. */
    const char *(*refusal)(thrum_executor *self);
    /* Free the memory; shutdown came before. */
    void (*free)(thrum_executor *self);
} thrum_executor_ops;

struct thrum_executor {
    const thrum_executor_ops *ops;
    bool callers_help; /* who waits for a call that has not begun may make it himself, whatever thread it is */
};

THRUM_BEGIN_DECLS

/* Have call(arg) made in the background: Executor.submit(fn, *args).
 *
 * Stores a new reference in *ret_future, for the caller to drop with thrum_future_unref(); ret_future may be NULL.
 * `arg` stays the caller's, and has to stay until the call has ended. Returns 0; THRUM_RUNTIME_ERROR after shutdown
 * ("cannot schedule new futures after shutdown") and when the process is ending ("cannot schedule new futures after
 * interpreter shutdown"); THRUM_BROKEN_THREAD_POOL when an initializer has failed; THRUM_VALUE_ERROR when `call` is
 * NULL; -ENOMEM, or -EAGAIN when the system refuses the first thread. After an error the call is not made.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_executor_submit(thrum_executor *executor, thrum_call *call, void *arg, thrum_future **ret_future);

/* The same, with a future in the caller's memory that is all zero (THRUM_FUTURE_INIT) or was ended with
 * thrum_future_fini(), which has to be called afterwards, also after an error. Allocates nothing of its own.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_executor_submit_into(thrum_executor *executor, thrum_call *call, void *arg,
                                                         thrum_future *future);

/* Refuse calls from now on: Executor.shutdown(wait, cancel_futures).
 *
 * With `wait`, returns when all calls have ended and the threads are gone; without, they go on by themselves. With
 * cancel_futures, those that have not begun are cancelled. May be called again. A worker of the executor must not
 * wait.
 * Threads: any.  Signals: unsafe.  Blocks: until all calls have ended, if it is to wait. */
THRUM_API void thrum_executor_shutdown(thrum_executor *executor, bool wait, bool cancel_futures);

/* The same within a time limit, which Python does not offer; a negative one counts as zero.
 *
 * Returns 0 when everything has ended, or THRUM_TIMED_OUT: thrum_executor_report() says what still runs, which goes
 * on doing so, and the call may be repeated. THRUM_OVERFLOW_ERROR, with nothing changed, beyond THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: until all calls have ended or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_executor_shutdown_timed(thrum_executor *executor, bool cancel_futures,
                                                            thrum_timeout timeout);

/* Write what the executor is doing into `buffer` of `size` bytes: a line for each call that is being made, with the
 * thread, the function and its argument, and one with how many are waiting. Always ends with a NUL when size > 0.
 * Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_executor_report(thrum_executor *executor, char *buffer, size_t size);

/* Why submit would fail now, in Python's words: "cannot schedule new futures after shutdown". NULL when it would not.
 * Lives for ever.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API const char *thrum_executor_refusal(thrum_executor *executor);

/* Shut the executor down, wait for all calls, and free it: the end of Python's with. Takes NULL. Returns NULL. Not
 * from one of its own calls.
 * Threads: owner.  Signals: unsafe.  Blocks: until all calls have ended. */
THRUM_API thrum_executor *thrum_executor_free(thrum_executor *executor);

/* For executors: make the call of a future that submit was given, in this thread, and end the future; or, when it was
 * cancelled, tell those who wait. From then on the future is not the executor's any more.
 * Threads: any.  Signals: unsafe.  Blocks: until the call has ended. */
THRUM_API void thrum_future_run(thrum_future *future);

/* For executors: end a future that submit was given without making its call. When `error` is 0 it is cancelled;
 * otherwise it fails with that negative code and `text`, which may be NULL. From then on the future is not the
 * executor's any more.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_future_drop(thrum_future *future, int error, const char *text);

static inline void thrum_executor_leave_(thrum_executor **executor) {
    *executor = thrum_executor_free(*executor);
}

/* Free the executor in the variable `executor` at the end of the enclosing block: with executor. The variable keeps
 * its meaning; it must not be set to another one. */
#define THRUM_EXECUTOR_SCOPE(executor)                                                                               \
    thrum_executor *THRUM_EXECUTOR_PASTE_(thrum_executor_scope_, __COUNTER__)                                        \
        __attribute__((cleanup(thrum_executor_leave_), unused)) = (executor)
#define THRUM_EXECUTOR_PASTE2_(a, b) a##b
#define THRUM_EXECUTOR_PASTE_(a, b) THRUM_EXECUTOR_PASTE2_(a, b)

THRUM_END_DECLS

#endif
