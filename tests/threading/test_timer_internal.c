/* Timers: their order, their races, and the threads behind them. */
#include <dirent.h>

#include <thrum/explore.h>

#include "timers.h"

static int note_time(void *arg) {
    *(int64_t *)arg = thrum_monotonic_ns();
    return 0;
}

TEST(no_timer_is_early) {
    enum { many = 50 };
    thrum_timer *timers[many];
    int64_t fired[many], from = thrum_monotonic_ns();
    for (int i = 0; i < many; i++)
        timers[i] = started(thrum_nanoseconds(i * 123457), note_time, &fired[i], THRUM_DAEMON);
    for (int i = 0; i < many; i++) {
        join_and_drop(timers[i]);
        CHECK_GE(fired[i], from + i * 123457);
    }
}

TEST(an_earlier_timer_is_not_kept_waiting_by_a_later_one) {
    thrum_timer *late = started(LATE, count, NULL, THRUM_DAEMON), *never = started(THRUM_FOREVER, count, NULL, 1);
    UNTIL(keeper_sleeps());
    join_and_drop(started(SOON, count, NULL, THRUM_DAEMON));
    join_and_drop(started(thrum_seconds(-1), count, NULL, THRUM_DAEMON));
    CHECK_EQ(called(), 2);
    CHECK(thrum_timer_is_alive(late) && thrum_timer_is_alive(never));
    cancel_and_drop(late);
    cancel_and_drop(never);
    CHECK_EQ(called(), 2);
}

TEST(functions_that_block_delay_no_other_timer) {
    enum { many = 30 };
    thrum_timer *timers[many];
    for (int i = 0; i < many; i++)
        timers[i] = started(SOON, wait_at_gate, NULL, THRUM_DAEMON);
    join_and_drop(started(thrum_milliseconds(6), open_gate, NULL, THRUM_DAEMON));
    for (int i = 0; i < many; i++)
        join_and_drop(timers[i]);
    CHECK_EQ(called(), many);
}

static int threads_now(void) {
    int threads = -2; /* . and .. */
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    while (readdir(tasks))
        threads++;
    closedir(tasks);
    return threads;
}

TEST(ten_thousand_timers_cost_no_more_threads_than_one) {
    enum { many = 10000 };
    static thrum_timer *timers[many];
    timers[0] = started(LATE, count, NULL, THRUM_DAEMON);
    int with_one = threads_now();
    for (int i = 1; i < many; i++)
        timers[i] = started(thrum_seconds(1000 + i % 77), count, NULL, THRUM_DAEMON);
    CHECK_EQ(threads_now(), with_one);
    CHECK_EQ(thrum_active_count(), 1);
    for (int i = 0; i < many; i++)
        cancel_and_drop(timers[i]);
    CHECK_EQ(called(), 0);
}

TEST(many_at_the_same_moment_all_run) {
    enum { many = 3000 };
    static thrum_timer *timers[many];
    for (int i = 0; i < many; i++)
        timers[i] = started(SOON, count, NULL, THRUM_DAEMON);
    for (int i = 0; i < many; i++)
        join_and_drop(timers[i]);
    CHECK_EQ(called(), many);
}

/* Whoever finds a timer done after its own cancel has the last word on whether it was called. */
enum { raced = 2000 };
static int hits[raced];
static int hit(void *arg) {
    add(arg, 1);
    return 0;
}

TEST(cancel_and_firing_exclude_each_other) {
    static thrum_timer *timers[raced];
    static int at_cancel[raced];
    for (int i = 0; i < raced; i++)
        timers[i] = started(thrum_nanoseconds(i * 1000), hit, &hits[i], THRUM_DAEMON);
    for (int i = 0; i < raced; i++) {
        thrum_timer_cancel(timers[i]);
        bool done = !thrum_timer_is_alive(timers[i]);
        at_cancel[i] = done ? get(&hits[i]) : -1;
    }
    for (int i = 0; i < raced; i++) {
        join_and_drop(timers[i]);
        CHECK_EQ(hits[i], at_cancel[i] < 0 ? 1 : at_cancel[i]);
    }
}

