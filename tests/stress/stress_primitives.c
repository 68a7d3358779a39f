/* stress_primitives.c - every primitive under load for seconds, by threads that give up all the time: the sums are
 * exact, and nobody hangs. */
#define TEST_SECONDS 60
#include "torture.h"

enum { THREADS = 6 };
static const int64_t seconds = 3;

static int stop;
static thrum_lock lock;
static thrum_rlock rlock;
static thrum_condition cond;
static thrum_semaphore sem = THRUM_SEMAPHORE_INIT(2);
static thrum_barrier barrier = THRUM_BARRIER_INIT(3, NULL, NULL);

/* Run the bodies until the time is over. */
static void run_for_seconds(crew *c, int n, crew_body *body, void *arg) {
    crew_start(c, n, body, arg);
    CHECK_EQ(thrum_sleep(thrum_nanoseconds(seconds * 1000000000)), 0);
    put(&stop, 1);
}

static thrum_timeout short_limit(uint32_t *state) {
    return thrum_nanoseconds(torture_random(state) % 100000);
}

/* Locks, nested in one order, each with a limit or without, and a Lock that is released by another thread. */
static long guarded, entered[THREADS];
static void takes_both(int index, void *arg) {
    uint32_t state = 1234567u + (uint32_t)index;
    (void)arg;
    while (!get(&stop)) {
        uint32_t dice = torture_random(&state) % 3;
        if (dice == 0)
            thrum_rlock_acquire(&rlock);
        else if (thrum_rlock_acquire_timed(&rlock, dice == 1 ? short_limit(&state) : THRUM_NOWAIT) != 0)
            continue;
        CHECK_EQ(thrum_rlock_acquire_timed(&rlock, THRUM_NOWAIT), 0);
        if (thrum_lock_acquire_timed(&lock, short_limit(&state)) == 0) {
            guarded++;
            entered[index]++;
            CHECK_EQ(thrum_lock_release(&lock), 0);
        }
        CHECK_EQ(thrum_rlock_release(&rlock), 0);
        CHECK_EQ(thrum_rlock_release(&rlock), 0);
    }
}
static void takes_the_inner_one(int index, void *arg) {
    uint32_t state = 7654321u + (uint32_t)index;
    (void)arg;
    while (!get(&stop)) {
        if (thrum_lock_acquire_timed(&lock, short_limit(&state)) != 0)
            continue;
        guarded++;
        entered[index]++;
        CHECK_EQ(thrum_lock_release(&lock), 0);
    }
}

TEST(locks_under_load) {
    crew c = {0};
    crew_start(&c, 3, takes_both, NULL);
    run_for_seconds(&c, 3, takes_the_inner_one, NULL);
    crew_join(&c);
    long sum = 0;
    for (int i = 0; i < THREADS; i++)
        sum += entered[i];
    CHECK_EQ(guarded, sum);
    CHECK(!thrum_lock_locked(&lock));
    CHECK(!thrum_rlock_locked(&rlock));
    printf("# %ld acquires\n", sum);
}

/* Permits are neither lost nor made. */
static int inside, gave_up;
static void takes_permits(int index, void *arg) {
    uint32_t state = 99u + (uint32_t)index;
    (void)arg;
    while (!get(&stop)) {
        if (thrum_semaphore_acquire_timed(&sem, short_limit(&state)) != 0) {
            add(&gave_up, 1);
            continue;
        }
        CHECK_LE(add(&inside, 1), 2);
        if (torture_random(&state) % 8 == 0)
            sched_yield();
        add(&inside, -1);
        CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    }
}

TEST(semaphores_under_load) {
    crew c = {0};
    run_for_seconds(&c, THREADS, takes_permits, NULL);
    crew_join(&c);
    CHECK_EQ(thrum_semaphore_value(&sem), 2);
    CHECK_EQ(inside, 0);
    printf("# gave up %d times\n", gave_up);
}

