/* fake_clock.h - a scheduler on a clock that moves only when somebody waits, and a list of what it called. */
#ifndef TEST_FAKE_CLOCK_H
#define TEST_FAKE_CLOCK_H

#include <thrum.h>

#include "test.h"

enum { most_calls = 64 };

static int64_t now, delays[most_calls];
static int calls[most_calls], called, delayed;

static inline int64_t fake_time(void *clock) {
    (void)clock;
    return now;
}

static inline int fake_delay(void *clock, thrum_timeout delay) {
    (void)clock;
    CHECK_LT(delayed, most_calls);
    delays[delayed++] = delay.ns;
    now += delay.ns;
    return 0;
}

/* The action of most tests: note the number that is its argument. */
static inline int note(void *number) {
    CHECK_LT(called, most_calls);
    calls[called++] = (int)(intptr_t)number;
    return 0;
}

static inline void *number(int n) {
    return (void *)(intptr_t)n;
}

static inline thrum_deadline at(int64_t ns) {
    thrum_deadline point = {ns};
    return point;
}

static inline thrum_scheduler *scheduler_with(const thrum_scheduler_options *options) {
    thrum_scheduler *s = NULL;
    CHECK_EQ(thrum_scheduler_new(&s, options), 0);
    return s;
}

static inline thrum_scheduler *fake_scheduler(void) {
    thrum_scheduler_options options = {.timefunc = fake_time, .delayfunc = fake_delay};
    return scheduler_with(&options);
}

/* Enter note(n) at a time. */
static inline thrum_scheduler_event enter_at(thrum_scheduler *s, int64_t time, int priority, int n) {
    thrum_scheduler_event event;
    CHECK_EQ(thrum_scheduler_enterabs(s, at(time), priority, note, number(n), &event), 0);
    return event;
}

/* What was called, in this order and nothing else. */
#define CHECK_CALLS(...)                                                                                             \
    do {                                                                                                             \
        const int expected_[] = {__VA_ARGS__};                                                                       \
        CHECK_EQ(called, sizeof expected_ / sizeof *expected_);                                                      \
        for (int i_ = 0; i_ < called; i_++)                                                                          \
            CHECK_EQ(calls[i_], expected_[i_]);                                                                      \
    } while (0)

#endif
