/* thrum/time.h - time limits, deadlines and the monotonic clock.
 *
 * The idea
 *   A time limit is a span, a deadline is a point. They are two types, so the compiler refuses to mix them, and each
 *   is a struct, so it refuses a bare number whose unit nobody knows:
 *
 *       thrum_lock_acquire_timed(&lock, thrum_seconds(1.5));      a span, in seconds as in Python
 *       thrum_lock_acquire_timed(&lock, THRUM_FOREVER);           timeout=None
 *       thrum_lock_acquire_timed(&lock, THRUM_NOWAIT);            blocking=False
 *
 *   A loop that waits several times wants one deadline, not a fresh span each time round:
 *
 *       thrum_deadline end = thrum_deadline_after(thrum_seconds(3));
 *       while (!done())
 *               wait_some(thrum_deadline_left(end));
 *
 * All arithmetic saturates: a span added to a deadline never wraps round. The clock is CLOCK_MONOTONIC, which setting
 * the wall clock does not move.
 */
#ifndef THRUM_TIME_H
#define THRUM_TIME_H

#include <thrum/base.h>

/* A span of time, in nanoseconds. A span may be negative: each call says whether it refuses that or has expired. */
typedef struct thrum_timeout {
    int64_t ns;
} thrum_timeout;

/* A point on the monotonic clock, in nanoseconds. INT64_MAX is never. */
typedef struct thrum_deadline {
    int64_t ns;
} thrum_deadline;

#ifdef __cplusplus
#define THRUM_TIMEOUT_NS_(value) (thrum_timeout{(value)})
#else
#define THRUM_TIMEOUT_NS_(value) ((thrum_timeout){(value)})
#endif

/* Wait for ever: Python's timeout=None. */
#define THRUM_FOREVER THRUM_TIMEOUT_NS_(INT64_MAX)
/* Do not wait: Python's blocking=False. */
#define THRUM_NOWAIT THRUM_TIMEOUT_NS_(0)
/* The longest finite time limit, threading.TIMEOUT_MAX: 9223372036 s. A longer one is THRUM_OVERFLOW_ERROR. */
#define THRUM_TIMEOUT_MAX THRUM_TIMEOUT_NS_(INT64_C(9223372036) * 1000000000)

THRUM_BEGIN_DECLS

/* A span of `seconds`, rounded up to the next nanosecond so that a wait is never shorter than asked for.
 *
 * Beyond THRUM_TIMEOUT_MAX the result is a span that every waiting call refuses with THRUM_OVERFLOW_ERROR; +infinity
 * is THRUM_FOREVER, -infinity the most negative span, and a NaN becomes the most negative span too.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_timeout thrum_seconds(double seconds);

/* A span of `milliseconds`, saturated.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_timeout thrum_milliseconds(int64_t milliseconds);

/* A span of `nanoseconds`.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_timeout thrum_nanoseconds(int64_t nanoseconds);

/* The monotonic clock's time now, in nanoseconds since an arbitrary point: time.monotonic_ns().
 *
 * Never goes back. Under exploration and in tests that replace the clock this is the virtual time.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API int64_t thrum_monotonic_ns(void);

/* The monotonic clock's time now, in seconds: time.monotonic().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API double thrum_monotonic(void);

/* The point that lies `timeout` from now. THRUM_FOREVER gives the deadline that never comes; a negative span gives a
 * point in the past.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_deadline thrum_deadline_after(thrum_timeout timeout);

/* The span from now to `deadline`: THRUM_FOREVER when it never comes, and THRUM_NOWAIT when it has passed.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_timeout thrum_deadline_left(thrum_deadline deadline);

/* Whether `deadline` has passed.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_deadline_passed(thrum_deadline deadline);

/* Suspend the calling thread for `timeout`: time.sleep().
 *
 * A signal does not cut it short (PEP 475). Returns 0, THRUM_VALUE_ERROR for a negative span ("sleep length must be
 * non-negative"), or THRUM_OVERFLOW_ERROR for one beyond THRUM_TIMEOUT_MAX. THRUM_FOREVER sleeps for ever.
 * Threads: any.  Signals: unsafe.  Blocks: until the time has passed. */
THRUM_API int thrum_sleep(thrum_timeout timeout);

THRUM_END_DECLS

#endif
