/* test_outside.c - waits that are none of the library's: thrum_explore_await(), and calls that really block. */
#include <fcntl.h>
#include <poll.h>

#include <thrum.h>

#include "test.h"

static thrum_explore_result result;

static int explore(void (*test)(void *arg), void *arg, thrum_explore_options options) {
    options.seed = options.seed ? options.seed : 7;
    options.schedules = options.schedules ? options.schedules : 100;
    return thrum_explore(test, arg, &options, &result);
}

static thrum_thread *start(thrum_target *target, void *arg) {
    thrum_thread *thread;
    CHECK_EQ(thrum_thread_new(&thread, target, arg, NULL), 0);
    CHECK_EQ(thrum_thread_start(thread), 0);
    return thread;
}

static void join(thrum_thread *thread) {
    thrum_thread_join(thread);
    thrum_thread_unref(thread);
}

/* A flag that is waited for, and a signal that may be missed. */
static bool flag, waits;

static bool is_set(void *arg) {
    return *(bool *)arg;
}

static int set_flag(void *arg) {
    (void)arg;
    thrum_explore_step(&flag, true, "set_flag");
    flag = true;
    return 0;
}

static void wait_for_the_flag(void *arg) {
    (void)arg;
    flag = false;
    thrum_thread *thread = start(set_flag, NULL);
    thrum_explore_step(&flag, false, "wait");
    THRUM_EXPLORE_CHECK_THAT(thrum_explore_await(&flag, "flag", is_set, &flag, THRUM_FOREVER) == 0);
    THRUM_EXPLORE_CHECK_THAT(flag);
    join(thread);
}

TEST(await_ends_when_it_is_ready) {
    CHECK_EQ(explore(wait_for_the_flag, NULL, (thrum_explore_options){0}), 0);
    CHECK_GT(result.distinct, 1);
    CHECK_EQ(result.partly, 0);
}

static void wait_for_ever(void *arg) {
    (void)arg;
    flag = false;
    (void)thrum_explore_await(&flag, "flag", is_set, &flag, THRUM_FOREVER);
}

