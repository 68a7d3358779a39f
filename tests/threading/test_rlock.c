/* test_rlock.c - RLock: section 2.4 of the semantics, and what thrum/threading/rlock.h promises beyond it. */
#include "child.h"
#include "torture.h"

static thrum_rlock lock;

/* Two levels deep, so that the torture sees the outer release only. */
static void acquire_twice(thrum_rlock *l) {
    thrum_rlock_acquire(l);
    thrum_rlock_acquire(l);
}
static int acquire_twice_timed(thrum_rlock *l, thrum_timeout limit) {
    int r = thrum_rlock_acquire_timed(l, limit);
    return r < 0 ? r : thrum_rlock_try_acquire(l);
}
static int release_twice(thrum_rlock *l) {
    CHECK_EQ(thrum_rlock_recursion_count(l), 2);
    int r = thrum_rlock_release(l);
    return r < 0 ? r : thrum_rlock_release(l);
}

TORTURE(rlock_excludes, thrum_rlock, THRUM_RLOCK_INIT, thrum_rlock_acquire, thrum_rlock_acquire_timed,
        thrum_rlock_release)
TORTURE(rlock_excludes_two_levels_deep, thrum_rlock, THRUM_RLOCK_INIT, acquire_twice, acquire_twice_timed,
        release_twice)

TEST(zero_bytes_are_an_unlocked_rlock) {
    thrum_rlock mine, named = THRUM_RLOCK_INIT;
    memset(&mine, 0, sizeof mine);
    CHECK_EQ(memcmp(&mine, &named, sizeof mine), 0);
    CHECK(!thrum_rlock_locked(&mine));
    CHECK(!thrum_rlock_is_owned(&mine));
    CHECK_EQ(thrum_rlock_recursion_count(&mine), 0);
    thrum_rlock_acquire(&mine);
    CHECK_EQ(thrum_rlock_release(&mine), 0);
    CHECK(!thrum_rlock_locked(&mine));
}

/* Each way to acquire is a re-entry for the owner, whatever the limit. */
TEST(the_owner_may_acquire_again) {
    thrum_rlock_acquire(&lock);
    thrum_rlock_acquire(&lock);
    CHECK_EQ(thrum_rlock_try_acquire(&lock), 0);
    CHECK_EQ(thrum_rlock_acquire_timed(&lock, THRUM_NOWAIT), 0);
    CHECK_EQ(thrum_rlock_acquire_timed(&lock, TINY), 0);
    CHECK_EQ(thrum_rlock_acquire_timed(&lock, THRUM_FOREVER), 0);
    CHECK_EQ(thrum_rlock_recursion_count(&lock), 6);
    for (int left = 5; left >= 0; left--) {
        CHECK(thrum_rlock_locked(&lock));
        CHECK(thrum_rlock_is_owned(&lock));
        CHECK_EQ(thrum_rlock_release(&lock), 0);
        CHECK_EQ(thrum_rlock_recursion_count(&lock), left);
    }
    CHECK(!thrum_rlock_locked(&lock));
    CHECK(!thrum_rlock_is_owned(&lock));
}

TEST(release_of_an_unowned_rlock_is_an_error) {
    CHECK_EQ(thrum_rlock_release(&lock), THRUM_RUNTIME_ERROR);
    thrum_rlock_acquire(&lock);
    CHECK_EQ(thrum_rlock_release(&lock), 0);
    CHECK_EQ(thrum_rlock_release(&lock), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_rlock_recursion_count(&lock), 0);
    CHECK_EQ(thrum_rlock_try_acquire(&lock), 0);
}

