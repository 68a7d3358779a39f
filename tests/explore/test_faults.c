/* test_faults.c - what may go wrong as a choice of the schedule: no memory, and interruptions. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include <thrum/queue.h>
#include <thrum/sched.h>
#include <thrum/threading.h>

#include "bugs.h"
#include "fault.h"
#include "test.h"

static thrum_explore_result result;
static char file[] = "/tmp/thrum-schedule-XXXXXX";

static int explore(const char *name, void (*body)(void *), thrum_explore_options options) {
    options.name = name;
    options.seed = 7;
    return thrum_explore(body, NULL, &options, &result);
}

static void make_file(void) {
    int fd = mkstemp(file);
    CHECK_GE(fd, 0);
    close(fd);
}

static bool file_has(const char *text) {
    char all[8192] = "";
    FILE *in = fopen(file, "re");
    CHECK(in != NULL);
    size_t length = fread(all, 1, sizeof all - 1, in);
    fclose(in);
    all[length] = '\0';
    return strstr(all, text) != NULL;
}

static void *take_memory(const char *verb) {
    return thrum_explore_fault(THRUM_EXPLORE_ENOMEM, verb) < 0 ? NULL : malloc(1);
}

/* A producer that gives up without a word when there is no memory for the item: its consumer waits for ever. */
static thrum_event made;

static int produce_or_consume(void *arg) {
    if (arg)
        return thrum_event_wait(&made);
    void *box = take_memory("make_box"), *item = box ? take_memory("make_item") : NULL;
    if (item || !box) /* the bug: an item that could not be made */
        thrum_event_set(&made);
    free(item);
    free(box);
    return 0;
}

/* Threads that there is no memory for are not what this is about. */
static bool crew_or_none(thrum_target *function) {
    thrum_thread *threads[2] = {NULL, NULL};
    bool whole = thrum_thread_new(&threads[0], function, NULL, NULL) == 0 &&
                 thrum_thread_new(&threads[1], function, &made, NULL) == 0 && thrum_thread_start(threads[0]) == 0;
    if (whole && thrum_thread_start(threads[1]) == 0)
        thrum_thread_join(threads[1]);
    if (whole)
        thrum_thread_join(threads[0]);
    thrum_thread_unref(threads[0]);
    thrum_thread_unref(threads[1]);
    return whole;
}

static void forgets_an_error(void *arg) {
    (void)arg;
    thrum_event_clear(&made);
    crew_or_none(produce_or_consume);
}

TEST(an_error_that_is_not_handled_is_found_reduced_and_replayed) {
    make_file();
    thrum_explore_options options = {.faults = THRUM_EXPLORE_ENOMEM, .save = file};
    CHECK_EQ(explore("forgets", forgets_an_error, options), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_DEADLOCK);
    CHECK_EQ(result.faults, 1);
    CHECK_EQ(result.switches, 0);
    CHECK_CONTAINS(result.text, "fault: T1, make_item fails");
    CHECK_CONTAINS(result.text, "0 switches and 1 fault are needed");
    CHECK(file_has("\nfault "));
    CHECK(file_has("step 1 0 make_item fails\n"));
    CHECK_EQ(thrum_explore_replay(forgets_an_error, NULL, file, &result), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_DEADLOCK);
    CHECK_EQ(result.faults, 1);
    unlink(file);
}

TEST(nothing_fails_unless_asked) {
    CHECK_EQ(explore("forgets", forgets_an_error, (thrum_explore_options){.schedules = 300}), 0);
    CHECK_EQ(explore("forgets", forgets_an_error,
                     (thrum_explore_options){.schedules = 300, .faults = THRUM_EXPLORE_EINTR}),
             0);
    CHECK_EQ(thrum_explore_fault(THRUM_EXPLORE_ENOMEM, "outside"), 0);
}

static void fails_when_interrupted(void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_explore_fault(THRUM_EXPLORE_EINTR, "call") == 0);
}

