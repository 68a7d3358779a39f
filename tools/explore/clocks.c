/* clocks.c - sleeps and clocks. Every clock that the program reads shows virtual time, but for those of its use of
 * the processor. The wall clock's begins at a fixed day, so that runs repeat. */
#include <errno.h>
#include <sched.h>
#include <sys/time.h>
#include <unistd.h>

#include "thread.h"

enum { ns_per_s = 1000000000 };

static const int64_t wall_start = INT64_C(1700000000) * ns_per_s;

static int64_t now_on(clockid_t clock) {
    bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
    return thrum_monotonic_ns() + (wall ? wall_start : 0);
}

static struct timespec timespec_of(int64_t ns) {
    return (struct timespec){.tv_sec = (time_t)(ns / ns_per_s), .tv_nsec = (long)(ns % ns_per_s)};
}

bool preload_is_time(const struct timespec *time) {
    return time->tv_nsec >= 0 && time->tv_nsec < ns_per_s;
}

thrum_timeout preload_span(const struct timespec *span) {
    if (span->tv_sec >= INT64_MAX / ns_per_s - 1)
        return THRUM_FOREVER;
    return thrum_nanoseconds((int64_t)span->tv_sec * ns_per_s + span->tv_nsec);
}

/* A limit in the past is not no limit at all: a nanosecond is the shortest. */
thrum_timeout preload_until(clockid_t clock, const struct timespec *until) {
    thrum_timeout end = preload_span(until);
    int64_t now = now_on(clock);
    if (end.ns == THRUM_FOREVER.ns)
        return end;
    return thrum_nanoseconds(end.ns > now ? end.ns - now : 1);
}

static bool never(void *unused) {
    (void)unused;
    return false;
}

bool threads_sleep(thrum_timeout span, const char *call) {
    static char everybody;
    thrum_explore_step(&everybody, false, "sleep");
    int r = preload_wait_for(&(preload_wait){
        .what = "the end of a sleep", .ready = never, .limit = span, .cancellable = true, .interruptible = call});
    if (r == PRELOAD_CANCELLED)
        preload_act_on_cancel();
    return r != PRELOAD_INTERRUPTED;
}

INSTEAD(int, nanosleep, (const struct timespec *span, struct timespec *left), (span, left)) {
    if (!preload_is_time(span) || span->tv_sec < 0)
        return preload_error(EINVAL);
    if (threads_sleep(preload_span(span), "nanosleep"))
        return 0;
    if (left)
        *left = *span;
    return -1;
}

INSTEAD(int, clock_nanosleep, (clockid_t clock, int flags, const struct timespec *time, struct timespec *left),
        (clock, flags, time, left)) {
    const bool absolute = flags & TIMER_ABSTIME;
    if (!preload_is_time(time) || time->tv_sec < 0)
        return EINVAL;
    if (threads_sleep(absolute ? preload_until(clock, time) : preload_span(time), "clock_nanosleep"))
        return 0;
    if (left && !absolute)
        *left = *time;
    return EINTR;
}

INSTEAD(unsigned, sleep, (unsigned seconds), (seconds)) {
    return threads_sleep(thrum_seconds(seconds), "sleep") ? 0 : seconds;
}

INSTEAD(int, usleep, (useconds_t microseconds), (microseconds)) {
    return threads_sleep(thrum_nanoseconds((int64_t)microseconds * 1000), "usleep") ? 0 : -1;
}

void preload_give_way(void) {
    static char everybody;
    thrum_explore_step(&everybody, true, "yield");
    (void)thrum_explore_await(&everybody, "the others", never, NULL, thrum_nanoseconds(1));
}

int preload_in_vain(int error) {
    preload_give_way();
    return error;
}

INSTEAD(int, sched_yield, (void), ()) {
    preload_give_way();
    return 0;
}

static bool is_of_the_processor(clockid_t clock) {
    return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID || clock < 0;
}

INSTEAD(int, clock_gettime, (clockid_t clock, struct timespec *now), (clock, now)) {
    NEXT(clock_gettime);
    if (is_of_the_processor(clock))
        return next_clock_gettime(clock, now);
    *now = timespec_of(now_on(clock));
    return 0;
}

INSTEAD(time_t, time, (time_t * ret_now), (ret_now)) {
    time_t now = (time_t)(now_on(CLOCK_REALTIME) / ns_per_s);
    if (ret_now)
        *ret_now = now;
    return now;
}

INSTEAD(int, gettimeofday, (struct timeval *restrict now, void *restrict zone), (now, zone)) {
    (void)zone;
    int64_t ns = now_on(CLOCK_REALTIME);
    *now = (struct timeval){.tv_sec = (time_t)(ns / ns_per_s), .tv_usec = (suseconds_t)(ns % ns_per_s / 1000)};
    return 0;
}

INSTEAD(int, timespec_get, (struct timespec * now, int base), (now, base)) {
    if (base != TIME_UTC)
        return 0;
    *now = timespec_of(now_on(CLOCK_REALTIME));
    return base;
}
