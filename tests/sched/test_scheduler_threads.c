/* test_scheduler_threads.c - scheduler among threads: a sleeping run() wakes, nobody works with the lock held. */
#include "crew.h"

static thrum_scheduler *s;
static int fired;

static int count(void *arg) {
    (void)arg;
    add(&fired, 1);
    return 0;
}

static void make(const thrum_scheduler_options *options) {
    CHECK_EQ(thrum_scheduler_new(&s, options), 0);
}

static int run(void *arg) {
    (void)arg;
    CHECK_EQ(thrum_scheduler_run(s), 0);
    return 0;
}

/* Every thread that the library knows beside this one, asleep. */
static bool sleeps(thrum__record *record, void *arg) {
    *(int *)arg += __atomic_load_n(&record->key, __ATOMIC_SEQ_CST) != NULL;
    return true;
}

static void until_asleep(int threads) {
    int asleep;
    do {
        sched_yield();
        asleep = 0;
        thrum__record_each(sleeps, &asleep);
    } while (asleep != threads);
}

TEST(a_sleeping_run_wakes_for_an_earlier_event) {
    thrum_scheduler_event late;
    make(NULL);
    CHECK_EQ(thrum_scheduler_enter(s, AGES, 1, count, NULL, &late), 0);
    thrum_thread *runner = spawn("runner", run, NULL);
    until_asleep(1);
    CHECK_EQ(thrum_scheduler_enter(s, THRUM_NOWAIT, 1, count, NULL, NULL), 0);
    UNTIL(get(&fired) == 1);
    until_asleep(1);
    CHECK_EQ(thrum_scheduler_cancel(s, &late), 0);
    reap(runner);
    CHECK_EQ(fired, 1);
    thrum_scheduler_free(s);
}

TEST(a_sleeping_run_ends_when_the_last_event_is_cancelled) {
    thrum_scheduler_event only;
    make(NULL);
    CHECK_EQ(thrum_scheduler_enter(s, THRUM_FOREVER, 1, count, NULL, &only), 0);
    thrum_thread *runner = spawn("runner", run, NULL);
    until_asleep(1);
    CHECK_EQ(thrum_scheduler_cancel(s, &only), 0);
    reap(runner);
    CHECK_EQ(fired, 0);
    thrum_scheduler_free(s);
}

TEST(all_that_sleep_are_woken) {
    thrum_scheduler_event only;
    thrum_thread *runners[3];
    make(NULL);
    CHECK_EQ(thrum_scheduler_enter(s, AGES, 1, count, NULL, &only), 0);
    for (int i = 0; i < 3; i++)
        runners[i] = spawn("runner", run, NULL);
    until_asleep(3);
    CHECK_EQ(thrum_scheduler_cancel(s, &only), 0);
    for (int i = 0; i < 3; i++)
        reap(runners[i]);
    thrum_scheduler_free(s);
}

TEST(the_real_clock_is_waited_for) {
    make(NULL);
    int64_t start = thrum_monotonic_ns();
    CHECK_EQ(thrum_scheduler_enter(s, TINY, 1, count, NULL, NULL), 0);
    CHECK_EQ(thrum_scheduler_run_timed(s, thrum_nanoseconds(1)), THRUM_TIMED_OUT);
    CHECK_EQ(fired, 0);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_EQ(fired, 1);
    CHECK_GE(thrum_monotonic_ns() - start, TINY.ns);
    thrum_scheduler_free(s);
}

/* Another thread uses the scheduler while an action, or a delayfunc, is at work: nothing would return if the lock
 * were held. */
static int use(void *arg) {
    thrum_scheduler_event event;
    (void)arg;
    CHECK_EQ(thrum_scheduler_enter(s, AGES, 1, count, NULL, &event), 0);
    CHECK(!thrum_scheduler_empty(s));
    CHECK_EQ(thrum_scheduler_cancel(s, &event), 0);
    return 0;
}

static int let_use(void *arg) {
    reap(spawn("user", use, arg));
    return 0;
}

static int delay_and_let_use(void *clock, thrum_timeout delay) {
    *(int64_t *)clock += delay.ns;
    return let_use(NULL);
}

static int64_t time_of(void *clock) {
    return *(int64_t *)clock;
}

TEST(no_lock_is_held_during_an_action) {
    make(NULL);
    CHECK_EQ(thrum_scheduler_enter(s, THRUM_NOWAIT, 1, let_use, NULL, NULL), 0);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    thrum_scheduler_free(s);
}