TEST(there_may_be_faults_without_number) {
    thrum_explore_options options = {.faults = THRUM_EXPLORE_EINTR, .most_faults = UINT32_MAX};
    CHECK_EQ(explore("interrupted", fails_when_interrupted, options), THRUM_EXPLORE_FAILED);
    options.strategy = THRUM_EXPLORE_EXHAUSTIVE;
    CHECK_EQ(explore("interrupted", fails_when_interrupted, options), THRUM_EXPLORE_FAILED);
}

static void three_places(void *arg) {
    (void)arg;
    for (int i = 0; i < 3; i++)
        free(take_memory("place"));
}

TEST(the_exhaustive_strategy_tries_each_set_of_places_within_the_budget) {
    thrum_explore_options options = {
        .strategy = THRUM_EXPLORE_EXHAUSTIVE, .faults = THRUM_EXPLORE_ENOMEM, .most_faults = 1};
    CHECK_EQ(explore("three", three_places, options), 0);
    CHECK(result.complete);
    CHECK_EQ(result.schedules, 1 + 3);
    options.most_faults = 2;
    CHECK_EQ(explore("three", three_places, options), 0);
    CHECK_EQ(result.schedules, 1 + 3 + 3);
    options.most_faults = 9;
    CHECK_EQ(explore("three", three_places, options), 0);
    CHECK_EQ(result.schedules, 8);
}

static int wanted;

static void ten_places(void *arg) {
    int failed = 0;
    (void)arg;
    for (int i = 0; i < 10; i++)
        failed += thrum_explore_fault(THRUM_EXPLORE_EINTR, "read") == -EINTR;
    THRUM_EXPLORE_CHECK_THAT(failed < wanted);
}

TEST(a_schedule_has_up_to_as_many_faults_as_its_budget) {
    thrum_explore_options options = {.faults = THRUM_EXPLORE_EINTR, .most_faults = 3};
    wanted = 4;
    CHECK_EQ(explore("ten", ten_places, options), 0);
    wanted = 3;
    CHECK_EQ(explore("ten", ten_places, options), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.faults, 3);
    CHECK_CONTAINS(result.text, "3 faults are needed");
}

/* A handler and the thread that it interrupts, both of which count. */
static int ticks, handled;

static void tick(int number) {
    (void)number;
    ticks++;
    handled++;
}

static void counts_beside_its_handler(void *arg) {
    (void)arg;
    struct sigaction action = {.sa_handler = tick};
    ticks = handled = 0;
    THRUM_EXPLORE_CHECK_THAT(sigaction(SIGUSR2, &action, NULL) == 0);
    int seen = ticks;
    thrum_explore_point(&ticks, true);
    ticks = seen + 1;
    thrum_explore_point(&ticks, false);
    THRUM_EXPLORE_CHECK_THAT(ticks == 1 + handled);
}

TEST(a_signal_comes_at_any_place_and_is_replayed) {
    make_file();
    thrum_explore_options options = {.faults = THRUM_EXPLORE_SIGNAL, .signal = SIGUSR2, .save = file};
    CHECK_EQ(explore("ticks", counts_beside_its_handler, options), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_CHECK);
    CHECK_EQ(result.faults, 1);
    CHECK_CONTAINS(result.text, "fault: T0, signal comes");
    CHECK(file_has("step 0 0 signal comes\n"));
    CHECK_EQ(thrum_explore_replay(counts_beside_its_handler, NULL, file, &result), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_CHECK);
    unlink(file);
}

TEST(no_signal_comes_unless_asked_and_which_has_to_be_said) {
    CHECK_EQ(
        explore("ticks", counts_beside_its_handler, (thrum_explore_options){.schedules = 100, .signal = SIGUSR2}), 0);
    CHECK_EQ(explore("ticks", counts_beside_its_handler, (thrum_explore_options){.faults = THRUM_EXPLORE_SIGNAL}),
             THRUM_VALUE_ERROR);
    thrum_explore_options none = {.faults = THRUM_EXPLORE_SIGNAL, .signal = NSIG};
    CHECK_EQ(explore("ticks", counts_beside_its_handler, none), THRUM_VALUE_ERROR);
}

