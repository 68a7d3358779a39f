/* test_thread_pool_waiting.c - calls that wait for calls of their own executor: they make them, and circles are
 * reported. Its CPython counterpart is test_deadlock.py in test_concurrent_futures, as far as threads go; the
 * examples are those of Python's documentation. */
#include "thread_pools.h"

/* Waiting for one's own pool. */
static int waits_for_another(void *arg, void **ret_result) {
    thrum_future *f;
    int depth = *(int *)arg - 1, r = 0;
    if (depth > 0) {
        r = thrum_executor_submit(ex, waits_for_another, &depth, &f);
        if (r == 0) {
            r = thrum_future_result(f, NULL);
            thrum_future_unref(f);
        }
    }
    *ret_result = arg;
    return r;
}
TEST(a_call_may_wait_for_calls_that_it_submits_to_its_own_executor) {
    for (int workers = 1; workers <= 3; workers++) {
        int depth = 50;
        open_pool(workers);
        CHECK(result_of(submit(waits_for_another, &depth)) == &depth);
        close_pool();
    }
}

typedef struct sum {
    long from, to, total;
    thrum_future future;
} sum;
static int adds_up(void *arg, void **ret_result) {
    sum *self = arg;
    (void)ret_result;
    if (self->to - self->from < 10) {
        for (long i = self->from; i < self->to; i++)
            self->total += i;
        return 0;
    }
    long middle = self->from + (self->to - self->from) / 2;
    sum halves[] = {{.from = self->from, .to = middle}, {.from = middle, .to = self->to}};
    for (int i = 0; i < 2; i++)
        CHECK_EQ(thrum_executor_submit_into(ex, adds_up, &halves[i], &halves[i].future), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(thrum_future_result(&halves[i].future, NULL), 0);
        self->total += halves[i].total;
    }
    thrum_future_fini(&halves[0].future);
    thrum_future_fini(&halves[1].future);
    return 0;
}
TEST(futures_of_ones_own_need_no_memory_and_may_nest) {
    for (int workers = 1; workers <= 3; workers++) {
        sum all = {.from = 0, .to = 1000};
        open_pool(workers);
        CHECK_EQ(thrum_executor_submit_into(ex, adds_up, &all, &all.future), 0);
        CHECK_EQ(thrum_future_result(&all.future, NULL), 0);
        thrum_future_fini(&all.future);
        CHECK_EQ(all.total, 999 * 1000 / 2);
        close_pool();
    }
}

/* In the queue before its part there is a call that waits for the caller: who ends the use of the part must not make
 * that one. The only worker does so afterwards. */
static thrum_future *caller;
static thrum_event caller_is_known;
static int waits_for_caller(void *arg, void **ret_result) {
    (void)arg;
    return thrum_future_result(caller, ret_result);
}
static int has_a_part(void *arg, void **ret_result) {
    thrum_future part = THRUM_FUTURE_INIT, cancelled = THRUM_FUTURE_INIT, *other = arg;
    int n = 0;
    thrum_event_wait(&caller_is_known);
    CHECK_EQ(thrum_executor_submit_into(ex, waits_for_caller, NULL, other), 0);
    CHECK_EQ(thrum_executor_submit_into(ex, counts, &n, &part), 0);
    CHECK_EQ(thrum_executor_submit_into(ex, counts, &n, &cancelled), 0);
    CHECK(thrum_future_cancel(&cancelled));
    CHECK_EQ(thrum_future_result(&part, NULL), 0);
    thrum_future_fini(&part);
    thrum_future_fini(&cancelled);
    CHECK_EQ(n, 1);
    CHECK_EQ(thrum_executor_submit_into(ex, counts, &n, &part), 0);
    thrum_future_fini(&part); /* the call is made first */
    CHECK_EQ(n, 2);
    *ret_result = arg;
    return 0;
}
TEST(the_end_of_a_future_makes_no_other_calls) {
    thrum_future other = THRUM_FUTURE_INIT;
    void *result = NULL;
    open_pool(1);
    caller = submit(has_a_part, &other);
    thrum_event_set(&caller_is_known);
    CHECK_EQ(thrum_future_result(caller, NULL), 0);
    CHECK_EQ(thrum_future_result(&other, &result), 0);
    CHECK(result == &other);
    thrum_future_fini(&other);
    thrum_future_unref(caller);
    close_pool();
}

