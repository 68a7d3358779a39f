/* test_barrier.c - Barrier: section 2.8 of the semantics, and what thrum/threading/barrier.h promises beyond it. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "crew.h"

static thrum_barrier barrier = THRUM_BARRIER_INIT(3, NULL, NULL);

static void until_inside(uint32_t n) {
    UNTIL(thrum_barrier_n_waiting(&barrier) == n);
}

TEST(a_fresh_barrier) {
    CHECK_EQ(thrum_barrier_parties(&barrier), 3);
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 0);
    CHECK(!thrum_barrier_broken(&barrier));
}

TEST(init_refuses_bad_arguments_and_touches_nothing) {
    thrum_barrier before = barrier;
    CHECK_EQ(thrum_barrier_init(&barrier, 0, NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_barrier_init(&barrier, THRUM_BARRIER_MAX + 1, NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_barrier_init(&barrier, 2, &(thrum_barrier_options){.timeout = thrum_seconds(-1)}),
             THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_barrier_init(&barrier, 2, &(thrum_barrier_options){.timeout = thrum_seconds(1e10)}),
             THRUM_VALUE_ERROR);
    CHECK_EQ(memcmp(&before, &barrier, sizeof barrier), 0);
    CHECK_EQ(thrum_barrier_init(&barrier, THRUM_BARRIER_MAX, NULL), 0);
    CHECK_EQ(thrum_barrier_parties(&barrier), THRUM_BARRIER_MAX);
    CHECK_EQ(thrum_barrier_init(&barrier, 1, &(thrum_barrier_options){.timeout = THRUM_FOREVER}), 0);
}

TEST(a_barrier_of_one_is_always_met) {
    CHECK_EQ(thrum_barrier_init(&barrier, 1, NULL), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(thrum_barrier_wait(&barrier), 0);
        CHECK_EQ(thrum_barrier_wait_timed(&barrier, THRUM_NOWAIT), 0);
        CHECK_EQ(thrum_barrier_wait_timed(&barrier, thrum_seconds(-1)), 0);
        CHECK_EQ(thrum_barrier_n_waiting(&barrier), 0);
    }
}

/* Many meetings: each place is given once per meeting, and nobody is in the next meeting before all left the last. */
enum { MEETINGS = 1000, PARTIES_MAX = 8 };
static int given[MEETINGS][PARTIES_MAX], arrived[MEETINGS], actions;
static int parties;

static void meets(int index, void *arg) {
    (void)arg;
    for (int i = 0; i < MEETINGS; i++) {
        add(&arrived[i], 1);
        int place = index % 2 ? thrum_barrier_wait(&barrier) : thrum_barrier_wait_timed(&barrier, AGES);
        CHECK_GE(place, 0);
        CHECK_LT(place, parties);
        CHECK_EQ(get(&arrived[i]), parties);
        add(&given[i][place], 1);
    }
}

static int counts_actions(void *arg) {
    CHECK(arg == &actions);
    CHECK_EQ(get(&arrived[get(&actions)]), parties); /* all have come, and none of the next meeting */
    if (get(&actions) + 1 < MEETINGS)
        CHECK_EQ(get(&arrived[get(&actions) + 1]), 0);
    add(&actions, 1);
    return 0;
}

static void many_meetings(int n) {
    parties = n;
    thrum_barrier_options options = {.action = counts_actions, .arg = &actions};
    CHECK_EQ(thrum_barrier_init(&barrier, (uint32_t)n, &options), 0);
    crew c = {0};
    crew_start(&c, n, meets, NULL);
    crew_join(&c);
    CHECK_EQ(actions, MEETINGS);
    for (int i = 0; i < MEETINGS; i++)
        for (int place = 0; place < n; place++)
            CHECK_EQ(given[i][place], 1);
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 0);
    CHECK(!thrum_barrier_broken(&barrier));
}

TEST(two_threads_meet_a_thousand_times) {
    many_meetings(2);
}
TEST(three_threads_meet_a_thousand_times) {
    many_meetings(3);
}
TEST(eight_threads_meet_a_thousand_times) {
    many_meetings(8);
}

static int results[16], ended;
static void comes(int index, void *arg) {
    (void)arg;
    results[index] = thrum_barrier_wait(&barrier);
    add(&ended, 1);
}

TEST(nobody_goes_on_before_the_last_has_come) {
    crew c = {0};
    crew_start(&c, 1, comes, NULL);
    until_inside(1);
    crew_start(&c, 1, comes, NULL);
    until_inside(2);
    CHECK_EQ(get(&ended), 0);
    CHECK_EQ(thrum_barrier_wait_timed(&barrier, THRUM_NOWAIT), 2); /* the last to come needs no time */
    crew_join(&c);
    CHECK_EQ(results[0], 0);
    CHECK_EQ(results[1], 1);
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 0);
}

