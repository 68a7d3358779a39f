/* thrum/futures/future.h - Future: a result that is not there yet (concurrent.futures.Future).
 *
 * The idea
 *   Whoever makes a call in the background gives the caller a future, and sets its result when it is there:
 *
 *       PENDING --------> RUNNING -----------------> FINISHED, with a result or an error
 *          |  begins                set_result, set_error
 *          +------------> CANCELLED ---------------> CANCELLED_AND_NOTIFIED
 *             cancel                the executor has seen it
 *
 *   thrum_future_result() waits for it. What Python raises there is the code that it returns; the text of the error
 *   is thrum_future_exception_text().
 *
 * Whose memory it is
 *   The future that thrum_executor_submit() returns is counted: the executor has a reference and the caller has one,
 *   which is dropped with thrum_future_unref(), before or after the end of the call.
 *
 *   A future may also be part of a struct of one's own, beside the arguments and the results of a call, and then
 *   nothing is allocated at all:
 *
 *       typedef struct sum { int from, to; long total; thrum_future future; } sum;
 *
 *       static int add_up(void *arg, void **ret_result) { ... }     fills in sum->total
 *
 *       sum half = {.from = 1, .to = 50};
 *       if (thrum_executor_submit_into(ex, add_up, &half, &half.future) == 0) {
 *               thrum_future_result(&half.future, NULL);
 *               printf("%ld\n", half.total);
 *       }
 *       thrum_future_fini(&half.future);                            now nobody uses its memory any more
 *
 *   All-zero bytes are a pending future. thrum_future_fini() is to be called before its memory is used for something
 *   else: a cancelled one, for example, is in the queue of its executor until its turn comes.
 */
#ifndef THRUM_FUTURES_FUTURE_H
#define THRUM_FUTURES_FUTURE_H

#include <thrum/futures/task_group.h>
#include <thrum/time.h>

/* A call to be made in the background. Returns 0 or more, and what it found in *ret_result (NULL when it leaves that
 * alone); or a negative code, -errno or THRUM_..., after thrum_thread_fail() if there is more to say than the
 * code. */
typedef int thrum_call(void *arg, void **ret_result);

/* The states, under Python's names. */
typedef enum thrum_future_state {
    THRUM_FUTURE_PENDING,
    THRUM_FUTURE_RUNNING,
    THRUM_FUTURE_CANCELLED,
    THRUM_FUTURE_CANCELLED_AND_NOTIFIED,
    THRUM_FUTURE_FINISHED
} thrum_future_state;

struct thrum_executor;
struct thrum_future_listener_;

/* A future: by value in the caller's memory, or by reference from thrum_future_new() and thrum_executor_submit(). */
typedef struct thrum_future {
    uint32_t word_;       /* state and marks: src/futures/future.c */
    uint32_t references_; /* 0: in the caller's memory */
    uint32_t runner_;     /* the number of the thread that makes the call */
    int32_t error_;       /* what the call returned, when it failed */
    thrum__task task_;    /* its place in a pool */
    union {
        thrum_call *call_; /* until it is made */
        void *result_;     /* from then on */
    };
    union {
        void *arg_;  /* until the call is made */
        char *text_; /* from then on: what was said about the error, or NULL */
    };
    struct thrum_executor *executor_;
    struct thrum_future_listener_ *listeners_;
} thrum_future;

#ifdef __cplusplus
#define THRUM_FUTURE_INIT                                                                                            \
    {}
#else
#define THRUM_FUTURE_INIT                                                                                            \
    { 0 }
#endif

/* What is called when a future is done. An error that it returns is logged and has no other effect. */
typedef int thrum_future_callback(thrum_future *future, void *arg);

THRUM_BEGIN_DECLS

/* Make a pending future, for somebody who sets its result himself: Future().
 *
 * Stores a new reference in *ret_future. Returns 0 or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_future_new(thrum_future **ret_future);

/* Take another reference to a future that was not made by value. Returns `future`.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_future *thrum_future_ref(thrum_future *future);

/* Drop a reference; the last one frees the future. A call that was submitted is made all the same, and its result is
 * forgotten. Takes NULL. Returns NULL.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_future *thrum_future_unref(thrum_future *future);

/* End the use of a future that was made by value: waits until no executor and no callback uses its memory, frees what
 * it holds, and makes it a pending one again. One that is not done and belongs to no executor ends at once; its
 * callbacks are forgotten. Not from one of its own callbacks.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until its executor and its callbacks have done with it. */
THRUM_API void thrum_future_fini(thrum_future *future);

