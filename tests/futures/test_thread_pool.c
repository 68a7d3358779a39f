/* test_thread_pool.c - ThreadPoolExecutor. Its CPython counterparts are test_thread_pool.py, test_shutdown.py,
 * test_init.py and executor.py in test_concurrent_futures. */
#include <sched.h>

#include "thread_pools.h"

static int fails(void *arg, void **ret_result) {
    (void)arg, (void)ret_result;
    return thrum_thread_fail(THRUM_VALUE_ERROR, "not %d", 7);
}

/* CPython: test_submit. */
TEST(calls_are_made_by_other_threads) {
    int n = 0;
    open_pool(2);
    CHECK(result_of(submit(nothing, &n)) == &n);
    char *name = result_of(submit(gives_its_name, NULL));
    CHECK(strcmp(name, thrum_thread_name(thrum_current_thread())) != 0);
    free(name);
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(thrum_executor_submit(ex, counts, &n, NULL), 0);
    close_pool(); /* waits for all */
    CHECK_EQ(n, 1000);
}

TEST(an_error_comes_with_its_text) {
    open_pool(1);
    thrum_future *f = submit(fails, NULL);
    CHECK_EQ(thrum_future_result(f, NULL), THRUM_VALUE_ERROR);
    CHECK_STR(thrum_future_exception_text(f), "not 7");
    thrum_future_unref(f);
    close_pool();
}

/* CPython: test_max_workers_negative. */
TEST(max_workers_is_greater_than_0) {
    thrum_executor *none = NULL;
    CHECK_EQ(thrum_thread_pool_executor_new(&none, &(thrum_thread_pool_options){.max_workers = -1}),
             THRUM_VALUE_ERROR);
    CHECK(!none);
}

/* Those that this process may use. POSIX knows only all of them, which in a container may be more. */
static int cpus(void) {
#ifdef TEST_PORTABLE
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
#else
    cpu_set_t set;
    CHECK_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    return CPU_COUNT(&set);
#endif
}

/* CPython: test_default_workers. As many threads as calls that wait are started, and no more than that. */
TEST(by_default_there_are_as_many_as_cpus_and_4_more_but_at_most_32) {
    thrum_event go = THRUM_EVENT_INIT;
    int expected = cpus() + 4 < 32 ? cpus() + 4 : 32;
    CHECK_EQ(thrum_thread_pool_executor_new(&ex, NULL), 0);
    for (int i = 0; i < 40; i++)
        CHECK_EQ(thrum_executor_submit(ex, waits_for_event, &go, NULL), 0);
    CHECK_EQ(workers_alive("ThreadPoolExecutor-0_"), expected);
    thrum_event_set(&go);
    close_pool();
    CHECK_EQ(workers_alive("ThreadPoolExecutor-"), 0);
}

/* CPython: test_saturation. */
TEST(threads_are_started_up_to_max_workers) {
    thrum_event go = THRUM_EVENT_INIT;
    open_pool(4);
    CHECK_EQ(workers_alive("ThreadPoolExecutor-"), 0);
    for (int i = 0; i < 15 * 4; i++) {
        CHECK_EQ(thrum_executor_submit(ex, waits_for_event, &go, NULL), 0);
        CHECK_EQ(workers_alive("ThreadPoolExecutor-"), i < 4 ? i + 1 : 4);
    }
    thrum_event_set(&go);
    close_pool();
}

/* CPython: test_idle_thread_reuse. */
TEST(an_idle_thread_is_used_again) {
    int n = 0;
    open_pool(5);
    for (int i = 0; i < 20; i++)
        CHECK(result_of(submit(nothing, &n)) == &n);
    CHECK_EQ(workers_alive("ThreadPoolExecutor-"), 1);
    close_pool();
}

/* CPython: test_thread_names_assigned, test_thread_names_default. */
TEST(threads_are_named_after_the_prefix) {
    CHECK_EQ(thrum_thread_pool_executor_new(
                 &ex, &(thrum_thread_pool_options){.max_workers = 2, .thread_name_prefix = "SpecialPool"}),
             0);
    char *name = result_of(submit(gives_its_name, NULL));
    CHECK_STR(name, "SpecialPool_0");
    free(name);
    close_pool();
    open_pool(1);
    name = result_of(submit(gives_its_name, NULL));
    CHECK_STR(name, "ThreadPoolExecutor-0_0"); /* numbers are for those without a name */
    free(name);
    close_pool();
    open_pool(1);
    name = result_of(submit(gives_its_name, NULL));
    CHECK_STR(name, "ThreadPoolExecutor-1_0");
    free(name);
    close_pool();
}

/* Whatever its length: what is cut off would be the number. */
TEST(a_prefix_may_be_long) {
    char prefix[1001], expected[1003];
    memset(prefix, 'x', 1000);
    prefix[1000] = '\0';
    snprintf(expected, sizeof expected, "%s_0", prefix);
    CHECK_EQ(thrum_thread_pool_executor_new(
                 &ex, &(thrum_thread_pool_options){.max_workers = 1, .thread_name_prefix = prefix}),
             0);
    char *name = result_of(submit(gives_its_name, NULL));
    CHECK_STR(name, expected);
    free(name);
    close_pool();
}

TEST(calls_are_begun_in_the_order_of_submission) {
    enum { N = 100 };
    static int order[N];
    thrum_future *fs[N];
    open_pool(1);
    for (int i = 0; i < N; i++)
        fs[i] = submit(nothing, &order[i]);
    for (int i = 0; i < N; i++) {
        CHECK(result_of(fs[i]) == &order[i]);
        for (int j = i + 2; j < N && i % 10 == 0; j += 10)
            CHECK(thrum_future_state_of(fs[j]) != THRUM_FUTURE_CANCELLED);
    }
    close_pool();
}

