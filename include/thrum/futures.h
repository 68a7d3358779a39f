/* thrum/futures.h - have calls made by other threads, and come back for the results (concurrent.futures).
 *
 *     Future               thrum_future              a result that is not there yet
 *     Executor             thrum_executor            whoever makes calls, in the background
 *     ThreadPoolExecutor   thrum_thread_pool_...     threads that do it
 *     Executor.map         thrum_map                 results in the order of the arguments
 *     wait                 thrum_futures_wait        until the first, or the first error, or all are done
 *     as_completed         thrum_as_completed        one after the other, as they are done
 *     (none in Python)     thrum_task_group          split work up among all CPUs, and wait for the whole
 *
 * The idea
 *   A call is a function with one argument, which gives a pointer or fails with a code:
 *
 *       static int word_count(void *path, void **ret_result) {
 *               FILE *file = fopen(path, "r");
 *               if (!file)
 *                       return -errno;                              Python: raise
 *               ...
 *               *ret_result = count;                                Python: return
 *               return 0;
 *       }
 *
 *       thrum_executor *ex;
 *       thrum_future *f;
 *       void *count;
 *       if (thrum_thread_pool_executor_new(&ex, NULL) == 0) {
 *               if (thrum_executor_submit(ex, word_count, "README", &f) == 0) {
 *                       ...                                         meanwhile
 *                       int r = thrum_future_result(f, &count);     waits; r is what the call returned
 *                       f = thrum_future_unref(f);
 *               }
 *               ex = thrum_executor_free(ex);                       with: waits for everything submitted
 *       }
 */
#ifndef THRUM_FUTURES_H
#define THRUM_FUTURES_H

#include <thrum/futures/executor.h>
#include <thrum/futures/future.h>
#include <thrum/futures/map.h>
#include <thrum/futures/task_group.h>
#include <thrum/futures/thread_pool.h>
#include <thrum/futures/wait.h>

#endif
