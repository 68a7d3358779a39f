/* test_exit.c - the end of the process: sections 2.1 (register_atexit, no new threads), 2.2 (who is waited for) and
 * 2.9 (daemon threads that print) of the semantics. Each case runs in a child, whose output is looked at. */
#include "child.h"
#include "crew.h"

static thrum_event go, never, begun;

static void say(const char *text) {
    CHECK_EQ(write(1, text, strlen(text)), (ssize_t)strlen(text));
}

static void start(const char *name, thrum_target *target, void *arg, thrum_daemon daemon) {
    thrum_thread *thread;
    CHECK_EQ(thrum_thread_new(&thread, target, arg, &(thrum_thread_options){.name = name, .daemon = daemon}), 0);
    CHECK_EQ(thrum_thread_start(thread), 0);
    thrum_thread_unref(thread);
}

/* Waits until the main thread is in exit(): it joins us then. */
static void until_main_ends(void) {
    UNTIL(waiting_for(thrum_current_thread()) == 1);
}

static int says_at_the_end(void *arg) {
    until_main_ends();
    say((const char *)arg);
    return 0;
}
static void starts_one(void *arg) {
    start("late", says_at_the_end, arg, THRUM_NOT_DAEMON);
    say("main ends\n");
}

TEST(exit_waits_for_threads_that_are_no_daemons) {
    child_expect(starts_one, (void *)(uintptr_t) "thread ends\n", 0, "main ends\nthread ends\n");
}

/* Section 2.9: also for those that are started meanwhile. */
static int starts_another(void *arg) {
    until_main_ends();
    say("first\n");
    start("second", says_at_the_end, arg, THRUM_DAEMON_INHERIT);
    return 0;
}
static void starts_a_chain(void *arg) {
    start("first", starts_another, arg, THRUM_NOT_DAEMON);
}

TEST(exit_waits_for_threads_that_are_started_meanwhile) {
    child_expect(starts_a_chain, (void *)(uintptr_t) "second\n", 0, "first\nsecond\n");
}

static int waits_for_ever(void *arg) {
    (void)arg;
    thrum_event_set(&begun);
    return thrum_event_wait(&never);
}
static void starts_a_daemon(void *arg) {
    (void)arg;
    start("daemon", waits_for_ever, NULL, THRUM_DAEMON);
    CHECK_EQ(thrum_event_wait(&begun), 0);
    say("main ends\n");
}

TEST(exit_does_not_wait_for_daemons) {
    child_expect(starts_a_daemon, NULL, 0, "main ends\n");
}

static void is_foreign(int index, void *arg) {
    (void)index, (void)arg;
    CHECK(thrum_current_thread());
    thrum_event_set(&begun);
    (void)thrum_event_wait(&never);
}
static void has_a_foreign_thread(void *arg) {
    static crew c;
    (void)arg;
    crew_start(&c, 1, is_foreign, NULL);
    CHECK_EQ(thrum_event_wait(&begun), 0);
}

TEST(exit_does_not_wait_for_foreign_threads) {
    child_expect(has_a_foreign_thread, NULL, 0, "");
}

TEST(an_unstarted_thread_does_not_hold_the_end) {
    child c;
    if (child_fork(&c) == 0) {
        thrum_thread *thread;
        CHECK_EQ(thrum_thread_new(&thread, waits_for_ever, NULL, NULL), 0);
        exit(0);
    }
    child_wait(&c);
    CHECK_EQ(child_code(&c), 0);
}

/* How often the process ends under daemons that work: ThreadSanitizer lets them go on for a second each time. */
enum { ENDS = TEST_TSAN ? 8 : 40 };

/* Section 2.9: a daemon thread that prints while the process ends never makes it crash. */
static int prints(void *arg) {
    (void)arg;
    thrum_event_set(&begun);
    while (!thrum_event_is_set(&never)) {
        printf("x");
        THRUM_WITH((thrum_lock *)arg) fflush(stdout);
    }
    return 0;
}
static void ends_under_a_printing_daemon(void *arg) {
    static thrum_lock lock;
    (void)arg;
    for (int i = 0; i < 3; i++)
        start("printer", prints, &lock, THRUM_DAEMON);
    CHECK_EQ(thrum_event_wait(&begun), 0);
}

