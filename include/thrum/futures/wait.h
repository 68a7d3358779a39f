/* thrum/futures/wait.h - wait for several futures: wait and as_completed (concurrent.futures).
 *
 * The idea
 *       thrum_future *fs[3];
 *       ...
 *       thrum_futures_wait(fs, 3, THRUM_ALL_COMPLETED, NULL);       until all are done
 *
 *       thrum_wait_result found;
 *       thrum_futures_wait(fs, 3, THRUM_FIRST_COMPLETED, &found);   until one is:
 *       for (size_t i = 0; i < found.done; i++)                     fs[0 .. done) are done,
 *               ... fs[i]                                           fs[done .. done + not_done) are not
 *
 *       thrum_as_completed *each;                                   for f in as_completed(fs):
 *       thrum_future *f;
 *       if (thrum_as_completed_new(&each, fs, 3, THRUM_FOREVER) == 0) {
 *               while (thrum_as_completed_next(each, &f) == 0)
 *                       ...
 *               each = thrum_as_completed_free(each);
 *       }
 *
 *   A future that was cancelled counts as done once its executor has noticed, as in Python;
 *   THRUM_CANCELLED_IS_DONE makes it count at once.
 */
#ifndef THRUM_FUTURES_WAIT_H
#define THRUM_FUTURES_WAIT_H

#include <thrum/futures/future.h>

/* When to return: return_when. */
typedef enum thrum_return_when {
    THRUM_ALL_COMPLETED = 0,   /* Python's default */
    THRUM_FIRST_COMPLETED = 1, /* when any is done */
    THRUM_FIRST_EXCEPTION = 2, /* when any has ended with an error, which a cancelled one has not; or all are done */
    /* To be added with |: a cancelled future counts as done even before its executor has noticed. */
    THRUM_CANCELLED_IS_DONE = 16
} thrum_return_when;

/* Python's DoneAndNotDoneFutures. */
typedef struct thrum_wait_result {
    size_t done, not_done;
} thrum_wait_result;

typedef struct thrum_as_completed thrum_as_completed;

THRUM_BEGIN_DECLS

/* Wait for `count` futures: wait(fs, return_when=...).
 *
 * With ret_result not NULL the array is put into another order: first the futures that are done, then those that are
 * not, each once, in no particular order, as in Python's sets; and *ret_result says how many there are of each. What
 * is left at the end are those that stood there more than once. With NULL the array is left alone.
 * Makes calls that have not begun as thrum_future_result() does. Returns 0; THRUM_VALUE_ERROR when return_when is
 * none of them ("Invalid return condition"); for THRUM_ALL_COMPLETED also THRUM_DEADLOCK, as thrum_future_result(),
 * and for the others -ENOMEM; with nothing changed.
 * Threads: any.  Signals: unsafe.  Blocks: until return_when is true. */
THRUM_API THRUM_NODISCARD int thrum_futures_wait(thrum_future **futures, size_t count, int return_when,
                                                 thrum_wait_result *ret_result);

/* The same within a time limit; zero and less look at once: wait(fs, timeout, return_when).
 *
 * Returns as thrum_futures_wait(); THRUM_TIMED_OUT when the time has passed first, which is no error in Python, and
 * *ret_result and the array are what they are after 0; THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: until return_when is true or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_futures_wait_timed(thrum_future **futures, size_t count, int return_when,
                                                       thrum_wait_result *ret_result, thrum_timeout timeout);

/* Begin to go through `count` futures as they are done: as_completed(fs, timeout).
 *
 * The array is copied, and references are taken to those that are counted. The time limit is for all together, and
 * begins now. Returns 0; -ENOMEM; THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_as_completed_new(thrum_as_completed **ret_iterator, thrum_future *const *futures,
                                                     size_t count, thrum_timeout timeout);

/* The next one that is done: those that were done at the beginning first, each once.
 *
 * Stores it in *ret_future, borrowed. Returns 0; THRUM_STOP_ITERATION when all were given; THRUM_TIMED_OUT when the
 * time has passed. Makes calls that have not begun as thrum_future_result() does.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until one is done or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_as_completed_next(thrum_as_completed *iterator, thrum_future **ret_future);

/* Write the text of Python's TimeoutError, "2 (of 4) futures unfinished", as it is now, into `buffer` of `size`
 * bytes.
 *
 * Always ends with a NUL when size > 0. Returns the length of the whole text, as snprintf does.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_as_completed_unfinished(const thrum_as_completed *iterator, char *buffer, size_t size);

/* End the iteration, at any time. The futures are not touched. Takes NULL. Returns NULL.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_as_completed *thrum_as_completed_free(thrum_as_completed *iterator);

THRUM_END_DECLS

#endif
