/* test_faults.c - what happens when memory or threads are refused: each call of threading that asks for some fails
 * with the code that it promises, leaves everything as it was, and works the next time. The n-th request fails, for
 * every n. */
#include <errno.h>

#include "crew.h"
#include "fault.h"

/* The library's pthread_create() is wrapped as well, and refuses while this is set. */
static int refuse_threads;
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg) {
    return get(&refuse_threads) ? EAGAIN : __real_pthread_create(thread, attributes, body, arg);
}

static int ran, freed;
static int runs(void *arg) {
    (void)arg;
    add(&ran, 1);
    return 0;
}
static void frees(void *arg) {
    (void)arg;
    add(&freed, 1);
}

TEST(a_thread_is_made_or_not) {
    thrum_thread_options options = {.target_name = "runs", .free_arg = frees};
    (void)thrum_current_thread();
    for (size_t n = 1;; n++) {
        thrum_thread *thread = (thrum_thread *)&ran;
        long before = fault_live();
        fault_arm(n);
        int r = thrum_thread_new(&thread, runs, NULL, &options);
        if (!fault_disarm()) {
            CHECK_EQ(r, 0);
            CHECK_GT(n, 1);
            thrum_thread_unref(thread);
            break;
        }
        CHECK_EQ(r, -ENOMEM);
        CHECK(thread == (thrum_thread *)&ran);
        CHECK_EQ(freed, 0); /* on failure free_arg is not called */
        CHECK_EQ(fault_live(), before);
    }
    CHECK_EQ(freed, 1);
}

TEST(a_thread_keeps_its_name_when_there_is_no_memory_for_another) {
    thrum_thread *thread;
    CHECK_EQ(thrum_thread_new(&thread, runs, NULL, &(thrum_thread_options){.name = "old"}), 0);
    fault_arm(1);
    CHECK_EQ(thrum_thread_set_name(thread, "new"), -ENOMEM);
    CHECK(fault_disarm());
    CHECK_STR(thrum_thread_name(thread), "old");
    CHECK_EQ(thrum_thread_set_name(thread, "new"), 0);
    thrum_thread_unref(thread);
}

/* Section 2.9: a start that fails leaves no entry in limbo, and the thread can be started later. */
TEST(a_thread_that_the_system_refuses_stays_unstarted) {
    thrum_thread *thread;
    char text[100];
    CHECK_EQ(thrum_thread_new(&thread, runs, NULL, &(thrum_thread_options){.name = "late"}), 0);
    for (int i = 0; i < 3; i++) {
        put(&refuse_threads, 1);
        CHECK_EQ(thrum_thread_start(thread), -EAGAIN);
        put(&refuse_threads, 0);
        CHECK(!thrum_thread_is_alive(thread));
        CHECK_EQ(thrum_thread_ident(thread), 0);
        CHECK_EQ(thrum_thread_native_id(thread), 0);
        CHECK_EQ(thrum_active_count(), 1);
        CHECK_EQ(thrum_thread_join(thread), THRUM_RUNTIME_ERROR);
        CHECK_GT(thrum_thread_repr(thread, text, sizeof text), 0);
        CHECK_STR(text, "<Thread(late, initial)>");
        CHECK_EQ(thrum_thread_set_daemon(thread, false), 0); /* as one may before the start */
    }
    CHECK_EQ(thrum_thread_start(thread), 0);
    CHECK_EQ(thrum_thread_join(thread), 0);
    CHECK_EQ(ran, 1);
    thrum_thread_unref(thread);
}

TEST(a_refused_thread_does_not_hold_the_end_of_the_process) {
    thrum_thread *thread;
    CHECK_EQ(thrum_thread_new(&thread, runs, NULL, NULL), 0);
    put(&refuse_threads, 1);
    CHECK_EQ(thrum_thread_start(thread), -EAGAIN);
    thrum_thread_unref(thread);
}

TEST(a_timer_is_made_or_not) {
    for (size_t n = 1;; n++) {
        thrum_timer *timer = (thrum_timer *)&ran;
        long before = fault_live();
        fault_arm(n);
        int r = thrum_timer_new(&timer, AGES, runs, NULL, &(thrum_timer_options){.free_arg = frees});
        if (!fault_disarm()) {
            CHECK_EQ(r, 0);
            CHECK_GT(n, 1);
            thrum_timer_unref(timer);
            break;
        }
        CHECK_EQ(r, -ENOMEM);
        CHECK(timer == (thrum_timer *)&ran);
        CHECK_EQ(fault_live(), before);
        CHECK_EQ(freed, 0);
    }
    CHECK_EQ(freed, 1);
}

TEST(a_timer_without_a_thread_to_keep_the_clock_stays_unstarted) {
    thrum_timer *timer;
    CHECK_EQ(thrum_timer_new(&timer, THRUM_NOWAIT, runs, NULL, NULL), 0);
    put(&refuse_threads, 1);
    CHECK_EQ(thrum_timer_start(timer), -EAGAIN);
    CHECK(!thrum_timer_is_alive(timer));
    CHECK_EQ(thrum_timer_join(timer), THRUM_RUNTIME_ERROR);
    put(&refuse_threads, 0);
    for (size_t n = 1; n < 10; n++) {
        fault_arm(n);
        int r = thrum_timer_start(timer);
        bool failed = fault_disarm();
        CHECK_EQ(r, failed ? -ENOMEM : 0);
        if (!failed)
            break;
    }
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_EQ(ran, 1);
    thrum_timer_unref(timer);
}

