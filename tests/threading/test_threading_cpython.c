/* test_threading_cpython.c - cases of CPython's test_threading.py and lock_tests.py that no other test here tells.
 * Which of their cases is which test is said in docs/PYTHON-TESTS.md. Where CPython sleeps to let a thread come
 * somewhere, the thread says that it has. */
#include "child.h"
#include "crew.h"

/* ThreadSanitizer ends a process that starts threads after a fork with threads, or ends without those of its
 * parent. */
#define NEEDS_FORK()                                                                                                 \
    do {                                                                                                             \
        if (TEST_TSAN)                                                                                               \
            TEST_SKIP("ThreadSanitizer does not follow a fork with threads");                                        \
    } while (0)

static thrum_event go, never, begun;

static int waits_to_go(void *arg) {
    (void)arg;
    thrum_event_set(&begun);
    return thrum_event_wait(&go);
}

static int does_nothing(void *arg) {
    (void)arg;
    return 0;
}

/* -- lock_tests.py ----------------------------------------------------------------------------------------------- */

static thrum_semaphore sem;
static int taken, refused;

static void tries_twice(int index, void *arg) {
    (void)index, (void)arg;
    for (int i = 0; i < 2; i++)
        add(thrum_semaphore_try_acquire(&sem) == 0 ? &taken : &refused, 1);
}

TEST(five_threads_try_for_three_permits) {
    CHECK_EQ(thrum_semaphore_init(&sem, 4), 0);
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    crew c = {0};
    crew_start(&c, 5, tries_twice, NULL);
    crew_join(&c);
    CHECK_EQ(taken, 3);
    CHECK_EQ(refused, 7);
}

static void acquires(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
}
static void releases(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
}

TEST(a_bounded_semaphore_that_others_release) {
    for (int limit = 1; limit < 10; limit++) {
        crew c = {0};
        CHECK_EQ(thrum_bounded_semaphore_init(&sem, limit), 0);
        crew_start(&c, limit, acquires, NULL);
        crew_join(&c);
        CHECK_EQ(thrum_semaphore_value(&sem), 0);
        crew_start(&c, limit, releases, NULL);
        crew_join(&c);
        CHECK_EQ(thrum_semaphore_release(&sem, 1), THRUM_VALUE_ERROR);
    }
}

static thrum_event event;
static int first, second;
static void waits_twice(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_EQ(thrum_event_wait(&event), 0);
    add(&first, 1);
    CHECK_EQ(thrum_event_wait(&event), 0);
    add(&second, 1);
}

TEST(an_event_is_waited_for_twice_and_set_again_after_a_clear) {
    for (int round = 1; round <= 2; round++) {
        crew c = {0};
        crew_start(&c, 5, waits_twice, NULL);
        until_waiting(&event, 5);
        CHECK_EQ(get(&first), 5 * (round - 1));
        thrum_event_set(&event);
        crew_join(&c);
        CHECK_EQ(first, 5 * round);
        CHECK_EQ(second, 5 * round);
        thrum_event_clear(&event);
    }
}

TEST(a_lock_that_nobody_holds_may_be_made_anew) {
    thrum_lock lock = THRUM_LOCK_INIT;
    thrum_lock_at_fork_reinit(&lock);
    CHECK_EQ(thrum_lock_try_acquire(&lock), 0);
    CHECK_EQ(thrum_lock_release(&lock), 0);
}