TEST(a_limit_that_runs_out_breaks_it_for_all) {
    crew c = {0};
    crew_start(&c, 1, comes, NULL);
    until_inside(1);
    CHECK_EQ(thrum_barrier_wait_timed(&barrier, TINY), THRUM_BROKEN_BARRIER);
    crew_join(&c);
    CHECK_EQ(results[0], THRUM_BROKEN_BARRIER);
    CHECK(thrum_barrier_broken(&barrier));
    CHECK_EQ(thrum_barrier_wait(&barrier), THRUM_BROKEN_BARRIER);
    CHECK_EQ(thrum_barrier_wait_timed(&barrier, AGES), THRUM_BROKEN_BARRIER);
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 0);
}

TEST(a_limit_of_nothing_has_passed_at_once) {
    CHECK_EQ(thrum_barrier_wait_timed(&barrier, THRUM_NOWAIT), THRUM_BROKEN_BARRIER);
    CHECK(thrum_barrier_broken(&barrier));
    thrum_barrier_reset(&barrier);
    CHECK_EQ(thrum_barrier_wait_timed(&barrier, thrum_seconds(-1)), THRUM_BROKEN_BARRIER);
    CHECK(thrum_barrier_broken(&barrier));
}

TEST(a_limit_beyond_timeout_max_is_refused) {
    CHECK_EQ(thrum_barrier_wait_timed(&barrier, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    CHECK(!thrum_barrier_broken(&barrier));
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 0);
}

TEST(the_barriers_own_limit_is_that_of_a_bare_wait) {
    CHECK_EQ(thrum_barrier_init(&barrier, 2, &(thrum_barrier_options){.timeout = TINY}), 0);
    CHECK_EQ(thrum_barrier_wait(&barrier), THRUM_BROKEN_BARRIER);
    CHECK(thrum_barrier_broken(&barrier));
}

static void comes_with_forever(int index, void *arg) {
    (void)arg;
    results[index] = thrum_barrier_wait_timed(&barrier, THRUM_FOREVER);
    add(&ended, 1);
}

/* ...and is replaced by that of a timed wait: after three such limits the thread still waits. */
TEST(a_limit_in_the_call_replaces_the_barriers_own) {
    CHECK_EQ(thrum_barrier_init(&barrier, 2, &(thrum_barrier_options){.timeout = TINY}), 0);
    crew c = {0};
    crew_start(&c, 1, comes_with_forever, NULL);
    until_inside(1);
    thrum_lock held = THRUM_LOCK_INIT;
    thrum_lock_acquire(&held);
    CHECK_EQ(thrum_lock_acquire_timed(&held, thrum_nanoseconds(3 * TINY.ns)), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 1);
    CHECK_EQ(thrum_barrier_wait_timed(&barrier, AGES), 1);
    crew_join(&c);
    CHECK_EQ(results[0], 0);
}

TEST(reset_sends_the_waiters_away_and_leaves_it_fresh) {
    crew c = {0};
    crew_start(&c, 2, comes, NULL);
    until_inside(2);
    thrum_barrier_reset(&barrier);
    crew_join(&c);
    CHECK_EQ(results[0], THRUM_BROKEN_BARRIER);
    CHECK_EQ(results[1], THRUM_BROKEN_BARRIER);
    CHECK(!thrum_barrier_broken(&barrier));
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 0);
    crew_start(&c, 3, comes, NULL);
    crew_join(&c);
    CHECK_EQ(results[0] + results[1] + results[2], 0 + 1 + 2);
}

/* A thread that comes while the reset one still leave waits until they have gone, and belongs to the next meeting. */
TEST(those_who_come_after_a_reset_meet) {
    for (int i = 0; i < 200; i++) {
        crew c = {0}, later = {0};
        memset(results, 0, sizeof results);
        crew_start(&c, 2, comes, NULL);
        until_inside(2);
        thrum_barrier_reset(&barrier);
        later.size = 2; /* indices 2, 3 */
        crew_start(&later, 2, comes, NULL);
        int mine = thrum_barrier_wait(&barrier);
        CHECK_EQ(pthread_join(later.members[2].thread, NULL), 0);
        CHECK_EQ(pthread_join(later.members[3].thread, NULL), 0);
        crew_join(&c);
        CHECK_EQ(results[0], THRUM_BROKEN_BARRIER);
        CHECK_EQ(results[1], THRUM_BROKEN_BARRIER);
        CHECK_EQ(mine + results[2] + results[3], 0 + 1 + 2);
        CHECK(!thrum_barrier_broken(&barrier));
    }
}

