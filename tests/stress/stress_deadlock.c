/* Deadlock detection under load: no report when there is nothing to report, and no hang when there is. */
#define TEST_SECONDS 60
#include "deadlocks.h"

enum { threads = 8, locks = 6, at_once = 3, rounds = 20000 };

/* What is taken, and how. */
typedef struct plan {
    bool sorted;  /* in the order of the locks, so that nothing can go wrong */
    bool watched; /* the order, too */
    int (*acquire)(int lock);
    void (*release)(int lock);
} plan;

typedef struct worker {
    const plan *plan;
    uint32_t random;
    int given_up;
    pthread_t thread;
} worker;

static thrum_lock lock[locks];
static thrum_rlock rlock[locks];
static int inside[locks]; /* by their holder */

static int acquire_rlock(int i) {
    return thrum_rlock_acquire_timed(&rlock[i], THRUM_FOREVER);
}
static void release_rlock(int i) {
    CHECK_EQ(thrum_rlock_release(&rlock[i]), 0);
}
static int acquire_lock(int i) {
    return thrum_lock_acquire_timed(&lock[i], THRUM_FOREVER);
}
static void release_lock(int i) {
    CHECK_EQ(thrum_lock_release(&lock[i]), 0);
}
/* Half of the locks are of one kind, half of the other, all acquired in the way that cannot fail. */
static int acquire_either(int i) {
    if (i % 2)
        thrum_lock_acquire(&lock[i]);
    else
        thrum_rlock_acquire(&rlock[i]);
    return 0;
}
static void release_either(int i) {
    if (i % 2)
        release_lock(i);
    else
        release_rlock(i);
}

static uint32_t roll(worker *w) {
    w->random ^= w->random << 13;
    w->random ^= w->random >> 17;
    w->random ^= w->random << 5;
    return w->random;
}

static int ascending(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

static void choose(worker *w, int *chosen) {
    int all[locks];
    for (int i = 0; i < locks; i++)
        all[i] = i;
    for (int i = 0; i < at_once; i++) {
        int j = i + (int)(roll(w) % (uint32_t)(locks - i));
        chosen[i] = all[j];
        all[j] = all[i];
    }
    if (w->plan->sorted)
        qsort(chosen, at_once, sizeof *chosen, ascending);
}

/* Take all, or none when it turns out that this would never end. */
static bool take_all(worker *w, const int *chosen) {
    for (int i = 0; i < at_once; i++) {
        int r = w->plan->acquire(chosen[i]);
        if (r < 0) {
            CHECK_EQ(r, THRUM_DEADLOCK);
            while (i-- > 0) {
                inside[chosen[i]]--;
                w->plan->release(chosen[i]);
            }
            return false;
        }
        CHECK_EQ(inside[chosen[i]]++, 0);
        if (roll(w) % 4 == 0)
            sched_yield(); /* so that somebody else comes in between */
    }
    return true;
}

static void *work(void *arg) {
    worker *w = arg;
    for (int round = 0; round < rounds; round++) {
        int chosen[at_once];
        choose(w, chosen);
        while (!take_all(w, chosen)) {
            w->given_up++;
            sched_yield();
        }
        for (int i = 0; i < at_once; i++) {
            inside[chosen[i]]--;
            w->plan->release(chosen[i]);
        }
    }
    return NULL;
}

/* Returns how often a thread had to give up. */
static int run(const plan *what) {
    worker workers[threads];
    int given_up = 0;
    reports_begin();
    (void)thrum_lock_order(what->watched);
    for (int i = 0; i < threads; i++) {
        workers[i] = (worker){.plan = what, .random = 88172645u + (uint32_t)i * 7919u};
        workers[i].thread = start(work, &workers[i]);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        given_up += workers[i].given_up;
    }
    printf("# %d rounds, %d cycles broken, %d reports\n", threads * rounds, given_up, reports_so_far());
    return given_up;
}

TEST(fixed_order_reports_nothing) {
    CHECK_EQ(run(&(plan){true, false, acquire_either, release_either}), 0);
    CHECK_EQ(reports_so_far(), 0);
}

TEST(fixed_order_that_is_watched_reports_nothing) {
    CHECK_EQ(run(&(plan){true, true, acquire_either, release_either}), 0);
    CHECK_EQ(reports_so_far(), 0);
}

TEST(random_order_of_rlocks_never_hangs) {
    int given_up = run(&(plan){false, false, acquire_rlock, release_rlock});
    CHECK_LE(reports_so_far(), given_up);
}

TEST(random_order_of_locks_under_error_never_hangs) {
    (void)thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    int given_up = run(&(plan){false, false, acquire_lock, release_lock});
    CHECK_LE(reports_so_far(), given_up);
}

TEST_MAIN()
