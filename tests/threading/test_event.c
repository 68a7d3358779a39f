/* test_event.c - Event: section 2.7 of the semantics, and what thrum/threading/event.h promises beyond it. */
#include "crew.h"

static thrum_event event;

TEST(zero_bytes_are_an_unset_event) {
    thrum_event named = THRUM_EVENT_INIT;
    CHECK(!thrum_event_is_set(&event));
    CHECK_EQ(memcmp(&named, &event, sizeof event), 0);
}

TEST(set_and_clear) {
    thrum_event_set(&event);
    CHECK(thrum_event_is_set(&event));
    thrum_event_set(&event);
    CHECK(thrum_event_is_set(&event));
    thrum_event_clear(&event);
    CHECK(!thrum_event_is_set(&event));
    thrum_event_clear(&event);
    CHECK(!thrum_event_is_set(&event));
    thrum_event_set(&event);
    CHECK(thrum_event_is_set(&event));
}

TEST(wait_on_a_set_event_returns_at_once) {
    thrum_event_set(&event);
    CHECK_EQ(thrum_event_wait(&event), 0);
    CHECK_EQ(thrum_event_wait_timed(&event, THRUM_NOWAIT), 0);
    CHECK_EQ(thrum_event_wait_timed(&event, thrum_seconds(-1)), 0);
    CHECK_EQ(thrum_event_wait_timed(&event, THRUM_FOREVER), 0);
    CHECK_EQ(thrum_event_wait_timed(&event, THRUM_TIMEOUT_MAX), 0);
    CHECK(thrum_event_is_set(&event));
}

TEST(a_limit_runs_out_on_an_unset_event) {
    CHECK_EQ(thrum_event_wait_timed(&event, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_event_wait_timed(&event, thrum_seconds(-1)), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_event_wait_timed(&event, thrum_nanoseconds(INT64_MIN)), THRUM_TIMED_OUT);
    int64_t before = thrum_monotonic_ns();
    CHECK_EQ(thrum_event_wait_timed(&event, TINY), THRUM_TIMED_OUT);
    CHECK_GE(thrum_monotonic_ns() - before, TINY.ns);
    CHECK_EQ(thrum_event_wait_timed(&event, thrum_nanoseconds(THRUM_TIMEOUT_MAX.ns + 1)), THRUM_OVERFLOW_ERROR);
    CHECK(!thrum_event_is_set(&event));
    thrum_event_set(&event);
    CHECK_EQ(thrum_event_wait(&event), 0);
}

static int woken;
static void waits(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_EQ(thrum_event_wait(&event), 0);
    add(&woken, 1);
}
static void waits_for_ages(int index, void *arg) {
    (void)arg;
    CHECK_EQ(thrum_event_wait_timed(&event, index % 2 ? AGES : THRUM_FOREVER), 0);
    add(&woken, 1);
}

TEST(set_wakes_all) {
    crew c = {0};
    crew_start(&c, 4, waits, NULL);
    crew_start(&c, 4, waits_for_ages, NULL);
    until_waiting(&event, 8);
    CHECK_EQ(get(&woken), 0);
    thrum_event_set(&event);
    crew_join(&c);
    CHECK_EQ(woken, 8);
    CHECK(thrum_event_is_set(&event));
}

/* gh-57711: a wait that a set has woken returns "set", though a clear came before the thread could run. */
TEST(a_woken_wait_is_true_although_clear_came_first) {
    for (int round = 1; round <= 100; round++) {
        crew c = {0};
        crew_start(&c, 2, waits, NULL);
        crew_start(&c, 2, waits_for_ages, NULL);
        until_waiting(&event, 4);
        thrum_event_set(&event);
        thrum_event_clear(&event);
        crew_join(&c);
        CHECK_EQ(woken, 4 * round);
        CHECK(!thrum_event_is_set(&event));
    }
}

static void gives_up(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_EQ(thrum_event_wait_timed(&event, TINY), THRUM_TIMED_OUT);
}

TEST(those_who_give_up_leave_the_others_waiting) {
    crew leaving = {0}, c = {0};
    crew_start(&leaving, 2, gives_up, NULL);
    crew_start(&c, 2, waits, NULL);
    crew_start(&leaving, 2, gives_up, NULL);
    crew_join(&leaving);
    until_waiting(&event, 2);
    CHECK_EQ(get(&woken), 0);
    thrum_event_set(&event);
    crew_join(&c);
    CHECK_EQ(woken, 2);
}

/* Two threads pass a token through two events: each round needs both wake-ups, and a lost one hangs. */
static thrum_event ping, pong;
static void answers(int index, void *arg) {
    (void)index, (void)arg;
    for (int i = 0; i < 3000; i++) {
        CHECK_EQ(thrum_event_wait(&ping), 0);
        thrum_event_clear(&ping);
        thrum_event_set(&pong);
    }
}

TEST(no_wake_up_is_lost_between_two_threads) {
    crew c = {0};
    crew_start(&c, 1, answers, NULL);
    for (int i = 0; i < 3000; i++) {
        thrum_event_set(&ping);
        CHECK_EQ(i % 2 ? thrum_event_wait(&pong) : thrum_event_wait_timed(&pong, AGES), 0);
        thrum_event_clear(&pong);
    }
    crew_join(&c);
}

/* An event on the stack of its waiter may be gone as soon as the wait has returned. */
static thrum_event *volatile current;
static int stop;
static void sets_current(int index, void *arg) {
    (void)index, (void)arg;
    while (!get(&stop)) {
        thrum_event *e = __atomic_exchange_n(&current, NULL, __ATOMIC_SEQ_CST);
        if (e)
            thrum_event_set(e);
        else
            sched_yield();
    }
}

TEST(an_event_may_be_destroyed_after_the_wait_for_it) {
    crew c = {0};
    crew_start(&c, 1, sets_current, NULL);
    for (int i = 0; i < 2000; i++) {
        thrum_event *mine = (thrum_event *)calloc(1, sizeof *mine);
        CHECK(mine);
        __atomic_store_n(&current, mine, __ATOMIC_SEQ_CST);
        CHECK_EQ(thrum_event_wait(mine), 0);
        free(mine);
    }
    put(&stop, 1);
    crew_join(&c);
}

TEST(at_fork_reinit_keeps_the_flag) {
    CHECK_EQ(thrum_event_wait_timed(&event, TINY), THRUM_TIMED_OUT);
    thrum_event_at_fork_reinit(&event);
    CHECK(!thrum_event_is_set(&event));
    thrum_event_set(&event);
    thrum_event_at_fork_reinit(&event);
    CHECK(thrum_event_is_set(&event));
    CHECK_EQ(thrum_event_wait(&event), 0);
}

TEST(repr_shows_the_flag) {
    char text[100], expected[100];
    snprintf(expected, sizeof expected, "<thrum_event at %p: unset>", (void *)&event);
    CHECK_EQ(thrum_event_repr(&event, text, sizeof text), strlen(expected));
    CHECK_STR(text, expected);
    thrum_event_set(&event);
    CHECK_EQ(thrum_event_repr(&event, text, 9), strlen(expected) - 2);
    CHECK_STR(text, "<thrum_e");
    CHECK_GT(thrum_event_repr(&event, text, sizeof text), 0);
    CHECK_CONTAINS(text, ": set>");
}

TEST_MAIN()
