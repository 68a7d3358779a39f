/* test_lock.c - Lock: section 2.3 of the semantics, and what thrum/threading/lock.h promises beyond it. */
#include "torture.h"

static thrum_lock lock;

TORTURE(lock_excludes, thrum_lock, THRUM_LOCK_INIT, thrum_lock_acquire, thrum_lock_acquire_timed, thrum_lock_release)

TEST(zero_bytes_are_an_unlocked_lock) {
    thrum_lock mine;
    memset(&mine, 0, sizeof mine);
    CHECK(!thrum_lock_locked(&mine));
    thrum_lock_acquire(&mine);
    CHECK(thrum_lock_locked(&mine));
    CHECK_EQ(thrum_lock_release(&mine), 0);
    CHECK(!thrum_lock_locked(&mine));
    thrum_lock named = THRUM_LOCK_INIT;
    CHECK_EQ(memcmp(&mine, &named, sizeof mine), 0);
}

TEST(try_acquire_takes_a_free_lock_only) {
    CHECK_EQ(thrum_lock_try_acquire(&lock), 0);
    CHECK_EQ(thrum_lock_try_acquire(&lock), THRUM_TIMED_OUT);
    CHECK(thrum_lock_locked(&lock));
    CHECK_EQ(thrum_lock_release(&lock), 0);
    CHECK_EQ(thrum_lock_try_acquire(&lock), 0);
}

/* The first call of a thread that the library has never met. */
static void first_call(int index, void *arg) {
    (void)arg;
    thrum_lock mine = THRUM_LOCK_INIT;
    switch (index) {
    case 0:
        CHECK_EQ(thrum_lock_try_acquire(&mine), 0);
        break;
    case 1:
        CHECK_EQ(thrum_lock_acquire_timed(&mine, AGES), 0);
        break;
    case 2:
        CHECK_EQ(thrum_lock_release(&mine), THRUM_RUNTIME_ERROR);
        thrum_lock_acquire(&mine);
        break;
    default:
        CHECK_EQ(thrum_lock_release(&lock), 0); /* taken by the main thread */
        thrum_lock_acquire(&mine);
    }
    CHECK(thrum_lock_locked(&mine));
    CHECK_EQ(thrum_lock_release(&mine), 0);
}

TEST(any_call_may_be_a_threads_first) {
    thrum_lock_acquire(&lock);
    crew c = {0};
    crew_start(&c, 4, first_call, NULL);
    crew_join(&c);
    CHECK(!thrum_lock_locked(&lock));
}

TEST(a_free_lock_is_acquired_within_any_limit) {
    thrum_timeout limits[] = {THRUM_NOWAIT, TINY, AGES, THRUM_TIMEOUT_MAX, THRUM_FOREVER};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        CHECK_EQ(thrum_lock_acquire_timed(&lock, limits[i]), 0);
        CHECK(thrum_lock_locked(&lock));
        CHECK_EQ(thrum_lock_release(&lock), 0);
    }
}

/* Refused limits: the same for a free and for a held lock, and nothing is changed. */
TEST(a_negative_limit_is_refused) {
    thrum_timeout limits[] = {thrum_nanoseconds(-1), thrum_seconds(-1), thrum_nanoseconds(INT64_MIN)};
    for (int held = 0; held < 2; held++) {
        for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
            CHECK_EQ(thrum_lock_acquire_timed(&lock, limits[i]), THRUM_VALUE_ERROR);
            CHECK_EQ(thrum_lock_locked(&lock), held);
        }
        CHECK_EQ(thrum_lock_try_acquire(&lock), held ? THRUM_TIMED_OUT : 0);
    }
}