/* Cancel the call if it has not begun: Future.cancel().
 *
 * Calls the callbacks, in this thread. Returns true when the future is cancelled now or was before, false when it is
 * running or finished.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_future_cancel(thrum_future *future);

/* Whether it was cancelled: Future.cancelled().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_future_cancelled(const thrum_future *future);

/* Whether the call is being made: Future.running().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_future_running(const thrum_future *future);

/* Whether it is cancelled or finished: Future.done().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_future_done(const thrum_future *future);

/* The state: Future._state.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_future_state thrum_future_state_of(const thrum_future *future);

/* Python's word for a state, "CANCELLED_AND_NOTIFIED" for example. Lives for ever.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API const char *thrum_future_state_name(thrum_future_state state);

/* Wait for the result: Future.result().
 *
 * Returns 0 and the result in *ret_result, which may be NULL when it is not wanted; THRUM_CANCELLED; or the code of
 * the call's own error. When the caller is a worker of the executor, or the executor allows it to everybody, a call
 * that has not begun is made here and now. A wait that could never end, because the thread that makes the call waits
 * for the caller, is reported, and is THRUM_DEADLOCK under the deadlock policy `error`.
 * Threads: any.  Signals: unsafe.  Blocks: until the future is done. */
THRUM_API THRUM_NODISCARD int thrum_future_result(thrum_future *future, void **ret_result);

/* Wait for the result within a time limit: Future.result(timeout). Zero and less test at once.
 *
 * Returns as thrum_future_result(), or THRUM_TIMED_OUT, or THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX. A call may
 * fail with these codes, too: thrum_future_exception() tells the difference.
 * Threads: any.  Signals: unsafe.  Blocks: until the future is done or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_future_result_timed(thrum_future *future, void **ret_result,
                                                        thrum_timeout timeout);

/* Wait for the end of the call, and see how it ended: Future.exception().
 *
 * Returns 0 and in *ret_error the code of the call's error, or 0 (None) when it had none; or THRUM_CANCELLED. Makes
 * the call itself as thrum_future_result() does, and meets deadlocks likewise.
 * Threads: any.  Signals: unsafe.  Blocks: until the future is done. */
THRUM_API THRUM_NODISCARD int thrum_future_exception(thrum_future *future, int *ret_error);

/* The same within a time limit, which is treated as by thrum_future_result_timed().
 * Threads: any.  Signals: unsafe.  Blocks: until the future is done or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_future_exception_timed(thrum_future *future, int *ret_error,
                                                           thrum_timeout timeout);

/* What was said about the error of a finished future, by thrum_thread_fail() in the call or to
 * thrum_future_set_error(); otherwise thrum_strerror() of its code; NULL when there is no error. Valid as long as the
 * future.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API const char *thrum_future_exception_text(const thrum_future *future);

/* Have callback(future, arg) called when the future is done: Future.add_done_callback().
 *
 * It runs in the thread that ends or cancels the call, after those who wait were told; at once, in this thread, when
 * the future is done already. Callbacks are called in the order in which they were added, as often as they were
 * added, each even if one before it failed: an error goes to the log ("exception calling callback for ...").
 * Returns 0, or -ENOMEM with nothing changed.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_future_add_done_callback(thrum_future *future, thrum_future_callback *callback, void *arg);

/* Begin: for an executor that is about to make the call (Future.set_running_or_notify_cancel()).
 *
 * Returns 1 when the future is running now; 0 when it was cancelled, which those who wait in thrum_futures_wait() are
 * told now, and the call is not to be made; THRUM_RUNTIME_ERROR, which is logged, in any other state ("Future in
 * unexpected state").
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_future_set_running_or_notify_cancel(thrum_future *future);

/* End the call with a result: Future.set_result(). From the state pending, too.
 *
 * Returns 0, or THRUM_INVALID_STATE with nothing changed when the future is done, or when a function submitted to an
 * executor is running, whose result is the result ("FINISHED: <thrum_future ...>": state name and repr).
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_future_set_result(thrum_future *future, void *result);

/* End the call with an error: Future.set_exception().
 *
 * `error` is a negative code, and `text` says more about it, is copied, and may be NULL. Returns as
 * thrum_future_set_result(); THRUM_VALUE_ERROR when the code is not negative; -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_future_set_error(thrum_future *future, int error, const char *text);

/* Write Python's repr, "<thrum_future at 0x... state=pending>" (running, cancelled, finished returned 0x..., finished
 * raised ValueError), into `buffer` of `size` bytes.
 *
 * Always ends with a NUL when size > 0. Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_future_repr(const thrum_future *future, char *buffer, size_t size);

/* Where errors go that nobody can be told of: those of callbacks and initializers, and futures in unexpected states
 * (logging.getLogger("concurrent.futures")). `log` gets a text without a newline; NULL brings back the default, which
 * writes it to stderr.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_futures_set_log(void (*log)(const char *text, void *arg), void *arg);

THRUM_END_DECLS

#endif