/* A queue of numbers behind a condition: what was put is what was taken, though most waits give up. */
static int level;
static long put_count, took_count;
static bool not_empty(void *arg) {
    (void)arg;
    return level > 0;
}
static void puts_numbers(int index, void *arg) {
    (void)index, (void)arg;
    while (!get(&stop)) {
        THRUM_WITH(&cond) {
            level++;
            put_count++;
            CHECK_EQ(thrum_condition_notify(&cond, 1), 0);
        }
        if (index == 0)
            sched_yield();
    }
}
static void takes_numbers(int index, void *arg) {
    uint32_t state = 4711u + (uint32_t)index;
    (void)arg;
    while (!get(&stop)) {
        THRUM_WITH(&cond) {
            if (thrum_condition_wait_for(&cond, not_empty, NULL, short_limit(&state)) == 0) {
                level--;
                took_count++;
            }
            CHECK_GE(level, 0);
        }
    }
}

TEST(conditions_under_load) {
    crew c = {0};
    crew_start(&c, 2, puts_numbers, NULL);
    run_for_seconds(&c, 4, takes_numbers, NULL);
    crew_join(&c);
    CHECK_EQ(put_count, took_count + level);
    CHECK_EQ(condition_waiters(&cond), 0);
    printf("# %ld put, %ld taken\n", put_count, took_count);
}

/* A barrier that is met, broken by limits, and reset, for ever: the places of each meeting are all given. */
static int places[3], broken;
static void meets(int index, void *arg) {
    uint32_t state = 31u + (uint32_t)index;
    (void)arg;
    while (!get(&stop)) {
        int r = thrum_barrier_wait_timed(&barrier, thrum_nanoseconds(50000 + torture_random(&state) % 1000000));
        if (r >= 0) {
            add(&places[r], 1);
        } else {
            CHECK_EQ(r, THRUM_BROKEN_BARRIER);
            add(&broken, 1);
            thrum_barrier_reset(&barrier);
        }
    }
    thrum_barrier_abort(&barrier);
}

TEST(barriers_under_load) {
    crew c = {0};
    run_for_seconds(&c, 3, meets, NULL);
    crew_join(&c);
    CHECK_EQ(places[0], places[1]);
    CHECK_EQ(places[0], places[2]);
    printf("# met %d times, broken for %d\n", places[0], broken);
}

/* Threads that come and go, and join each other's. */
static int started;
static int counts(void *arg) {
    add((int *)arg, 1);
    return 0;
}
static void starts_threads(int index, void *arg) {
    (void)index, (void)arg;
    int mine = 0, ran = 0;
    while (!get(&stop)) {
        thrum_thread *threads[4];
        for (int i = 0; i < 4; i++)
            threads[i] = spawn(NULL, counts, &ran);
        for (int i = 3; i >= 0; i--)
            reap(threads[i]);
        mine += 4;
    }
    CHECK_EQ(get(&ran), mine);
    add(&started, mine);
}

TEST(threads_that_come_and_go) {
    crew c = {0};
    run_for_seconds(&c, 3, starts_threads, NULL);
    crew_join(&c);
    CHECK_EQ(thrum_active_count(), 1);
    printf("# %d threads\n", started);
}

/* Timers that are started and cancelled by several threads: each fires or is cancelled. */
static int fired;
static int fires(void *arg) {
    (void)arg;
    add(&fired, 1);
    return 0;
}
static void starts_timers(int index, void *arg) {
    uint32_t state = 555u + (uint32_t)index;
    (void)arg;
    while (!get(&stop)) {
        thrum_timer *timers[32];
        for (int i = 0; i < 32; i++) {
            CHECK_EQ(thrum_timer_new(&timers[i], short_limit(&state), fires, NULL, NULL), 0);
            CHECK_EQ(thrum_timer_start(timers[i]), 0);
        }
        for (int i = 0; i < 32; i++) {
            if (i % 2)
                thrum_timer_cancel(timers[i]);
            CHECK_EQ(thrum_timer_join(timers[i]), 0);
            thrum_timer_unref(timers[i]);
        }
    }
}

TEST(timers_under_load) {
    crew c = {0};
    run_for_seconds(&c, 3, starts_timers, NULL);
    crew_join(&c);
    printf("# %d fired\n", fired);
    CHECK_GT(fired, 0);
}

TEST_MAIN()
