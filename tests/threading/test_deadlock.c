/* test_deadlock.c - a deadlock is a report and not a hang (thrum/threading/deadlock.h): who is told what, for each
 * kind of lock and each policy. */
#include "knot.h"

static const knot_wish bare = {.bare = true};
#define WITHIN(limit_) ((knot_wish){.limit = (limit_)})

/* A ring of `n` equal locks, in which everybody wishes the same. */
static void shape(knot *k, int n, bool plain, knot_wish wish) {
    *k = (knot){.size = n};
    for (int i = 0; i < n; i++) {
        k->plain[i] = plain;
        k->wish[i] = wish;
        k->results[i] = 1;
    }
}

static knot k;

/* Rings of RLocks: a deadlock for certain, and the one who closes it is told so; then all others go on. */
static void ring_of_rlocks(int n, thrum_timeout limit) {
    catch_reports();
    shape(&k, n, false, bare);
    k.wish[n - 1] = WITHIN(limit);
    knot_tie(&k);
    knot_join(&k);
    for (int i = 0; i < n - 1; i++)
        CHECK_EQ(k.results[i], 0);
    CHECK_EQ(k.results[n - 1], THRUM_DEADLOCK);
    CHECK_EQ(reports.count, 1);
    check_report_names(&k);
}

TEST(two_rlocks_in_opposite_order) {
    ring_of_rlocks(2, THRUM_FOREVER);
    CHECK_CONTAINS(reports.text, "2 threads wait for each other");
}
TEST(a_ring_of_three_rlocks) {
    ring_of_rlocks(3, THRUM_FOREVER);
}
TEST(a_ring_of_eight_rlocks) {
    ring_of_rlocks(8, THRUM_FOREVER);
}
/* At once, whatever the limit: the others could never give way. */
TEST(a_limit_does_not_keep_the_closer_waiting) {
    ring_of_rlocks(2, AGES);
}

/* Rings of Locks: it looks like one, is reported, and all go on waiting, as in Python. Any thread may release a Lock:
 * the test does so, and the knot comes undone. */
static void ring_of_locks(int n) {
    catch_reports();
    shape(&k, n, true, bare);
    knot_tie(&k);
    UNTIL(get(&reports.count) == 1);
    CHECK_CONTAINS(reports.text, "looks like");
    check_report_names(&k);
    for (int i = 0; i < n; i++)
        UNTIL(waiting_for(&k.locks[i]) == 1);
    CHECK_EQ(thrum_lock_release(&k.locks[0]), 0);
    knot_join(&k);
    CHECK_EQ(get(&reports.count), 1);
}

TEST(two_locks_in_opposite_order) {
    ring_of_locks(2);
}
TEST(a_ring_of_three_locks) {
    ring_of_locks(3);
}
TEST(a_ring_of_eight_locks) {
    ring_of_locks(8);
}

/* A bare acquire of an RLock has no way to fail: it is reported, and waits on. */
TEST(a_bare_acquire_of_an_rlock_is_reported_and_waits_on) {
    catch_reports();
    shape(&k, 2, false, bare);
    knot_tie(&k);
    UNTIL(get(&reports.count) == 1);
    CHECK(!strstr(reports.text, "looks like"));
    UNTIL(waiting_for(&k.rlocks[0]) == 1 && waiting_for(&k.rlocks[1]) == 1);
    CHECK_EQ(thrum_thread_join_timed(k.threads[0], TINY), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_thread_join_timed(k.threads[1], TINY), THRUM_TIMED_OUT);
    CHECK_EQ(get(&reports.count), 1); /* the main thread's waits were outside of the ring */
}

/* Somebody who waits for one of a ring is not a member, and is no reason for a second report. */
static int waits_outside(void *arg) {
    thrum_lock_acquire((thrum_lock *)arg);
    return thrum_lock_release((thrum_lock *)arg);
}

TEST(who_waits_for_a_ring_is_no_member_of_it) {
    catch_reports();
    shape(&k, 2, true, bare);
    knot_tie(&k);
    UNTIL(get(&reports.count) == 1);
    thrum_thread *outside = spawn("outside", waits_outside, &k.locks[0]);
    UNTIL(waiting_for(&k.locks[0]) == 2);
    CHECK_EQ(thrum_lock_release(&k.locks[0]), 0);
    knot_join(&k);
    reap(outside);
    CHECK_EQ(get(&reports.count), 1);
    CHECK(!strstr(reports.text, "outside"));
}