TEST(no_lock_is_held_during_a_delay) {
    int64_t clock = 0;
    make(&(thrum_scheduler_options){time_of, delay_and_let_use, &clock});
    CHECK_EQ(thrum_scheduler_enter(s, thrum_nanoseconds(5), 1, count, NULL, NULL), 0);
    CHECK_EQ(thrum_scheduler_run(s), 0);
    CHECK_EQ(fired, 1);
    thrum_scheduler_free(s);
}

/* CPython's clock for concurrent tests: delays end when the test lets time go on. */
static thrum_condition moved;
static int64_t present;

static int64_t stepped_time(void *clock) {
    int64_t time = 0;
    (void)clock;
    THRUM_WITH(&moved) time = present;
    return time;
}

static bool come(void *until) {
    return present >= *(int64_t *)until;
}

static int stepped_delay(void *clock, thrum_timeout delay) {
    (void)clock;
    THRUM_WITH(&moved) {
        int64_t until = present + delay.ns;
        CHECK_EQ(thrum_condition_wait_for(&moved, come, &until, THRUM_FOREVER), 0);
    }
    return 0;
}

static void advance(int64_t by) {
    THRUM_WITH(&moved) {
        present += by;
        thrum_condition_notify_all(&moved);
    }
}

static int results[8], result_count;

static int result(void *arg) {
    results[get(&result_count)] = (int)(intptr_t)arg;
    add(&result_count, 1);
    return 0;
}

static thrum_scheduler_event enter(int64_t delay) {
    thrum_scheduler_event event;
    CHECK_EQ(
        thrum_scheduler_enter(s, thrum_nanoseconds(delay), 1, result, (void *)(intptr_t)(present + delay), &event),
        0);
    return event;
}

static void expect(int nth, int value) {
    UNTIL(get(&result_count) > nth);
    CHECK_EQ(results[nth], value);
    until_asleep(1); /* in the delay before the next: nothing more is due */
    CHECK_EQ(get(&result_count), nth + 1);
}

TEST(events_entered_during_a_delay) {
    make(&(thrum_scheduler_options){stepped_time, stepped_delay, NULL});
    enter(1), enter(3);
    thrum_thread *runner = spawn("runner", run, NULL);
    until_asleep(1);
    advance(1);
    expect(0, 1);
    enter(3), enter(4), enter(1);
    advance(1); /* its delay is until 3: a delayfunc is not woken for what is due at 2 */
    until_asleep(1);
    CHECK_EQ(get(&result_count), 1);
    advance(1);
    UNTIL(get(&result_count) == 3);
    CHECK_EQ(results[1], 2);
    expect(2, 3);
    advance(1);
    expect(3, 4);
    advance(1);
    reap(runner);
    CHECK_EQ(results[4], 5);
    CHECK_EQ(result_count, 5);
    thrum_scheduler_free(s);
}

TEST(events_cancelled_during_a_delay) {
    make(&(thrum_scheduler_options){stepped_time, stepped_delay, NULL});
    enter(1);
    thrum_scheduler_event second = enter(2);
    enter(4);
    thrum_scheduler_event fifth = enter(5);
    enter(3);
    thrum_thread *runner = spawn("runner", run, NULL);
    until_asleep(1);
    advance(1);
    expect(0, 1);
    CHECK_EQ(thrum_scheduler_cancel(s, &second), 0);
    CHECK_EQ(thrum_scheduler_cancel(s, &fifth), 0);
    advance(2);
    expect(1, 3);
    advance(1);
    reap(runner);
    CHECK_EQ(results[2], 4);
    CHECK_EQ(result_count, 3);
    thrum_scheduler_free(s);
}

/* Threads enter and cancel while others run: each event is called once, or was cancelled. */
enum { enterers = 3, each = 300 };
static int cancelled, ready;

static void enter_and_cancel(int index, void *arg) {
    (void)arg;
    for (int i = 0; i < each; i++) {
        thrum_scheduler_event event;
        thrum_timeout soon = thrum_nanoseconds(((i * 7 + index) % 13) * 10000);
        CHECK_EQ(thrum_scheduler_enter(s, soon, i % 3, count, NULL, &event), 0);
        if (i % 2)
            add(&cancelled, thrum_scheduler_cancel(s, &event) == 0);
    }
    add(&ready, 1);
}

static int run_until_ready(void *arg) {
    while (get(&ready) < enterers || !thrum_scheduler_empty(s))
        run(arg);
    return 0;
}

TEST(each_event_is_called_once_or_cancelled) {
    crew c = {0};
    make(NULL);
    thrum_thread *first = spawn("first", run_until_ready, NULL), *second = spawn("second", run_until_ready, NULL);
    crew_start(&c, enterers, enter_and_cancel, NULL);
    crew_join(&c);
    reap(first), reap(second);
    CHECK_EQ(fired + cancelled, enterers * each);
    thrum_scheduler_free(s);
}

TEST_MAIN()
