/* test_scheduler_explore.c - scheduler under many schedules: no wake-up of a run() is lost, no event called twice. */
#include <thrum.h>

#include "test.h"

static thrum_scheduler *s;
static thrum_scheduler_event first;
static int fired, cancelled;

static int count(void *arg) {
    (void)arg;
    fired++;
    return 0;
}

static int run(void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_scheduler_run(s) == 0);
    return 0;
}

static int cancel(void *arg) {
    (void)arg;
    int r = thrum_scheduler_cancel(s, &first);
    THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_VALUE_ERROR);
    cancelled += r == 0;
    return 0;
}

static int enter_earlier(void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_scheduler_enter(s, THRUM_NOWAIT, 1, count, NULL, NULL) == 0);
    return 0;
}

static thrum_thread *start(thrum_target *target) {
    thrum_thread *thread = NULL;
    if (thrum_thread_new(&thread, target, NULL, NULL) < 0 || thrum_thread_start(thread) < 0)
        abort();
    return thread;
}

static void join(thrum_thread *thread) {
    thrum_thread_join(thread);
    thrum_thread_unref(thread);
}

/* The first event never comes, so a run() that misses its end sleeps for ever: a deadlock, which would be found. */
static void last_event_is_cancelled(void *arg) {
    (void)arg;
    fired = cancelled = 0;
    if (thrum_scheduler_new(&s, NULL) < 0 || thrum_scheduler_enter(s, THRUM_FOREVER, 1, count, NULL, &first) < 0)
        abort();
    thrum_thread *threads[] = {start(run), start(run), start(cancel)};
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    THRUM_EXPLORE_CHECK_THAT(cancelled == 1 && fired == 0 && thrum_scheduler_empty(s));
    thrum_scheduler_free(s);
}

static void earlier_and_cancelled(void *arg) {
    (void)arg;
    fired = cancelled = 0;
    if (thrum_scheduler_new(&s, NULL) < 0 || thrum_scheduler_enter(s, thrum_seconds(1), 1, count, NULL, &first) < 0)
        abort();
    thrum_thread *threads[] = {start(run), start(enter_earlier), start(cancel)};
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    run(NULL); /* what was entered after run() had ended */
    THRUM_EXPLORE_CHECK_THAT(cancelled + fired == 2);
    thrum_scheduler_free(s);
}

static void explore(const char *name, void (*body)(void *arg), thrum_explore_strategy strategy) {
    thrum_explore_result result;
    thrum_explore_options options = {.name = name,
                                     .strategy = strategy,
                                     .grain = THRUM_EXPLORE_ATOMICS,
                                     .preemptions = EXPLORE_PREEMPTIONS,
                                     .schedules = strategy ? 0 : EXPLORE_SCHEDULES,
                                     .budget = thrum_seconds(500)};
    int r = thrum_explore(body, NULL, &options, &result);
    if (r != 0 || (strategy == THRUM_EXPLORE_EXHAUSTIVE && !result.complete))
        TEST_FAIL("%d: %s", r, result.text);
    printf("# %s: %llu schedules\n", name, (unsigned long long)result.schedules);
}

TEST(a_cancel_reaches_every_run) {
    explore("last event is cancelled", last_event_is_cancelled, THRUM_EXPLORE_PORTFOLIO);
}

TEST(each_event_is_called_or_cancelled) {
    explore("earlier and cancelled", earlier_and_cancelled, THRUM_EXPLORE_PORTFOLIO);
}

TEST(a_cancel_reaches_every_run_exhaustively) {
    explore("last event is cancelled", last_event_is_cancelled, THRUM_EXPLORE_EXHAUSTIVE);
}

TEST_MAIN()