TEST(daemons_that_print_at_the_end_never_crash) {
    for (int i = 0; i < ENDS; i++) {
        child c;
        child_run(&c, ends_under_a_printing_daemon, NULL);
        CHECK_EQ(child_code(&c), 0);
        CHECK_STR(c.err, "");
    }
}

/* The same for daemons that use the library in every way. */
static int uses_the_library(void *arg) {
    static thrum_semaphore sem = THRUM_SEMAPHORE_INIT(1);
    thrum_event_set(&begun);
    while (!thrum_event_is_set(&never)) {
        THRUM_WITH((thrum_lock *)arg) CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
        CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
        (void)!thrum_event_wait_timed(&never, thrum_nanoseconds(1000));
        (void)thrum_active_count();
    }
    return 0;
}
static void ends_under_busy_daemons(void *arg) {
    static thrum_lock lock;
    (void)arg;
    for (int i = 0; i < 3; i++)
        start("busy", uses_the_library, &lock, THRUM_DAEMON);
    CHECK_EQ(thrum_event_wait(&begun), 0);
}

TEST(daemons_that_use_the_library_at_the_end_never_crash) {
    for (int i = 0; i < ENDS; i++)
        child_expect(ends_under_busy_daemons, NULL, 0, "");
}

/* exit() from another thread */

static int exits(void *arg) {
    exit(*(int *)arg);
}
static void main_waits(void *arg) {
    static int code = 3;
    (void)arg;
    start("late", says_at_the_end, (void *)(uintptr_t) "waited for\n", THRUM_NOT_DAEMON);
    start("exiter", exits, &code, THRUM_NOT_DAEMON);
    (void)thrum_event_wait(&never);
}

TEST(a_thread_may_call_exit) {
    child_expect(main_waits, NULL, 3, "waited for\n");
}

/* A thread that waits for what the main thread holds: reported once, also under the policy `error`, which makes a
 * join fail; exit goes on waiting, until somebody else lets the thread go on. */
static thrum_lock kept;

static int wants_what_is_kept(void *arg) {
    (void)arg;
    thrum_lock_acquire(&kept);
    say("at last\n");
    return thrum_lock_release(&kept);
}

static int reports;
static void counts(const char *text, void *arg) {
    (void)text, (void)arg;
    add(&reports, 1);
}

static int releases_it(void *arg) {
    UNTIL(get(&reports) > 0);
    for (int i = 0; i < 1000; i++) {
        UNTIL(waiting_for(arg) == 1);
        sched_yield();
    }
    CHECK_EQ(get(&reports), 1);
    return thrum_lock_release(&kept);
}

static void keeps_a_lock(void *arg) {
    (void)arg;
    (void)thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    thrum_deadlock_set_handler(counts, NULL);
    thrum_lock_acquire(&kept);
    thrum_thread *wants = spawn("wants", wants_what_is_kept, NULL);
    until_waiting(&kept, 1);
    start("releases", releases_it, wants, THRUM_DAEMON);
    thrum_thread_unref(wants);
}

TEST(exit_waits_through_a_deadlock_under_the_policy_error) {
    child_expect(keeps_a_lock, NULL, 0, "at last\n");
}

/* register_atexit */

static void says(void *arg) {
    say((const char *)arg);
}
static void registers_three(void *arg) {
    (void)arg;
    CHECK_EQ(thrum_register_atexit(says, (void *)(uintptr_t) "1\n"), 0);
    CHECK_EQ(thrum_register_atexit(says, (void *)(uintptr_t) "2\n"), 0);
    CHECK_EQ(thrum_register_atexit(says, (void *)(uintptr_t) "3\n"), 0);
}

