/* executors.c - ThreadPoolExecutor, with its futures, under 5,000 schedules of the portfolio, with a place for a
 * switch at each atomic operation: what is promised for a submit, a cancel, a shutdown and an initializer that fails,
 * whatever else happens at the same time.
 */
#include "bugs.h"
#include "test.h"

enum { most = 3 };
static thrum_executor *ex;
static thrum_future *futures[most]; /* one for each thread */
static intptr_t calls[most];        /* how often each call was made */
static int parties, told;

static int counts(void *arg, void **ret_result) {
    intptr_t me = (intptr_t)arg;
    THRUM_EXPLORE_CHECK_THAT(++calls[me] == 1);
    *ret_result = &calls[me];
    return 0;
}
static void submit(intptr_t me) {
    THRUM_EXPLORE_CHECK_THAT(thrum_executor_submit(ex, counts, (void *)me, &futures[me]) == 0);
}
static void submit_all(void) {
    for (int i = 0; i < parties; i++)
        submit(i);
}

/* A call was made and its result is there, or it was cancelled and not made. */
static void check_end(intptr_t which, int r, const void *result) {
    THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_CANCELLED);
    THRUM_EXPLORE_CHECK_THAT(calls[which] == (r == 0));
    THRUM_EXPLORE_CHECK_THAT(r < 0 || result == &calls[which]);
}
static int await(intptr_t which) {
    void *result = NULL;
    int r = thrum_future_result(futures[which], &result);
    check_end(which, r, result);
    return r;
}

/* Each thread submits, and waits for its own. */
static int submits_and_waits(void *arg) {
    submit((intptr_t)arg);
    THRUM_EXPLORE_CHECK_THAT(await((intptr_t)arg) == 0);
    return 0;
}

/* Each waits for the call of another, for some time, and for its own. */
static int submits_and_looks(void *arg) {
    intptr_t me = (intptr_t)arg;
    int r = thrum_future_result_timed(futures[(me + 1) % parties], NULL, thrum_milliseconds(1));
    THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_TIMED_OUT);
    return await(me);
}

/* One waits for a call that the others cancel, with a callback on it. */
static int is_told(thrum_future *future, void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_future_done(future));
    told++;
    return 0;
}
static int waits_or_cancels(void *arg) {
    intptr_t me = (intptr_t)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_future_add_done_callback(futures[0], is_told, NULL) == 0);
    if (me == 0)
        await(0);
    else if (thrum_future_cancel(futures[0]))
        THRUM_EXPLORE_CHECK_THAT(await(0) == THRUM_CANCELLED);
    else
        THRUM_EXPLORE_CHECK_THAT(thrum_future_running(futures[0]) || thrum_future_done(futures[0]));
    return 0;
}
static void all_are_told(void) {
    thrum_executor_shutdown(ex, true, false);
    THRUM_EXPLORE_CHECK_THAT(told == parties);
}

/* The first shuts the executor down; what the others had it accept comes to an end. */
static bool cancels;
static int submits_or_shuts_down(void *arg) {
    intptr_t me = (intptr_t)arg;
    if (me == 0) {
        thrum_executor_shutdown(ex, cancels, cancels);
        return 0;
    }
    int r = thrum_executor_submit(ex, counts, arg, &futures[me]);
    THRUM_EXPLORE_CHECK_THAT(r == 0 || (r == THRUM_RUNTIME_ERROR && thrum_executor_refusal(ex)));
    if (r == 0)
        THRUM_EXPLORE_CHECK_THAT(await(me) == 0 || cancels);
    return 0;
}

/* A shutdown within a time limit, beside one that cancels: afterwards nothing runs. */
static int sleeps(void *arg, void **ret_result) {
    thrum_sleep(thrum_milliseconds(2));
    return counts(arg, ret_result);
}
static int shuts_down_in_time(void *arg) {
    intptr_t me = (intptr_t)arg;
    int r = thrum_executor_submit(ex, sleeps, arg, &futures[me]);
    THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_RUNTIME_ERROR);
    bool accepted = r == 0;
    r = thrum_executor_shutdown_timed(ex, me != 0, thrum_milliseconds(1));
    THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_TIMED_OUT);
    THRUM_EXPLORE_CHECK_THAT(thrum_executor_shutdown_timed(ex, false, THRUM_FOREVER) == 0);
    if (accepted)
        await(me);
    return 0;
}
static void nothing_runs(void) {
    char text[200];
    thrum_executor_report(ex, text, sizeof text);
    THRUM_EXPLORE_CHECK_THAT(strcmp(text, "0 running, none waiting\n") == 0);
}