TEST(a_limit_beyond_timeout_max_is_refused) {
    for (int held = 0; held < 2; held++) {
        CHECK_EQ(thrum_lock_acquire_timed(&lock, thrum_nanoseconds(THRUM_TIMEOUT_MAX.ns + 1)), THRUM_OVERFLOW_ERROR);
        CHECK_EQ(thrum_lock_acquire_timed(&lock, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
        CHECK_EQ(thrum_lock_locked(&lock), held);
        CHECK_EQ(thrum_lock_try_acquire(&lock), held ? THRUM_TIMED_OUT : 0);
    }
}

/* Also when the caller itself holds it: a Lock is not recursive, and by default a wait with a limit waits it out. */
TEST(a_limit_that_runs_out_leaves_the_lock_as_it_was) {
    thrum_lock_acquire(&lock);
    int64_t before = thrum_monotonic_ns();
    CHECK_EQ(thrum_lock_acquire_timed(&lock, TINY), THRUM_TIMED_OUT);
    CHECK_GE(thrum_monotonic_ns() - before, TINY.ns);
    CHECK_EQ(thrum_lock_acquire_timed(&lock, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK(thrum_lock_locked(&lock));
    CHECK_EQ(thrum_lock_release(&lock), 0);
    CHECK(!thrum_lock_locked(&lock));
    CHECK_EQ(thrum_lock_release(&lock), THRUM_RUNTIME_ERROR);
}

TEST(release_of_an_unlocked_lock_is_an_error_and_changes_nothing) {
    CHECK_EQ(thrum_lock_release(&lock), THRUM_RUNTIME_ERROR);
    CHECK(!thrum_lock_locked(&lock));
    thrum_lock_acquire(&lock);
    CHECK_EQ(thrum_lock_release(&lock), 0);
    CHECK_EQ(thrum_lock_release(&lock), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_lock_try_acquire(&lock), 0);
}

static void releases(int index, void *arg) {
    (void)index, (void)arg;
    CHECK(thrum_lock_locked(&lock));
    CHECK_EQ(thrum_lock_release(&lock), 0);
}

TEST(any_thread_may_release) {
    thrum_lock_acquire(&lock);
    crew c = {0};
    crew_start(&c, 1, releases, NULL);
    thrum_lock_acquire(&lock);
    crew_join(&c);
    CHECK(thrum_lock_locked(&lock));
    CHECK_EQ(thrum_lock_release(&lock), 0);
}

static int entered;
static void enters(int index, void *arg) {
    (void)index, (void)arg;
    thrum_lock_acquire(&lock);
    add(&entered, 1);
    CHECK_EQ(thrum_lock_release(&lock), 0);
}

TEST(a_held_lock_keeps_others_out_until_its_release) {
    thrum_lock_acquire(&lock);
    crew c = {0};
    crew_start(&c, 3, enters, NULL);
    until_waiting(&lock, 3);
    CHECK_EQ(get(&entered), 0);
    CHECK_EQ(thrum_lock_release(&lock), 0);
    crew_join(&c);
    CHECK_EQ(entered, 3);
    CHECK(!thrum_lock_locked(&lock));
}

TEST(another_thread_may_wake_the_waiters) {
    thrum_lock_acquire(&lock);
    crew waiters = {0}, other = {0};
    crew_start(&waiters, 3, enters, NULL);
    until_waiting(&lock, 3);
    crew_start(&other, 1, releases, NULL);
    crew_join(&other);
    crew_join(&waiters);
    CHECK_EQ(entered, 3);
}

static int order[8], served;
static void notes_its_turn(int index, void *arg) {
    (void)arg;
    thrum_lock_acquire(&lock);
    order[served++] = index;
    CHECK_EQ(thrum_lock_release(&lock), 0);
}

TEST(waiting_threads_are_served_in_the_order_of_their_arrival) {
    thrum_lock_acquire(&lock);
    crew c = {0};
    for (int i = 0; i < 8; i++) {
        crew_start(&c, 1, notes_its_turn, NULL);
        until_waiting(&lock, i + 1);
    }
    CHECK_EQ(thrum_lock_release(&lock), 0);
    crew_join(&c);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(order[i], i);
}

static void gives_up(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_EQ(thrum_lock_acquire_timed(&lock, TINY), THRUM_TIMED_OUT);
}

/* The one that gives up stands before, between and behind those that stay: no place in the queue may take a wake-up
 * away with it. */
TEST(a_waiter_that_gives_up_takes_no_wake_up_with_it) {
    thrum_lock_acquire(&lock);
    crew c = {0}, leaving = {0};
    crew_start(&leaving, 1, gives_up, NULL);
    crew_start(&c, 1, enters, NULL);
    crew_start(&leaving, 1, gives_up, NULL);
    crew_start(&c, 1, enters, NULL);
    crew_start(&leaving, 1, gives_up, NULL);
    crew_join(&leaving);
    until_waiting(&lock, 2);
    CHECK_EQ(thrum_lock_release(&lock), 0);
    crew_join(&c);
    CHECK_EQ(entered, 2);
    CHECK(!thrum_lock_locked(&lock));
}

TEST(after_the_last_waiter_gave_up_the_lock_is_as_good_as_new) {
    thrum_lock_acquire(&lock);
    crew c = {0};
    crew_start(&c, 3, gives_up, NULL);
    crew_join(&c);
    CHECK_EQ(waiting_for(&lock), 0);
    CHECK_EQ(thrum_lock_release(&lock), 0);
    CHECK(!thrum_lock_locked(&lock));
    CHECK_EQ(thrum_lock_try_acquire(&lock), 0);
    CHECK_EQ(thrum_lock_release(&lock), 0);
    CHECK_EQ(thrum_lock_release(&lock), THRUM_RUNTIME_ERROR);
}

static void acquires_within_ages(int index, void *arg) {
    (void)index;
    CHECK_EQ(thrum_lock_acquire_timed(&lock, *(thrum_timeout *)arg), 0);
    add(&entered, 1);
    CHECK_EQ(thrum_lock_release(&lock), 0);
}

TEST(a_timed_waiter_is_woken_by_release) {
    thrum_timeout limits[] = {AGES, THRUM_TIMEOUT_MAX, THRUM_FOREVER};
    for (int i = 0; i < 3; i++) {
        thrum_lock_acquire(&lock);
        crew c = {0};
        crew_start(&c, 2, acquires_within_ages, &limits[i]);
        until_waiting(&lock, 2);
        CHECK_EQ(thrum_lock_release(&lock), 0);
        crew_join(&c);
        CHECK_EQ(entered, 2 * (i + 1));
    }
}

static int stop;
static void hogs(int index, void *arg) {
    (void)index, (void)arg;
    while (!get(&stop)) {
        thrum_lock_acquire(&lock);
        CHECK_EQ(thrum_lock_release(&lock), 0);
    }
}

/* A thread that has waited for a millisecond is handed the lock: nobody starves behind threads that never pause. */
TEST(nobody_starves) {
    crew c = {0};
    crew_start(&c, 2, hogs, NULL);
    for (int i = 0; i < 50; i++) {
        thrum_lock_acquire(&lock);
        sched_yield();
        CHECK_EQ(thrum_lock_release(&lock), 0);
    }
    put(&stop, 1);
    crew_join(&c);
}

/* The main thread takes the lock back at once each time, before the one that it has woken can run. When that one has
 * had bad luck for a millisecond, the release hands it the lock. That it has good luck, because the main thread lost
 * its CPU in between, does not happen ten times. */
TEST(a_thread_that_is_always_late_is_handed_the_lock) {
    for (int round = 1; round <= 10; round++) {
        thrum_lock_acquire(&lock);
        crew c = {0};
        crew_start(&c, 1, enters, NULL);
        for (int i = 0; i < 6 && get(&entered) < round; i++) {
            UNTIL(get(&entered) == round || waiting_for(&lock) == 1);
            thrum_deadline patience = thrum_deadline_after(TINY);
            UNTIL(thrum_deadline_passed(patience));
            CHECK_EQ(thrum_lock_release(&lock), 0);
            thrum_lock_acquire(&lock);
        }
        CHECK_EQ(get(&entered), round);
        CHECK_EQ(thrum_lock_release(&lock), 0);
        crew_join(&c);
    }
}

TEST(a_held_lock_may_be_destroyed) {
    for (int i = 0; i < 100; i++) {
        thrum_lock *mine = (thrum_lock *)calloc(1, sizeof *mine);
        CHECK(mine);
        CHECK_EQ(thrum_lock_try_acquire(mine), 0);
        if (i % 2)
            CHECK_EQ(thrum_lock_acquire_timed(mine, thrum_nanoseconds(1)), THRUM_TIMED_OUT);
        free(mine);
    }
}

TEST(at_fork_reinit_makes_it_unlocked) {
    thrum_lock_acquire(&lock);
    CHECK_EQ(thrum_lock_acquire_timed(&lock, TINY), THRUM_TIMED_OUT);
    thrum_lock_at_fork_reinit(&lock);
    CHECK(!thrum_lock_locked(&lock));
    CHECK_EQ(thrum_lock_release(&lock), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_lock_try_acquire(&lock), 0);
    CHECK_EQ(thrum_lock_release(&lock), 0);
}

TEST(repr_says_whether_it_is_locked) {
    char expected[100], text[100];
    int length = snprintf(expected, sizeof expected, "<unlocked thrum_lock at %p>", (void *)&lock);
    CHECK_EQ(thrum_lock_repr(&lock, text, sizeof text), length);
    CHECK_STR(text, expected);
    thrum_lock_acquire(&lock);
    snprintf(expected, sizeof expected, "<locked thrum_lock at %p>", (void *)&lock);
    CHECK_EQ(thrum_lock_repr(&lock, text, sizeof text), length - 2);
    CHECK_STR(text, expected);
}

TEST(repr_is_cut_as_snprintf_cuts) {
    char text[8] = "xxxxxxx";
    int length = thrum_lock_repr(&lock, NULL, 0);
    CHECK_GT(length, 20);
    CHECK_EQ(thrum_lock_repr(&lock, text, 5), length);
    CHECK_STR(text, "<unl");
    CHECK_EQ(text[5], 'x');
}

TEST_MAIN()
