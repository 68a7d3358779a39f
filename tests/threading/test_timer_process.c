/* Timers where the system refuses memory or threads, where a process forks, and where it ends. */
#include "timers.h"

/* Threads that the system is to refuse: --wrap=pthread_create. */
static int refusals, refused;
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg) {
    if (get(&refusals) > 0) {
        add(&refusals, -1);
        add(&refused, 1);
        return EAGAIN;
    }
    return __real_pthread_create(thread, attributes, body, arg);
}

/* Refusals. */

TEST(no_memory_for_a_timer) {
    thrum_timer *timer = NULL;
    long blocks = fault_live();
    fault_arm(1);
    CHECK_EQ(thrum_timer_new(&timer, SOON, count, NULL, &(thrum_timer_options){.free_arg = free_arg}), -ENOMEM);
    CHECK(fault_disarm());
    CHECK(timer == NULL);
    CHECK_EQ(fault_live(), blocks);
    CHECK_EQ(freed_now(), 0);
}

TEST(a_start_without_memory_can_be_repeated) {
    thrum_timer *timer;
    (void)thrum_lock_order(false); /* its lists are allocations too */
    CHECK_EQ(thrum_timer_new(&timer, THRUM_FOREVER, count, NULL, NULL), 0);
    long blocks = fault_live();
    size_t n = 1;
    for (;; n++) {
        fault_arm(n);
        int r = thrum_timer_start(timer);
        if (!fault_disarm()) {
            CHECK_EQ(r, 0);
            break;
        }
        CHECK_EQ(r, -ENOMEM);
        CHECK(!thrum_timer_is_alive(timer));
        CHECK_EQ(thrum_timer_join(timer), THRUM_RUNTIME_ERROR);
        CHECK_EQ(fault_live(), blocks);
    }
    CHECK_GT(n, 1);
    cancel_and_drop(timer);
}

TEST(a_system_that_refuses_the_keeper) {
    thrum_timer *timer;
    CHECK_EQ(thrum_timer_new(&timer, SOON, count, NULL, NULL), 0);
    refusals = 1;
    CHECK_EQ(thrum_timer_start(timer), -EAGAIN);
    CHECK(!thrum_timer_is_alive(timer));
    CHECK_EQ(thrum_timer_start(timer), 0);
    join_and_drop(timer);
    CHECK_EQ(called(), 1);
}

TEST(a_system_that_refuses_runners_for_a_while) {
    thrum_timer *late = started(LATE, count, NULL, THRUM_DAEMON);
    put(&refusals, 3);
    join_and_drop(started(SOON, count, NULL, THRUM_DAEMON));
    CHECK_EQ(get(&refused), 3);
    CHECK_EQ(called(), 1);
    cancel_and_drop(late);
}

/* The runner that was refused a colleague blocks: the keeper has to see to the rest. */
TEST(a_runner_is_refused_its_successor) {
    thrum_timer *warm = started(thrum_nanoseconds(0), count, NULL, THRUM_DAEMON);
    join_and_drop(warm);
    UNTIL(runner_idles());
    put(&refusals, 2);
    thrum_timer *blocked = started(SOON, wait_at_gate, NULL, THRUM_DAEMON);
    thrum_timer *opener = started(SOON, open_gate, NULL, THRUM_DAEMON);
    join_and_drop(opener);
    join_and_drop(blocked);
    CHECK_EQ(called(), 2);
}