/* The second thread to be started cannot be used, and nor can the executor from then on. */
static int started, bad;
static int initializes(void *arg) {
    (void)arg;
    thrum_sleep(thrum_milliseconds(1));
    return started++ == bad ? THRUM_VALUE_ERROR : 0;
}
static int submits_to_a_broken_one(void *arg) {
    intptr_t me = (intptr_t)arg;
    void *result = NULL;
    int r = thrum_executor_submit(ex, counts, arg, &futures[me]);
    if (r == 0)
        r = thrum_future_result(futures[me], &result);
    THRUM_EXPLORE_CHECK_THAT(r == THRUM_BROKEN_THREAD_POOL || (r == 0 && bad > 0 && result == &calls[me]));
    THRUM_EXPLORE_CHECK_THAT(calls[me] == (r == 0));
    return 0;
}
static void says_nothing(const char *text, void *arg) {
    (void)text;
    (void)arg;
}

/* A call submits another to its own executor, and waits for it. */
static int has_another_made(void *arg, void **ret_result) {
    thrum_future *future;
    THRUM_EXPLORE_CHECK_THAT(thrum_executor_submit(ex, counts, arg, &future) == 0);
    int r = thrum_future_result(future, ret_result);
    thrum_future_unref(future);
    return r;
}
static int submits_one_that_submits(void *arg) {
    intptr_t me = (intptr_t)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_executor_submit(ex, has_another_made, arg, &futures[me]) == 0);
    THRUM_EXPLORE_CHECK_THAT(await(me) == 0);
    return 0;
}

/* Calls that wait for each other in a circle: each fails, the one that closes it because it is told so. */
static thrum_event all_submitted;
static int reports;
static int waits_for_the_next(void *arg, void **ret_result) {
    thrum_event_wait(&all_submitted);
    return thrum_future_result(futures[((intptr_t)arg + 1) % parties], ret_result);
}
static void is_reported(const char *text, void *arg) {
    (void)arg;
    reports += strstr(text, "deadlock") != NULL;
}
static void submit_a_circle(void) {
    thrum_deadlock_set_handler(is_reported, NULL); /* the explorer has its own */
    for (intptr_t i = 0; i < parties; i++)
        THRUM_EXPLORE_CHECK_THAT(thrum_executor_submit(ex, waits_for_the_next, (void *)i, &futures[i]) == 0);
    thrum_event_set(&all_submitted);
}
static int waits_for_the_circle(void *arg) {
    THRUM_EXPLORE_CHECK_THAT(thrum_future_result(futures[(intptr_t)arg], NULL) == THRUM_DEADLOCK);
    return 0;
}
static void it_was_reported(void) {
    THRUM_EXPLORE_CHECK_THAT(reports == 1);
}

/* Waiting for the first of them, and for all, while one is being cancelled. */
static int waits_for_several(void *arg) {
    intptr_t me = (intptr_t)arg;
    thrum_future *copy[most];
    thrum_wait_result result;
    if (me == 0) {
        thrum_future_cancel(futures[parties - 1]);
        return 0;
    }
    memcpy(copy, futures, sizeof copy);
    THRUM_EXPLORE_CHECK_THAT(thrum_futures_wait(copy, (size_t)parties, THRUM_FIRST_COMPLETED, &result) == 0);
    THRUM_EXPLORE_CHECK_THAT(result.done > 0 && thrum_future_done(copy[0]));
    THRUM_EXPLORE_CHECK_THAT(thrum_futures_wait(copy, (size_t)parties, THRUM_ALL_COMPLETED, &result) == 0);
    THRUM_EXPLORE_CHECK_THAT(result.not_done == 0);
    return 0;
}

/* Results in the order of the arguments; the last thread goes away early. */
static bool gives_three(void *source, void **ret_arg) {
    int *given = source;
    *ret_arg = (void *)(intptr_t)*given;
    return (*given)++ < 3;
}
static int gives_back(void *arg, void **ret_result) {
    *ret_result = arg;
    return 0;
}
static int maps(void *arg) {
    int given = 0;
    thrum_map *map;
    void *result;
    thrum_map_options options = {.buffersize = 2};
    THRUM_EXPLORE_CHECK_THAT(thrum_executor_map(ex, gives_back, gives_three, &given, &options, &map) == 0);
    for (intptr_t i = 0; i < ((intptr_t)arg == parties - 1 ? 1 : 3); i++)
        THRUM_EXPLORE_CHECK_THAT(thrum_map_next(map, &result) == 0 && (intptr_t)result == i);
    thrum_map_free(map);
    return 0;
}

static void nothing(void) {
}