TEST(the_reprs_of_the_fresh) {
    static thrum_barrier barrier = THRUM_BARRIER_INIT(3, NULL, NULL);
    char text[100];
    CHECK_EQ(thrum_bounded_semaphore_init(&sem, 3), 0);
    CHECK_GT(thrum_semaphore_repr(&sem, text, sizeof text), 0);
    CHECK_CONTAINS(text, ": value=3/3>");
    CHECK_EQ(thrum_semaphore_init(&sem, 3), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    CHECK_GT(thrum_semaphore_repr(&sem, text, sizeof text), 0);
    CHECK_CONTAINS(text, ": value=4>");
    CHECK_GT(thrum_barrier_repr(&barrier, text, sizeof text), 0);
    CHECK_CONTAINS(text, ": waiters=0/3>");
}

/* One of five gives up after the first meeting; the four who wait for the second are sent away. */
static thrum_barrier meeting = THRUM_BARRIER_INIT(5, NULL, NULL), all_there = THRUM_BARRIER_INIT(5, NULL, NULL);
static int met, sent_away, met_again;

static void meets_and_is_sent_away(void (*end)(thrum_barrier *barrier)) {
    if (thrum_barrier_wait(&meeting) == 2) {
        UNTIL(thrum_barrier_n_waiting(&meeting) == 4);
        end(&meeting);
        return;
    }
    add(thrum_barrier_wait(&meeting) == THRUM_BROKEN_BARRIER ? &sent_away : &met, 1);
}

static void aborts_then_resets(int index, void *arg) {
    (void)index, (void)arg;
    meets_and_is_sent_away(thrum_barrier_abort);
    if (thrum_barrier_wait(&all_there) == 2) {
        CHECK(thrum_barrier_broken(&meeting));
        thrum_barrier_reset(&meeting);
    }
    CHECK_GE(thrum_barrier_wait(&all_there), 0);
    CHECK_GE(thrum_barrier_wait(&meeting), 0);
    add(&met_again, 1);
}
static void resets(int index, void *arg) {
    (void)index, (void)arg;
    meets_and_is_sent_away(thrum_barrier_reset);
    CHECK_GE(thrum_barrier_wait(&meeting), 0);
    add(&met_again, 1);
}

static void five_meet(crew_body *body) {
    crew c = {0};
    crew_start(&c, 5, body, NULL);
    crew_join(&c);
    CHECK_EQ(met, 0);
    CHECK_EQ(sent_away, 4);
    CHECK_EQ(met_again, 5);
    CHECK(!thrum_barrier_broken(&meeting));
}

TEST(one_of_five_aborts_the_second_meeting_and_another_resets) {
    five_meet(aborts_then_resets);
}
TEST(one_of_five_resets_the_second_meeting) {
    five_meet(resets);
}

/* -- threads ----------------------------------------------------------------------------------------------------- */

TEST(an_empty_name_is_none) {
    thrum_thread *thread;
    thrum_thread_options options = {.name = "", .target_name = "countdown"};
    CHECK_EQ(thrum_thread_new(&thread, does_nothing, NULL, &options), 0);
    CHECK_STR(thrum_thread_name(thread), "Thread-1 (countdown)");
    thrum_thread_unref(thread);
}

TEST(ten_threads_have_ten_numbers) {
    NEEDS_LINUX("POSIX has no number for a thread");
    thrum_thread *threads[10];
    for (int i = 0; i < 10; i++) {
        threads[i] = spawn(NULL, waits_to_go, NULL);
        CHECK_NE(thrum_thread_native_id(threads[i]), thrum_get_native_id());
        for (int before = 0; before < i; before++)
            CHECK_NE(thrum_thread_native_id(threads[i]), thrum_thread_native_id(threads[before]));
    }
    thrum_event_set(&go);
    for (int i = 0; i < 10; i++)
        reap(threads[i]);
}

TEST(repr_says_stopped_although_nobody_joins) {
    char text[100] = "";
    thrum_thread *thread = spawn(NULL, waits_to_go, NULL);
    CHECK_EQ(thrum_event_wait(&begun), 0);
    CHECK_GT(thrum_thread_repr(thread, text, sizeof text), 0);
    CHECK_CONTAINS(text, ", started ");
    thrum_event_set(&go);
    UNTIL(thrum_thread_repr(thread, text, sizeof text) > 0 && strstr(text, ", stopped "));
    reap(thread);
}

static void thread_is_unknown(void *arg) {
    const thrum_excepthook_args args = {THRUM_VALUE_ERROR, "bug", NULL};
    printf("Exception in thread %llu:\n", (unsigned long long)thrum_get_ident());
    CHECK_EQ(thrum_default_excepthook(&args, arg), 0);
}

TEST(the_default_excepthook_without_a_thread_shows_the_number) {
    child c;
    child_run(&c, thread_is_unknown, NULL);
    CHECK_EQ(child_code(&c), 0);
    CHECK_CONTAINS(c.err, c.out);
    CHECK_CONTAINS(c.err, "ValueError: bug\n");
}

/* -- the end of the process -------------------------------------------------------------------------------------- */

static int joins_main(void *arg) {
    CHECK_EQ(thrum_thread_join((thrum_thread *)arg), 0);
    CHECK(!thrum_thread_is_alive((thrum_thread *)arg));
    CHECK_EQ(thrum_thread_join_timed((thrum_thread *)arg, THRUM_NOWAIT), 0);
    puts("end of thread");
    return 0;
}

static void main_ends_first(void *arg) {
    thrum_thread *thread = spawn("joiner", joins_main, thrum_main_thread());
    (void)arg;
    until_waiting(thrum_main_thread(), 1);
    thrum_thread_unref(thread);
    puts("end of main");
}

TEST(a_thread_may_wait_for_the_end_of_the_main_thread) {
    child_expect(main_ends_first, NULL, 0, "end of main\nend of thread\n");
}

/* The thread that forks is the child's main thread, and the parent's has ended there. */
static void old_main_has_ended(void *arg) {
    puts("end of main");
    reap(spawn("joiner", joins_main, arg));
    CHECK(arg != thrum_main_thread());
}
static int forks_once(void *arg) {
    child c;
    child_run(&c, old_main_has_ended, arg);
    CHECK_EQ(child_code(&c), 0); /* a checker of leaks may speak of the threads that it misses */
    CHECK_STR(c.out, "end of main\nend of thread\n");
    return 0;
}

TEST(the_parents_main_thread_has_ended_in_the_child) {
    NEEDS_FORK();
    reap(spawn("forker", forks_once, thrum_main_thread()));
}

static thrum_thread *the_main;
static thrum_local mine;

static void looks_at_the_end(void) {
    thrum_thread *all[2];
    CHECK(thrum_current_thread() == the_main);
    CHECK(thrum_main_thread() == the_main);
    CHECK_EQ(thrum_enumerate(all, 2), 1);
    CHECK(all[0] == the_main);
    thrum_thread_unref(all[0]);
    printf("%s\n", (char *)thrum_local_get(&mine));
}
static void looks(void *arg) {
    (void)arg;
    looks_at_the_end();
}
static void is_looked_at(void *arg) {
    the_main = thrum_current_thread();
    CHECK_EQ(thrum_local_set(&mine, arg), 0);
    atexit(looks_at_the_end); /* before the library's own, so called after it */
    CHECK_EQ(thrum_register_atexit(looks, NULL), 0);
}

TEST(to_the_end_the_main_thread_is_itself_and_has_its_locals) {
    child_expect(is_looked_at, (void *)(uintptr_t) "value", 0, "value\nvalue\n");
}

static void waits_for_ever(int index, void *arg) {
    (void)index, (void)arg;
    CHECK(thrum_current_thread());
    thrum_event_set(&begun);
    (void)thrum_event_wait(&never);
}
static void exits_with_42(void *arg) {
    static crew c;
    crew_start(&c, 1, waits_for_ever, arg);
    CHECK_EQ(thrum_event_wait(&begun), 0);
    exit(42);
}

TEST(the_status_is_the_programs_although_a_foreign_thread_waits) {
    child_expect(exits_with_42, NULL, 42, "");
}

/* -- forks ------------------------------------------------------------------------------------------------------- */

static int status_of_fork(int (*in_child)(void *arg), void *arg) {
    int status;
    pid_t pid = fork();
    CHECK_GE(pid, 0);
    if (pid == 0)
        _exit(in_child(arg));
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int counts_threads(void *arg) {
    (void)arg;
    return (int)thrum_active_count();
}

TEST(a_dummy_is_not_in_the_child_of_a_fork) {
    NEEDS_FORK();
    crew c = {0};
    crew_start(&c, 1, waits_for_ever, NULL);
    CHECK_EQ(thrum_event_wait(&begun), 0);
    CHECK_EQ(thrum_active_count(), 2);
    CHECK_EQ(status_of_fork(counts_threads, NULL), 1);
    thrum_event_set(&never);
    crew_join(&c);
}

static int is_alive(void *arg) {
    return thrum_thread_is_alive((thrum_thread *)arg) ? 11 : 10;
}

TEST(a_thread_that_has_just_begun_is_not_alive_in_the_child) {
    NEEDS_FORK();
    for (int i = 0; i < 20; i++) {
        thrum_thread *thread = spawn(NULL, does_nothing, NULL);
        CHECK_EQ(status_of_fork(is_alive, thread), 10);
        reap(thread);
    }
}

static int is_still_main(void *arg) {
    thrum_thread *self = thrum_main_thread();
    CHECK(self == thrum_current_thread());
    CHECK_STR(thrum_thread_name(self), "MainThread");
    CHECK_EQ(thrum_get_ident(), *(uint64_t *)arg);
    CHECK_EQ(thrum_thread_ident(self), *(uint64_t *)arg);
    return 0;
}

TEST(the_main_thread_that_forks_stays_what_it_is) {
    uint64_t ident = thrum_get_ident();
    CHECK_EQ(status_of_fork(is_still_main, &ident), 0);
}

static int returns_50(void *arg) {
    (void)arg;
    return 50;
}
static void forks(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_EQ(status_of_fork(returns_50, NULL), 50);
}

TEST(sixteen_threads_may_fork_at_once) {
    NEEDS_FORK();
    crew c = {0};
    crew_start(&c, 16, forks, NULL);
    crew_join(&c);
}

TEST_MAIN()