/* Initializers. */
static thrum_local mine = THRUM_LOCAL_INIT(NULL, NULL, NULL);
static int initialized;
static int sets_local(void *arg) {
    add(&initialized, 1);
    return thrum_local_set(&mine, arg);
}
static int gets_local(void *arg, void **ret_result) {
    (void)arg;
    *ret_result = thrum_local_get(&mine);
    return 0;
}

/* CPython: InitializerMixin.test_initializer. */
TEST(the_initializer_is_called_in_each_thread_first) {
    thrum_event go = THRUM_EVENT_INIT;
    thrum_thread_pool_options options = {
        .max_workers = 3, .initializer = sets_local, .initializer_arg = &initialized};
    CHECK_EQ(thrum_thread_pool_executor_new(&ex, &options), 0);
    CHECK(result_of(submit(gets_local, NULL)) == &initialized);
    thrum_future *fs[3];
    for (int i = 0; i < 3; i++)
        fs[i] = submit(waits_for_event, &go);
    thrum_event_set(&go);
    for (int i = 0; i < 3; i++)
        (void)result_of(fs[i]);
    close_pool();
    CHECK_LE(initialized, 3);
    CHECK_GE(initialized, 1);
}

static thrum_event may_fail;
static int fails_to_initialize(void *arg) {
    (void)arg;
    thrum_event_wait(&may_fail);
    return thrum_thread_fail(THRUM_VALUE_ERROR, "error in initializer");
}

/* CPython: FailingInitializerMixin.test_initializer. */
TEST(a_failing_initializer_breaks_the_pool) {
    static const char broken[] = "A thread initializer failed, the thread pool is not usable anymore";
    thrum_thread_pool_options options = {.max_workers = 2, .initializer = fails_to_initialize};
    thrum_future *fs[4], *f = NULL;
    catch_log();
    CHECK_EQ(thrum_thread_pool_executor_new(&ex, &options), 0);
    for (int i = 0; i < 4; i++)
        fs[i] = submit(nothing, NULL);
    CHECK(!thrum_executor_refusal(ex));
    thrum_event_set(&may_fail);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(thrum_future_result(fs[i], NULL), THRUM_BROKEN_THREAD_POOL);
        CHECK_STR(thrum_future_exception_text(fs[i]), broken);
        thrum_future_unref(fs[i]);
    }
    CHECK_EQ(thrum_executor_submit(ex, nothing, NULL, &f), THRUM_BROKEN_THREAD_POOL);
    CHECK(!f);
    CHECK_STR(thrum_executor_refusal(ex), broken);
    close_pool();
    CHECK_CONTAINS(logged, "Exception in initializer:\nValueError: error in initializer\n");
}

/* Calls come while the threads start, of which only the first is initialized. */
static int started;
static int only_the_first_starts(void *arg) {
    return add(&started, 1) == 1 ? thrum_local_set(&mine, arg) : THRUM_VALUE_ERROR;
}
static int needs_its_local(void *arg, void **ret_result) {
    (void)ret_result;
    CHECK(thrum_local_get(&mine) == &started);
    add(arg, 1);
    return 0;
}
TEST(a_thread_whose_initializer_failed_makes_no_calls) {
    thrum_thread_pool_options options = {
        .max_workers = 3, .initializer = only_the_first_starts, .initializer_arg = &started};
    catch_log();
    for (int round = 0; round < 100; round++) {
        int n = 0, accepted = 0, ended = 0, r = 0;
        thrum_future *fs[30];
        put(&started, 0);
        CHECK_EQ(thrum_thread_pool_executor_new(&ex, &options), 0);
        for (; accepted < 30 && r == 0; accepted += r == 0)
            r = thrum_executor_submit(ex, needs_its_local, &n, &fs[accepted]);
        CHECK(r == 0 || r == THRUM_BROKEN_THREAD_POOL);
        for (int i = 0; i < accepted; i++) {
            r = thrum_future_result(fs[i], NULL);
            CHECK(r == 0 || r == THRUM_BROKEN_THREAD_POOL);
            ended += r == 0;
            thrum_future_unref(fs[i]);
        }
        CHECK_EQ(get(&n), ended);
        close_pool();
    }
}

/* CPython: test_hang_gh94440, test_shutdown_race_issue12456: many executors, ended at once. */
TEST(executors_come_and_go) {
    int n = 0;
    for (int i = 0; i < 100; i++) {
        open_pool(1 + i % 3);
        for (int j = 0; j < i % 4; j++)
            CHECK_EQ(thrum_executor_submit(ex, counts, &n, NULL), 0);
        close_pool();
    }
    CHECK_EQ(n, 150);
}

/* Many threads submit to one executor and wait for each other's calls. */
static int shared_count;
static void submits_many(int index, void *arg) {
    thrum_future *fs[50];
    (void)arg;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 50; i++)
            fs[i] = submit(counts, &shared_count);
        if (index % 2)
            for (int i = 0; i < 50; i += 3)
                thrum_future_cancel(fs[i]);
        CHECK_EQ(thrum_futures_wait(fs, 50, THRUM_ALL_COMPLETED, NULL), 0);
        for (int i = 0; i < 50; i++) {
            if (thrum_future_cancelled(fs[i]))
                add(&shared_count, 1);
            thrum_future_unref(fs[i]);
        }
    }
}
TEST(many_threads_may_submit) {
    crew c = {0};
    open_pool(3);
    crew_start(&c, 4, submits_many, NULL);
    crew_join(&c);
    close_pool();
    CHECK_EQ(shared_count, 4 * 20 * 50);
}

TEST_MAIN()
