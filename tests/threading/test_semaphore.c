/* test_semaphore.c - Semaphore and BoundedSemaphore: section 2.6 of the semantics, and what
 * thrum/threading/semaphore.h promises beyond it. */
#include "torture.h"

static int release_one(thrum_semaphore *s) {
    return thrum_semaphore_release(s, 1);
}

TORTURE(semaphore_of_one_excludes, thrum_semaphore, THRUM_SEMAPHORE_INIT(1), thrum_semaphore_acquire,
        thrum_semaphore_acquire_timed, release_one)
TORTURE(bounded_semaphore_of_one_excludes, thrum_semaphore, THRUM_BOUNDED_SEMAPHORE_INIT(1), thrum_semaphore_acquire,
        thrum_semaphore_acquire_timed, release_one)

static thrum_semaphore sem;

TEST(initial_value) {
    CHECK_EQ(thrum_semaphore_value(&sem), 0); /* zero bytes are Semaphore(0) */
    CHECK_EQ(thrum_semaphore_init(&sem, 7), 0);
    CHECK_EQ(thrum_semaphore_value(&sem), 7);
    CHECK_EQ(thrum_semaphore_init(&sem, THRUM_SEMAPHORE_MAX), 0);
    CHECK_EQ(thrum_semaphore_value(&sem), THRUM_SEMAPHORE_MAX);
    CHECK_EQ(thrum_bounded_semaphore_init(&sem, 3), 0);
    CHECK_EQ(thrum_semaphore_value(&sem), 3);
    thrum_semaphore three = THRUM_SEMAPHORE_INIT(3), bounded = THRUM_BOUNDED_SEMAPHORE_INIT(3);
    CHECK_EQ(thrum_semaphore_value(&three), 3);
    CHECK_EQ(memcmp(&bounded, &sem, sizeof sem), 0);
}

TEST(a_negative_initial_value_is_refused) {
    CHECK_EQ(thrum_semaphore_init(&sem, 5), 0);
    CHECK_EQ(thrum_semaphore_init(&sem, -1), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_bounded_semaphore_init(&sem, INT32_MIN), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_semaphore_value(&sem), 5);
    CHECK_EQ(thrum_semaphore_release(&sem, 5), 0); /* and did not become bounded */
}

TEST(acquire_counts_down_and_release_counts_up) {
    CHECK_EQ(thrum_semaphore_init(&sem, 3), 0);
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    CHECK_EQ(thrum_semaphore_try_acquire(&sem), 0);
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, AGES), 0);
    CHECK_EQ(thrum_semaphore_value(&sem), 0);
    CHECK_EQ(thrum_semaphore_try_acquire(&sem), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    CHECK_EQ(thrum_semaphore_value(&sem), 1);
    CHECK_EQ(thrum_semaphore_release(&sem, 4), 0);
    CHECK_EQ(thrum_semaphore_value(&sem), 5);
}

static void first_call(int index, void *arg) {
    (void)arg;
    int r = index == 0   ? thrum_semaphore_acquire(&sem)
            : index == 1 ? thrum_semaphore_try_acquire(&sem)
                         : thrum_semaphore_release(&sem, 3);
    CHECK_EQ(r, 0);
}

TEST(any_call_may_be_a_threads_first) {
    CHECK_EQ(thrum_semaphore_init(&sem, 2), 0);
    for (int i = 0; i < 20; i++) {
        crew c = {0};
        crew_start(&c, 3, first_call, NULL);
        crew_join(&c);
    }
    CHECK_EQ(thrum_semaphore_value(&sem), 2 + 20);
}

/* Unlike Lock, a negative limit is no error: it has passed already, and a permit that is there is taken all the
 * same. */
TEST(a_negative_limit_has_already_passed) {
    CHECK_EQ(thrum_semaphore_init(&sem, 1), 0);
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, thrum_seconds(-1)), 0);
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, thrum_seconds(-1)), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, thrum_nanoseconds(INT64_MIN)), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_semaphore_value(&sem), 0);
}

TEST(limits) {
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, thrum_nanoseconds(THRUM_TIMEOUT_MAX.ns + 1)), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    int64_t before = thrum_monotonic_ns();
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, TINY), THRUM_TIMED_OUT);
    CHECK_GE(thrum_monotonic_ns() - before, TINY.ns);
    CHECK_EQ(thrum_semaphore_release(&sem, 2), 0);
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, THRUM_TIMEOUT_MAX), 0);
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, THRUM_FOREVER), 0);
    CHECK_EQ(thrum_semaphore_value(&sem), 0);
}

