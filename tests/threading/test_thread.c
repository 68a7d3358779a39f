/* test_thread.c - Thread: section 2.2 of the semantics, what test_threading adds (2.9), and what
 * thrum/threading/thread.h promises. The module's functions: test_module.c. */
#include <errno.h>

#include "base/hooks.h"
#include "platform/platform.h"
#include "signals.h"

static int ran, freed;
static thrum_event go, begun;

static int runs(void *arg) {
    if (arg)
        *(int *)arg = 42;
    add(&ran, 1);
    return 0;
}
static int waits_to_go(void *arg) {
    (void)arg;
    thrum_event_set(&begun);
    CHECK_EQ(thrum_event_wait(&go), 0);
    return 0;
}

static thrum_thread *made(thrum_target *target, void *arg, const thrum_thread_options *options) {
    thrum_thread *thread = NULL;
    CHECK_EQ(thrum_thread_new(&thread, target, arg, options), 0);
    CHECK(thread);
    return thread;
}

/* A thread that has begun and waits for `go`. */
static thrum_thread *waiting(void) {
    thrum_event_clear(&begun);
    thrum_thread *thread = spawn("waiting", waits_to_go, NULL);
    CHECK_EQ(thrum_event_wait(&begun), 0);
    return thread;
}

static void finish(thrum_thread *thread) {
    thrum_event_set(&go);
    reap(thread);
}

TEST(a_thread_runs_its_target_once_with_its_argument) {
    int answer = 0;
    thrum_thread *thread = made(runs, &answer, NULL);
    CHECK_EQ(thrum_thread_start(thread), 0);
    CHECK_EQ(thrum_thread_join(thread), 0);
    CHECK_EQ(answer, 42);
    CHECK_EQ(ran, 1);
    CHECK(!thrum_thread_unref(thread));
}