/* A call waits for several that it has submitted, in each way. */
static int waits_in_all_ways(void *arg, void **ret_result) {
    thrum_future *fs[4], *f;
    thrum_as_completed *each;
    (void)ret_result;
    for (int i = 0; i < 4; i++)
        fs[i] = submit(counts, arg);
    CHECK_EQ(thrum_futures_wait(fs, 4, THRUM_FIRST_COMPLETED, NULL), 0);
    CHECK_EQ(thrum_as_completed_new(&each, fs, 4, THRUM_FOREVER), 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(thrum_as_completed_next(each, &f), 0);
    thrum_as_completed_free(each);
    CHECK_EQ(thrum_futures_wait(fs, 4, THRUM_ALL_COMPLETED, NULL), 0);
    for (int i = 0; i < 4; i++)
        thrum_future_unref(fs[i]);
    return 0;
}
TEST(a_call_may_wait_for_several) {
    int n = 0;
    open_pool(1);
    (void)result_of(submit(waits_in_all_ways, &n));
    close_pool();
    CHECK_EQ(n, 4);
}

TEST(a_caller_helps_if_the_executor_allows_it) {
    thrum_event go = THRUM_EVENT_INIT;
    thrum_thread_pool_options options = {.max_workers = 1, .callers_help = true};
    CHECK_EQ(thrum_thread_pool_executor_new(&ex, &options), 0);
    thrum_future *blocks = submit(waits_for_event, &go), *f = submit(gives_its_name, NULL);
    UNTIL(thrum_future_running(blocks));
    char *name = result_of(f); /* although the only worker is busy */
    CHECK_STR(name, thrum_thread_name(thrum_current_thread()));
    free(name);
    thrum_event_set(&go);
    (void)result_of(blocks);
    close_pool();
}

/* Its thread has not called the initializer. */
static int initializes(void *arg) {
    (void)arg;
    return 0;
}
TEST(nobody_helps_who_is_not_initialized) {
    thrum_thread_pool_options options = {.max_workers = 1, .callers_help = true, .initializer = initializes};
    CHECK_EQ(thrum_thread_pool_executor_new(&ex, &options), 0);
    for (int i = 0; i < 100; i++) {
        char *name = result_of(submit(gives_its_name, NULL));
        CHECK_STR(name, "ThreadPoolExecutor-0_0");
        free(name);
    }
    close_pool();
}

/* Deadlocks. */
static char reported[4096];
static thrum_event was_reported;
static void keeps_report(const char *text, void *arg) {
    (void)arg;
    strncat(reported, text, sizeof reported - strlen(reported) - 1);
    thrum_event_set(&was_reported);
}
static thrum_future *pair[2];
static thrum_event both_are_submitted;
static int waits_for_the_other(void *arg, void **ret_result) {
    (void)ret_result;
    thrum_event_wait(&both_are_submitted);
    return thrum_future_result(pair[(intptr_t)arg], NULL);
}

/* The example of Python's documentation: two calls that wait for each other. */
TEST(calls_that_wait_for_each_other_are_reported) {
    thrum_deadlock_set_handler(keeps_report, NULL);
    thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    open_pool(2);
    pair[0] = submit(waits_for_the_other, (void *)1);
    pair[1] = submit(waits_for_the_other, (void *)0);
    UNTIL(thrum_future_running(pair[0]) && thrum_future_running(pair[1])); /* by two threads, then */
    thrum_event_set(&both_are_submitted);
    CHECK_EQ(thrum_futures_wait(pair, 2, THRUM_ALL_COMPLETED, NULL), 0);
    CHECK_EQ(thrum_future_result(pair[0], NULL), THRUM_DEADLOCK); /* one was told, the other has its error */
    CHECK_EQ(thrum_future_result(pair[1], NULL), THRUM_DEADLOCK);
    CHECK_CONTAINS(reported, "thrum: deadlock: 2 threads wait for each other and none can go on\n");
    CHECK_CONTAINS(reported, "'ThreadPoolExecutor-0_0'");
    CHECK_CONTAINS(reported, "'ThreadPoolExecutor-0_1'");
    thrum_future_unref(pair[0]), thrum_future_unref(pair[1]);
    close_pool();
}

TEST(a_call_that_waits_for_itself_is_reported) {
    thrum_deadlock_set_handler(keeps_report, NULL);
    thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    open_pool(2);
    pair[0] = submit(waits_for_the_other, (void *)0);
    thrum_event_set(&both_are_submitted);
    CHECK_EQ(thrum_future_result(pair[0], NULL), THRUM_DEADLOCK);
    CHECK_CONTAINS(reported, "thrum: deadlock: a thread waits for itself and cannot go on\n");
    thrum_future_unref(pair[0]);
    close_pool();
}

/* By default it is reported and waits on, as it would in Python. */
TEST(a_deadlock_is_reported_by_default) {
    thrum_deadlock_set_handler(keeps_report, NULL);
    open_pool(2);
    pair[0] = submit(waits_for_the_other, (void *)1);
    pair[1] = submit(waits_for_the_other, (void *)0);
    UNTIL(thrum_future_running(pair[0]) && thrum_future_running(pair[1])); /* by two threads, then */
    thrum_event_set(&both_are_submitted);
    thrum_event_wait(&was_reported);
    CHECK_CONTAINS(reported, "2 threads wait for each other");
    CHECK(!thrum_future_done(pair[0]));
    fflush(NULL);
    _exit(0); /* those two never end */
}

TEST_MAIN()
