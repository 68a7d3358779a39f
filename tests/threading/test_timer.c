/* test_timer.c - Timer: the last line of section 2.2 of the semantics, and what thrum/threading/timer.h promises. */
#include <errno.h>

#include "child.h"
#include "crew.h"

static int fired, freed;
static thrum_event done, go;

static int fires(void *arg) {
    if (arg)
        *(int *)arg = 42;
    add(&fired, 1);
    thrum_event_set(&done);
    return 0;
}

static thrum_timer *made(thrum_timeout interval, thrum_target *function, void *arg,
                         const thrum_timer_options *options) {
    thrum_timer *timer = NULL;
    CHECK_EQ(thrum_timer_new(&timer, interval, function, arg, options), 0);
    CHECK(timer);
    return timer;
}

static thrum_timer *started(thrum_timeout interval, thrum_target *function, void *arg) {
    thrum_timer *timer = made(interval, function, arg, NULL);
    CHECK_EQ(thrum_timer_start(timer), 0);
    return timer;
}

TEST(a_timer_calls_its_function_after_its_interval) {
    int answer = 0;
    int64_t before = thrum_monotonic_ns();
    thrum_timer *timer = started(TINY, fires, &answer);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_GE(thrum_monotonic_ns() - before, TINY.ns);
    CHECK_EQ(fired, 1);
    CHECK_EQ(answer, 42);
    CHECK(!thrum_timer_is_alive(timer));
    CHECK(!thrum_timer_unref(timer));
}

TEST(zero_and_negative_intervals_fire_at_once) {
    thrum_timeout intervals[] = {THRUM_NOWAIT, thrum_seconds(-1), thrum_nanoseconds(INT64_MIN)};
    for (int i = 0; i < 3; i++) {
        thrum_timer *timer = started(intervals[i], fires, NULL);
        CHECK_EQ(thrum_timer_join(timer), 0);
        CHECK_EQ(fired, i + 1);
        thrum_timer_unref(timer);
    }
}