TEST(registered_functions_are_called_the_last_one_first) {
    child_expect(registers_three, NULL, 0, "3\n2\n1\n");
}

static void sets(void *arg) {
    say("called\n");
    thrum_event_set((thrum_event *)arg);
}
static int waits_to_go(void *arg) {
    CHECK_EQ(thrum_event_wait(&go), 0);
    say((const char *)arg);
    return 0;
}
static void needs_the_function(void *arg) {
    CHECK_EQ(thrum_register_atexit(sets, &go), 0);
    start("waits", waits_to_go, arg, THRUM_NOT_DAEMON);
}

TEST(registered_functions_are_called_before_threads_are_waited_for) {
    child_expect(needs_the_function, (void *)(uintptr_t) "thread ends\n", 0, "called\nthread ends\n");
}

static void registers_late(void *arg) {
    CHECK_EQ(thrum_register_atexit(says, arg), THRUM_RUNTIME_ERROR);
    say("refused\n");
}
static int registers_later(void *arg) {
    until_main_ends();
    CHECK_EQ(thrum_register_atexit(says, arg), THRUM_RUNTIME_ERROR);
    say("refused\n");
    return 0;
}
static void two_that_come_late(void *arg) {
    CHECK_EQ(thrum_register_atexit(registers_late, arg), 0);
    start("late", registers_later, arg, THRUM_NOT_DAEMON);
}

TEST(nothing_is_registered_once_the_end_has_begun) {
    child_expect(two_that_come_late, (void *)(uintptr_t) "never said\n", 0, "refused\nrefused\n");
}

/* A registered function may start threads, which are waited for. */
static void starts_at_exit(void *arg) {
    start("late", says_at_the_end, arg, THRUM_NOT_DAEMON);
}
static void registers_a_start(void *arg) {
    CHECK_EQ(thrum_register_atexit(starts_at_exit, arg), 0);
}

TEST(a_registered_function_may_start_threads) {
    child_expect(registers_a_start, (void *)(uintptr_t) "started and waited for\n", 0, "started and waited for\n");
}

/* When all threads have been waited for, no other can be started: "can't create new thread at interpreter
 * shutdown". */
static thrum_thread *too_late;
static void starts_too_late(void) {
    CHECK_EQ(thrum_thread_start(too_late), THRUM_RUNTIME_ERROR);
    CHECK(!thrum_thread_is_alive(too_late));
    CHECK_EQ(thrum_active_count(), 1);
    say("refused\n");
}
static void has_an_older_atexit(void *arg) {
    (void)arg;
    atexit(starts_too_late); /* registered before the library's own, so called after it */
    CHECK_EQ(thrum_thread_new(&too_late, waits_for_ever, NULL, NULL), 0);
    start("late", says_at_the_end, (void *)(uintptr_t) "thread\n", THRUM_NOT_DAEMON);
}

TEST(no_thread_is_started_after_the_end) {
    child_expect(has_an_older_atexit, NULL, 0, "thread\nrefused\n");
}

/* An error in a thread is reported at the end as ever, and the exit status is the program's. */
static int fails(void *arg) {
    (void)arg;
    until_main_ends();
    return THRUM_KEY_ERROR;
}
static void has_a_failing_thread(void *arg) {
    (void)arg;
    start("failing", fails, NULL, THRUM_NOT_DAEMON);
}

TEST(an_error_in_a_thread_is_reported_at_the_end_too) {
    child c;
    child_run(&c, has_a_failing_thread, NULL);
    CHECK_EQ(child_code(&c), 0);
    CHECK_CONTAINS(c.err, "Exception in thread failing:");
}

/* _exit() does not wait: it is what a program uses that must end now. */
static void ends_at_once(void *arg) {
    start("never", waits_for_ever, arg, THRUM_NOT_DAEMON);
    _exit(5);
}

TEST(underscore_exit_waits_for_nobody) {
    child_expect(ends_at_once, NULL, 5, "");
}

TEST_MAIN()