static thrum_lock lock;
static int inside;

static int with_lock(void *arg) {
    (void)arg;
    THRUM_WITH(&lock) {
        THRUM_EXPLORE_CHECK_THAT(inside++ == 0);
        thrum_explore_point(&inside, true);
        inside--;
    }
    return 0;
}

static void locks(void *arg) {
    (void)arg;
    crew(2, with_lock);
}

/* A word of one's own, waited for once: right only as long as no sleep ends early. */
static thrum_condition condition;
static bool ready;

static int wait_once(void *arg) {
    THRUM_WITH(&condition) {
        if (arg) {
            ready = true;
            thrum_condition_notify(&condition, 1);
        } else if (!ready) {
            thrum_condition_wait(&condition);
            THRUM_EXPLORE_CHECK_THAT(ready);
        }
    }
    return 0;
}

static void waits_once(void *arg) {
    (void)arg;
    ready = false;
    crew(2, wait_once);
}

TEST(an_interrupted_sleep_is_slept_on_by_the_library) {
    thrum_explore_options options = {.strategy = THRUM_EXPLORE_EXHAUSTIVE,
                                     .grain = THRUM_EXPLORE_ATOMICS,
                                     .preemptions = 1,
                                     .faults = THRUM_EXPLORE_EINTR};
    CHECK_EQ(explore("locks", locks, options), 0);
    CHECK(result.complete);
    uint64_t schedules = result.schedules;
    options.faults = 0;
    CHECK_EQ(explore("locks", locks, options), 0);
    CHECK_GT(schedules, result.schedules);
    options.faults = THRUM_EXPLORE_EINTR;
    CHECK_EQ(explore("waits", waits_once, options), 0); /* notified means notified, as Python has it */
    CHECK(result.complete);
}

/* What the library does when there is no memory. Each of its requests for some fails in a schedule of its own, in
 * every order with one preemption: nothing is lost, and nobody is left. */
enum { items = 3 };

static void start(thrum_thread **ret_thread, thrum_target *function, void *arg) {
    *ret_thread = NULL;
    if (thrum_thread_new(ret_thread, function, arg, &(thrum_thread_options){.name = "worker"}) == 0 &&
        thrum_thread_start(*ret_thread) < 0)
        *ret_thread = thrum_thread_unref(*ret_thread);
}

static void finish(thrum_thread *thread) {
    if (thread)
        thrum_thread_join(thread);
    thrum_thread_unref(thread);
}

static int put_some(void *arg) {
    for (int i = 0; i < items; i++)
        (void)!thrum_queue_put(arg, &i); /* without memory it is not in the queue */
    thrum_queue_shutdown(arg, false);
    return 0;
}

static void take_all(thrum_queue *queue) {
    int item, last = -1;
    while (thrum_queue_get(queue, &item) == 0) {
        THRUM_EXPLORE_CHECK_THAT(item > last);
        last = item;
    }
}

static void pass_through(thrum_queue *queue) {
    thrum_thread *thread;
    start(&thread, put_some, queue);
    if (thread)
        take_all(queue);
    finish(thread);
    thrum_queue_free(queue);
}

static void queue(void) {
    thrum_queue *queue;
    if (thrum_queue_new(&queue, &(thrum_queue_options){.item_size = sizeof(int)}) == 0)
        pass_through(queue);
}

static void bounded_queue(void) {
    thrum_queue *queue;
    if (thrum_queue_new(&queue, &(thrum_queue_options){.item_size = sizeof(int), .maxsize = 1}) == 0)
        pass_through(queue);
}

static int put_simply(void *arg) {
    for (int i = 0; i < items; i++)
        (void)!thrum_simple_queue_put(arg, &i); /* likewise */
    return 0;
}