static const struct scene {
    const char *name;
    thrum_target *target;
    void (*before)(void), (*after)(void); /* of the threads of the scene */
    bool cancels, helps;
    int bad; /* which thread's initializer fails; 0: there is none */
} scenes[] = {
    {"results", submits_and_waits, nothing, nothing, .helps = false},
    {"results, callers help", submits_and_waits, nothing, nothing, .helps = true},
    {"results in time", submits_and_looks, submit_all, nothing, .helps = false},
    {"results in time, callers help", submits_and_looks, submit_all, nothing, .helps = true},
    {"cancel", waits_or_cancels, submit_all, all_are_told, .helps = false},
    {"cancel, callers help", waits_or_cancels, submit_all, all_are_told, .helps = true},
    {"shutdown", submits_or_shuts_down, nothing, nothing, .cancels = false},
    {"shutdown, cancel_futures", submits_or_shuts_down, nothing, nothing, .cancels = true},
    {"shutdown, cancel_futures, callers help", submits_or_shuts_down, nothing, nothing, .cancels = true,
     .helps = true},
    {"shutdown in time", shuts_down_in_time, nothing, nothing_runs, .helps = false},
    {"the first initializer fails", submits_to_a_broken_one, nothing, nothing, .bad = 1},
    {"the second initializer fails", submits_to_a_broken_one, nothing, nothing, .bad = 2},
    {"a call waits for another", submits_one_that_submits, nothing, nothing, .helps = false},
    {"a circle", waits_for_the_circle, submit_a_circle, it_was_reported, .helps = false},
    {"several", waits_for_several, submit_all, nothing, .helps = false},
    {"map", maps, nothing, nothing, .helps = false},
};
static const struct scene *scene;
static int workers;

static void open_executor(void) {
    memset(calls, 0, sizeof calls);
    told = reports = started = 0;
    cancels = scene->cancels;
    bad = scene->bad - 1;
    thrum_event_clear(&all_submitted);
    thrum_thread_pool_options options = {.max_workers = workers,
                                         .thread_name_prefix = "worker",
                                         .initializer = scene->bad ? initializes : NULL,
                                         .callers_help = scene->helps};
    if (thrum_thread_pool_executor_new(&ex, &options) < 0)
        abort();
}

static void body(void *arg) {
    (void)arg;
    open_executor();
    scene->before();
    crew(parties, scene->target);
    scene->after();
    ex = thrum_executor_free(ex);
    for (int i = 0; i < most; i++)
        futures[i] = thrum_future_unref(futures[i]);
}

/* How many schedules of each: $TEST_SCHEDULES, for longer runs by hand. */
static uint32_t schedules(void) {
    const char *number = getenv("TEST_SCHEDULES");
    return number ? (uint32_t)strtoul(number, NULL, 10) : 5000;
}

static void explore(thrum_explore_options options) {
    thrum_explore_result result;
    options.name = scene->name;
    options.grain = THRUM_EXPLORE_ATOMICS;
    options.budget = thrum_seconds(600);
    if (thrum_explore(body, NULL, &options, &result) != 0)
        TEST_FAIL("%d workers, %d threads: %s", workers, parties, result.text);
    printf("# %s, %d workers, %d threads: %llu schedules, %llu different\n", scene->name, workers, parties,
           (unsigned long long)result.schedules, (unsigned long long)result.distinct);
}

#define EACH_SCENE for (scene = scenes; scene < scenes + sizeof scenes / sizeof scenes[0]; scene++)

static void explore_all(int workers_now, int threads) {
    workers = workers_now;
    parties = threads;
    EACH_SCENE
    explore((thrum_explore_options){.schedules = schedules()});
}

/* Where mistakes were found. */
static const struct seed {
    const char *scene;
    int workers, threads;
    uint64_t seed;
} seeds[] = {
    /* A worker slept for ever: it lay down in a closed pool while the last task was half in the inbox, and who put it
     * there saw that another one searched. */
    {"shutdown, cancel_futures", 2, 3, 0xb74fdddf65e1d6da},
};

static void prepare(void) {
    thrum_futures_set_log(says_nothing, NULL);
    thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
}

TEST(what_was_found_before) {
    prepare();
    for (const struct seed *found = seeds; found < seeds + sizeof seeds / sizeof seeds[0]; found++) {
        workers = found->workers;
        parties = found->threads;
        EACH_SCENE
        if (strcmp(scene->name, found->scene) == 0)
            explore((thrum_explore_options){.schedules = 1000, .seed = found->seed});
    }
}

TEST(one_worker) {
    prepare();
    explore_all(1, 2);
}

TEST(two_workers) {
    prepare();
    explore_all(2, 2);
    explore_all(2, 3);
}

TEST_MAIN()
