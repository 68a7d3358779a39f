/* test_explore.c - what thrum_explore() finds, and what a pass says. That a failure can be repeated is
 * test_repeat.c's. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bugs.h"
#include "test.h"

static thrum_explore_result result;

static int explore(const char *name, void (*body)(void *), thrum_explore_options options) {
    options.name = name;
    options.seed = options.seed ? options.seed : 7;
    return thrum_explore(body, NULL, &options, &result);
}

static thrum_lock lock;
static int counter;

TEST(a_correct_test_passes_and_says_how_much_that_means) {
    CHECK_EQ(explore("correct", count_correctly, (thrum_explore_options){.schedules = 500}), 0);
    CHECK_EQ(result.failure, THRUM_EXPLORE_NOTHING);
    CHECK_EQ(result.schedules, 500);
    CHECK_GT(result.distinct, 20);
    CHECK_LE(result.distinct, 500);
    CHECK_EQ(result.threads, 3);
    CHECK_EQ(result.seed, 7);
    CHECK(result.miss[2] < 0.5 && result.miss[2] < result.miss[3] && result.miss[3] <= result.miss[4]);
    CHECK_CONTAINS(result.text, "correct: nothing failed in 500 schedules");
    CHECK_EQ(counted, 0); /* it ran elsewhere */
}

TEST(the_exhaustive_strategy_comes_to_its_end) {
    uint64_t before = 0;
    for (uint32_t most = 1; most <= 3; most++) {
        thrum_explore_options options = {.strategy = THRUM_EXPLORE_EXHAUSTIVE, .preemptions = most};
        CHECK_EQ(explore("correct", count_correctly, options), 0);
        CHECK(result.complete);
        CHECK_GT(result.schedules, before);
        CHECK_EQ(result.distinct, result.schedules); /* none is run twice */
        before = result.schedules;
    }
    CHECK_CONTAINS(result.text, "these are all schedules with at most 3 preemptions");
}

TEST(an_exhaustive_search_that_is_cut_off_says_so) {
    thrum_explore_options options = {.strategy = THRUM_EXPLORE_EXHAUSTIVE, .schedules = 5};
    CHECK_EQ(explore("correct", count_correctly, options), 0);
    CHECK(!result.complete);
    CHECK_CONTAINS(result.text, "not all schedules");
}

/* What differs from one schedule to the next by itself. */
static int lives, change;

static void changes(void *arg) {
    (void)arg;
    int life = lives++;
    if (change == 0) /* in how many threads there are, */
        crew(1 + life % 3, count_one);
    if (change == 1) /* in whether there are any more decisions, */
        for (int i = 0; i < 3 - life % 3; i++)
            (void)thrum_explore_choose(2);
    if (change == 2) /* in how many numbers there are to choose from, */
        (void)thrum_explore_choose(2 + (uint32_t)life % 3);
    if (change == 3 && life % 2) /* in what is decided. */
        (void)thrum_explore_choose(3);
    else if (change == 3)
        crew(2, count_one);
}

TEST(an_exhaustive_search_of_what_does_not_repeat_itself_says_so) {
    for (change = 0; change < 4; change++) {
        CHECK_EQ(explore("changes", changes, (thrum_explore_options){.strategy = THRUM_EXPLORE_EXHAUSTIVE}), 0);
        CHECK(!result.complete);
        CHECK_CONTAINS(result.text, "not all schedules");
    }
}

static void choose_the_last(void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_explore_choose(1000) != 999);
}

TEST(an_exhaustive_search_tries_each_number) {
    thrum_explore_options options = {.strategy = THRUM_EXPLORE_EXHAUSTIVE};
    CHECK_EQ(explore("last", choose_the_last, options), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.schedules, 1000);
}

/* What is quiet has one order: threads change where one waits. */
static bool all_quiet;

static void quietly(void *arg) {
    (void)arg;
    counted = 0;
    thrum_explore_quiet(true);
    crew(2, count_one);
    thrum_explore_quiet(all_quiet);
    crew(2, count_one);
    THRUM_EXPLORE_CHECK_THAT(counted == 4);
}

TEST(what_is_quiet_is_not_explored) {
    thrum_explore_options options = {.strategy = THRUM_EXPLORE_EXHAUSTIVE};
    all_quiet = true;
    CHECK_EQ(explore("quiet", quietly, options), 0);
    CHECK(result.complete && result.schedules == 1 && result.longest == 0);
    CHECK_EQ(explore("correct", count_correctly, options), 0);
    uint64_t loud = result.schedules;
    all_quiet = false;
    CHECK_EQ(explore("half quiet", quietly, options), 0);
    CHECK_EQ(result.schedules, loud);
}

