/* thrum/threading/timer.h - Timer: call a function after a time, in another thread (threading.Timer).
 *
 * The idea
 *       static int too_late(void *arg) { puts("too late!"); return 0; }
 *
 *       thrum_timer *timer;
 *       if (thrum_timer_new(&timer, thrum_seconds(3), too_late, NULL, NULL) == 0)
 *               thrum_timer_start(timer);
 *       ...
 *       thrum_timer_cancel(timer);                          has no effect once it has fired
 *       thrum_timer_unref(timer);
 *
 *   Python starts a thread per Timer. Here all timers share one clock-keeping thread, and a function runs in a thread
 *   that is kept for the next: ten thousand timers cost no more than one, and a function that blocks delays no other
 *   timer. So a waiting timer is no member of thrum_enumerate(); while its function runs, that thread passes for the
 *   timer's own: its name is the timer's, what it creates inherits whether it is a daemon, and its thrum_local values
 *   end with the function.
 *
 *   A function is called at its time or up to 66 us later, never before. In the child of a fork no timer of the
 *   parent is alive; a new one works there as everywhere.
 */
#ifndef THRUM_THREADING_TIMER_H
#define THRUM_THREADING_TIMER_H

#include <thrum/threading/thread.h>

/* A timer, by reference. */
typedef struct thrum_timer thrum_timer;

/* Timer's keyword arguments. Zero is Python's default for each. */
typedef struct thrum_timer_options {
    const char *name;            /* copied; NULL is "Timer-N" */
    thrum_daemon daemon;         /* whether exit waits for it to fire or be cancelled */
    void (*free_arg)(void *arg); /* called once with arg, when the timer is freed; may be NULL */
} thrum_timer_options;

THRUM_BEGIN_DECLS

/* Make a timer that calls function(arg) `interval` after its start: threading.Timer(interval, function).
 *
 * Stores a new reference in *ret_timer. A negative interval counts as zero. Returns 0; -ENOMEM; THRUM_VALUE_ERROR
 * when function is NULL; THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX. THRUM_FOREVER never fires. A code other than
 * 0 that the function returns goes to the excepthook.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_timer_new(thrum_timer **ret_timer, thrum_timeout interval, thrum_target *function,
                                              void *arg, const thrum_timer_options *options);

/* Start the timer: Timer.start().
 *
 * Returns 0; THRUM_RUNTIME_ERROR when it was started before ("threads can only be started once") or the process is
 * ending; -EAGAIN or -ENOMEM when the clock-keeping thread cannot be started, with the timer as before.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_timer_start(thrum_timer *timer);

/* Stop the timer if its function has not been called: Timer.cancel(). A timer cancelled before its start never calls
 * it.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_timer_cancel(thrum_timer *timer);

/* Wait until the timer is done: its function has returned, or it was cancelled: Timer.join().
 *
 * Returns 0; THRUM_RUNTIME_ERROR when it was not started or when its own function calls this; THRUM_DEADLOCK when
 * the function waits, perhaps through others, for the caller and the deadlock policy is `error`.
 * Threads: any.  Signals: unsafe.  Blocks: until the timer is done. */
THRUM_API int thrum_timer_join(thrum_timer *timer);

/* As thrum_timer_join(), within a time limit; a negative limit counts as zero. THRUM_TIMED_OUT when it is not done
 * then, and THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: until the timer is done or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_timer_join_timed(thrum_timer *timer, thrum_timeout timeout);

/* Whether the timer was started and is not done: Timer.is_alive().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_timer_is_alive(const thrum_timer *timer);

/* The timer's name. Valid as long as the timer.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API const char *thrum_timer_name(const thrum_timer *timer);

/* Whether the process may end without the timer: Timer.daemon.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_timer_daemon(const thrum_timer *timer);

/* Take another reference. Returns `timer`.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_timer *thrum_timer_ref(thrum_timer *timer);

/* Drop a reference; the last one frees the timer, not before it is done when it was started. Takes NULL. Returns
 * NULL.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_timer *thrum_timer_unref(thrum_timer *timer);

THRUM_END_DECLS

#endif