/* The keeper goes when there was no timer for long, and comes again with the next: virtual time passes quickly. */
static bool is_kept(void) {
    thrum__latch_lock(&thrum__timers.latch);
    bool is = thrum__timers.kept;
    thrum__latch_unlock(&thrum__timers.latch);
    return is;
}

static void be_idle(void *arg) {
    (void)arg;
    thrum_explore_quiet(true); /* nobody's time runs out before it does */
    for (int i = 1; i <= 3; i++) {
        join_and_drop(started(SOON, count, NULL, THRUM_DAEMON));
        thrum_timer *never = started(THRUM_FOREVER, count, NULL, THRUM_DAEMON);
        THRUM_EXPLORE_CHECK_THAT(thrum_sleep(thrum_seconds(60)) == 0 && is_kept());
        cancel_and_drop(never);
        THRUM_EXPLORE_CHECK_THAT(thrum_sleep(thrum_seconds(60)) == 0 && !is_kept() && called() == i);
    }
}

/* Each thread starts timers while the keeper may be about to go: its time, too, may be chosen to run out. */
static int start_some(void *arg) {
    (void)arg;
    for (int i = 0; i < 2; i++)
        join_and_drop(started(SOON, count, NULL, THRUM_DAEMON));
    return 0;
}

static void start_as_it_goes(void *arg) {
    thrum_thread *threads[2];
    for (int i = 0; i < 2; i++)
        if (thrum_thread_new(&threads[i], start_some, arg, NULL) < 0 || thrum_thread_start(threads[i]) < 0)
            abort();
    for (int i = 0; i < 2; i++) {
        thrum_thread_join(threads[i]);
        thrum_thread_unref(threads[i]);
    }
}

static void check_explored(void (*body)(void *arg), uint32_t schedules) {
    static thrum_explore_result result;
    thrum_explore_options options = {
        .schedules = schedules, .seed = 7, .grain = THRUM_EXPLORE_ATOMICS, .budget = thrum_seconds(60)};
    int r = thrum_explore(body, NULL, &options, &result);
    if (r != 0)
        TEST_FAIL("%d: %s", r, result.text);
    CHECK_EQ(result.schedules, schedules);
}

TEST(the_keeper_goes_when_there_are_no_timers) {
    check_explored(be_idle, 1);
}

TEST(a_timer_that_is_started_as_the_keeper_goes_is_kept) {
    check_explored(start_as_it_goes, 1000);
}

static void *cancel_them(void *arg) {
    thrum_timer **timers = arg;
    for (int i = 0; i < raced; i++)
        thrum_timer_cancel(timers[i]);
    return NULL;
}

TEST(many_threads_may_cancel_and_join_the_same_timers) {
    static thrum_timer *timers[raced];
    pthread_t threads[3];
    for (int i = 0; i < raced; i++)
        timers[i] = started(thrum_nanoseconds(i % 100 * 30000), hit, &hits[i], THRUM_DAEMON);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, cancel_them, timers), 0);
    for (int i = raced - 1; i >= 0; i--)
        CHECK_EQ(thrum_timer_join(timers[i]), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < raced; i++) {
        join_and_drop(timers[i]);
        CHECK_LE(hits[i], 1);
    }
}

TEST(a_started_timer_needs_no_owner) {
    thrum_timer *timer;
    thrum_timer_options options = {.daemon = THRUM_DAEMON, .free_arg = free_arg};
    CHECK_EQ(thrum_timer_new(&timer, SOON, count, NULL, &options), 0);
    CHECK_EQ(thrum_timer_start(timer), 0);
    thrum_timer_unref(timer);
    UNTIL(freed_now() == 1);
    CHECK_EQ(called(), 1);
    CHECK_EQ(thrum_timer_new(&timer, LATE, count, NULL, &options), 0);
    CHECK_EQ(thrum_timer_start(timer), 0);
    CHECK_EQ(freed_now(), 1);
    thrum_timer_cancel(timer);
    CHECK_EQ(freed_now(), 1);
    thrum_timer_unref(timer);
    CHECK_EQ(freed_now(), 2);
    CHECK_EQ(thrum_timer_new(&timer, LATE, count, NULL, &options), 0);
    thrum_timer_unref(timer);
    CHECK_EQ(freed_now(), 3);
    CHECK_EQ(called(), 1);
}