/* The clock is kept already, but no thread can be had to run the function: it runs as soon as there is one. */
TEST(a_timer_that_finds_no_thread_to_run_in_runs_later) {
    thrum_timer *waiting, *timer;
    CHECK_EQ(thrum_timer_new(&waiting, AGES, runs, NULL, NULL), 0);
    CHECK_EQ(thrum_timer_start(waiting), 0);
    put(&refuse_threads, 1);
    CHECK_EQ(thrum_timer_new(&timer, THRUM_NOWAIT, runs, NULL, NULL), 0);
    CHECK_EQ(thrum_timer_start(timer), 0);
    CHECK_EQ(thrum_timer_join_timed(timer, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(get(&ran), 0);
    put(&refuse_threads, 0);
    CHECK_EQ(thrum_timer_join(timer), 0);
    CHECK_EQ(ran, 1);
    thrum_timer_cancel(waiting);
    thrum_timer_unref(waiting);
    thrum_timer_unref(timer);
}

TEST(a_local_is_set_or_not) {
    static thrum_local locals[40];
    int x;
    for (size_t i = 0; i < 40; i++) {
        for (size_t n = 1;; n++) {
            fault_arm(n);
            int r = thrum_local_set(&locals[i], &x);
            if (!fault_disarm()) {
                CHECK_EQ(r, 0);
                break;
            }
            CHECK_EQ(r, -ENOMEM);
            CHECK(!thrum_local_get(&locals[i]));
        }
        CHECK(thrum_local_get(&locals[i]) == &x);
    }
}

TEST(an_object_is_named_or_not) {
    thrum_lock lock = THRUM_LOCK_INIT;
    CHECK_EQ(thrum_set_object_name(&lock, "old"), 0);
    fault_arm(1);
    CHECK_EQ(thrum_set_object_name(&lock, "new"), -ENOMEM);
    CHECK(fault_disarm());
    fault_arm(1);
    CHECK_EQ(thrum_set_object_name(&lock, NULL), 0); /* taking it away needs none */
    CHECK(!fault_disarm());
}

static void does_nothing(void *arg) {
    (void)arg;
}

TEST(register_atexit_without_memory) {
    fault_arm(1);
    CHECK_EQ(thrum_register_atexit(does_nothing, NULL), -ENOMEM);
    CHECK(fault_disarm());
    CHECK_EQ(thrum_register_atexit(does_nothing, NULL), 0);
}

/* What promises not to need memory does not ask for it: the primitives, also where they wait. */
static thrum_lock lock;
static thrum_condition cond;
static thrum_semaphore sem;
static thrum_event event;
static thrum_barrier barrier = THRUM_BARRIER_INIT(1, NULL, NULL);

static void uses_every_primitive(void) {
    char text[200];
    thrum_lock_acquire(&lock);
    CHECK_EQ(thrum_lock_acquire_timed(&lock, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_lock_release(&lock), 0);
    THRUM_WITH(&cond) CHECK_EQ(thrum_condition_wait_timed(&cond, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_semaphore_acquire_timed(&sem, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_event_wait_timed(&event, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_barrier_wait(&barrier), 0);
    CHECK_EQ(thrum_sleep(TINY), 0);
    CHECK_GT(thrum_condition_repr(&cond, text, sizeof text), 0);
}

TEST(the_primitives_need_no_memory) {
    thrum_lock_order(false); /* which keeps lists */
    fault_arm(1);
    uses_every_primitive();
    CHECK(!fault_disarm());
}

static void is_foreign(int index, void *arg) {
    (void)index, (void)arg;
    uses_every_primitive();
}

/* A thread that the library meets for the first time: its record comes from memory that was there before. */
TEST(a_foreign_thread_needs_none_either) {
    crew c = {0};
    thrum_lock_order(false);
    fault_arm_everywhere(1);
    crew_start(&c, 1, is_foreign, NULL);
    crew_join(&c);
    CHECK(!fault_disarm());
}

/* ...but for its thread object, which current_thread() cannot do without: it says so and aborts. */
static void asks_who_it_is(int index, void *arg) {
    (void)index, (void)arg;
    fault_arm(1);
    (void)thrum_current_thread();
}

TEST(no_memory_for_a_dummy_aborts_with_a_message) {
    fflush(NULL);
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 2);
        crew c = {0};
        crew_start(&c, 1, asks_who_it_is, NULL);
        crew_join(&c);
        _exit(0);
    }
    close(ends[1]);
    char text[300] = "";
    CHECK_GT(read(ends[0], text, sizeof text - 1), 0);
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGABRT);
    CHECK_CONTAINS(text, "thrum_current_thread");
}

TEST_MAIN()