static void check_child(void (*body)(void)) {
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        body();
        exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

/* Forks. ThreadSanitizer does not follow a process with threads into the child of its fork. */
#if !TEST_TSAN

static thrum_timer *of_parent;
static void use_timers_in_child(void) {
    CHECK(!thrum_timer_is_alive(of_parent));
    CHECK_EQ(thrum_timer_join(of_parent), 0);
    CHECK_EQ(thrum_timer_start(of_parent), THRUM_RUNTIME_ERROR);
    thrum_timer_cancel(of_parent);
    thrum_timer_unref(of_parent);
    CHECK_EQ(freed_now(), 1);
    join_and_drop(started(SOON, count, NULL, THRUM_NOT_DAEMON));
    CHECK_EQ(called(), 1);
}

TEST(timers_stay_with_the_parent) {
    CHECK_EQ(thrum_timer_new(&of_parent, LATE, count, NULL, &(thrum_timer_options){.free_arg = free_arg}), 0);
    CHECK_EQ(thrum_timer_start(of_parent), 0);
    check_child(use_timers_in_child);
    CHECK(thrum_timer_is_alive(of_parent));
    cancel_and_drop(of_parent);
    CHECK_EQ(freed_now(), 1);
    join_and_drop(started(SOON, count, NULL, THRUM_DAEMON));
}

static thrum_timer *forking;
static int forked_status = -1;

/* Returns true in the child. */
static bool fork_inside(void) {
    pid_t child = fork();
    if (child == 0) {
        CHECK(thrum_timer_is_alive(forking));
        CHECK_EQ(thrum_timer_join(forking), THRUM_RUNTIME_ERROR);
        return true;
    }
    CHECK_EQ(waitpid(child, &forked_status, 0), child);
    return false;
}

static int fork_and_return(void *arg) {
    (void)arg;
    fork_inside(); /* the child ends with its only thread */
    return 0;
}

static int fork_and_use_timers(void *arg) {
    (void)arg;
    if (fork_inside()) {
        join_and_drop(started(SOON, count, NULL, THRUM_DAEMON));
        CHECK_EQ(called(), 1);
        exit(0);
    }
    return 0;
}

static void check_forking(thrum_target *function) {
    CHECK_EQ(thrum_timer_new(&forking, thrum_milliseconds(20), function, NULL, NULL), 0);
    CHECK_EQ(thrum_timer_start(forking), 0);
    CHECK_EQ(thrum_timer_join(forking), 0);
    CHECK_EQ(forked_status, 0);
    CHECK_EQ(called(), 0);
    thrum_timer_unref(forking);
}

TEST(a_timer_may_fork) {
    check_forking(fork_and_return);
}

TEST(the_child_of_a_timer_has_timers) {
    check_forking(fork_and_use_timers);
}

#endif

/* The end of the process. */

static int out[2];
static int say(void *arg) {
    CHECK_EQ(write(out[1], arg, 1), 1);
    return 0;
}

/* Run `body` in a process, let it come to its end, and return what its timers have said. */
static const char *said(void (*body)(void)) {
    static char text[16];
    CHECK_EQ(pipe(out), 0);
    check_child(body);
    close(out[1]);
    ssize_t size = read(out[0], text, sizeof text - 1);
    CHECK_GE(size, 0);
    text[size] = '\0';
    close(out[0]);
    return text;
}

static char letters[] = "abcd";
static void leave_a_timer(void) {
    thrum_timer_unref(started(thrum_milliseconds(30), say, &letters[0], THRUM_NOT_DAEMON));
    thrum_timer_unref(started(LATE, say, &letters[1], THRUM_DAEMON));
}

TEST(exit_waits_for_timers_that_are_no_daemons) {
    CHECK_STR(said(leave_a_timer), "a");
}

static int cancel_it(void *arg) {
    thrum_timer_cancel(arg);
    thrum_timer_unref(arg);
    return 0;
}
static void cancel_the_last(void) {
    thrum_timer *last = started(LATE, say, &letters[0], THRUM_NOT_DAEMON);
    thrum_timer_unref(started(SOON, cancel_it, last, THRUM_DAEMON));
}

TEST(exit_waits_no_longer_when_they_are_cancelled) {
    CHECK_STR(said(cancel_the_last), "");
}

static int start_thread_that_starts_timer(void *arg);
static int start_timer(void *arg) {
    char *letter = arg;
    thrum_timer_unref(started(SOON, *letter == 'c' ? say : start_thread_that_starts_timer, letter, 0));
    return 0;
}
static int start_thread_that_starts_timer(void *arg) {
    thrum_thread *thread;
    say(arg);
    CHECK_EQ(thrum_thread_new(&thread, start_timer, (char *)arg + 1, NULL), 0);
    CHECK_EQ(thrum_thread_start(thread), 0);
    thrum_thread_unref(thread);
    return 0;
}
static void start_a_chain(void) {
    start_timer(letters);
}

TEST(exit_waits_for_threads_of_timers_of_threads) {
    CHECK_STR(said(start_a_chain), "abc");
}

static int exit_inside(void *arg) {
    say(arg);
    thrum_timer_unref(started(SOON, say, (char *)arg + 1, THRUM_NOT_DAEMON));
    exit(0); /* waits for that one, and not for itself */
}
static void exit_from_a_timer(void) {
    thrum_timer_unref(started(SOON, exit_inside, &letters[0], THRUM_NOT_DAEMON));
    for (;;)
        thrum_sleep(LATE);
}

TEST(a_timer_may_call_exit) {
    CHECK_STR(said(exit_from_a_timer), "ab");
}

static thrum_timer *too_late;
static void start_too_late(void) {
    CHECK_EQ(thrum_timer_start(too_late), THRUM_RUNTIME_ERROR);
    CHECK(!thrum_timer_is_alive(too_late));
    thrum_timer_unref(too_late);
    say(&letters[3]);
}
static void start_after_the_end(void) {
    atexit(start_too_late); /* registered before the library's own, and so called after it */
    CHECK_EQ(thrum_timer_new(&too_late, SOON, say, &letters[0], NULL), 0);
    thrum_timer_unref(started(SOON, say, &letters[1], THRUM_NOT_DAEMON));
}

TEST(no_timer_is_started_after_the_end) {
    CHECK_STR(said(start_after_the_end), "bd");
}

TEST_MAIN()
