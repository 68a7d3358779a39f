/* test_with.c - THRUM_WITH and THRUM_GUARD: Python's with statement for each kind of lock (section 2.3 to 2.6). */
#include "torture.h"

static thrum_lock lock;
static thrum_rlock rlock;
static thrum_condition cond;
static thrum_semaphore sem = THRUM_SEMAPHORE_INIT(2);

TEST(with_holds_a_lock_in_its_block) {
    int ran = 0;
    THRUM_WITH(&lock) {
        CHECK(thrum_lock_locked(&lock));
        ran++;
    }
    CHECK_EQ(ran, 1);
    CHECK(!thrum_lock_locked(&lock));
}

TEST(with_takes_every_kind_of_lock) {
    THRUM_WITH(&rlock) THRUM_WITH(&rlock) CHECK_EQ(thrum_rlock_recursion_count(&rlock), 2);
    CHECK(!thrum_rlock_locked(&rlock));
    THRUM_WITH(&cond) {
        CHECK(thrum_condition_locked(&cond));
        CHECK_EQ(thrum_condition_notify_all(&cond), 0);
    }
    CHECK(!thrum_condition_locked(&cond));
    THRUM_WITH(&sem) {
        CHECK_EQ(thrum_semaphore_value(&sem), 1);
        THRUM_WITH(&sem) {
            CHECK_EQ(thrum_semaphore_value(&sem), 0);
        }
    }
    CHECK_EQ(thrum_semaphore_value(&sem), 2);
}

static int returns_from_the_block(int value) {
    THRUM_WITH(&lock) {
        if (value < 10)
            return value;
    }
    CHECK(!thrum_lock_locked(&lock));
    return -1;
}

TEST(with_lets_go_however_the_block_is_left) {
    CHECK_EQ(returns_from_the_block(3), 3);
    CHECK(!thrum_lock_locked(&lock));
    CHECK_EQ(returns_from_the_block(30), -1);
    THRUM_WITH(&lock) {
        break;
    }
    CHECK(!thrum_lock_locked(&lock));
    THRUM_WITH(&lock) {
        if (thrum_lock_locked(&lock))
            continue;
        CHECK(false);
    }
    CHECK(!thrum_lock_locked(&lock));
    THRUM_WITH(&lock) {
        goto out;
    }
out:
    CHECK(!thrum_lock_locked(&lock));
}

TEST(a_break_leaves_the_with_and_not_the_loop_around_it) {
    int rounds = 0;
    for (int i = 0; i < 3; i++) {
        THRUM_WITH(&lock) {
            rounds++;
            break;
        }
    }
    CHECK_EQ(rounds, 3);
}

TEST(guard_holds_to_the_end_of_the_scope) {
    {
        THRUM_GUARD(&lock);
        CHECK(thrum_lock_locked(&lock));
        THRUM_GUARD(&rlock);
        THRUM_GUARD(&cond);
        THRUM_GUARD(&sem);
        THRUM_GUARD(&rlock);
        CHECK_EQ(thrum_rlock_recursion_count(&rlock), 2);
        CHECK(thrum_condition_locked(&cond));
        CHECK_EQ(thrum_semaphore_value(&sem), 1);
    }
    CHECK(!thrum_lock_locked(&lock));
    CHECK(!thrum_rlock_locked(&rlock));
    CHECK(!thrum_condition_locked(&cond));
    CHECK_EQ(thrum_semaphore_value(&sem), 2);
    for (int i = 0; i < 3; i++) {
        THRUM_GUARD(&lock);
        if (i == 1)
            break;
    }
    CHECK(!thrum_lock_locked(&lock));
}

/* The object is named once and evaluated once. */
TEST(the_argument_is_evaluated_once) {
    thrum_lock locks[3] = {0}, *next = locks;
    THRUM_WITH(next++) {
        CHECK(thrum_lock_locked(&locks[0]));
    }
    {
        THRUM_GUARD(next++);
        CHECK(thrum_lock_locked(&locks[1]));
    }
    CHECK_EQ(next - locks, 2);
}

static long balance;
static void deposits(int index, void *arg) {
    (void)index, (void)arg;
    for (int i = 0; i < 5000; i++)
        THRUM_WITH(&lock) balance++;
}

TEST(with_excludes) {
    crew c = {0};
    crew_start(&c, 4, deposits, NULL);
    crew_join(&c);
    CHECK_EQ(balance, 20000);
}

TEST_MAIN()
