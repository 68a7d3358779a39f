/* test_condition.c - Condition: section 2.5 of the semantics, and what thrum/threading/condition.h promises beyond
 * it. */
#include "conditions.h"
#include "signals.h"

TORTURE(condition_excludes, thrum_condition, THRUM_CONDITION_INIT_OWN, thrum_condition_acquire,
        thrum_condition_acquire_timed, thrum_condition_release)
static thrum_lock tortured;
TORTURE(condition_of_a_lock_excludes, thrum_condition, THRUM_CONDITION_INIT(&tortured), thrum_condition_acquire,
        thrum_condition_acquire_timed, thrum_condition_release)

TEST(zero_bytes_are_a_condition_with_a_lock_of_its_own) {
    static const thrum_condition named = THRUM_CONDITION_INIT_OWN;
    CHECK_EQ(memcmp(&named, &own, sizeof own), 0);
    take(&own);
    take(&own); /* an RLock */
    CHECK(thrum_condition_locked(&own));
    give(&own);
    CHECK(thrum_condition_locked(&own));
    give(&own);
    CHECK(!thrum_condition_locked(&own));
}

TEST(acquire_release_and_locked_are_those_of_the_lock) {
    take(&of_lock);
    CHECK(thrum_lock_locked(&lock));
    CHECK(thrum_condition_locked(&of_lock));
    CHECK_EQ(thrum_condition_acquire_timed(&of_lock, TINY), THRUM_TIMED_OUT);
    give(&of_lock);
    CHECK(!thrum_lock_locked(&lock));
    take(&of_rlock);
    CHECK_EQ(thrum_condition_acquire_timed(&of_rlock, THRUM_NOWAIT), 0);
    CHECK_EQ(thrum_rlock_recursion_count(&rlock), 2);
    give(&of_rlock);
    give(&of_rlock);
    FOR_EACH_KIND(cond) {
        CHECK_EQ(thrum_condition_acquire_timed(cond, thrum_seconds(-1)), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_condition_acquire_timed(cond, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
        CHECK(!thrum_condition_locked(cond));
        CHECK_EQ(thrum_condition_release(cond), THRUM_RUNTIME_ERROR);
    }
}

static bool never(void *arg) {
    (void)arg;
    return false;
}

TEST(without_the_lock_nothing_can_be_done) {
    FOR_EACH_KIND(cond) {
        CHECK_EQ(thrum_condition_wait(cond), THRUM_RUNTIME_ERROR);
        CHECK_EQ(thrum_condition_wait_timed(cond, THRUM_NOWAIT), THRUM_RUNTIME_ERROR);
        CHECK_EQ(thrum_condition_wait_for(cond, never, NULL, AGES), THRUM_RUNTIME_ERROR);
        CHECK_EQ(thrum_condition_notify(cond, 1), THRUM_RUNTIME_ERROR);
        CHECK_EQ(thrum_condition_notify_all(cond), THRUM_RUNTIME_ERROR);
        CHECK_EQ(condition_waiters(cond), 0);
        CHECK(!thrum_condition_locked(cond));
    }
}

/* With an RLock the caller must be the owner; with a plain Lock the test is whether it is locked. */
static void is_not_the_owner(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_EQ(thrum_condition_wait(&of_rlock), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_condition_wait_timed(&own, THRUM_NOWAIT), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_condition_notify(&of_rlock, 1), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_condition_notify_all(&own), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_condition_release(&own), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_condition_notify(&of_lock, 1), 0);
    CHECK_EQ(thrum_condition_notify_all(&of_lock), 0);
}

TEST(the_ownership_test_is_that_of_the_lock) {
    FOR_EACH_KIND(cond)
    take(cond);
    crew c = {0};
    crew_start(&c, 1, is_not_the_owner, NULL);
    crew_join(&c);
    FOR_EACH_KIND(cond)
    give(cond);
}

TEST(a_limit_runs_out_with_the_lock_held_again) {
    FOR_EACH_KIND(cond) {
        take(cond);
        CHECK_EQ(thrum_condition_wait_timed(cond, THRUM_NOWAIT), THRUM_TIMED_OUT);
        CHECK_EQ(thrum_condition_wait_timed(cond, thrum_seconds(-1)), THRUM_TIMED_OUT);
        CHECK_EQ(thrum_condition_wait_timed(cond, thrum_nanoseconds(INT64_MIN)), THRUM_TIMED_OUT);
        int64_t before = thrum_monotonic_ns();
        CHECK_EQ(thrum_condition_wait_timed(cond, TINY), THRUM_TIMED_OUT);
        CHECK_GE(thrum_monotonic_ns() - before, TINY.ns);
        CHECK_EQ(thrum_condition_wait_timed(cond, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
        CHECK_EQ(condition_waiters(cond), 0);
        CHECK(thrum_condition_locked(cond));
        give(cond);
        CHECK(!thrum_condition_locked(cond));
    }
}

typedef struct room {
    thrum_condition *cond;
    int levels;           /* how deep to hold an RLock */
    int inside, returned; /* guarded by the condition's lock, but read by all */
    int order[16];
} room;

static void waits_in(room *r, int index, bool limited) {
    for (int i = 0; i <= r->levels; i++)
        take(r->cond);
    add(&r->inside, 1);
    CHECK_EQ(limited ? thrum_condition_wait_timed(r->cond, AGES) : thrum_condition_wait(r->cond), 0);
    r->order[get(&r->returned)] = index;
    add(&r->returned, 1);
    for (int i = 0; i <= r->levels; i++)
        give(r->cond);
}
static void waits(int index, void *arg) {
    waits_in((room *)arg, index, index % 2);
}

/* One more waiter, and the knowledge that it stands behind those who came before. */
static void one_more(crew *c, room *r) {
    int before = condition_waiters(r->cond);
    crew_start(c, 1, waits, r);
    UNTIL(condition_waiters(r->cond) == before + 1);
}

static void notify(room *r, size_t n) {
    take(r->cond);
    CHECK_EQ(thrum_condition_notify(r->cond, n), 0);
    give(r->cond);
}

TEST(notify_wakes_exactly_n_in_the_order_of_their_arrival) {
    FOR_EACH_KIND(cond) {
        room r = {.cond = cond};
        crew c = {0};
        for (int i = 0; i < 9; i++)
            one_more(&c, &r);
        size_t steps[] = {1, 3, 1, 2, 2};
        for (int i = 0, woken = 0; i < 5; i++) {
            notify(&r, steps[i]);
            woken += (int)steps[i];
            UNTIL(get(&r.returned) == woken);
            CHECK_EQ(condition_waiters(cond), 9 - woken);
        }
        crew_join(&c);
        for (int i = 0; i < 9; i++)
            CHECK_EQ(r.order[i], i);
    }
}

TEST(notify_n_wakes_no_more_than_n) {
    FOR_EACH_KIND(cond) {
        room r = {.cond = cond};
        crew c = {0};
        for (int i = 0; i < 5; i++)
            one_more(&c, &r);
        notify(&r, 0);
        CHECK_EQ(condition_waiters(cond), 5);
        notify(&r, 2);
        UNTIL(get(&r.returned) == 2);
        take(cond);
        CHECK_EQ(condition_waiters(cond), 3);
        CHECK_EQ(get(&r.returned), 2);
        give(cond);
        notify(&r, SIZE_MAX);
        crew_join(&c);
        CHECK_EQ(r.returned, 5);
    }
}

TEST(notify_all_wakes_all_and_they_leave_in_the_order_of_their_arrival) {
    FOR_EACH_KIND(cond) {
        room r = {.cond = cond};
        crew c = {0};
        for (int i = 0; i < 8; i++)
            one_more(&c, &r);
        take(cond);
        CHECK_EQ(thrum_condition_notify_all(cond), 0);
        CHECK_EQ(condition_waiters(cond), 0);
        give(cond);
        crew_join(&c);
        for (int i = 0; i < 8; i++)
            CHECK_EQ(r.order[i], i);
    }
}

TEST(the_notified_go_on_only_after_the_release) {
    FOR_EACH_KIND(cond) {
        room r = {.cond = cond};
        crew c = {0};
        for (int i = 0; i < 3; i++)
            one_more(&c, &r);
        take(cond);
        CHECK_EQ(thrum_condition_notify_all(cond), 0);
        for (int i = 0; i < 1000; i++) {
            CHECK_EQ(get(&r.returned), 0);
            sched_yield();
        }
        give(cond);
        crew_join(&c);
        CHECK_EQ(r.returned, 3);
    }
}

TEST(a_notify_is_not_remembered) {
    FOR_EACH_KIND(cond) {
        take(cond);
        CHECK_EQ(thrum_condition_notify(cond, 3), 0);
        CHECK_EQ(thrum_condition_notify_all(cond), 0);
        CHECK_EQ(thrum_condition_wait_timed(cond, THRUM_NOWAIT), THRUM_TIMED_OUT);
        CHECK_EQ(thrum_condition_wait_timed(cond, TINY), THRUM_TIMED_OUT);
        give(cond);
    }
}

TEST(all_levels_of_an_rlock_are_released_and_restored) {
    room r = {.cond = &of_rlock, .levels = 3};
    crew c = {0};
    one_more(&c, &r);
    UNTIL(!thrum_rlock_locked(&rlock)); /* it queues before it lets go */
    notify(&r, 1);
    crew_join(&c);
    for (int i = 0; i < 4; i++)
        thrum_rlock_acquire(&rlock);
    CHECK_EQ(thrum_condition_wait_timed(&of_rlock, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_rlock_recursion_count(&rlock), 4);
    CHECK_EQ(thrum_condition_wait_timed(&of_rlock, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_rlock_recursion_count(&rlock), 4);
}

/* A wait with no time at all still lets go of the lock: somebody who waits for it gets in between two of them. */
static int visited;
static void visits(int index, void *arg) {
    (void)index;
    take((thrum_condition *)arg);
    put(&visited, 1);
    give((thrum_condition *)arg);
}

TEST(a_wait_of_no_time_releases_and_acquires) {
    FOR_EACH_KIND(cond) {
        put(&visited, 0);
        take(cond);
        crew c = {0};
        crew_start(&c, 1, visits, cond);
        while (!get(&visited))
            CHECK_EQ(thrum_condition_wait_timed(cond, THRUM_NOWAIT), THRUM_TIMED_OUT);
        CHECK(thrum_condition_locked(cond));
        give(cond);
        crew_join(&c);
    }
}

/* A waits with a limit and was first; its limit runs out while the main thread holds the lock, so that A cannot even
 * say so. The notify then belongs to B. */
static void gives_up(int index, void *arg) {
    (void)index;
    take((thrum_condition *)arg);
    CHECK_EQ(thrum_condition_wait_timed((thrum_condition *)arg, TINY), THRUM_TIMED_OUT);
    CHECK(thrum_condition_locked((thrum_condition *)arg));
    give((thrum_condition *)arg);
}

TEST(a_waiter_whose_time_ran_out_swallows_no_notify) {
    FOR_EACH_KIND(cond) {
        room r = {.cond = cond};
        crew leaving = {0}, c = {0};
        crew_start(&leaving, 3, gives_up, cond);
        crew_start(&c, 1, waits, &r);
        UNTIL(get(&r.inside) == 1);
        take(cond);
        UNTIL(condition_waiters(cond) == 1);
        CHECK_EQ(thrum_condition_notify(cond, 1), 0);
        give(cond);
        crew_join(&c);
        crew_join(&leaving);
        CHECK_EQ(r.returned, 1);
    }
}

/* The same without knowing who is in time: one thread waits for ever, others with limits that run out all the time.
 * Since somebody always waits, each notify is answered by exactly one wait that returns 0. */
typedef struct churn {
    thrum_condition *cond;
    int answered, parked, stop;
} churn;

static void waits_for_ever(int index, void *arg) {
    churn *m = (churn *)arg;
    (void)index;
    take(m->cond);
    while (!get(&m->stop)) {
        put(&m->parked, 1);
        CHECK_EQ(thrum_condition_wait(m->cond), 0);
        put(&m->parked, 0);
        add(&m->answered, 1);
    }
    give(m->cond);
}
static void comes_and_goes(int index, void *arg) {
    churn *m = (churn *)arg;
    uint32_t state = 2654435769u + (uint32_t)index;
    take(m->cond);
    while (!get(&m->stop))
        if (thrum_condition_wait_timed(m->cond, thrum_nanoseconds(torture_random(&state) % 100000)) == 0)
            add(&m->answered, 1);
    give(m->cond);
}

TEST(each_notify_is_answered_by_exactly_one_waiter) {
    FOR_EACH_KIND(cond) {
        churn m = {.cond = cond};
        crew c = {0};
        crew_start(&c, 1, waits_for_ever, &m);
        crew_start(&c, 3, comes_and_goes, &m);
        for (int sent = 1; sent <= 1000; sent++) {
            UNTIL(get(&m.parked));
            take(cond);
            bool waits_now = get(&m.parked);
            if (waits_now)
                CHECK_EQ(thrum_condition_notify(cond, 1), 0);
            give(cond);
            if (waits_now)
                UNTIL(get(&m.answered) >= sent);
            CHECK_EQ(get(&m.answered), waits_now ? sent : --sent);
        }
        put(&m.stop, 1);
        take(cond);
        CHECK_EQ(thrum_condition_notify_all(cond), 0);
        give(cond);
        crew_join(&c);
    }
}

TEST(conditions_that_share_a_lock_are_notified_apart) {
    static thrum_condition other = THRUM_CONDITION_INIT(&lock);
    room here = {.cond = &of_lock}, there = {.cond = &other};
    crew c = {0};
    one_more(&c, &here);
    one_more(&c, &there);
    notify(&here, 5);
    UNTIL(get(&here.returned) == 1);
    CHECK_EQ(condition_waiters(&other), 1);
    CHECK_EQ(get(&there.returned), 0);
    notify(&there, 5);
    crew_join(&c);
    CHECK_EQ(there.returned, 1);
}

/* PEP 475: a signal wakes nobody. */
static int signals;
static void on_signal(int number) {
    (void)number;
    add(&signals, 1);
}

TEST(a_signal_does_not_end_a_wait) {
    signal(SIGUSR1, on_signal);
    FOR_EACH_KIND(cond) {
        room r = {.cond = cond};
        crew c = {0};
        put(&signals, 0);
        one_more(&c, &r);
        one_more(&c, &r);
        for (int i = 1; i <= 50; i++) {
            CHECK_EQ(pthread_kill(c.members[i % 2].thread, SIGUSR1), 0);
            UNTIL_HANDLED(c.members[i % 2].thread, get(&signals) == i);
            CHECK_EQ(condition_waiters(cond), 2);
        }
        CHECK_EQ(get(&r.returned), 0);
        notify(&r, 2);
        crew_join(&c);
    }
}

TEST(at_fork_reinit_makes_it_unlocked) {
    FOR_EACH_KIND(cond) {
        take(cond);
        thrum_condition_at_fork_reinit(cond);
        CHECK(!thrum_condition_locked(cond));
        CHECK_EQ(condition_waiters(cond), 0);
        CHECK_EQ(thrum_condition_release(cond), THRUM_RUNTIME_ERROR);
        room r = {.cond = cond};
        crew c = {0};
        one_more(&c, &r);
        notify(&r, 1);
        crew_join(&c);
    }
}

TEST(repr_shows_the_lock_and_the_waiters) {
    char text[200], expected[200];
    snprintf(expected, sizeof expected, "<thrum_condition(<unlocked thrum_lock at %p>, waiters=0)>", (void *)&lock);
    CHECK_EQ(thrum_condition_repr(&of_lock, text, sizeof text), strlen(expected));
    CHECK_STR(text, expected);
    room r = {.cond = &of_lock};
    crew c = {0};
    one_more(&c, &r);
    one_more(&c, &r);
    take(&of_lock);
    snprintf(expected, sizeof expected, "<thrum_condition(<locked thrum_lock at %p>, waiters=2)>", (void *)&lock);
    CHECK_GT(thrum_condition_repr(&of_lock, text, sizeof text), 0);
    CHECK_STR(text, expected);
    CHECK_EQ(thrum_condition_repr(&of_lock, text, 9), strlen(expected));
    CHECK_STR(text, "<thrum_c");
    give(&of_lock);
    notify(&r, 2);
    crew_join(&c);
    take(&own);
    CHECK_GT(thrum_condition_repr(&own, text, sizeof text), 0);
    CHECK_EQ(strncmp(text, "<thrum_condition(<locked thrum_rlock owner=", 43), 0);
}

/* Whoever has notified all may free the condition, though those who waited have not got the lock back yet. */
static thrum_condition *temporary;
static thrum_rlock shared;
static void waits_at_temporary(int index, void *arg) {
    (void)index, (void)arg;
    take(temporary);
    take(temporary);
    CHECK_EQ(thrum_condition_wait(temporary), 0);
    CHECK_EQ(thrum_rlock_recursion_count(&shared), 2);
    CHECK_EQ(thrum_rlock_release(&shared), 0);
    CHECK_EQ(thrum_rlock_release(&shared), 0);
}

TEST(a_condition_may_be_freed_when_all_are_notified) {
    thrum_condition *cond = (thrum_condition *)malloc(sizeof *cond);
    *cond = (thrum_condition)THRUM_CONDITION_INIT_RLOCK(&shared);
    temporary = cond;
    crew c = {0};
    crew_start(&c, 1, waits_at_temporary, NULL);
    UNTIL(condition_waiters(cond) == 1);
    take(cond);
    CHECK_EQ(thrum_condition_notify_all(cond), 0);
    *(volatile thrum_condition *)cond = (thrum_condition){.lock_ = &lock}; /* as its next user might */
    free(cond);
    CHECK_EQ(thrum_rlock_release(&shared), 0);
    crew_join(&c);
    CHECK(!thrum_rlock_locked(&shared));
}

TEST_MAIN()
