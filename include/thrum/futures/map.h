/* thrum/futures/map.h - Executor.map: a call for each of many arguments, and the results in their order
 * (concurrent.futures).
 *
 * The idea
 *       static bool next_path(void *source, void **ret_arg);        the iterable: false when there are no more
 *
 *       thrum_map *sums;                                            for digest in ex.map(hash, paths, buffersize=64):
 *       void *digest;
 *       thrum_map_options options = {.buffersize = 64};
 *       if (thrum_executor_map(ex, hash, next_path, &paths, &options, &sums) == 0) {
 *               while (thrum_map_next(sums, &digest) == 0)
 *                       ...                                         the first result first, whichever is ready first
 *               sums = thrum_map_free(sums);
 *       }
 *
 *   With a buffersize the arguments are taken from the source as the results are taken out, at most so many ahead: a
 *   source without end is no problem, nor is one that is larger than the memory. Without it all are submitted at
 *   once.
 */
#ifndef THRUM_FUTURES_MAP_H
#define THRUM_FUTURES_MAP_H

#include <thrum/futures/executor.h>

typedef struct thrum_map thrum_map;

/* The arguments, one after the other. Stores the next one in *ret_arg; false when there are no more. */
typedef bool thrum_map_source(void *source, void **ret_arg);

/* map's keyword arguments. Zero is Python's default for each. */
typedef struct thrum_map_options {
    thrum_timeout timeout; /* from the call of map on, for all results; zero is None; a negative one has passed */
    long buffersize;       /* how many calls may be ahead of the result that is taken; zero is None, all */
} thrum_map_options;

THRUM_BEGIN_DECLS

/* Call call(argument) for each argument that the source gives: Executor.map(fn, iterable, timeout, buffersize).
 *
 * source(source_arg, &argument) is called in this thread: here for all arguments, or for `buffersize` of them, and
 * for one more each time a result is taken. Stores the iterator in *ret_map, for the caller to thrum_map_free().
 * Returns 0; THRUM_VALUE_ERROR for a negative buffersize ("buffersize must be None or > 0"); THRUM_OVERFLOW_ERROR for
 * a time limit beyond THRUM_TIMEOUT_MAX; -ENOMEM; or why the executor refuses the first call. After an error in the
 * middle, what was submitted was cancelled, and the call waits for what had begun, so that the arguments are the
 * caller's again.
 * Threads: any.  Signals: unsafe.  Blocks: until the source gives, and after an error until the calls have ended. */
THRUM_API THRUM_NODISCARD int thrum_executor_map(thrum_executor *executor, thrum_call *call, thrum_map_source *source,
                                                 void *source_arg, const thrum_map_options *options,
                                                 thrum_map **ret_map);

/* The next result, in the order of the arguments, waiting for it.
 *
 * Stores it in *ret_result, which may be NULL. Returns 0; THRUM_STOP_ITERATION when there are no more; the error of
 * the call whose turn it is; THRUM_CANCELLED; THRUM_TIMED_OUT; or why a further call could not be submitted. An error
 * ends the iteration: what has not begun is cancelled, and THRUM_STOP_ITERATION follows.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the call has ended or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_map_next(thrum_map *map, void **ret_result);

/* What was said about the error that ended the iteration, as thrum_future_exception_text(); NULL before. Valid as
 * long as the map.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API const char *thrum_map_exception_text(const thrum_map *map);

/* End the iteration, at any time: cancels the calls that have not begun, and waits for those that have, so that the
 * arguments are the caller's again. Takes NULL. Returns NULL.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the calls that have begun have ended. */
THRUM_API thrum_map *thrum_map_free(thrum_map *map);

THRUM_END_DECLS

#endif