static void take_two_quietly(void *arg) {
    thrum_explore_quiet(true);
    bugs[0].body(arg);
}

TEST(a_bug_that_needs_a_switch_is_not_found_where_it_is_quiet) {
    CHECK_EQ(explore("quiet", take_two_quietly, (thrum_explore_options){.schedules = 50}), 0);
    CHECK_EQ(explore("loud", bugs[0].body, (thrum_explore_options){.schedules = 50}), THRUM_EXPLORE_FAILED);
}

static int outlast(void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_acquire_timed(&lock, thrum_seconds(1)) == 0);
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(&lock) == 0);
    return 0;
}

static void wait_quietly(void *arg) {
    thrum_thread *thread;
    (void)arg;
    thrum_explore_quiet(all_quiet);
    thrum_lock_acquire(&lock);
    if (thrum_thread_new(&thread, outlast, NULL, NULL) < 0 || thrum_thread_start(thread) < 0)
        abort();
    (void)thrum_sleep(thrum_milliseconds(1));
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(&lock) == 0);
    thrum_thread_join(thread);
    thrum_thread_unref(thread);
}

TEST(no_time_limit_runs_out_early_where_it_is_quiet) {
    all_quiet = true;
    CHECK_EQ(explore("quiet", wait_quietly, (thrum_explore_options){.schedules = 300}), 0);
    all_quiet = false;
    CHECK_EQ(explore("loud", wait_quietly, (thrum_explore_options){.schedules = 300}), THRUM_EXPLORE_FAILED);
}

static void crashes(void *arg) {
    (void)arg;
    abort();
}

static void ends_the_process(void *arg) {
    (void)arg;
    _exit(3);
}

