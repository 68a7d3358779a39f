#include <math.h>

#include "base/hooks.h"
#include "test.h"
#include "time/time_internal.h"

static int64_t fake_time;
static int64_t fake_now(void) {
    return fake_time;
}
static const thrum__hooks fake = {.now = fake_now};

TEST(seconds_round_up_and_saturate) {
    CHECK_EQ(thrum_seconds(1.5).ns, 1500000000);
    CHECK_EQ(thrum_seconds(1e-10).ns, 1);
    CHECK_EQ(thrum_seconds(0).ns, 0);
    CHECK_EQ(thrum_seconds(-1).ns, -1000000000);
    CHECK_EQ(thrum_seconds(INFINITY).ns, THRUM_FOREVER.ns);
    CHECK_EQ(thrum_seconds(-INFINITY).ns, INT64_MIN);
    CHECK_EQ(thrum_seconds(NAN).ns, INT64_MIN);
    CHECK_EQ(thrum_seconds(9223372036.0).ns, THRUM_TIMEOUT_MAX.ns);
    CHECK_GT(thrum_seconds(9223372037.0).ns, THRUM_TIMEOUT_MAX.ns);
    CHECK_NE(thrum_seconds(1e300).ns, THRUM_FOREVER.ns);
}

TEST(milliseconds_saturate) {
    CHECK_EQ(thrum_milliseconds(250).ns, 250000000);
    CHECK_EQ(thrum_milliseconds(INT64_MIN).ns, INT64_MIN);
    CHECK_EQ(thrum_milliseconds(INT64_MAX).ns, INT64_MAX - 1);
    CHECK_EQ(thrum_nanoseconds(7).ns, 7);
}

TEST(deadlines_follow_the_clock) {
    thrum__hooks_installed = &fake;
    fake_time = 1000;
    thrum_deadline end = thrum_deadline_after(thrum_nanoseconds(500));
    CHECK_EQ(end.ns, 1500);
    CHECK_EQ(thrum_deadline_left(end).ns, 500);
    CHECK(!thrum_deadline_passed(end));
    fake_time = 1500;
    CHECK(thrum_deadline_passed(end));
    CHECK_EQ(thrum_deadline_left(end).ns, 0);
    fake_time = 9000;
    CHECK_EQ(thrum_deadline_left(end).ns, 0);
    CHECK_EQ(thrum_deadline_after(thrum_seconds(-1)).ns, 9000 - 1000000000);
}

TEST(forever_never_comes) {
    thrum__hooks_installed = &fake;
    fake_time = INT64_MAX - 10;
    thrum_deadline never = thrum_deadline_after(THRUM_FOREVER);
    CHECK_EQ(thrum_deadline_left(never).ns, THRUM_FOREVER.ns);
    CHECK(!thrum_deadline_passed(never));
    CHECK_EQ(thrum_deadline_after(thrum_seconds(100)).ns, INT64_MAX);
}

TEST(time_limits_are_checked_in_one_place) {
    int64_t deadline = 77;
    CHECK_EQ(thrum__deadline(thrum_seconds(-1), THRUM__REFUSE_NEGATIVE, &deadline), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum__deadline(thrum_seconds(1e10), THRUM__REFUSE_NEGATIVE, &deadline), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(deadline, 77);
    CHECK_EQ(thrum__deadline(thrum_seconds(-1), THRUM__NEGATIVE_IS_EXPIRED, &deadline), 0);
    CHECK_EQ(deadline, INT64_MIN);
    CHECK_EQ(thrum__deadline(THRUM_TIMEOUT_MAX, THRUM__REFUSE_NEGATIVE, &deadline), 0);
    CHECK_EQ(thrum__deadline(THRUM_FOREVER, THRUM__REFUSE_NEGATIVE, &deadline), 0);
    CHECK_EQ(deadline, THRUM__NEVER);
}

TEST(clock_does_not_go_back) {
    int64_t before = thrum_monotonic_ns();
    for (int i = 0; i < 1000; i++) {
        int64_t now = thrum_monotonic_ns();
        CHECK_GE(now, before);
        before = now;
    }
    CHECK_GE((int64_t)(thrum_monotonic() * 1e9) + 1000, before);
}

TEST_MAIN()