static void stranger(int index, void *arg) {
    (void)index, (void)arg;
    uint32_t levels = 77;
    CHECK_EQ(thrum_rlock_release(&lock), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_rlock_release_save(&lock, &levels), THRUM_RUNTIME_ERROR);
    CHECK_EQ(levels, 77);
    CHECK(thrum_rlock_locked(&lock));
    CHECK(!thrum_rlock_is_owned(&lock));
    CHECK_EQ(thrum_rlock_recursion_count(&lock), 0);
    CHECK_EQ(thrum_rlock_try_acquire(&lock), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_rlock_acquire_timed(&lock, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_rlock_acquire_timed(&lock, thrum_seconds(-1)), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_rlock_acquire_timed(&lock, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
}

TEST(somebody_else_may_not_release_and_sees_no_levels) {
    thrum_rlock_acquire(&lock);
    thrum_rlock_acquire(&lock);
    crew c = {0};
    crew_start(&c, 1, stranger, NULL);
    crew_join(&c);
    CHECK_EQ(thrum_rlock_recursion_count(&lock), 2);
    CHECK_EQ(thrum_rlock_release(&lock), 0);
    CHECK_EQ(thrum_rlock_release(&lock), 0);
    CHECK(!thrum_rlock_locked(&lock));
}

/* The limit is looked at first, as in CPython: also for a free lock and for a re-entry. */
TEST(refused_limits_change_nothing) {
    for (uint32_t levels = 0; levels < 2; levels++) {
        CHECK_EQ(thrum_rlock_acquire_timed(&lock, thrum_nanoseconds(-1)), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_rlock_acquire_timed(&lock, thrum_nanoseconds(THRUM_TIMEOUT_MAX.ns + 1)), THRUM_OVERFLOW_ERROR);
        CHECK_EQ(thrum_rlock_recursion_count(&lock), levels);
        CHECK_EQ(thrum_rlock_acquire_timed(&lock, THRUM_TIMEOUT_MAX), 0);
    }
}

TEST(release_save_and_acquire_restore_keep_the_depth) {
    uint32_t levels = 0;
    for (int i = 0; i < 5; i++)
        thrum_rlock_acquire(&lock);
    CHECK_EQ(thrum_rlock_release_save(&lock, &levels), 0);
    CHECK_EQ(levels, 5);
    CHECK(!thrum_rlock_locked(&lock));
    CHECK_EQ(thrum_rlock_release_save(&lock, &levels), THRUM_RUNTIME_ERROR);
    CHECK_EQ(levels, 5);
    thrum_rlock_acquire_restore(&lock, levels);
    CHECK_EQ(thrum_rlock_recursion_count(&lock), 5);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(thrum_rlock_release(&lock), 0);
    thrum_rlock_acquire_restore(&lock, 0);
    CHECK_EQ(thrum_rlock_recursion_count(&lock), 1);
}

static int entered;
static void enters(int index, void *arg) {
    (void)index, (void)arg;
    thrum_rlock_acquire(&lock);
    CHECK_EQ(thrum_rlock_recursion_count(&lock), 1);
    add(&entered, 1);
    CHECK_EQ(thrum_rlock_release(&lock), 0);
}

TEST(release_save_lets_the_waiters_in) {
    uint32_t levels;
    thrum_rlock_acquire(&lock);
    thrum_rlock_acquire(&lock);
    crew c = {0};
    crew_start(&c, 3, enters, NULL);
    until_waiting(&lock, 3);
    CHECK_EQ(thrum_rlock_release_save(&lock, &levels), 0);
    UNTIL(get(&entered) == 3);
    thrum_rlock_acquire_restore(&lock, levels);
    CHECK_EQ(thrum_rlock_recursion_count(&lock), 2);
    crew_join(&c);
}

TEST(inner_releases_let_nobody_in) {
    thrum_rlock_acquire(&lock);
    thrum_rlock_acquire(&lock);
    crew c = {0};
    crew_start(&c, 2, enters, NULL);
    until_waiting(&lock, 2);
    CHECK_EQ(thrum_rlock_release(&lock), 0);
    CHECK_EQ(waiting_for(&lock), 2);
    CHECK_EQ(get(&entered), 0);
    thrum_rlock_acquire(&lock); /* a re-entry while others wait */
    CHECK_EQ(thrum_rlock_release(&lock), 0);
    CHECK_EQ(thrum_rlock_release(&lock), 0);
    crew_join(&c);
    CHECK_EQ(entered, 2);
    CHECK(!thrum_rlock_locked(&lock));
}

static int order[6], served;
static void notes_its_turn(int index, void *arg) {
    (void)arg;
    CHECK_EQ(thrum_rlock_acquire_timed(&lock, AGES), 0);
    order[served++] = index;
    CHECK_EQ(thrum_rlock_release(&lock), 0);
}

TEST(waiting_threads_are_served_in_the_order_of_their_arrival) {
    thrum_rlock_acquire(&lock);
    crew c = {0};
    for (int i = 0; i < 6; i++) {
        crew_start(&c, 1, notes_its_turn, NULL);
        until_waiting(&lock, i + 1);
    }
    CHECK_EQ(thrum_rlock_release(&lock), 0);
    crew_join(&c);
    for (int i = 0; i < 6; i++)
        CHECK_EQ(order[i], i);
}

TEST(at_fork_reinit_makes_it_unlocked) {
    thrum_rlock_acquire(&lock);
    thrum_rlock_acquire(&lock);
    thrum_rlock_at_fork_reinit(&lock);
    CHECK(!thrum_rlock_locked(&lock));
    CHECK_EQ(thrum_rlock_recursion_count(&lock), 0);
    CHECK_EQ(thrum_rlock_release(&lock), THRUM_RUNTIME_ERROR);
    thrum_rlock_acquire(&lock);
    CHECK_EQ(thrum_rlock_recursion_count(&lock), 1);
}

/* As deep as it can be: the field is set by hand, because four thousand million calls take too long. */
TEST(more_levels_than_can_be_counted_are_refused) {
    thrum_rlock_acquire(&lock);
    lock.depth_ = UINT32_MAX;
    CHECK_EQ(thrum_rlock_acquire_timed(&lock, AGES), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_rlock_acquire_timed(&lock, THRUM_NOWAIT), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(lock.depth_, UINT32_MAX);
    CHECK_EQ(thrum_rlock_release(&lock), 0);
    CHECK_EQ(thrum_rlock_acquire_timed(&lock, AGES), 0);
}

static void too_deep(void *arg) {
    (void)arg;
    thrum_rlock_acquire(&lock);
    lock.depth_ = UINT32_MAX;
    thrum_rlock_acquire(&lock);
}

TEST(a_bare_acquire_that_is_too_deep_aborts_and_says_why) {
    child c;
    child_run(&c, too_deep, NULL);
    CHECK_EQ(child_signal(&c), SIGABRT);
    CHECK_CONTAINS(c.err, "thrum_rlock_acquire");
}

TEST(repr_shows_owner_and_count) {
    char text[200], place[40];
    snprintf(place, sizeof place, " at %p>", (void *)&lock);
    int length = thrum_rlock_repr(&lock, text, sizeof text);
    CHECK_EQ(length, strlen(text));
    CHECK_EQ(strncmp(text, "<unlocked thrum_rlock ", 22), 0);
    CHECK_CONTAINS(text, "count=0");
    CHECK_CONTAINS(text, place);
    thrum_rlock_acquire(&lock);
    thrum_rlock_acquire(&lock);
    CHECK_GT(thrum_rlock_repr(&lock, text, sizeof text), 0);
    CHECK_EQ(strncmp(text, "<locked thrum_rlock owner=", 26), 0);
    CHECK_CONTAINS(text, " count=2 at ");
    CHECK_CONTAINS(text, place);
}

TEST(repr_is_cut_as_snprintf_cuts) {
    char text[10];
    int length = thrum_rlock_repr(&lock, NULL, 0);
    CHECK_GT(length, 20);
    CHECK_EQ(thrum_rlock_repr(&lock, text, sizeof text), length);
    CHECK_STR(text, "<unlocked");
}

TEST_MAIN()