/* One thread and one lock */

static thrum_lock lock;
static int acquires_twice(void *arg) {
    (void)arg;
    thrum_lock_acquire(&lock);
    thrum_lock_acquire(&lock);
    return 0;
}

TEST(a_lock_that_is_acquired_twice) {
    catch_reports();
    CHECK_EQ(thrum_set_object_name(&lock, "mine"), 0);
    thrum_thread *thread = spawn("selfish", acquires_twice, NULL);
    UNTIL(get(&reports.count) == 1);
    CHECK_CONTAINS(reports.text, "'selfish'");
    CHECK_CONTAINS(reports.text, "'mine'");
    CHECK_CONTAINS(reports.text, "waits for itself");
    CHECK_CONTAINS(reports.text, "looks like");
    CHECK_EQ(thrum_lock_release(&lock), 0);
    reap(thread);
}

/* ...with a limit it waits its time out, as in Python, and nothing is said; but under `error` it is told at once. */
TEST(a_lock_that_is_acquired_twice_with_a_limit) {
    catch_reports();
    thrum_lock_acquire(&lock);
    CHECK_EQ(thrum_lock_acquire_timed(&lock, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(reports.count, 0);
    CHECK_EQ(thrum_deadlock_policy(THRUM_DEADLOCK_ERROR), THRUM_DEADLOCK_REPORT);
    CHECK_EQ(thrum_lock_acquire_timed(&lock, AGES), THRUM_DEADLOCK);
    CHECK_EQ(thrum_lock_acquire_timed(&lock, THRUM_FOREVER), THRUM_DEADLOCK);
    CHECK_EQ(thrum_lock_acquire_timed(&lock, THRUM_NOWAIT), THRUM_TIMED_OUT); /* only tries */
    CHECK_EQ(thrum_lock_try_acquire(&lock), THRUM_TIMED_OUT);
    CHECK_EQ(reports.count, 2);
    CHECK(thrum_lock_locked(&lock));
    CHECK_EQ(thrum_lock_release(&lock), 0);
    CHECK(!thrum_lock_locked(&lock));
    CHECK_EQ(thrum_lock_release(&lock), THRUM_RUNTIME_ERROR);
}

TEST(an_rlock_that_is_acquired_twice_is_no_deadlock) {
    thrum_rlock rlock = THRUM_RLOCK_INIT;
    catch_reports();
    thrum_rlock_acquire(&rlock);
    thrum_rlock_acquire(&rlock);
    CHECK_EQ(thrum_rlock_acquire_timed(&rlock, THRUM_FOREVER), 0);
    CHECK_EQ(reports.count, 0);
}

/* An RLock against a Lock: a ring through a Lock only looks like a deadlock, so it is acted on under `error` only. */
TEST(an_rlock_against_a_lock_is_reported) {
    catch_reports();
    shape(&k, 2, true, bare);
    k.plain[1] = false;
    knot_tie(&k);
    UNTIL(get(&reports.count) == 1);
    CHECK_CONTAINS(reports.text, "looks like");
    check_report_names(&k);
    CHECK_EQ(thrum_lock_release(&k.locks[0]), 0);
    knot_join(&k);
}

TEST(an_rlock_against_a_lock_is_an_error_under_error) {
    catch_reports();
    thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    shape(&k, 2, true, bare);
    k.plain[0] = false;
    k.wish[1] = WITHIN(AGES);
    knot_tie(&k);
    knot_join(&k);
    CHECK_EQ(k.results[1], THRUM_DEADLOCK);
    CHECK_EQ(reports.count, 1);
}

TEST(locks_are_an_error_under_error) {
    catch_reports();
    thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    shape(&k, 3, true, bare);
    k.wish[2] = WITHIN(AGES);
    knot_tie(&k);
    knot_join(&k);
    CHECK_EQ(k.results[0], 0);
    CHECK_EQ(k.results[1], 0);
    CHECK_EQ(k.results[2], THRUM_DEADLOCK);
    CHECK_EQ(reports.count, 1);
    check_report_names(&k);
}

/* A ring that a limit breaks by itself is no deadlock: nothing is said, whoever has the limit, under every policy. */
TEST(a_ring_that_a_limit_breaks_is_not_reported) {
    for (int who = 0; who < 2; who++) {
        for (int plain = 0; plain < 2; plain++) {
            if (who == 1 && !plain)
                continue; /* the closer of a ring of RLocks is told */
            catch_reports();
            shape(&k, 2, plain, bare);
            k.wish[who] = WITHIN(thrum_milliseconds(20));
            knot_tie(&k);
            knot_join(&k);
            CHECK_EQ(k.results[who], THRUM_TIMED_OUT);
            CHECK_EQ(k.results[!who], 0);
            CHECK_EQ(reports.count, 0);
        }
    }
}

TEST(a_limit_further_on_in_the_ring_breaks_it_too) {
    catch_reports();
    thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    shape(&k, 3, false, WITHIN(THRUM_FOREVER));
    k.wish[1] = WITHIN(thrum_milliseconds(20));
    knot_tie(&k);
    knot_join(&k);
    CHECK_EQ(k.results[1], THRUM_TIMED_OUT);
    CHECK_EQ(k.results[0], 0);
    CHECK_EQ(k.results[2], 0);
    CHECK_EQ(reports.count, 0);
}

/* off: nobody looks. */
TEST(off_looks_for_nothing) {
    catch_reports();
    CHECK_EQ(thrum_deadlock_policy(THRUM_DEADLOCK_OFF), THRUM_DEADLOCK_REPORT);
    shape(&k, 2, false, bare);
    k.wish[1] = WITHIN(thrum_milliseconds(20));
    knot_tie(&k);
    knot_join(&k);
    CHECK_EQ(k.results[1], THRUM_TIMED_OUT);
    thrum_lock_acquire(&lock);
    CHECK_EQ(thrum_lock_acquire_timed(&lock, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(reports.count, 0);
    CHECK_EQ(thrum_deadlock_policy(THRUM_DEADLOCK_REPORT), THRUM_DEADLOCK_OFF);
}

TEST(the_policy_can_be_set_and_asked_for) {
    CHECK_EQ(thrum_deadlock_policy(THRUM_DEADLOCK_ABORT), THRUM_DEADLOCK_REPORT);
    CHECK_EQ(thrum_deadlock_policy(THRUM_DEADLOCK_ERROR), THRUM_DEADLOCK_ABORT);
    CHECK_EQ(thrum_deadlock_policy(THRUM_DEADLOCK_OFF), THRUM_DEADLOCK_ERROR);
    CHECK_EQ(thrum_deadlock_policy(THRUM_DEADLOCK_REPORT), THRUM_DEADLOCK_OFF);
}

/* Joins */

static thrum_thread *pair[2];
static int join_results[2], joiners;
static int joins_the_other(void *arg) {
    int me = *(int *)arg;
    UNTIL(get(&joiners) >= 1 + me);
    UNTIL(me == 0 || waiting_for(pair[1]) == 1);
    join_results[me] = thrum_thread_join(pair[!me]);
    return 0;
}

static void tie_joins(void) {
    static int numbers[2] = {0, 1};
    for (int i = 0; i < 2; i++) {
        thrum_thread_options options = {.name = i ? "second" : "first", .daemon = THRUM_DAEMON};
        CHECK_EQ(thrum_thread_new(&pair[i], joins_the_other, &numbers[i], &options), 0);
    }
    CHECK_EQ(thrum_thread_start(pair[0]), 0);
    CHECK_EQ(thrum_thread_start(pair[1]), 0);
    put(&joiners, 2);
}

TEST(threads_that_join_each_other_are_reported) {
    catch_reports();
    tie_joins();
    UNTIL(get(&reports.count) == 1);
    CHECK_CONTAINS(reports.text, "'first'");
    CHECK_CONTAINS(reports.text, "'second'");
    UNTIL(waiting_for(pair[0]) == 1 && waiting_for(pair[1]) == 1); /* they wait on */
}

TEST(threads_that_join_each_other_are_told_under_error) {
    catch_reports();
    thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    tie_joins();
    reap(pair[0]);
    reap(pair[1]);
    CHECK_EQ(join_results[0], 0);
    CHECK_EQ(join_results[1], THRUM_DEADLOCK);
    CHECK_EQ(reports.count, 1);
}

/* One joins the other, which wants a lock that the first one holds. */
static thrum_rlock rlock;
static int wanted;
static int wants_the_rlock(void *arg) {
    (void)arg;
    UNTIL(waiting_for(thrum_current_thread()) == 1);
    wanted = thrum_rlock_acquire_timed(&rlock, THRUM_FOREVER);
    return 0;
}

TEST(a_join_and_a_lock_make_a_ring) {
    catch_reports();
    thrum_rlock_acquire(&rlock);
    thrum_thread *thread = spawn("child", wants_the_rlock, NULL);
    CHECK_EQ(thrum_thread_join(thread), 0);
    CHECK_EQ(wanted, THRUM_DEADLOCK);
    CHECK_EQ(reports.count, 1);
    CHECK_CONTAINS(reports.text, "'child'");
    CHECK_CONTAINS(reports.text, "'MainThread'");
    thrum_thread_unref(thread);
}

/* A thread that was notified waits for the condition's lock, and holds another: its notifier, which holds the
 * condition's lock, wants that one. */
static thrum_condition cond;
static int waits_with_the_rlock(void *arg) {
    (void)arg;
    thrum_rlock_acquire(&rlock);
    thrum_condition_acquire(&cond);
    CHECK_EQ(thrum_condition_wait(&cond), 0);
    CHECK_EQ(thrum_condition_release(&cond), 0);
    return thrum_rlock_release(&rlock);
}

TEST(a_notified_thread_is_a_member_of_a_ring) {
    catch_reports();
    thrum_thread *thread = spawn("waiter", waits_with_the_rlock, NULL);
    UNTIL(condition_waiters(&cond) == 1);
    thrum_condition_acquire(&cond);
    CHECK_EQ(thrum_condition_notify(&cond, 1), 0);
    CHECK_EQ(thrum_rlock_acquire_timed(&rlock, THRUM_FOREVER), THRUM_DEADLOCK);
    CHECK_EQ(reports.count, 1);
    CHECK_CONTAINS(reports.text, "'waiter'");
    CHECK_EQ(thrum_condition_release(&cond), 0);
    reap(thread);
}

/* The same behind a Lock, with which anybody may notify while somebody holds it: the holder waits already, and the
 * notifier never does. */
static int wants_the_rlock_and_holds_the_lock(void *arg) {
    (void)arg;
    thrum_lock_acquire(&lock);
    thrum_rlock_acquire(&rlock);
    CHECK_EQ(thrum_rlock_release(&rlock), 0);
    return 0;
}

TEST(a_thread_notified_by_an_outsider_closes_a_ring) {
    catch_reports();
    cond = (thrum_condition)THRUM_CONDITION_INIT(&lock);
    thrum_thread *waiter = spawn("waiter", waits_with_the_rlock, NULL);
    UNTIL(condition_waiters(&cond) == 1);
    thrum_thread *holder = spawn("holder", wants_the_rlock_and_holds_the_lock, NULL);
    UNTIL(waiting_for(&rlock) == 1);
    CHECK_EQ(thrum_condition_notify(&cond, 1), 0);
    UNTIL(get(&reports.count) == 1);
    CHECK_CONTAINS(reports.text, "'waiter'");
    CHECK_CONTAINS(reports.text, "'holder'");
    CHECK_EQ(thrum_lock_release(&lock), 0);
    reap(waiter);
    reap(holder);
}

/* A lock that its owner left behind is nobody's: no ring, and any thread may release it. */
static int leaves_it_locked(void *arg) {
    thrum_lock_acquire((thrum_lock *)arg);
    return 0;
}

TEST(a_lock_left_behind_is_no_deadlock) {
    catch_reports();
    for (int i = 0; i < 50; i++) {
        reap(spawn("careless", leaves_it_locked, &lock));
        thrum_thread *thread = spawn("next", waits_outside, &lock);
        until_waiting(&lock, 1);
        CHECK_EQ(thrum_lock_release(&lock), 0);
        reap(thread);
    }
    CHECK_EQ(reports.count, 0);
}

TEST(an_rlock_against_a_lock_is_no_error_by_default) {
    catch_reports();
    shape(&k, 2, true, bare);
    k.plain[0] = false;
    k.wish[1] = WITHIN(thrum_milliseconds(20)); /* for the RLock, from the holder of the Lock */
    knot_tie(&k);
    knot_join(&k);
    CHECK_EQ(k.results[1], THRUM_TIMED_OUT);
    CHECK_EQ(k.results[0], 0);
    CHECK_EQ(reports.count, 0);
}

TEST_MAIN()
