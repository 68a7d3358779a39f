/* timers.h - what the tests of timers share. Include it in one file of a test. */
#ifndef TEST_TIMERS_H
#define TEST_TIMERS_H

#include "crew.h"
#include "fault.h"
#include "threading/timer_internal.h"

#define SOON thrum_milliseconds(3)
#define LATE thrum_seconds(100000)

/* Whether the keeper sleeps, for the first time; whether a runner is idle. */
static inline bool keeper_sleeps(void) {
    thrum__latch_lock(&thrum__timers.latch);
    bool sleeps = thrum__timers.sleeps_until > 0;
    thrum__latch_unlock(&thrum__timers.latch);
    return sleeps;
}
static inline bool runner_idles(void) {
    thrum__latch_lock(&thrum__timers.latch);
    bool idles = thrum__timers.idle > 0;
    thrum__latch_unlock(&thrum__timers.latch);
    return idles;
}

static int calls;
static inline int count(void *arg) {
    (void)arg;
    add(&calls, 1);
    return 0;
}
static inline int called(void) {
    return get(&calls);
}

static inline thrum_timer *started(thrum_timeout interval, thrum_target *function, void *arg, thrum_daemon daemon) {
    thrum_timer *timer;
    CHECK_EQ(thrum_timer_new(&timer, interval, function, arg, &(thrum_timer_options){.daemon = daemon}), 0);
    CHECK_EQ(thrum_timer_start(timer), 0);
    return timer;
}

static inline void join_and_drop(thrum_timer *timer) {
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK(!thrum_timer_is_alive(timer));
    CHECK(thrum_timer_unref(timer) == NULL);
}

static inline void cancel_and_drop(thrum_timer *timer) {
    thrum_timer_cancel(timer);
    join_and_drop(timer);
}

static int freed;
static inline void free_arg(void *arg) {
    (void)arg;
    add(&freed, 1);
}
static inline int freed_now(void) {
    return get(&freed);
}

static thrum_event gate;
static inline int wait_at_gate(void *arg) {
    thrum_event_wait(&gate);
    return count(arg);
}
static inline int open_gate(void *arg) {
    (void)arg;
    thrum_event_set(&gate);
    return 0;
}

#endif
