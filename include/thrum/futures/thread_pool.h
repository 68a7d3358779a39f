/* thrum/futures/thread_pool.h - ThreadPoolExecutor: threads that make the calls that are submitted
 * (concurrent.futures.ThreadPoolExecutor).
 *
 * The idea
 *   A thread is started when a call is submitted and no thread is idle, up to max_workers; then calls wait for their
 *   turn, first come, first served. Task groups that a call uses are split up among the same threads.
 *
 *       thrum_executor *ex;
 *       thrum_thread_pool_options options = {.max_workers = 4, .thread_name_prefix = "resize"};
 *       int r = thrum_thread_pool_executor_new(&ex, &options);      threads resize_0 ... resize_3
 *
 *   A call may submit others to its own executor and wait for them: a call that has not begun is then made by the
 *   thread that waits for it. So, other than in Python, a pool of one thread does not stop there. Calls that wait for
 *   each other in a circle are reported as the deadlock that they are.
 *
 *   The threads are joined when the executor is freed, or at the end of the process, when all calls have ended. In
 *   the
 * child of a fork the executor has no threads and no calls, and starts new ones for new calls; what was not finished
 * never will be there, so nobody must wait for it.
 */
#ifndef THRUM_FUTURES_THREAD_POOL_H
#define THRUM_FUTURES_THREAD_POOL_H

#include <thrum/futures/executor.h>

/* ThreadPoolExecutor's keyword arguments. Zero is Python's default for each. */
typedef struct thrum_thread_pool_options {
    int max_workers;                /* 0: the number of CPUs that the process may use + 4, at most 32 */
    const char *thread_name_prefix; /* copied; threads are PREFIX_0, PREFIX_1, ...; NULL: "ThreadPoolExecutor-N" */
    /* Called in each thread before its first call; an error makes the executor unusable: all calls that have not
     * begun fail with THRUM_BROKEN_THREAD_POOL. May be NULL. */
    int (*initializer)(void *arg);
    void *initializer_arg; /* has to stay until the executor is freed */
    /* A thread that waits for a future of this executor makes the call itself if it has not begun, also when it is
     * not one of the executor's threads. Not in Python. Means nothing with an initializer, which that thread has not
     * called. */
    bool callers_help;
} thrum_thread_pool_options;

THRUM_BEGIN_DECLS

/* Make an executor with threads: ThreadPoolExecutor(max_workers, thread_name_prefix, initializer, initargs).
 *
 * `options` may be NULL. Returns 0 and the executor in *ret_executor, for the caller to thrum_executor_free();
 * THRUM_VALUE_ERROR when max_workers is negative ("max_workers must be greater than 0"); -ENOMEM. No thread is
 * started yet.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_thread_pool_executor_new(thrum_executor **ret_executor,
                                                             const thrum_thread_pool_options *options);

THRUM_END_DECLS

#endif