static char name_inside[32];
static bool daemon_inside, daemon_of_new;
static int look_around(void *arg) {
    thrum_timer *timer, **self = arg;
    thrum_thread *me = thrum_current_thread();
    strcpy(name_inside, thrum_thread_name(me));
    daemon_inside = thrum_thread_daemon(me);
    CHECK_EQ(thrum_timer_new(&timer, LATE, count, NULL, NULL), 0);
    daemon_of_new = thrum_timer_daemon(timer);
    thrum_timer_unref(timer);
    CHECK_EQ(thrum_timer_join(*self), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_timer_join_timed(*self, SOON), THRUM_RUNTIME_ERROR);
    CHECK(thrum_timer_is_alive(*self));
    return 0;
}

static void check_inside(const char *name, thrum_daemon daemon) {
    static thrum_timer *self;
    CHECK_EQ(thrum_timer_new(&self, SOON, look_around, &self, &(thrum_timer_options){.name = name, .daemon = daemon}),
             0);
    CHECK_EQ(thrum_timer_start(self), 0);
    CHECK_EQ(thrum_timer_join(self), 0);
    CHECK_STR(name_inside, name ? name : thrum_timer_name(self));
    CHECK_EQ(daemon_inside, daemon == THRUM_DAEMON);
    CHECK_EQ(daemon_of_new, daemon == THRUM_DAEMON);
    thrum_timer_unref(self);
}

TEST(the_function_finds_itself_in_the_timers_thread) {
    check_inside("egg timer", THRUM_DAEMON);
    check_inside("a kitchen clock", THRUM_NOT_DAEMON);
    check_inside(NULL, THRUM_DAEMON_INHERIT);
    CHECK_STR(name_inside, "Timer-3"); /* 1 and 2 were made by the functions */
}

static int hook_code;
static char hook_thread[32];
static int hook(const thrum_excepthook_args *args, void *arg) {
    (void)arg;
    hook_code = args->code;
    strcpy(hook_thread, thrum_thread_name(args->thread));
    return 0;
}
static int fail(void *arg) {
    (void)arg;
    return -EIO;
}

TEST(what_the_function_returns_goes_to_the_excepthook) {
    thrum_timer *timer;
    thrum_set_excepthook(hook, NULL);
    CHECK_EQ(thrum_timer_new(&timer, SOON, fail, NULL, &(thrum_timer_options){.name = "failing"}), 0);
    CHECK_EQ(thrum_timer_start(timer), 0);
    join_and_drop(timer);
    CHECK_EQ(hook_code, -EIO);
    CHECK_STR(hook_thread, "failing");
}

/* A thread that runs one function after the other keeps nothing of one for the next. */
static thrum_local visits = THRUM_LOCAL_INIT(NULL, NULL, free_arg);
static int fails_in_words(void *arg) {
    (void)arg;
    CHECK(thrum_local_get(&visits) == NULL);
    CHECK_EQ(thrum_local_set(&visits, &visits), 0);
    return thrum_thread_fail(0, "said and not meant");
}
static int fails_without_words(void *arg) {
    CHECK_EQ(get(&freed), 1); /* as at the end of a thread */
    CHECK(thrum_local_get(&visits) == NULL);
    return -*(int *)arg;
}
static int hears(const thrum_excepthook_args *args, void *arg) {
    CHECK_STR(args->text, thrum_strerror(args->code));
    put((int *)arg, -args->code);
    return 0;
}

TEST(a_function_finds_nothing_of_the_one_before_it) {
    int heard = 0, code = EACCES;
    thrum_set_excepthook(hears, &heard);
    join_and_drop(started(THRUM_NOWAIT, fails_in_words, NULL, THRUM_DAEMON));
    UNTIL(runner_idles());
    join_and_drop(started(THRUM_NOWAIT, fails_without_words, &code, THRUM_DAEMON));
    CHECK_EQ(heard, EACCES);
}

static int leave_thread(void *arg) {
    (void)arg;
    pthread_exit(NULL);
}

TEST(a_function_that_ends_its_thread_ends_the_timer) {
    join_and_drop(started(SOON, leave_thread, NULL, THRUM_DAEMON));
    join_and_drop(started(SOON, count, NULL, THRUM_DAEMON));
    CHECK_EQ(called(), 1);
}

TEST_MAIN()