TEST(a_crash_is_a_failure_of_the_test_alone) {
    CHECK_EQ(explore("crash", crashes, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_CRASH);
    CHECK_CONTAINS(result.text, "signal 6");
    CHECK_EQ(explore("exit", ends_the_process, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_CRASH);
    CHECK_CONTAINS(result.text, "status 3");
}

TEST(who_ignores_the_ends_of_children_can_explore) {
    CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    CHECK_EQ(explore("correct", count_correctly, (thrum_explore_options){.schedules = 5}), 0);
    CHECK_EQ(explore("crash", crashes, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_CRASH);
    CHECK_CONTAINS(result.text, "the test ended the process");
}

/* As a daemon does, with all that it has inherited. */
static void closes_all(void *spins) {
    for (int fd = 3; fd < 100; fd++)
        close(fd);
    while (spins)
        continue;
}

TEST(a_test_that_closes_what_is_not_its_own_is_watched_all_the_same) {
    thrum_explore_options options = {.schedules = 3, .patience = thrum_milliseconds(100)};
    CHECK_EQ(thrum_explore(closes_all, NULL, &options, &result), 0);
    CHECK_EQ(thrum_explore(closes_all, &result, &options, &result), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_LIVELOCK);
}

/* Stopped, as by a key at the terminal, for longer than the test may do nothing. It goes on a second later. */
static void is_stopped_with_who_watches(void *arg) {
    (void)arg;
    int status;
    pid_t watcher = getppid(), child = fork();
    if (child == 0) {
        usleep(500000); /* it is watched */
        kill(watcher, SIGSTOP);
        sleep(4);
        kill(watcher, SIGCONT);
        sleep(1);
        _exit(0);
    }
    THRUM_EXPLORE_CHECK_THAT(waitpid(child, &status, 0) == child && status == 0);
}

TEST(being_stopped_is_no_livelock) {
    thrum_explore_options options = {.schedules = 1, .patience = thrum_milliseconds(10)};
    CHECK_EQ(thrum_explore(is_stopped_with_who_watches, NULL, &options, &result), 0);
}

static int keep_lock(void *arg) {
    (void)arg;
    thrum_lock_acquire(&lock);
    return 0;
}

static void leaks_a_lock(void *arg) {
    (void)arg;
    crew(1, keep_lock);
}

TEST(a_lock_held_at_the_end_of_a_thread_is_a_leak) {
    CHECK_EQ(explore("leak", leaks_a_lock, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_LEAKED_LOCK);
    CHECK_CONTAINS(result.text, "'Thread-1' ended and holds");
}

static thrum_event never;
static int wait_for_ever(void *arg) {
    (void)arg;
    return thrum_event_wait(&never);
}

static void leaks_a_thread(void *arg) {
    thrum_thread *thread;
    thrum_thread_options options = {.daemon = arg ? THRUM_DAEMON : THRUM_NOT_DAEMON};
    if (thrum_thread_new(&thread, wait_for_ever, NULL, &options) < 0)
        abort();
    thrum_thread_start(thread);
    thrum_thread_unref(thread);
}

TEST(a_thread_that_waits_for_ever_is_a_leak_unless_it_is_a_daemon) {
    CHECK_EQ(explore("leak", leaks_a_thread, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_LEAKED_THREAD);
    thrum_explore_options few = {.name = "daemon", .schedules = 20, .seed = 1};
    CHECK_EQ(thrum_explore(leaks_a_thread, &lock, &few, &result), 0);
    CHECK_EQ(result.schedules, 20);
}

static int spin(void *arg) {
    (void)arg;
    while (!thrum_event_is_set(&never))
        ;
    return 0;
}

static void never_ends(void *arg) {
    (void)arg;
    crew(1, spin);
}

TEST(a_test_that_does_not_end_is_a_livelock) {
    CHECK_EQ(explore("spin", never_ends, (thrum_explore_options){.steps = 1000}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_LIVELOCK);
}

/* The child of a fork runs by itself, whatever the other threads are about. */
static int fork_one(void *arg) {
    int status = 0;
    (void)arg;
    thrum_explore_point(&counter, true);
    pid_t child = fork();
    if (child == 0) {
        THRUM_WITH(&lock) {
        }
        _exit(thrum_explore_active() ? 1 : 3);
    }
    THRUM_EXPLORE_CHECK_THAT(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
    return 0;
}

static void forks(void *arg) {
    (void)arg;
    crew(2, fork_one);
}

TEST(a_child_is_not_explored) {
    CHECK_EQ(explore("forks", forks, (thrum_explore_options){.schedules = 100}), 0);
}

/* Asks in a loop, without a pause, until the other has come to it. */
static int flags[2];

static void ask_for(const int *flag) {
    do
        thrum_explore_point(flag, false);
    while (!__atomic_load_n(flag, __ATOMIC_SEQ_CST));
}

static int ask_or_work(void *arg) {
    if (!arg) {
        ask_for(&flags[1]);
        return 0;
    }
    for (int i = 0; i < 5; i++)
        thrum_explore_point(&counter, true);
    __atomic_store_n(&flags[1], 1, __ATOMIC_SEQ_CST);
    return 0;
}

static int ask_or_sleep(void *arg) {
    int r = arg ? thrum_sleep(thrum_seconds(60)) : 0;
    return r < 0 ? r : ask_or_work(arg);
}

static int ask_each_other(void *arg) {
    ask_for(&flags[!arg]);
    __atomic_store_n(&flags[arg != NULL], 1, __ATOMIC_SEQ_CST);
    return 0;
}

static void two_that(void *function) {
    flags[0] = flags[1] = 0;
    crew(2, *(thrum_target **)function);
}

static int explore_two_that(thrum_target *function, thrum_explore_strategy strategy, uint32_t steps) {
    thrum_explore_options options = {
        .strategy = strategy, .schedules = 200, .preemptions = 1, .steps = steps, .seed = 7};
    return thrum_explore(two_that, &function, &options, &result);
}

TEST(whoever_asks_in_a_loop_makes_room_for_the_others_under_each_strategy) {
    for (int strategy = THRUM_EXPLORE_PORTFOLIO; strategy <= THRUM_EXPLORE_EXHAUSTIVE; strategy++) {
        CHECK_EQ(explore_two_that(ask_or_work, (thrum_explore_strategy)strategy, 5000), 0);
        CHECK_EQ(explore_two_that(ask_or_sleep, (thrum_explore_strategy)strategy, 5000), 0);
    }
}

/* After few steps, or a busy machine comes to no end of leaving out switches in the time that there is for it. */
TEST(two_that_ask_for_each_other_are_a_livelock_and_are_named) {
    for (int strategy = THRUM_EXPLORE_PORTFOLIO; strategy <= THRUM_EXPLORE_EXHAUSTIVE; strategy++) {
        CHECK_EQ(explore_two_that(ask_each_other, (thrum_explore_strategy)strategy, 500), THRUM_EXPLORE_FAILED);
        CHECK_EQ(result.failure, THRUM_EXPLORE_LIVELOCK);
        CHECK_EQ(result.switches, 0);
        CHECK_CONTAINS(result.text, "T1 'Thread-1");
        CHECK_CONTAINS(result.text, "goes on with read #");
    }
}

static int sleep_long(void *arg) {
    return thrum_sleep(thrum_seconds(3600.0 * (1 + (double)(intptr_t)arg)));
}

static void sleeps(void *arg) {
    (void)arg;
    double before = thrum_monotonic();
    crew(3, sleep_long);
    THRUM_EXPLORE_CHECK_THAT(thrum_monotonic() - before >= 3 * 3600.0);
}

TEST(time_is_virtual) {
    int64_t before = thrum_monotonic_ns();
    CHECK_EQ(explore("sleep", sleeps, (thrum_explore_options){.schedules = 50}), 0);
    CHECK_EQ(result.schedules, 50);
    CHECK_LT(thrum_monotonic_ns() - before, (int64_t)3600 * 1000000000);
}

static int give_up(void *arg) {
    (void)arg;
    if (thrum_lock_acquire_timed(&lock, thrum_seconds(60)) == 0) {
        thrum_explore_point(&counter, true);
        thrum_lock_release(&lock);
    } else {
        counter++;
    }
    return 0;
}

static void limits_run_out(void *arg) {
    (void)arg;
    counter = 0;
    crew(2, give_up);
    THRUM_EXPLORE_CHECK_THAT(counter == 0);
}

TEST(a_time_limit_may_run_out_although_nobody_was_slow) {
    CHECK_EQ(explore("limit", limits_run_out, (thrum_explore_options){.schedules = 5000}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_CHECK);
    CHECK_EQ(explore("limit", limits_run_out, (thrum_explore_options){.strategy = THRUM_EXPLORE_EXHAUSTIVE}),
             THRUM_EXPLORE_FAILED);
}

static int idle(void *arg) {
    (void)arg;
    return thrum_event_wait(&never);
}

TEST(exploration_wants_to_be_alone) {
    thrum_thread *thread;
    CHECK_EQ(thrum_thread_new(&thread, idle, NULL, NULL), 0);
    CHECK_EQ(thrum_thread_start(thread), 0);
    CHECK_EQ(explore("busy", count_correctly, (thrum_explore_options){0}), THRUM_RUNTIME_ERROR);
    thrum_event_set(&never);
    CHECK_EQ(thrum_thread_join(thread), 0);
    thrum_thread_unref(thread);
    CHECK_EQ(explore("alone", count_correctly, (thrum_explore_options){.schedules = 3}), 0);
}

TEST(options_that_make_no_sense_are_refused) {
    CHECK_EQ(explore("x", count_correctly, (thrum_explore_options){.strategy = (thrum_explore_strategy)17}),
             THRUM_VALUE_ERROR);
    CHECK_EQ(explore("x", count_correctly, (thrum_explore_options){.faults = 0x100}), THRUM_VALUE_ERROR);
    CHECK_EQ(explore("x", count_correctly, (thrum_explore_options){.budget = {-1}}), THRUM_VALUE_ERROR);
}

/* There would be no end of them. */
TEST(an_exhaustive_search_with_sleeps_that_end_early_comes_to_its_end) {
    thrum_explore_options options = {.strategy = THRUM_EXPLORE_EXHAUSTIVE,
                                     .preemptions = 1,
                                     .most_faults = 1,
                                     .faults = THRUM_EXPLORE_SPURIOUS,
                                     .steps = 300};
    CHECK_EQ(explore("early", count_correctly, options), 0);
    CHECK(result.complete);
}

TEST(sleeps_that_end_early_do_no_harm) {
    thrum_explore_options options = {
        .schedules = 2000, .faults = THRUM_EXPLORE_SPURIOUS, .grain = THRUM_EXPLORE_ATOMICS};
    CHECK_EQ(explore("early", count_correctly, options), 0);
}

TEST(after_an_exploration_the_library_is_as_before) {
    CHECK_EQ(explore("deadlock", bugs[0].body, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    count_correctly(NULL);
    CHECK_EQ(counted, 2);
}

TEST_MAIN()
