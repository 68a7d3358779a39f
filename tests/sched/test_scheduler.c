/* test_scheduler.c - scheduler on a clock of the test's own: order, cancel, queue, and the rules of run(). */
#include <errno.h>

#include "fake_clock.h"

TEST(a_new_scheduler_is_empty) {
    thrum_scheduler *s = scheduler_with(NULL);
    CHECK(thrum_scheduler_empty(s));
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK(!thrum_scheduler_free(s));
    CHECK(!thrum_scheduler_free(NULL));
}

TEST(enter_counts_from_now) {
    thrum_scheduler *s = fake_scheduler();
    thrum_scheduler_event event;
    now = 1000;
    CHECK_EQ(thrum_scheduler_enter(s, thrum_nanoseconds(50), 3, note, number(7), &event), 0);
    CHECK_EQ(event.time.ns, 1050);
    CHECK_EQ(event.priority, 3);
    CHECK_EQ(event.sequence, 0);
    CHECK(event.action == note);
    CHECK(event.argument == number(7));
    thrum_scheduler_free(s);
}

TEST(enter_without_asking_for_the_event) {
    thrum_scheduler *s = fake_scheduler();
    CHECK_EQ(thrum_scheduler_enter(s, THRUM_NOWAIT, 1, note, number(1), NULL), 0);
    CHECK_EQ(thrum_scheduler_enterabs(s, at(0), 1, note, number(2), NULL), 0);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(1, 2);
    thrum_scheduler_free(s);
}

TEST(an_action_is_needed) {
    thrum_scheduler *s = fake_scheduler();
    thrum_scheduler_event event = {.sequence = 99};
    CHECK_EQ(thrum_scheduler_enterabs(s, at(0), 1, NULL, NULL, &event), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_scheduler_enter(s, THRUM_NOWAIT, 1, NULL, NULL, &event), THRUM_VALUE_ERROR);
    CHECK_EQ(event.sequence, 99);
    CHECK(thrum_scheduler_empty(s));
    thrum_scheduler_free(s);
}