TEST(release_of_none_is_refused) {
    CHECK_EQ(thrum_semaphore_init(&sem, 1), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 0), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_semaphore_value(&sem), 1);
    CHECK_EQ(thrum_bounded_semaphore_init(&sem, 1), 0);
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 0), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_semaphore_value(&sem), 0);
}

TEST(a_bounded_one_refuses_a_release_too_many) {
    CHECK_EQ(thrum_bounded_semaphore_init(&sem, 3), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 3), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_semaphore_value(&sem), 1); /* nothing is changed */
    CHECK_EQ(thrum_semaphore_release(&sem, UINT32_MAX), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_semaphore_release(&sem, 2), 0);
    CHECK_EQ(thrum_semaphore_value(&sem), 3);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), THRUM_VALUE_ERROR);
    thrum_semaphore none = THRUM_BOUNDED_SEMAPHORE_INIT(0);
    CHECK_EQ(thrum_semaphore_release(&none, 1), THRUM_VALUE_ERROR);
}

TEST(more_than_the_maximum_is_refused) {
    CHECK_EQ(thrum_semaphore_init(&sem, THRUM_SEMAPHORE_MAX), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_semaphore_release(&sem, UINT32_MAX), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_semaphore_value(&sem), THRUM_SEMAPHORE_MAX);
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 2), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    CHECK_EQ(thrum_semaphore_init(&sem, 0), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, (uint32_t)INT32_MAX + 1), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_semaphore_release(&sem, UINT32_MAX), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_semaphore_release(&sem, INT32_MAX), 0);
    CHECK_EQ(thrum_semaphore_value(&sem), THRUM_SEMAPHORE_MAX);
}

static int passed;
static void passes(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    add(&passed, 1);
}

TEST(release_wakes_n_and_no_more) {
    crew c = {0};
    crew_start(&c, 6, passes, NULL);
    until_waiting(&sem, 6);
    CHECK_EQ(thrum_semaphore_release(&sem, 2), 0);
    UNTIL(get(&passed) == 2);
    until_waiting(&sem, 4);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    UNTIL(get(&passed) == 3);
    until_waiting(&sem, 3);
    CHECK_EQ(thrum_semaphore_value(&sem), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 10), 0);
    crew_join(&c);
    CHECK_EQ(passed, 6);
    CHECK_EQ(thrum_semaphore_value(&sem), 7);
}

/* A release hands its permits over: somebody who comes later, and runs already, cannot take them. */
TEST(a_permit_that_was_handed_over_is_not_there_for_others) {
    for (int i = 0; i < 200; i++) {
        crew c = {0};
        crew_start(&c, 1, passes, NULL);
        until_waiting(&sem, 1);
        CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
        CHECK_EQ(thrum_semaphore_try_acquire(&sem), THRUM_TIMED_OUT);
        crew_join(&c);
    }
    CHECK_EQ(passed, 200);
}

static int order[8];
static void notes_its_turn(int index, void *arg) {
    (void)arg;
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    order[add(&passed, 1) - 1] = index;
}

TEST(permits_are_given_in_the_order_of_arrival) {
    crew c = {0};
    for (int i = 0; i < 8; i++) {
        crew_start(&c, 1, notes_its_turn, NULL);
        until_waiting(&sem, i + 1);
    }
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
        UNTIL(get(&passed) == i + 1);
    }
    crew_join(&c);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(order[i], i);
}

static void gives_up(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, TINY), THRUM_TIMED_OUT);
}