TEST(new_refuses_bad_arguments_and_leaves_the_result_alone) {
    thrum_thread *thread = (thrum_thread *)&ran;
    CHECK_EQ(thrum_thread_new(&thread, NULL, NULL, NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_thread_new(&thread, runs, NULL, &(thrum_thread_options){.stack_size = 32767}), THRUM_VALUE_ERROR);
    CHECK(thread == (thrum_thread *)&ran);
}

TEST(unref_takes_null) {
    CHECK(!thrum_thread_unref(NULL));
}

TEST(before_during_and_after) {
    thrum_thread *thread = made(waits_to_go, NULL, NULL);
    CHECK(!thrum_thread_is_alive(thread));
    CHECK_EQ(thrum_thread_ident(thread), 0);
    CHECK_EQ(thrum_thread_native_id(thread), 0);
    CHECK_EQ(thrum_thread_start(thread), 0);
    CHECK(thrum_thread_is_alive(thread));
    uint64_t ident = thrum_thread_ident(thread);
    int native = thrum_thread_native_id(thread);
    CHECK_NE(ident, 0);
    CHECK_GT(native, 0);
    CHECK_NE(native, getpid());
    thrum_event_set(&go);
    CHECK_EQ(thrum_thread_join(thread), 0);
    CHECK(!thrum_thread_is_alive(thread));
    CHECK_EQ(thrum_thread_ident(thread), ident); /* kept */
    CHECK_EQ(thrum_thread_native_id(thread), native);
    thrum_thread_unref(thread);
}

static int looks_at_itself(void *arg) {
    thrum_thread *self = thrum_current_thread();
    CHECK(self == *(thrum_thread **)arg);
    CHECK_EQ(thrum_thread_ident(self), thrum_get_ident());
    CHECK_EQ(thrum_thread_native_id(self), thrum_get_native_id());
#ifndef TEST_PORTABLE /* POSIX has no number for a thread: it gets one of ours */
    CHECK_EQ(thrum_get_native_id(), gettid());
#endif
    CHECK(thrum_thread_is_alive(self));
    return 0;
}

TEST(current_thread_is_the_object_that_was_started) {
    thrum_thread *thread;
    thread = made(looks_at_itself, &thread, NULL);
    CHECK_EQ(thrum_thread_start(thread), 0);
    reap(thread);
}

TEST(a_thread_can_be_started_once) {
    thrum_thread *thread = waiting();
    CHECK_EQ(thrum_thread_start(thread), THRUM_RUNTIME_ERROR);
    thrum_event_set(&go);
    CHECK_EQ(thrum_thread_join(thread), 0);
    CHECK_EQ(thrum_thread_start(thread), THRUM_RUNTIME_ERROR); /* also after its end */
    thrum_thread_unref(thread);
}

TEST(an_unstarted_thread_cannot_be_joined) {
    thrum_thread *thread = made(runs, NULL, NULL);
    CHECK_EQ(thrum_thread_join(thread), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_thread_join_timed(thread, THRUM_NOWAIT), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_thread_start(thread), 0); /* nothing was changed */
    reap(thread);
}

/* While the system is asked for a thread that it refuses, others take the thread for what it is: not started. */
static thrum_thread *refused;
static int asked, answered;

static int refuses(pthread_t *handle, void *(*run)(void *arg), void *arg) {
    (void)handle, (void)run, (void)arg;
    put(&asked, 1);
    UNTIL(get(&answered));
    return -EAGAIN;
}

static void asks_meanwhile(int index, void *arg) {
    char repr[100];
    (void)index, (void)arg;
    UNTIL(get(&asked));
    CHECK(!thrum_thread_is_alive(refused));
    CHECK_EQ(thrum_thread_ident(refused), 0);
    CHECK_EQ(thrum_thread_native_id(refused), 0);
    CHECK_EQ(thrum_thread_join(refused), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_thread_start(refused), THRUM_RUNTIME_ERROR);
    CHECK_LT(thrum_thread_repr(refused, repr, sizeof repr), sizeof repr);
    CHECK_CONTAINS(repr, "initial");
    put(&answered, 1);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

TEST(nobody_waits_for_a_thread_that_cannot_be_started) {
    static const thrum__hooks hooks = {.now = now, .wait = thrum__os_wait, .wake = thrum__os_wake, .create = refuses};
    if (!THRUM__HOOKS)
        TEST_SKIP("a library without hooks asks the system alone");
    refused = made(runs, NULL, NULL);
    crew c = {0};
    crew_start(&c, 1, asks_meanwhile, NULL);
    __atomic_store_n(&thrum__hooks_installed, &hooks, __ATOMIC_SEQ_CST);
    CHECK_EQ(thrum_thread_start(refused), -EAGAIN);
    __atomic_store_n(&thrum__hooks_installed, NULL, __ATOMIC_SEQ_CST);
    crew_join(&c);
    CHECK_EQ(thrum_thread_start(refused), 0);
    reap(refused);
    CHECK_EQ(get(&ran), 1);
}

static int joins_itself(void *arg) {
    (void)arg;
    CHECK_EQ(thrum_thread_join(thrum_current_thread()), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_thread_join_timed(thrum_current_thread(), TINY), THRUM_RUNTIME_ERROR);
    return 0;
}

TEST(a_thread_cannot_join_itself) {
    CHECK_EQ(thrum_thread_join(thrum_current_thread()), THRUM_RUNTIME_ERROR);
    reap(spawn("self", joins_itself, NULL));
}

TEST(join_has_a_limit) {
    thrum_thread *thread = waiting();
    CHECK_EQ(thrum_thread_join_timed(thread, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_thread_join_timed(thread, thrum_seconds(-1)), THRUM_TIMED_OUT); /* negative is zero */
    CHECK_EQ(thrum_thread_join_timed(thread, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    int64_t before = thrum_monotonic_ns();
    CHECK_EQ(thrum_thread_join_timed(thread, TINY), THRUM_TIMED_OUT);
    CHECK_GE(thrum_monotonic_ns() - before, TINY.ns);
    CHECK(thrum_thread_is_alive(thread));
    thrum_event_set(&go);
    CHECK_EQ(thrum_thread_join_timed(thread, AGES), 0);
    CHECK(!thrum_thread_is_alive(thread));
    thrum_thread_unref(thread);
}

TEST(a_finished_thread_can_be_joined_again_and_again) {
    thrum_thread *thread = spawn("short", runs, NULL);
    UNTIL(!thrum_thread_is_alive(thread));
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(thrum_thread_join(thread), 0);
        CHECK_EQ(thrum_thread_join_timed(thread, THRUM_NOWAIT), 0);
        CHECK_EQ(thrum_thread_join_timed(thread, thrum_seconds(-1)), 0);
    }
    thrum_thread_unref(thread);
}

static int joined;
static void joins(int index, void *arg) {
    CHECK_EQ(index % 2 ? thrum_thread_join((thrum_thread *)arg) : thrum_thread_join_timed((thrum_thread *)arg, AGES),
             0);
    CHECK(!thrum_thread_is_alive((thrum_thread *)arg));
    add(&joined, 1);
}

TEST(many_threads_may_join_one) {
    thrum_thread *thread = waiting();
    crew c = {0};
    crew_start(&c, 6, joins, thread);
    CHECK_EQ(thrum_thread_join_timed(thread, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(get(&joined), 0);
    thrum_event_set(&go);
    crew_join(&c);
    CHECK_EQ(joined, 6);
    reap(thread);
}

/* daemon */

static int tells_its_daemon(void *arg) {
    thrum_thread *child = made(runs, NULL, NULL);
    *(int *)arg = thrum_thread_daemon(child);
    thrum_thread_unref(child);
    return 0;
}

TEST(daemon_is_inherited_from_the_creator) {
    for (int daemon = 0; daemon < 2; daemon++) {
        int inherited = 7;
        thrum_thread *thread = made(tells_its_daemon, &inherited,
                                    &(thrum_thread_options){.daemon = daemon ? THRUM_DAEMON : THRUM_NOT_DAEMON});
        CHECK_EQ(thrum_thread_daemon(thread), daemon);
        CHECK_EQ(thrum_thread_start(thread), 0);
        reap(thread);
        CHECK_EQ(inherited, daemon);
    }
    thrum_thread *thread = made(runs, NULL, NULL); /* the main thread is none */
    CHECK(!thrum_thread_daemon(thread));
    thrum_thread_unref(thread);
}

TEST(daemon_can_be_set_before_the_start_only) {
    thrum_thread *thread = made(waits_to_go, NULL, NULL);
    CHECK_EQ(thrum_thread_set_daemon(thread, true), 0);
    CHECK(thrum_thread_daemon(thread));
    CHECK_EQ(thrum_thread_set_daemon(thread, false), 0);
    CHECK_EQ(thrum_thread_start(thread), 0);
    CHECK_EQ(thrum_thread_set_daemon(thread, true), THRUM_RUNTIME_ERROR);
    CHECK(!thrum_thread_daemon(thread));
    finish(thread);
    thread = waiting();
    CHECK_EQ(thrum_thread_join(thread), 0);
    CHECK_EQ(thrum_thread_set_daemon(thread, true), THRUM_RUNTIME_ERROR);
    thrum_thread_unref(thread);
    CHECK_EQ(thrum_thread_set_daemon(thrum_main_thread(), true), THRUM_RUNTIME_ERROR);
}

/* run() may be called directly: in the calling thread, and it is not a start. */
static uint64_t ran_in;
static int fails_with_seven(void *arg) {
    (void)arg;
    ran_in = thrum_get_ident();
    return -7;
}

TEST(run_calls_the_target_in_the_calling_thread) {
    thrum_thread *thread = made(fails_with_seven, NULL, NULL);
    CHECK_EQ(thrum_thread_run(thread), -7);
    CHECK_EQ(ran_in, thrum_get_ident());
    CHECK(!thrum_thread_is_alive(thread));
    CHECK_EQ(thrum_thread_ident(thread), 0);
    thrum_thread_unref(thread);
}

/* The argument's owner */

static void frees(void *arg) {
    CHECK(arg == &freed);
    add(&freed, 1);
}

TEST(free_arg_is_called_once_after_the_target) {
    thrum_thread *thread = made(runs, NULL, &(thrum_thread_options){0});
    thrum_thread_unref(thread);
    CHECK_EQ(freed, 0);
    static int (*const target)(void *) = waits_to_go;
    thread = made(target, &freed, &(thrum_thread_options){.free_arg = frees});
    CHECK_EQ(thrum_thread_start(thread), 0);
    CHECK_EQ(get(&freed), 0);
    finish(thread);
    CHECK_EQ(freed, 1);
}

TEST(free_arg_is_called_when_an_unstarted_thread_is_freed) {
    thrum_thread *thread = made(waits_to_go, &freed, &(thrum_thread_options){.free_arg = frees});
    CHECK(thrum_thread_ref(thread) == thread);
    CHECK(!thrum_thread_unref(thread));
    CHECK_EQ(freed, 0);
    CHECK(!thrum_thread_unref(thread));
    CHECK_EQ(freed, 1);
}

TEST(free_arg_is_not_called_when_new_fails) {
    thrum_thread *thread;
    thrum_thread_options options = {.free_arg = frees, .stack_size = 1};
    CHECK_EQ(thrum_thread_new(&thread, runs, &freed, &options), THRUM_VALUE_ERROR);
    CHECK_EQ(freed, 0);
}

/* The owner may let go at once: the library holds the object while the thread runs. */
static int uses_its_object(void *arg) {
    CHECK_EQ(thrum_event_wait(&go), 0);
    CHECK_STR(thrum_thread_name(thrum_current_thread()), "unowned");
    thrum_event_set((thrum_event *)arg);
    return 0;
}

TEST(a_running_thread_may_be_unreffed) {
    thrum_event done = THRUM_EVENT_INIT;
    thrum_thread_unref(spawn("unowned", uses_its_object, &done));
    thrum_event_set(&go);
    CHECK_EQ(thrum_event_wait(&done), 0);
    UNTIL(thrum_active_count() == 1);
}

/* Section 2.9: small and large stacks. */
static int touches_its_stack(void *arg) {
    volatile char page[100 * 1024];
    for (size_t i = 0; i < sizeof page; i += 4096)
        page[i] = 1;
    pthread_attr_t attributes;
    size_t size;
    CHECK_EQ(pthread_getattr_np(pthread_self(), &attributes), 0);
    CHECK_EQ(pthread_attr_getstacksize(&attributes, &size), 0);
    pthread_attr_destroy(&attributes);
    CHECK_GE(size, *(size_t *)arg);
    CHECK_LE(size, *(size_t *)arg + 1024 * 1024); /* what a sanitizer adds to it, and far from the default of 8 MiB */
    return 0;
}

TEST(small_and_large_stacks) {
    size_t sizes[] = {256 * 1024, 1024 * 1024};
    for (int i = 0; i < 2; i++) {
        thrum_thread *thread = made(touches_its_stack, &sizes[i], &(thrum_thread_options){.stack_size = sizes[i]});
        CHECK_EQ(thrum_thread_start(thread), 0);
        reap(thread);
        CHECK_EQ(thrum_set_stack_size(sizes[i]), 0);
        CHECK_EQ(thrum_stack_size(), sizes[i]);
        reap(spawn("stack", touches_its_stack, &sizes[i]));
    }
}

TEST(a_stack_of_the_least_size) {
    thrum_thread *thread = made(runs, NULL, &(thrum_thread_options){.stack_size = 32 * 1024});
    CHECK_EQ(thrum_thread_start(thread), 0);
    reap(thread);
    CHECK_EQ(ran, 1);
}

/* Section 2.9: a thread started by another one's function. */
static int starts_another(void *arg) {
    reap(spawn("inner", runs, arg));
    return 0;
}

TEST(a_thread_may_start_and_join_others) {
    int answer = 0;
    reap(spawn("outer", starts_another, &answer));
    CHECK_EQ(answer, 42);
}

TEST(many_threads_one_after_the_other_and_at_once) {
    for (int i = 0; i < 300; i++)
        reap(spawn(NULL, runs, NULL));
    thrum_thread *threads[100];
    for (int i = 0; i < 100; i++)
        threads[i] = spawn(NULL, runs, NULL);
    for (int i = 0; i < 100; i++)
        reap(threads[i]);
    CHECK_EQ(ran, 400);
    CHECK_EQ(thrum_active_count(), 1);
}

/* What the target did is seen after join, and what the creator did is seen by the target: no locks needed. */
static long before_start, before_end;
static int reads_and_writes(void *arg) {
    (void)arg;
    before_end = before_start + 1;
    return 0;
}

TEST(start_and_join_order_memory) {
    for (int i = 0; i < 200; i++) {
        before_start = i;
        reap(spawn(NULL, reads_and_writes, NULL));
        CHECK_EQ(before_end, i + 1);
    }
}

/* Section 2.9: interrupt_main. A thread raises SIGINT in the main thread, which waits: the handler runs, and the
 * wait goes on (PEP 475). */
static int interrupted;
static pthread_t main_pthread;
static void on_interrupt(int number) {
    (void)number;
    put(&interrupted, 1);
}
static int interrupts_main(void *arg) {
    (void)arg;
    CHECK_EQ(pthread_kill(main_pthread, SIGINT), 0);
    UNTIL_HANDLED(main_pthread, get(&interrupted));
    return 0;
}

TEST(a_signal_does_not_end_a_join) {
    signal(SIGINT, on_interrupt);
    main_pthread = pthread_self();
    reap(spawn("interrupter", interrupts_main, NULL));
    CHECK_EQ(interrupted, 1);
}

TEST(repr_shows_the_state) {
    char text[200], expected[200];
    thrum_thread *thread = made(waits_to_go, NULL, &(thrum_thread_options){.name = "worker", .daemon = THRUM_DAEMON});
    CHECK_GT(thrum_thread_repr(thread, text, sizeof text), 0);
    CHECK_STR(text, "<Thread(worker, initial daemon)>");
    CHECK_EQ(thrum_thread_start(thread), 0);
    unsigned long long ident = thrum_thread_ident(thread);
    snprintf(expected, sizeof expected, "<Thread(worker, started daemon %llu)>", ident);
    CHECK_EQ(thrum_thread_repr(thread, text, sizeof text), strlen(expected));
    CHECK_STR(text, expected);
    thrum_event_set(&go);
    CHECK_EQ(thrum_thread_join(thread), 0);
    snprintf(expected, sizeof expected, "<Thread(worker, stopped daemon %llu)>", ident);
    CHECK_EQ(thrum_thread_repr(thread, text, 5), strlen(expected));
    CHECK_STR(text, "<Thr");
    CHECK_GT(thrum_thread_repr(thread, text, sizeof text), 0);
    CHECK_STR(text, expected);
    thrum_thread_unref(thread);
    thread = made(runs, NULL, &(thrum_thread_options){.name = "plain"});
    CHECK_GT(thrum_thread_repr(thread, text, sizeof text), 0);
    CHECK_STR(text, "<Thread(plain, initial)>");
    thrum_thread_unref(thread);
}

TEST_MAIN()