TEST(await_for_ever_is_a_deadlock) {
    CHECK_EQ(explore(wait_for_ever, NULL, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_DEADLOCK);
    CHECK_CONTAINS(result.text, "waits for flag (object #1), for ever");
}

static void wait_an_hour(void *arg) {
    (void)arg;
    flag = false;
    int64_t begin = thrum_monotonic_ns();
    THRUM_EXPLORE_CHECK_THAT(thrum_explore_await(NULL, "flag", is_set, &flag, thrum_seconds(3600)) ==
                             THRUM_TIMED_OUT);
    THRUM_EXPLORE_CHECK_THAT(thrum_monotonic_ns() - begin >= thrum_seconds(3600).ns);
    THRUM_EXPLORE_CHECK_THAT(thrum_explore_await(NULL, "flag", is_set, &flag, THRUM_NOWAIT) == THRUM_TIMED_OUT);
}

TEST(awaits_limit_is_virtual) {
    CHECK_EQ(explore(wait_an_hour, NULL, (thrum_explore_options){0}), 0);
}

static int signal_flag(void *arg) {
    (void)arg;
    thrum_explore_step(&flag, true, "signal");
    if (waits)
        flag = true;
    else
        thrum_explore_unheard(&flag, "signal");
    return 0;
}

static void miss_the_signal(void *arg) {
    (void)arg;
    flag = waits = false;
    thrum_thread *thread = start(signal_flag, NULL);
    thrum_explore_step(&flag, true, "wait");
    waits = true;
    (void)thrum_explore_await(&flag, "flag", is_set, &flag, THRUM_FOREVER);
    join(thread);
}

TEST(a_missed_signal_is_a_lost_wake_up) {
    CHECK_EQ(explore(miss_the_signal, NULL, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_LOST_WAKEUP);
    CHECK_CONTAINS(result.text, "signal of object #");
}

/* A pipe that nobody else has. */
static int ends[2];

static int write_byte(void *arg) {
    (void)arg;
    thrum_explore_step(ends, true, "write");
    CHECK_EQ(write(ends[1], "x", 1), 1);
    return 0;
}

static bool readable(void *arg) {
    (void)arg;
    return poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, 0) > 0;
}

static void read_when_readable(void *arg) {
    char byte;
    (void)arg;
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    thrum_thread *thread = start(write_byte, NULL);
    thrum_explore_step(ends, false, "read");
    THRUM_EXPLORE_CHECK_THAT(thrum_explore_await_outside("pipe", readable, NULL, THRUM_FOREVER) == 0);
    CHECK_EQ(read(ends[0], &byte, 1), 1);
    join(thread);
    close(ends[0]);
    close(ends[1]);
}

TEST(what_is_outside_is_waited_for_and_said) {
    CHECK_EQ(explore(read_when_readable, NULL, (thrum_explore_options){0}), 0);
    CHECK_GT(result.partly, 0);
    CHECK_LT(result.partly, result.schedules);
    CHECK_CONTAINS(result.text, "partly controlled: pipe was waited for outside");
}

static void read_with_leave(void *arg) {
    char byte;
    (void)arg;
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    thrum_thread *thread = start(write_byte, NULL);
    CHECK_EQ(thrum_explore_leave("read"), 0);
    ssize_t n = read(ends[0], &byte, 1); /* would keep everybody from running if this thread had its turn */
    thrum_explore_enter();
    THRUM_EXPLORE_CHECK_THAT(n == 1);
    join(thread);
    close(ends[0]);
    close(ends[1]);
}

TEST(a_call_that_blocks_lets_others_run) {
    CHECK_EQ(explore(read_with_leave, NULL, (thrum_explore_options){0}), 0);
    CHECK_EQ(result.partly, result.schedules);
}

static void read_for_ever(void *arg) {
    char byte;
    (void)arg;
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    CHECK_EQ(thrum_explore_leave("read"), 0);
    CHECK_EQ(read(ends[0], &byte, 1), 1);
    thrum_explore_enter();
}

/* Nothing else than the failure that is looked for happens in these tests, so that how long is no matter. */
static thrum_explore_options hurried(void) {
    return (thrum_explore_options){.patience = thrum_milliseconds(200)};
}

TEST(a_call_that_blocks_for_ever_is_a_deadlock) {
    CHECK_EQ(explore(read_for_ever, NULL, hurried()), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_DEADLOCK);
    CHECK_CONTAINS(result.text, "waits for read, for ever");
    CHECK_CONTAINS(result.text, "partly controlled: read");
}

static void spin_for_ever(void *arg) {
    (void)arg;
    flag = true;
    while (__atomic_load_n(&flag, __ATOMIC_SEQ_CST))
        continue;
}

TEST(a_thread_that_keeps_its_turn_is_a_livelock) {
    CHECK_EQ(explore(spin_for_ever, NULL, hurried()), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_LIVELOCK);
    CHECK_CONTAINS(result.text, "T0 has its turn and comes to no call that is under control");
}

static int never_ends(void *arg) {
    (void)arg;
    return thrum_explore_await(NULL, "nothing", is_set, &flag, THRUM_FOREVER);
}

static void pass_early(void *arg) {
    (void)arg;
    flag = false;
    start(never_ends, NULL);
    thrum_explore_pass();
}

TEST(pass_ends_the_schedule_whatever_the_others_do) {
    CHECK_EQ(explore(pass_early, NULL, (thrum_explore_options){.schedules = 20}), 0);
    CHECK_EQ(result.schedules, 20);
}

static void fork_in_it(void *arg) {
    int status;
    (void)arg;
    pid_t pid = fork();
    if (pid == 0)
        _exit(thrum_explore_active() ? 1 : 42);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    THRUM_EXPLORE_CHECK_THAT(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

TEST(a_forked_child_is_free) {
    CHECK_EQ(explore(fork_in_it, NULL, (thrum_explore_options){.schedules = 5}), 0);
}

TEST(without_exploration_there_is_nothing_to_wait_in) {
    flag = true;
    CHECK_EQ(thrum_explore_await(NULL, "flag", is_set, &flag, THRUM_FOREVER), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_explore_await_outside("flag", is_set, &flag, THRUM_FOREVER), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_explore_leave("flag"), 0);
    thrum_explore_enter();
    thrum_explore_step(&flag, true, "step");
    thrum_explore_unheard(&flag, "step");
}

TEST(negative_patience_is_refused) {
    CHECK_EQ(explore(wait_for_the_flag, NULL, (thrum_explore_options){.patience = thrum_nanoseconds(-1)}),
             THRUM_VALUE_ERROR);
}

TEST_MAIN()