TEST(reset_with_nobody_there_clears_broken) {
    thrum_barrier_abort(&barrier);
    CHECK(thrum_barrier_broken(&barrier));
    thrum_barrier_reset(&barrier);
    CHECK(!thrum_barrier_broken(&barrier));
    thrum_barrier_reset(&barrier);
    CHECK(!thrum_barrier_broken(&barrier));
    crew c = {0};
    crew_start(&c, 3, comes, NULL);
    crew_join(&c);
    CHECK_EQ(results[0] + results[1] + results[2], 0 + 1 + 2);
}

TEST(abort_breaks_it_until_reset) {
    crew c = {0};
    crew_start(&c, 2, comes, NULL);
    until_inside(2);
    thrum_barrier_abort(&barrier);
    crew_join(&c);
    CHECK_EQ(results[0], THRUM_BROKEN_BARRIER);
    CHECK_EQ(results[1], THRUM_BROKEN_BARRIER);
    CHECK(thrum_barrier_broken(&barrier));
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 0);
    for (int i = 0; i < 4; i++) /* more than its parties: they do not meet */
        CHECK_EQ(thrum_barrier_wait(&barrier), THRUM_BROKEN_BARRIER);
    thrum_barrier_reset(&barrier);
    CHECK(!thrum_barrier_broken(&barrier));
    crew_start(&c, 3, comes, NULL);
    crew_join(&c);
    CHECK_EQ(results[0] + results[1] + results[2], 0 + 1 + 2);
}

/* CPython's test_abort_and_reset: aborted, reset, and met again by the same threads, many times. */
TEST(abort_and_reset_can_be_repeated) {
    for (int i = 0; i < 100; i++) {
        crew c = {0};
        crew_start(&c, 2, comes, NULL);
        until_inside(2);
        thrum_barrier_abort(&barrier);
        thrum_barrier_reset(&barrier);
        crew_join(&c);
        CHECK_EQ(results[0], THRUM_BROKEN_BARRIER);
        CHECK_EQ(results[1], THRUM_BROKEN_BARRIER);
        CHECK(!thrum_barrier_broken(&barrier));
    }
}

static int called;
static int fails(void *arg) {
    add(&called, 1);
    return *(int *)arg;
}

TEST(an_action_that_fails_breaks_the_barrier) {
    int error = -ENOENT;
    thrum_barrier_options options = {.action = fails, .arg = &error};
    CHECK_EQ(thrum_barrier_init(&barrier, 3, &options), 0);
    crew c = {0};
    crew_start(&c, 2, comes, NULL);
    until_inside(2);
    CHECK_EQ(called, 0);
    CHECK_EQ(thrum_barrier_wait(&barrier), -ENOENT); /* the last to come runs it and gets its error */
    crew_join(&c);
    CHECK_EQ(results[0], THRUM_BROKEN_BARRIER);
    CHECK_EQ(results[1], THRUM_BROKEN_BARRIER);
    CHECK_EQ(called, 1);
    CHECK(thrum_barrier_broken(&barrier));
    error = 0;
    thrum_barrier_reset(&barrier);
    crew_start(&c, 3, comes, NULL);
    crew_join(&c);
    CHECK_EQ(results[0] + results[1] + results[2], 0 + 1 + 2);
    CHECK_EQ(called, 2);
}

static pthread_t ran_in;
static int notes_its_thread(void *arg) {
    (void)arg;
    ran_in = pthread_self();
    CHECK_EQ(get(&ended), 0);
    return 0;
}

TEST(the_last_to_come_runs_the_action_before_anybody_goes_on) {
    static thrum_barrier with_action = THRUM_BARRIER_INIT(3, notes_its_thread, NULL);
    barrier = with_action;
    crew c = {0};
    crew_start(&c, 2, comes, NULL);
    until_inside(2);
    CHECK_EQ(thrum_barrier_wait(&barrier), 2);
    CHECK(pthread_equal(ran_in, pthread_self()));
    crew_join(&c);
}

/* More threads than parties, so that some come during an action: they belong to the next meeting. Each takes part in
 * as many as its tickets say, and all tickets together fill the last meeting, too. */
enum { TICKETS = 2000 };
static int tickets, places[2], acting;

static int acts_alone(void *arg) {
    (void)arg;
    CHECK_EQ(add(&acting, 1), 1);
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 2);
    sched_yield();
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 2); /* who has come meanwhile is not counted */
    CHECK_EQ(add(&acting, -1), 0);
    actions++;
    return 0;
}

static void uses_tickets(int index, void *arg) {
    (void)arg;
    while (add(&tickets, 1) <= TICKETS) {
        int place = index % 2 ? thrum_barrier_wait(&barrier) : thrum_barrier_wait_timed(&barrier, AGES);
        CHECK_GE(place, 0);
        CHECK_LT(place, 2);
        add(&places[place], 1);
    }
}