TEST(new_refuses_bad_arguments_and_leaves_the_result_alone) {
    thrum_timer *timer = (thrum_timer *)&fired;
    CHECK_EQ(thrum_timer_new(&timer, TINY, NULL, NULL, NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_timer_new(&timer, thrum_seconds(1e10), fires, NULL, NULL), THRUM_OVERFLOW_ERROR);
    CHECK(timer == (thrum_timer *)&fired);
    CHECK(!thrum_timer_unref(NULL));
}

TEST(a_timer_can_be_started_once) {
    thrum_timer *timer = started(AGES, fires, NULL);
    CHECK_EQ(thrum_timer_start(timer), THRUM_RUNTIME_ERROR);
    thrum_timer_cancel(timer);
    CHECK_EQ(thrum_timer_start(timer), THRUM_RUNTIME_ERROR);
    thrum_timer_unref(timer);
    timer = started(THRUM_NOWAIT, fires, NULL);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_EQ(thrum_timer_start(timer), THRUM_RUNTIME_ERROR);
    thrum_timer_unref(timer);
    CHECK_EQ(fired, 1);
}

TEST(cancel_before_it_fires) {
    thrum_timeout intervals[] = {AGES, THRUM_TIMEOUT_MAX, THRUM_FOREVER};
    for (int i = 0; i < 3; i++) {
        thrum_timer *timer = started(intervals[i], fires, NULL);
        CHECK(thrum_timer_is_alive(timer));
        CHECK_EQ(thrum_timer_join_timed(timer, TINY), THRUM_TIMED_OUT);
        thrum_timer_cancel(timer);
        CHECK_EQ(thrum_timer_join(timer), 0);
        CHECK(!thrum_timer_is_alive(timer));
        thrum_timer_cancel(timer);
        thrum_timer_unref(timer);
    }
    CHECK_EQ(fired, 0);
}

TEST(cancel_has_no_effect_once_it_has_fired) {
    thrum_timer *timer = started(THRUM_NOWAIT, fires, NULL);
    CHECK_EQ(thrum_event_wait(&done), 0);
    thrum_timer_cancel(timer);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_EQ(fired, 1);
    thrum_timer_unref(timer);
}

/* As in Python, where cancel() sets the event on which run() waits first. */
TEST(a_timer_that_was_cancelled_before_its_start_never_fires) {
    thrum_timer *timer = made(THRUM_NOWAIT, fires, NULL, NULL);
    thrum_timer_cancel(timer);
    CHECK_EQ(thrum_timer_start(timer), 0);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_EQ(fired, 0);
    thrum_timer_unref(timer);
}

static int joins_itself(void *arg) {
    put(&fired, thrum_timer_join(*(thrum_timer **)arg) == THRUM_RUNTIME_ERROR &&
                    thrum_timer_join_timed(*(thrum_timer **)arg, TINY) == THRUM_RUNTIME_ERROR);
    return 0;
}

TEST(joins_that_make_no_sense) {
    static thrum_timer *timer;
    timer = made(THRUM_NOWAIT, joins_itself, &timer, NULL);
    CHECK_EQ(thrum_timer_join(timer), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_timer_join_timed(timer, TINY), THRUM_RUNTIME_ERROR);
    CHECK(!thrum_timer_is_alive(timer));
    CHECK_EQ(thrum_timer_start(timer), 0);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_EQ(fired, 1);
    thrum_timer_unref(timer);
}

static int waits_to_go(void *arg) {
    thrum_event_set(&done);
    CHECK_EQ(thrum_event_wait(&go), 0);
    if (arg)
        add((int *)arg, 1);
    return 0;
}

TEST(join_waits_for_the_functions_end) {
    int ended = 0;
    thrum_timer *timer = started(THRUM_NOWAIT, waits_to_go, &ended);
    CHECK_EQ(thrum_event_wait(&done), 0);
    CHECK(thrum_timer_is_alive(timer));
    CHECK_EQ(thrum_timer_join_timed(timer, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_timer_join_timed(timer, thrum_seconds(-1)), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_timer_join_timed(timer, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_timer_join_timed(timer, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    thrum_event_set(&go);
    CHECK_EQ(thrum_timer_join_timed(timer, AGES), 0);
    CHECK_EQ(ended, 1);
    CHECK_EQ(thrum_timer_join(timer), 0);
    thrum_timer_unref(timer);
}

/* A function that blocks delays no other timer. */
TEST(functions_that_block_delay_no_other_timer) {
    enum { BLOCKED = 20 };
    thrum_timer *blocked[BLOCKED];
    int ended = 0;
    for (int i = 0; i < BLOCKED; i++)
        blocked[i] = started(THRUM_NOWAIT, waits_to_go, &ended);
    thrum_timer *timer = started(TINY, fires, NULL);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_EQ(get(&ended), 0);
    thrum_timer_unref(timer);
    thrum_event_set(&go);
    for (int i = 0; i < BLOCKED; i++) {
        CHECK_EQ(thrum_timer_join(blocked[i]), 0);
        thrum_timer_unref(blocked[i]);
    }
    CHECK_EQ(ended, BLOCKED);
}

/* Those with a longer interval fire later. */
static int order[8], served;
static thrum_lock lock;
static int notes_its_turn(void *arg) {
    THRUM_WITH(&lock) order[served++] = *(int *)arg;
    return 0;
}

/* Whether timers that are one step apart, and started in another order, are served in the order of their times. */
static bool come_in_order(int64_t step_ns) {
    static int numbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    static const int places[8] = {5, 0, 7, 3, 1, 6, 2, 4}; /* started in this order */
    thrum_timer *timers[8];
    bool in_order = true;
    served = 0;
    for (int i = 0; i < 8; i++)
        timers[i] = started(thrum_nanoseconds(step_ns * (1 + places[i])), notes_its_turn, &numbers[places[i]]);
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(thrum_timer_join(timers[i]), 0);
        thrum_timer_unref(timers[i]);
    }
    for (int i = 0; i < 8; i++)
        in_order = in_order && order[i] == i;
    return in_order;
}

/* On a busy machine a thread may come a step late; but not always, and not one that is long enough. */
TEST(timers_fire_in_the_order_of_their_times) {
    int64_t step_ns = thrum_milliseconds(20).ns;
    while (!come_in_order(step_ns)) {
        step_ns *= 2;
        CHECK_LT(step_ns, thrum_seconds(1).ns);
    }
}

/* A nearer timer than the one that is waited for now. */
TEST(a_later_start_with_an_earlier_time_fires_first) {
    thrum_timer *far = started(AGES, fires, NULL), *near = started(TINY, fires, NULL);
    CHECK_EQ(thrum_timer_join(near), 0);
    CHECK_EQ(fired, 1);
    CHECK(thrum_timer_is_alive(far));
    thrum_timer_cancel(far);
    CHECK_EQ(thrum_timer_join(far), 0);
    thrum_timer_unref(far);
    thrum_timer_unref(near);
    CHECK_EQ(fired, 1);
}

/* Names and threads */

static char name_inside[64];
static bool daemon_inside;
static int looks_at_its_thread(void *arg) {
    (void)arg;
    snprintf(name_inside, sizeof name_inside, "%s", thrum_thread_name(thrum_current_thread()));
    daemon_inside = thrum_thread_daemon(thrum_current_thread());
    return 0;
}

TEST(the_function_runs_under_the_timers_name) {
    thrum_timer *timer = made(THRUM_NOWAIT, looks_at_its_thread, NULL, &(thrum_timer_options){.name = "bell"});
    CHECK_STR(thrum_timer_name(timer), "bell");
    CHECK_EQ(thrum_timer_start(timer), 0);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_STR(name_inside, "bell");
    thrum_timer_unref(timer);
    timer = made(THRUM_NOWAIT, looks_at_its_thread, NULL, NULL);
    CHECK_EQ(strncmp(thrum_timer_name(timer), "Timer-", 6), 0);
    CHECK_EQ(thrum_timer_start(timer), 0);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_STR(name_inside, thrum_timer_name(timer));
    thrum_timer_unref(timer);
}

TEST(a_waiting_timer_is_no_thread) {
    size_t before = thrum_active_count();
    thrum_timer *timers[50];
    for (int i = 0; i < 50; i++)
        timers[i] = started(AGES, fires, NULL);
    CHECK_EQ(thrum_active_count(), before);
    for (int i = 0; i < 50; i++) {
        thrum_timer_cancel(timers[i]);
        thrum_timer_unref(timers[i]);
    }
}

static void ignore_daemon(void *arg) {
    (void)arg;
}
TEST(daemon_is_an_option) {
    thrum_timer *timer = made(AGES, fires, NULL, &(thrum_timer_options){.daemon = THRUM_DAEMON});
    CHECK(thrum_timer_daemon(timer));
    thrum_timer_unref(timer);
    timer = made(AGES, fires, NULL, &(thrum_timer_options){.free_arg = ignore_daemon});
    CHECK(!thrum_timer_daemon(timer));
    thrum_timer_unref(timer);
}

/* Ten thousand: no thread each. */
static int threads_of_process(void) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    int threads = 0;
    CHECK(file);
    while (fgets(line, sizeof line, file))
        sscanf(line, "Threads: %d", &threads);
    fclose(file);
    return threads;
}

enum { MANY = 10000 };
static thrum_timer *many[MANY];

TEST(ten_thousand_timers_are_one_thread) {
    for (int i = 0; i < MANY; i++)
        many[i] = started(i % 2 ? AGES : THRUM_FOREVER, fires, NULL);
    CHECK_LE(threads_of_process(), 1 + 2 + TEST_TSAN);
    for (int i = 0; i < MANY; i++) {
        thrum_timer_cancel(many[i]);
        thrum_timer_unref(many[i]);
    }
    CHECK_EQ(fired, 0);
}

TEST(ten_thousand_timers_all_fire) {
    for (int i = 0; i < MANY; i++)
        many[i] = started(thrum_nanoseconds(i * 37 % 5000 * 1000), fires, NULL);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(thrum_timer_join(many[i]), 0);
        thrum_timer_unref(many[i]);
    }
    CHECK_EQ(fired, MANY);
}

/* Cancelled and fired at the same time: one of the two, and the count is exact. */
static int unfired(int n) {
    int cancelled = 0;
    for (int i = 0; i < n; i++) {
        int before = get(&fired);
        thrum_timer *timer = started(thrum_nanoseconds(i % 7 * 10000), fires, NULL);
        for (int spin = i % 50; spin > 0; spin--)
            sched_yield();
        thrum_timer_cancel(timer);
        CHECK_EQ(thrum_timer_join(timer), 0);
        cancelled += get(&fired) == before;
        thrum_timer_unref(timer);
    }
    return cancelled;
}

TEST(a_cancel_at_the_moment_of_firing_is_all_or_nothing) {
    int cancelled = unfired(3000);
    CHECK_EQ(fired + cancelled, 3000);
}

/* Who owns what */

static void frees(void *arg) {
    CHECK(arg == &freed);
    add(&freed, 1);
}

static int does_nothing(void *arg) {
    (void)arg;
    return 0;
}

TEST(free_arg_is_called_once_however_it_ends) {
    thrum_timer_options options = {.free_arg = frees};
    thrum_timer_unref(made(AGES, does_nothing, &freed, &options)); /* never started */
    UNTIL(get(&freed) == 1);
    thrum_timer *timer = made(THRUM_NOWAIT, does_nothing, &freed, &options);
    CHECK_EQ(thrum_timer_start(timer), 0);
    CHECK_EQ(thrum_timer_join(timer), 0);
    thrum_timer_unref(timer);
    UNTIL(get(&freed) == 2);
    timer = made(AGES, does_nothing, &freed, &options);
    CHECK_EQ(thrum_timer_start(timer), 0);
    thrum_timer_cancel(timer);
    CHECK_EQ(thrum_timer_join(timer), 0);
    thrum_timer_unref(timer);
    UNTIL(get(&freed) == 3);
}

TEST(a_started_timer_may_be_unreffed) {
    thrum_timer *timer = started(TINY, fires, NULL);
    CHECK(thrum_timer_ref(timer) == timer);
    CHECK(!thrum_timer_unref(timer));
    CHECK(!thrum_timer_unref(timer));
    CHECK_EQ(thrum_event_wait(&done), 0);
    CHECK_EQ(get(&fired), 1);
}

/* An error of the function goes to the excepthook. */
static char hook_text[256], hook_name[64];
static int hook_code;
static int keeps(const thrum_excepthook_args *args, void *arg) {
    (void)arg;
    snprintf(hook_text, sizeof hook_text, "%s", args->text);
    snprintf(hook_name, sizeof hook_name, "%s", thrum_thread_name(args->thread));
    put(&hook_code, args->code);
    return 0;
}
static int fails(void *arg) {
    (void)arg;
    return thrum_thread_fail(-EIO, "the bell is broken");
}

TEST(an_error_goes_to_the_excepthook) {
    thrum_set_excepthook(keeps, NULL);
    thrum_timer *timer = made(THRUM_NOWAIT, fails, NULL, &(thrum_timer_options){.name = "bell"});
    CHECK_EQ(thrum_timer_start(timer), 0);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_EQ(get(&hook_code), -EIO);
    CHECK_STR(hook_text, "the bell is broken");
    CHECK_STR(hook_name, "bell");
    thrum_timer_unref(timer);
}

/* A timer's function may start timers, cancel them, and let go of its own. */
static int starts_the_next(void *arg) {
    if (add(&fired, 1) < 50)
        thrum_timer_unref(started(THRUM_NOWAIT, starts_the_next, arg));
    else
        thrum_event_set(&done);
    return 0;
}

TEST(a_function_may_start_timers) {
    thrum_timer_unref(started(THRUM_NOWAIT, starts_the_next, NULL));
    CHECK_EQ(thrum_event_wait(&done), 0);
    CHECK_EQ(fired, 50);
}

/* The end of the process */

static int says_fired(void *arg) {
    (void)arg;
    CHECK_EQ(write(1, "fired\n", 6), 6);
    return 0;
}
static void ends_with_a_timer(void *arg) {
    thrum_timer *timer = made(thrum_milliseconds(20), says_fired, NULL, (const thrum_timer_options *)arg);
    CHECK_EQ(thrum_timer_start(timer), 0);
    thrum_timer_unref(timer);
}

TEST(exit_waits_for_a_timer_that_is_no_daemon) {
    child c;
    child_run(&c, ends_with_a_timer, &(thrum_timer_options){.daemon = THRUM_NOT_DAEMON});
    CHECK_EQ(child_code(&c), 0);
    CHECK_STR(c.out, "fired\n");
}

static void ends_with_a_cancelled_timer(void *arg) {
    thrum_timer *timer = made(AGES, says_fired, arg, NULL);
    CHECK_EQ(thrum_timer_start(timer), 0);
    thrum_timer_cancel(timer);
    thrum_timer_unref(timer);
}

TEST(exit_does_not_wait_for_a_cancelled_timer) {
    child c;
    child_run(&c, ends_with_a_cancelled_timer, NULL);
    CHECK_EQ(child_code(&c), 0);
    CHECK_STR(c.out, "");
}

static void ends_with_a_daemon_timer(void *arg) {
    thrum_timer *timer = made(AGES, says_fired, arg, &(thrum_timer_options){.daemon = THRUM_DAEMON});
    CHECK_EQ(thrum_timer_start(timer), 0);
    thrum_timer_unref(timer);
}

TEST(exit_does_not_wait_for_a_daemon) {
    child c;
    child_run(&c, ends_with_a_daemon_timer, NULL);
    CHECK_EQ(child_code(&c), 0);
    CHECK_STR(c.out, "");
}

/* In the child of a fork there is no clock-keeping thread until somebody starts a timer there. */
static void uses_timers_in_the_child(void *arg) {
    put(&fired, 0);
    thrum_event_clear(&done);
    thrum_timer *timer = started(TINY, fires, arg);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_EQ(fired, 1);
    thrum_timer_unref(timer);
}

TEST(timers_work_in_the_child_of_a_fork) {
    if (TEST_TSAN)
        TEST_SKIP("ThreadSanitizer allows no threads after a fork with threads");
    thrum_timer *parents = started(AGES, fires, NULL), *early = started(THRUM_NOWAIT, fires, NULL);
    CHECK_EQ(thrum_timer_join(early), 0);
    child c;
    child_run(&c, uses_timers_in_the_child, NULL);
    if (child_code(&c) != 0)
        TEST_FAIL("in the child: %s", c.err);
    CHECK(thrum_timer_is_alive(parents));
    thrum_timer_cancel(parents);
    thrum_timer_unref(parents);
    thrum_timer_unref(early);
}

TEST_MAIN()