static void simple_queue(void) {
    thrum_simple_queue *queue;
    thrum_thread *thread;
    int item, last = -1;
    if (thrum_simple_queue_new(&queue, sizeof item) < 0)
        return;
    start(&thread, put_simply, queue);
    finish(thread);
    while (thrum_simple_queue_get_nowait(queue, &item) == 0) {
        THRUM_EXPLORE_CHECK_THAT(item > last);
        last = item;
    }
    thrum_simple_queue_free(queue);
}

static int count_up(void *arg) {
    ++*(int *)arg;
    return 0;
}

static void timer(void) {
    thrum_timer *timer = NULL;
    int fired = 0;
    if (thrum_timer_new(&timer, thrum_seconds(5), count_up, &fired, NULL) == 0 && thrum_timer_start(timer) == 0) {
        thrum_timer_join(timer);
        THRUM_EXPLORE_CHECK_THAT(fired == 1);
    }
    thrum_timer_unref(timer);
}

static void locks_between_threads(void) {
    thrum_thread *one, *two;
    start(&one, with_lock, NULL);
    start(&two, with_lock, NULL);
    finish(one);
    finish(two);
    THRUM_EXPLORE_CHECK_THAT(!thrum_lock_locked(&lock));
}

static void *make_value(void *arg) {
    (void)arg;
    return malloc(1);
}

static thrum_local local = THRUM_LOCAL_INIT(make_value, NULL, free);

static int use_local(void *arg) {
    (void)arg;
    void *value = thrum_local_get(&local);
    THRUM_EXPLORE_CHECK_THAT(!value || thrum_local_get(&local) == value);
    return 0;
}

static void local_values(void) {
    thrum_thread *thread;
    start(&thread, use_local, NULL);
    use_local(NULL);
    finish(thread);
    thrum_local_clear(&local);
}

static void scheduler(void) {
    thrum_scheduler *scheduler;
    int ran = 0, entered = 0;
    if (thrum_scheduler_new(&scheduler, NULL) < 0)
        return;
    for (int i = 0; i < items; i++)
        entered += thrum_scheduler_enter(scheduler, thrum_seconds(i), 0, count_up, &ran, NULL) == 0;
    THRUM_EXPLORE_CHECK_THAT(thrum_scheduler_run(scheduler) == 0 && ran == entered);
    thrum_scheduler_free(scheduler);
}

/* Twice: what the first run makes for the whole process, such as the thread that keeps time, is `kept` blocks, and
 * what a fault kept it from making the second makes. */
static struct {
    void (*run)(void);
    long kept;
} scene;

static void play(void *arg) {
    long before = fault_live();
    (void)arg;
    scene.run();
    scene.run();
    THRUM_EXPLORE_CHECK_THAT(fault_live() - before <= scene.kept);
}

static void explore_scene(const char *name, void (*run)(void), long kept) {
    thrum_explore_options options = {.name = name,
                                     .strategy = THRUM_EXPLORE_EXHAUSTIVE,
                                     .faults = THRUM_EXPLORE_ENOMEM,
                                     .most_faults = 1,
                                     .preemptions = 1,
                                     .budget = thrum_seconds(100)};
    thrum_lock_order(false); /* it keeps what it has seen */
    scene.run = run;
    scene.kept = kept;
    int r = thrum_explore(play, NULL, &options, &result);
    if (r != 0 || !result.complete)
        TEST_FAIL("%d: %s", r, result.text);
    CHECK_GT(result.schedules, 5);
}

#define SCENE(scene, kept)                                                                                           \
    TEST(scene##_loses_nothing_without_memory) {                                                                     \
        explore_scene(#scene, scene, kept);                                                                          \
    }

SCENE(locks_between_threads, 0)
SCENE(queue, 0)
SCENE(bounded_queue, 0)
SCENE(simple_queue, 0)
SCENE(timer, 4)
SCENE(local_values, 2)
SCENE(scheduler, 0)

TEST_MAIN()