TEST(a_waiter_that_gives_up_takes_no_permit_with_it) {
    crew leaving = {0}, c = {0};
    crew_start(&leaving, 1, gives_up, NULL);
    crew_start(&c, 1, passes, NULL);
    crew_start(&leaving, 1, gives_up, NULL);
    crew_start(&c, 1, passes, NULL);
    crew_start(&leaving, 1, gives_up, NULL);
    crew_join(&leaving);
    until_waiting(&sem, 2);
    CHECK_EQ(thrum_semaphore_release(&sem, 2), 0);
    crew_join(&c);
    CHECK_EQ(passed, 2);
    CHECK_EQ(thrum_semaphore_value(&sem), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    CHECK_EQ(thrum_semaphore_value(&sem), 1);
}

/* Permits are neither lost nor made while limits run out at the moment of the release. */
static int taken;
static void takes_with_tiny_limits(int index, void *arg) {
    (void)arg;
    uint32_t state = 88172645u + (uint32_t)index;
    for (int i = 0; i < 1500; i++)
        if (thrum_semaphore_acquire_timed(&sem, thrum_nanoseconds(torture_random(&state) % 60000)) == 0)
            add(&taken, 1);
}

TEST(permits_are_conserved_when_limits_run_out) {
    crew c = {0};
    crew_start(&c, 3, takes_with_tiny_limits, NULL);
    int given = 0;
    uint32_t state = 521288629u;
    while (given < 3000) {
        uint32_t n = 1 + torture_random(&state) % 3;
        CHECK_EQ(thrum_semaphore_release(&sem, n), 0);
        given += (int)n;
        sched_yield();
    }
    crew_join(&c);
    CHECK_EQ(taken + (int)thrum_semaphore_value(&sem), given);
}

/* Section 2.9: ten threads and a BoundedSemaphore(3). */
static int running;
static void runs_among_three(int index, void *arg) {
    (void)index, (void)arg;
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
        CHECK_LE(add(&running, 1), 3);
        sched_yield();
        CHECK_GE(add(&running, -1), 0);
        CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    }
}

TEST(ten_threads_with_a_bounded_semaphore_of_three) {
    CHECK_EQ(thrum_bounded_semaphore_init(&sem, 3), 0);
    crew c = {0};
    crew_start(&c, 10, runs_among_three, NULL);
    crew_join(&c);
    CHECK_EQ(thrum_semaphore_value(&sem), 3);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), THRUM_VALUE_ERROR);
}

TEST(bounded_release_wakes_waiters_within_its_bound) {
    CHECK_EQ(thrum_bounded_semaphore_init(&sem, 2), 0);
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    crew c = {0};
    crew_start(&c, 1, passes, NULL);
    until_waiting(&sem, 1);
    CHECK_EQ(thrum_semaphore_release(&sem, 3), THRUM_VALUE_ERROR);
    CHECK_EQ(waiting_for(&sem), 1);
    CHECK_EQ(thrum_semaphore_release(&sem, 2), 0);
    crew_join(&c);
    CHECK_EQ(thrum_semaphore_value(&sem), 1);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), THRUM_VALUE_ERROR);
}

TEST(at_fork_reinit_sets_the_permits_and_keeps_the_bound) {
    CHECK_EQ(thrum_bounded_semaphore_init(&sem, 3), 0);
    thrum_semaphore_at_fork_reinit(&sem, 1);
    CHECK_EQ(thrum_semaphore_value(&sem), 1);
    CHECK_EQ(thrum_semaphore_release(&sem, 3), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_semaphore_release(&sem, 2), 0);
    thrum_semaphore_at_fork_reinit(&sem, 9); /* more than it may hold: so none can be given */
    CHECK_EQ(thrum_semaphore_release(&sem, 1), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_semaphore_release(&sem, UINT32_MAX), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_semaphore_init(&sem, 0), 0);
    thrum_semaphore_at_fork_reinit(&sem, 9);
    CHECK_EQ(thrum_semaphore_value(&sem), 9);
}

TEST(repr_shows_the_value_and_the_bound) {
    char text[100], expected[100];
    CHECK_EQ(thrum_semaphore_init(&sem, 3), 0);
    snprintf(expected, sizeof expected, "<thrum_semaphore at %p: value=3>", (void *)&sem);
    CHECK_EQ(thrum_semaphore_repr(&sem, text, sizeof text), strlen(expected));
    CHECK_STR(text, expected);
    CHECK_EQ(thrum_bounded_semaphore_init(&sem, 3), 0);
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    CHECK_GT(thrum_semaphore_repr(&sem, text, sizeof text), 0);
    CHECK_CONTAINS(text, ": value=2/3>");
    CHECK_EQ(thrum_semaphore_repr(&sem, text, 7), strlen(expected) + 2);
    CHECK_STR(text, "<thrum");
}

TEST_MAIN()