TEST(a_delay_beyond_the_maximum_is_refused) {
    thrum_scheduler *s = fake_scheduler();
    thrum_scheduler_event event;
    CHECK_EQ(thrum_scheduler_enter(s, thrum_seconds(1e10), 1, note, NULL, NULL), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_scheduler_run_timed(s, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    CHECK(thrum_scheduler_empty(s));
    CHECK_EQ(thrum_scheduler_enter(s, THRUM_TIMEOUT_MAX, 1, note, NULL, &event), 0);
    CHECK_EQ(event.time.ns, THRUM_TIMEOUT_MAX.ns);
    now = -5;
    CHECK_EQ(thrum_scheduler_enter(s, THRUM_FOREVER, 1, note, NULL, &event), 0);
    CHECK_EQ(event.time.ns, INT64_MAX);
    now = INT64_MAX - 1;
    CHECK_EQ(thrum_scheduler_enter(s, thrum_nanoseconds(2), 1, note, NULL, &event), 0);
    CHECK_EQ(event.time.ns, INT64_MAX);
    thrum_scheduler_free(s);
}

TEST(earlier_times_come_first) {
    thrum_scheduler *s = fake_scheduler();
    const int times[] = {5, 4, 3, 2, 1, 10, 7, 9, 6, 8};
    for (int i = 0; i < 10; i++)
        enter_at(s, times[i], 1, times[i]);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    CHECK_EQ(now, 10);
    thrum_scheduler_free(s);
}

static void check_priorities(const int *priorities) {
    thrum_scheduler *s = fake_scheduler();
    called = 0;
    for (int i = 0; i < 5; i++)
        enter_at(s, 1, priorities[i], priorities[i]);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_EQ(called, 5);
    for (int i = 1; i < called; i++)
        CHECK_LE(calls[i - 1], calls[i]);
    thrum_scheduler_free(s);
}

TEST(at_one_time_the_lower_priority_comes_first) {
    check_priorities((int[]){1, 2, 3, 4, 5});
    check_priorities((int[]){5, 4, 3, 2, 1});
    check_priorities((int[]){2, 5, 3, 1, 4});
    check_priorities((int[]){1, 2, 3, 2, 1});
    check_priorities((int[]){0, INT32_MIN, INT32_MAX, -1, 1});
}

TEST(an_earlier_time_beats_any_priority) {
    thrum_scheduler *s = fake_scheduler();
    enter_at(s, 2, INT32_MIN, 2);
    enter_at(s, 1, INT32_MAX, 1);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(1, 2);
    thrum_scheduler_free(s);
}

TEST(the_same_time_and_priority_in_order_of_entry) {
    thrum_scheduler *s = fake_scheduler();
    for (int i = 0; i < 20; i++)
        enter_at(s, 1, 1, i);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
    thrum_scheduler_free(s);
}

TEST(times_that_have_passed_are_now) {
    thrum_scheduler *s = fake_scheduler();
    now = 100;
    enter_at(s, 50, 1, 2);
    enter_at(s, -7, 1, 1);
    CHECK_EQ(thrum_scheduler_enter(s, thrum_nanoseconds(-10), 1, note, number(3), NULL), 0);
    CHECK_EQ(thrum_scheduler_enter(s, thrum_nanoseconds(INT64_MIN), 1, note, number(0), NULL), 0);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(0, 1, 2, 3);
    CHECK_EQ(now, 100);
    thrum_scheduler_free(s);
}

TEST(run_delays_until_each_and_zero_after_each) {
    thrum_scheduler *s = fake_scheduler();
    enter_at(s, 10, 1, 1);
    enter_at(s, 10, 2, 2);
    enter_at(s, 25, 1, 3);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_EQ(delayed, 5);
    const int64_t expected[] = {10, 0, 0, 15, 0};
    for (int i = 0; i < 5; i++)
        CHECK_EQ(delays[i], expected[i]);
    thrum_scheduler_free(s);
}

/* A delayfunc that returns early, as one that a signal cut short. */
static int half_delay(void *clock, thrum_timeout delay) {
    return fake_delay(clock, thrum_nanoseconds((delay.ns + 1) / 2));
}

TEST(a_delay_that_ends_early_is_taken_up_again) {
    thrum_scheduler_options options = {.timefunc = fake_time, .delayfunc = half_delay};
    thrum_scheduler *s = scheduler_with(&options);
    enter_at(s, 8, 1, 1);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(1);
    CHECK_EQ(now, 8);
    CHECK_EQ(delayed, 5); /* 4, 2, 1, 1, and 0 after the event */
    thrum_scheduler_free(s);
}

TEST(a_delay_longer_than_one_wait_can_be) {
    thrum_scheduler *s = fake_scheduler();
    now = -1000;
    enter_at(s, INT64_MAX, 1, 1);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_EQ(delays[0], THRUM_TIMEOUT_MAX.ns);
    CHECK_EQ(now, INT64_MAX);
    CHECK_CALLS(1);
    thrum_scheduler_free(s);
}

static int clock_of_its_own(void *clock, thrum_timeout delay) {
    *(int64_t *)clock += delay.ns;
    return 0;
}

static int64_t time_of_its_own(void *clock) {
    return *(int64_t *)clock;
}

TEST(the_functions_are_given_their_clock) {
    int64_t mine = 3;
    thrum_scheduler_options options = {time_of_its_own, clock_of_its_own, &mine};
    thrum_scheduler *s = scheduler_with(&options);
    CHECK_EQ(thrum_scheduler_enter(s, thrum_nanoseconds(4), 1, note, number(1), NULL), 0);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_EQ(mine, 7);
    thrum_scheduler_free(s);
}

TEST(cancel_takes_the_first_and_the_last) {
    thrum_scheduler *s = fake_scheduler();
    thrum_scheduler_event events[6];
    for (int i = 1; i <= 5; i++)
        events[i] = enter_at(s, i, 1, i);
    CHECK_EQ(thrum_scheduler_cancel(s, &events[1]), 0);
    CHECK_EQ(thrum_scheduler_cancel(s, &events[5]), 0);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(2, 3, 4);
    thrum_scheduler_free(s);
}

/* bpo-19270. */
TEST(cancel_takes_the_very_event) {
    thrum_scheduler *s = fake_scheduler();
    enter_at(s, 1, 1, 7);
    thrum_scheduler_event b = enter_at(s, 1, 1, 7), *queue;
    enter_at(s, 1, 1, 7);
    size_t count;
    CHECK_EQ(thrum_scheduler_cancel(s, &b), 0);
    CHECK_EQ(thrum_scheduler_queue(s, &queue, &count), 0);
    CHECK_EQ(count, 2);
    CHECK_EQ(queue[0].sequence, 0);
    CHECK_EQ(queue[1].sequence, 2);
    free(queue);
    thrum_scheduler_free(s);
}

TEST(what_is_not_queued_cannot_be_cancelled) {
    thrum_scheduler *s = fake_scheduler(), *other = fake_scheduler();
    thrum_scheduler_event fired = enter_at(s, 1, 1, 1), cancelled = enter_at(s, 100, 1, 2), nothing = {.sequence = 0};
    thrum_scheduler_event elsewhere = enter_at(other, 1, 1, 3); /* the same number, in the same slot */
    CHECK_EQ(thrum_scheduler_cancel(s, &elsewhere), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_scheduler_cancel(s, &nothing), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_scheduler_cancel(s, &cancelled), 0);
    CHECK_EQ(thrum_scheduler_cancel(s, &cancelled), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_EQ(thrum_scheduler_cancel(s, &fired), THRUM_VALUE_ERROR);
    CHECK_CALLS(1);
    CHECK(!thrum_scheduler_empty(other));
    thrum_scheduler_free(s);
    thrum_scheduler_free(other);
}

TEST(a_stale_event_does_not_cancel_its_successor) {
    thrum_scheduler *s = fake_scheduler();
    thrum_scheduler_event stale = enter_at(s, 1, 1, 1);
    CHECK_EQ(thrum_scheduler_cancel(s, &stale), 0);
    thrum_scheduler_event successor = enter_at(s, 1, 1, 1);
    CHECK_EQ(successor.slot_, stale.slot_); /* the slot is used again */
    CHECK_EQ(thrum_scheduler_cancel(s, &stale), THRUM_VALUE_ERROR);
    CHECK(!thrum_scheduler_empty(s));
    CHECK_EQ(thrum_scheduler_cancel(s, &successor), 0);
    thrum_scheduler_free(s);
}

TEST(empty_until_something_is_entered_and_again_after_run) {
    thrum_scheduler *s = fake_scheduler();
    CHECK(thrum_scheduler_empty(s));
    for (int i = 5; i > 0; i--)
        enter_at(s, i, 1, i);
    CHECK(!thrum_scheduler_empty(s));
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK(thrum_scheduler_empty(s));
    thrum_scheduler_free(s);
}

TEST(queue_is_in_firing_order_and_a_copy) {
    thrum_scheduler *s = fake_scheduler();
    const int times[] = {5, 1, 2, 4, 3, 3}, priorities[] = {1, 1, 1, 1, 2, 1}, sequences[] = {1, 2, 5, 4, 3, 0};
    thrum_scheduler_event *queue;
    size_t count;
    for (int i = 0; i < 6; i++)
        enter_at(s, times[i], priorities[i], i);
    CHECK_EQ(thrum_scheduler_queue(s, &queue, &count), 0);
    CHECK_EQ(count, 6);
    for (int i = 0; i < 6; i++)
        CHECK_EQ(queue[i].sequence, sequences[i]);
    CHECK_EQ(thrum_scheduler_cancel(s, &queue[2]), 0); /* good for cancelling, too */
    CHECK_EQ(count, 6);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(1, 2, 4, 3, 0);
    free(queue);
    thrum_scheduler_free(s);
}

TEST(the_queue_of_an_empty_scheduler) {
    thrum_scheduler *s = fake_scheduler();
    thrum_scheduler_event *queue = NULL;
    size_t count = 9;
    CHECK_EQ(thrum_scheduler_queue(s, &queue, &count), 0);
    CHECK_EQ(count, 0);
    CHECK(queue);
    free(queue);
    thrum_scheduler_free(s);
}

TEST(run_nowait_calls_what_is_due_and_says_when_the_next_is) {
    thrum_scheduler *s = fake_scheduler();
    thrum_timeout delay;
    now = 10;
    for (int i = 8; i <= 14; i += 2)
        enter_at(s, i, 1, i);
    CHECK_EQ(thrum_scheduler_run_nowait(s, &delay), 0);
    CHECK_CALLS(8, 10);
    CHECK_EQ(delay.ns, 2);
    CHECK_EQ(now, 10);
    CHECK_EQ(thrum_scheduler_run_nowait(s, &delay), 0);
    CHECK_EQ(called, 2);
    now = 14;
    CHECK_EQ(thrum_scheduler_run_nowait(s, &delay), 0);
    CHECK_CALLS(8, 10, 12, 14);
    CHECK_EQ(delay.ns, THRUM_FOREVER.ns); /* none */
    thrum_scheduler_free(s);
}

TEST(run_nowait_on_the_real_clock_calls_nothing_early) {
    thrum_scheduler *s = scheduler_with(NULL);
    thrum_timeout delay;
    for (int i = 10; i > 5; i--)
        CHECK_EQ(thrum_scheduler_enter(s, thrum_seconds(i * 1000), 1, note, number(i), NULL), 0);
    CHECK_EQ(thrum_scheduler_run_nowait(s, &delay), 0);
    CHECK_EQ(called, 0);
    CHECK_GT(delay.ns, thrum_seconds(5000).ns);
    CHECK_LE(delay.ns, thrum_seconds(6000).ns);
    thrum_scheduler_free(s);
}

TEST(run_timed_goes_up_to_its_limit) {
    thrum_scheduler *s = fake_scheduler();
    for (int i = 1; i <= 4; i++)
        enter_at(s, i * 10, 1, i);
    CHECK_EQ(thrum_scheduler_run_timed(s, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_scheduler_run_timed(s, thrum_nanoseconds(-5)), THRUM_TIMED_OUT);
    CHECK_EQ(now, 0);
    CHECK_EQ(thrum_scheduler_run_timed(s, thrum_nanoseconds(25)), THRUM_TIMED_OUT);
    CHECK_EQ(now, 25);
    CHECK_CALLS(1, 2);
    CHECK_EQ(thrum_scheduler_run_timed(s, thrum_nanoseconds(15)), 0); /* the last at the very limit */
    CHECK_CALLS(1, 2, 3, 4);
    CHECK_EQ(thrum_scheduler_run_timed(s, THRUM_FOREVER), 0);
    thrum_scheduler_free(s);
}

TEST(a_negative_limit_counts_as_zero) {
    thrum_scheduler *s = fake_scheduler();
    now = 10;
    enter_at(s, 10, 1, 1);
    enter_at(s, 11, 1, 2);
    CHECK_EQ(thrum_scheduler_run_timed(s, thrum_nanoseconds(-5)), THRUM_TIMED_OUT);
    CHECK_CALLS(1);
    CHECK_EQ(now, 10);
    thrum_scheduler_free(s);
}

/* An action that takes 10 and enters itself again, for at once. */
static int again(void *s) {
    note(number((int)now));
    now += 10;
    return thrum_scheduler_enter(s, THRUM_NOWAIT, 1, again, s, NULL);
}

TEST(run_timed_ends_although_something_is_always_due) {
    thrum_scheduler *s = fake_scheduler();
    CHECK_EQ(thrum_scheduler_enterabs(s, at(0), 1, again, s, NULL), 0);
    CHECK_EQ(thrum_scheduler_run_timed(s, thrum_nanoseconds(25)), THRUM_TIMED_OUT);
    CHECK_CALLS(0, 10, 20);
    thrum_scheduler_free(s);
}

static int fail(void *arg) {
    note(arg);
    return THRUM_KEY_ERROR;
}

TEST(an_actions_error_ends_run_and_its_event_is_gone) {
    thrum_scheduler *s = fake_scheduler();
    thrum_scheduler_event failing;
    thrum_timeout delay = {77};
    CHECK_EQ(thrum_scheduler_enterabs(s, at(1), 1, fail, number(1), &failing), 0);
    enter_at(s, 2, 1, 2);
    CHECK_EQ(thrum_scheduler_run(s), THRUM_KEY_ERROR);
    CHECK_CALLS(1);
    CHECK_EQ(delayed, 1); /* until the event; not after it */
    CHECK_EQ(thrum_scheduler_cancel(s, &failing), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_scheduler_enterabs(s, at(1), 1, fail, number(3), NULL), 0);
    CHECK_EQ(thrum_scheduler_run_nowait(s, &delay), THRUM_KEY_ERROR);
    CHECK_EQ(delay.ns, 77);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(1, 3, 2);
    thrum_scheduler_free(s);
}

static int refuse_to_wait(void *clock, thrum_timeout delay) {
    (void)clock;
    return delay.ns > 0 ? -EINTR : 0;
}

TEST(a_delayfuncs_error_ends_run_and_the_event_stays) {
    thrum_scheduler_options options = {.timefunc = fake_time, .delayfunc = refuse_to_wait};
    thrum_scheduler *s = scheduler_with(&options);
    enter_at(s, 0, 1, 1);
    enter_at(s, 5, 1, 2);
    CHECK_EQ(thrum_scheduler_run(s), -EINTR);
    CHECK_CALLS(1);
    CHECK(!thrum_scheduler_empty(s));
    now = 5;
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(1, 2);
    thrum_scheduler_free(s);
}

/* What an action does to its own scheduler. */
static thrum_scheduler_event own, victim;

static int busy_action(void *arg) {
    thrum_scheduler *s = arg;
    thrum_timeout delay;
    CHECK_EQ(thrum_scheduler_cancel(s, &own), THRUM_VALUE_ERROR); /* it is being called */
    CHECK_EQ(thrum_scheduler_cancel(s, &victim), 0);
    enter_at(s, 3, 1, 3);
    enter_at(s, 0, 1, 4);
    CHECK_EQ(thrum_scheduler_run_nowait(s, &delay), 0); /* run() within run() */
    CHECK_EQ(delay.ns, 2);
    return note(number(1));
}

TEST(an_action_may_enter_cancel_and_run) {
    thrum_scheduler *s = fake_scheduler();
    CHECK_EQ(thrum_scheduler_enterabs(s, at(1), 1, busy_action, s, &own), 0);
    victim = enter_at(s, 2, 1, 2);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_CALLS(4, 1, 3);
    thrum_scheduler_free(s);
}

/* A timefunc that cancels the one event there is. */
static thrum_scheduler *meddled;

static int64_t meddle(void *clock) {
    (void)clock;
    (void)thrum_scheduler_cancel(meddled, &victim);
    return 5;
}

TEST(a_timefunc_may_come_back) {
    thrum_scheduler_options options = {.timefunc = meddle, .delayfunc = fake_delay};
    meddled = scheduler_with(&options);
    victim = enter_at(meddled, 1, 1, 1);
    CHECK_EQ(thrum_scheduler_run(meddled), 0);
    CHECK_EQ(called, 0);
    thrum_scheduler_free(meddled);
}

/* Some thousand events, some of which are cancelled somewhere in the middle, against a plain sort. */
enum { many = 4000 };
static thrum_scheduler_event entered[many];
static bool gone[many];
static int fired;

static const thrum_scheduler_event *last;

static int next_in_order(void *arg) {
    const thrum_scheduler_event *event = arg;
    CHECK(!gone[event - entered]);
    gone[event - entered] = true;
    if (fired++ > 0) {
        CHECK_LE(last->time.ns, event->time.ns);
        if (last->time.ns == event->time.ns)
            CHECK_LE(last->priority, event->priority);
        if (last->time.ns == event->time.ns && last->priority == event->priority)
            CHECK_LT(last->sequence, event->sequence);
    }
    last = event;
    return 0;
}

TEST(thousands_of_events_stay_in_order) {
    thrum_scheduler *s = scheduler_with(&(thrum_scheduler_options){.timefunc = fake_time});
    uint32_t random = 12345;
    int cancelled = 0;
    for (int i = 0; i < many; i++) {
        random = random * 1664525 + 1013904223;
        CHECK_EQ(thrum_scheduler_enterabs(s, at(random >> 16 & 511), random >> 28 & 3, next_in_order, &entered[i],
                                          &entered[i]),
                 0);
        int other = (int)(random >> 8) % (i + 1);
        if (random & 1 << 30 && !gone[other]) {
            CHECK_EQ(thrum_scheduler_cancel(s, &entered[other]), 0);
            gone[other] = true;
            cancelled++;
        }
    }
    now = 1000;
    CHECK_GT(cancelled, many / 4);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_EQ(fired + cancelled, many);
    thrum_scheduler_free(s);
}

TEST_MAIN()
