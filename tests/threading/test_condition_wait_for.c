/* test_condition_wait_for.c - Condition.wait_for: its lines of the semantics, and conditions at work. */
#include "conditions.h"

static bool never(void *arg) {
    (void)arg;
    return false;
}

typedef struct countdown {
    thrum_condition *cond;
    int value, looks;
} countdown;

static bool is_zero(void *arg) {
    countdown *n = (countdown *)arg;
    CHECK(thrum_condition_locked(n->cond));
    n->looks++;
    return n->value == 0;
}
static bool third_look(void *arg) {
    return ++((countdown *)arg)->looks == 3;
}

TEST(wait_for_looks_before_it_waits) {
    FOR_EACH_KIND(cond) {
        countdown n = {cond, 0, 0};
        take(cond);
        CHECK_EQ(thrum_condition_wait_for(cond, is_zero, &n, THRUM_FOREVER), 0);
        CHECK_EQ(n.looks, 1);
        give(cond);
    }
}

/* Python returns the predicate's last value: it is asked once more when the time is over. */
TEST(wait_for_ends_with_the_predicates_last_value) {
    FOR_EACH_KIND(cond) {
        countdown n = {cond, 1, 0};
        take(cond);
        int64_t before = thrum_monotonic_ns();
        CHECK_EQ(thrum_condition_wait_for(cond, is_zero, &n, TINY), THRUM_TIMED_OUT);
        CHECK_GE(thrum_monotonic_ns() - before, TINY.ns);
        CHECK_GE(n.looks, 2);
        n.value = 1, n.looks = 0;
        CHECK_EQ(thrum_condition_wait_for(cond, is_zero, &n, thrum_seconds(-1)), THRUM_TIMED_OUT);
        CHECK_GE(n.looks, 1);
        CHECK_EQ(thrum_condition_wait_for(cond, is_zero, &n, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
        CHECK(thrum_condition_locked(cond));
        give(cond);
    }
}

TEST(wait_for_is_true_when_the_predicate_became_so_without_a_notify) {
    countdown n = {&own, 0, 1};
    take(&own);
    CHECK_EQ(thrum_condition_wait_for(&own, third_look, &n, TINY), 0);
    CHECK_EQ(n.looks, 3);
    give(&own);
}

static void counts_down(int index, void *arg) {
    countdown *n = (countdown *)arg;
    (void)index;
    while (get(&n->value) > 0) {
        take(n->cond);
        add(&n->value, -1);
        CHECK_EQ(thrum_condition_notify(n->cond, 1), 0);
        give(n->cond);
    }
}

TEST(wait_for_waits_until_the_predicate_is_true) {
    FOR_EACH_KIND(cond) {
        countdown n = {cond, 20, 0};
        crew c = {0};
        take(cond);
        crew_start(&c, 1, counts_down, &n);
        CHECK_EQ(thrum_condition_wait_for(cond, is_zero, &n, AGES), 0);
        CHECK_EQ(n.value, 0);
        CHECK(thrum_condition_locked(cond));
        give(cond);
        crew_join(&c);
    }
}

/* Without a limit worth the name it lets others have the lock all the same: a loop of such calls keeps nobody out. */
static int came_in;
static void comes_in(int index, void *arg) {
    (void)index;
    take((thrum_condition *)arg);
    put(&came_in, 1);
    give((thrum_condition *)arg);
}

TEST(wait_for_no_time_lets_others_have_the_lock) {
    FOR_EACH_KIND(cond) {
        countdown n = {cond, 1, 0};
        crew c = {0};
        put(&came_in, 0);
        take(cond);
        CHECK_EQ(thrum_condition_wait_for(cond, is_zero, &n, THRUM_NOWAIT), THRUM_TIMED_OUT);
        CHECK_EQ(n.looks, 2);
        crew_start(&c, 1, comes_in, cond);
        while (!get(&came_in))
            CHECK_EQ(thrum_condition_wait_for(cond, never, NULL, thrum_seconds(-1)), THRUM_TIMED_OUT);
        give(cond);
        crew_join(&c);
    }
}

/* A predicate that takes longer than the limit leaves the whole of it to the wait. */
static bool slow_look(void *arg) {
    countdown *n = (countdown *)arg;
    if (n->looks++ == 0)
        CHECK_EQ(thrum_sleep(TINY), 0);
    return false;
}

TEST(wait_for_begins_to_count_after_the_first_look) {
    countdown n = {&own, 1, 0};
    take(&own);
    int64_t before = thrum_monotonic_ns();
    CHECK_EQ(thrum_condition_wait_for(&own, slow_look, &n, TINY), THRUM_TIMED_OUT);
    CHECK_GE(thrum_monotonic_ns() - before, 2 * TINY.ns);
    CHECK_GE(n.looks, 2);
    give(&own);
}

/* Notifies that change nothing do not prolong the wait: the limit is one for all of it. */
typedef struct pester {
    thrum_condition *cond;
    int stop;
} pester;

static void pesters(int index, void *arg) {
    pester *m = (pester *)arg;
    (void)index;
    while (!get(&m->stop)) {
        take(m->cond);
        CHECK_EQ(thrum_condition_notify_all(m->cond), 0);
        give(m->cond);
    }
}

TEST(wait_for_has_one_limit_for_the_whole_wait) {
    FOR_EACH_KIND(cond) {
        pester m = {.cond = cond};
        crew c = {0};
        take(cond);
        crew_start(&c, 1, pesters, &m);
        CHECK_EQ(thrum_condition_wait_for(cond, never, NULL, thrum_milliseconds(20)), THRUM_TIMED_OUT);
        give(cond);
        put(&m.stop, 1);
        crew_join(&c);
    }
}

/* Two conditions on one lock: a bounded buffer, the reason why conditions can share one. */
enum { PLACES = 3, ITEMS = 3000 };
static thrum_condition not_empty = THRUM_CONDITION_INIT(&lock), not_full = THRUM_CONDITION_INIT(&lock);
static int level;
static long put_sum, got_sum;

static void produces(int index, void *arg) {
    (void)arg;
    for (int i = 0; i < ITEMS; i++) {
        take(&not_full);
        while (level == PLACES)
            CHECK_EQ(thrum_condition_wait(&not_full), 0);
        level++;
        put_sum += index + i;
        CHECK_EQ(thrum_condition_notify(&not_empty, 1), 0);
        give(&not_full);
    }
}
static void consumes(int index, void *arg) {
    (void)index, (void)arg;
    for (int i = 0; i < ITEMS; i++) {
        take(&not_empty);
        while (level == 0)
            CHECK_EQ(thrum_condition_wait(&not_empty), 0);
        CHECK_GE(--level, 0);
        got_sum++;
        CHECK_EQ(thrum_condition_notify(&not_full, 1), 0);
        give(&not_empty);
    }
}

TEST(a_bounded_buffer_loses_no_wake_up) {
    crew c = {0};
    crew_start(&c, 3, produces, NULL);
    crew_start(&c, 3, consumes, NULL);
    crew_join(&c);
    CHECK_EQ(level, 0);
    CHECK_EQ(got_sum, 3 * ITEMS);
    CHECK_EQ(put_sum, 3 * (ITEMS * (ITEMS - 1) / 2) + 3 * ITEMS);
}

TEST_MAIN()