TEST(those_who_come_during_the_action_belong_to_the_next_meeting) {
    CHECK_EQ(thrum_barrier_init(&barrier, 2, &(thrum_barrier_options){.action = acts_alone}), 0);
    crew c = {0};
    crew_start(&c, 5, uses_tickets, NULL);
    crew_join(&c);
    CHECK_EQ(actions, TICKETS / 2);
    CHECK_EQ(places[0], TICKETS / 2);
    CHECK_EQ(places[1], TICKETS / 2);
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 0);
}

/* Told that it may go on, the first of two may give the barrier's memory back, or use it for something else, while
 * the other is still on its way out. */
static thrum_barrier *borrowed;

static void meets_once(int index, void *arg) {
    (void)index;
    thrum_barrier *shared = arg;
    CHECK_GE(thrum_barrier_wait(shared), 0);
}

TEST(whoever_passes_may_free_it) {
    for (int i = 0; i < 500; i++) {
        borrowed = malloc(sizeof *borrowed);
        CHECK(borrowed);
        CHECK_EQ(thrum_barrier_init(borrowed, 2, NULL), 0);
        crew c = {0};
        crew_start(&c, 1, meets_once, borrowed);
        CHECK_GE(i % 2 ? thrum_barrier_wait(borrowed) : thrum_barrier_wait_timed(borrowed, AGES), 0);
        memset(borrowed, 0xff, sizeof *borrowed);
        free(borrowed);
        crew_join(&c);
    }
}

/* An abort during the action fails those who have met; those who come after a reset, with the action still at work,
 * meet next. */
static int may_end;
static int waits_to_end(void *arg) {
    (void)arg;
    if (add(&called, 1) == 1)
        UNTIL(get(&may_end));
    return 0;
}

TEST(abort_and_reset_during_the_action) {
    CHECK_EQ(thrum_barrier_init(&barrier, 2, &(thrum_barrier_options){.action = waits_to_end}), 0);
    crew c = {0};
    crew_start(&c, 2, comes, NULL);
    UNTIL(get(&called) == 1);
    thrum_barrier_abort(&barrier);
    CHECK(thrum_barrier_broken(&barrier));
    UNTIL(get(&ended) == 1); /* the one who only waited; the other is at work */
    CHECK_EQ(thrum_barrier_wait(&barrier), THRUM_BROKEN_BARRIER);
    thrum_barrier_reset(&barrier);
    CHECK(!thrum_barrier_broken(&barrier));
    crew later = {0};
    later.size = 2; /* indices 2, 3 */
    crew_start(&later, 2, comes, NULL);
    add(&may_end, 1);
    CHECK_EQ(pthread_join(later.members[2].thread, NULL), 0);
    CHECK_EQ(pthread_join(later.members[3].thread, NULL), 0);
    crew_join(&c);
    CHECK_EQ(results[0], THRUM_BROKEN_BARRIER);
    CHECK_EQ(results[1], THRUM_BROKEN_BARRIER);
    CHECK_EQ(results[2] + results[3], 0 + 1);
    CHECK_EQ(called, 2);
}

TEST(the_action_of_a_barrier_of_one) {
    int error = 0;
    CHECK_EQ(thrum_barrier_init(&barrier, 1, &(thrum_barrier_options){.action = fails, .arg = &error}), 0);
    CHECK_EQ(thrum_barrier_wait(&barrier), 0);
    error = THRUM_KEY_ERROR;
    CHECK_EQ(thrum_barrier_wait(&barrier), THRUM_KEY_ERROR);
    CHECK_EQ(thrum_barrier_wait(&barrier), THRUM_BROKEN_BARRIER);
    CHECK_EQ(called, 2);
}

TEST(at_fork_reinit_makes_it_fresh) {
    thrum_barrier_abort(&barrier);
    thrum_barrier_at_fork_reinit(&barrier);
    CHECK(!thrum_barrier_broken(&barrier));
    CHECK_EQ(thrum_barrier_parties(&barrier), 3);
    CHECK_EQ(thrum_barrier_n_waiting(&barrier), 0);
}

TEST(repr_shows_the_waiters_or_broken) {
    char text[100], expected[100];
    crew c = {0};
    crew_start(&c, 2, comes, NULL);
    until_inside(2);
    snprintf(expected, sizeof expected, "<thrum_barrier at %p: waiters=2/3>", (void *)&barrier);
    CHECK_EQ(thrum_barrier_repr(&barrier, text, sizeof text), strlen(expected));
    CHECK_STR(text, expected);
    thrum_barrier_abort(&barrier);
    crew_join(&c);
    snprintf(expected, sizeof expected, "<thrum_barrier at %p: broken>", (void *)&barrier);
    CHECK_EQ(thrum_barrier_repr(&barrier, text, 7), strlen(expected));
    CHECK_STR(text, "<thrum");
    CHECK_GT(thrum_barrier_repr(&barrier, text, sizeof text), 0);
    CHECK_STR(text, expected);
}

TEST_MAIN()
