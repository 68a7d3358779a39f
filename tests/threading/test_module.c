/* test_module.c - the functions of the threading module: section 2.1 of the semantics. */
#include "crew.h"

static thrum_event go, begun;
static int waits_to_go(void *arg) {
    (void)arg;
    thrum_event_set(&begun);
    CHECK_EQ(thrum_event_wait(&go), 0);
    return 0;
}

/* Whether `thread` is enumerated. */
static bool enumerated(const thrum_thread *thread) {
    thrum_thread *threads[64];
    size_t n = thrum_enumerate(threads, 64);
    bool found = false;
    CHECK_LE(n, 64);
    for (size_t i = 0; i < n; i++) {
        found = found || threads[i] == thread;
        thrum_thread_unref(threads[i]);
    }
    return found;
}

TEST(the_main_thread_alone) {
    NEEDS_LINUX("POSIX has no number for a thread");
    thrum_thread *all[2] = {NULL, NULL};
    CHECK_EQ(thrum_active_count(), 1);
    CHECK_EQ(thrum_enumerate(all, 2), 1);
    CHECK(all[0] == thrum_main_thread());
    CHECK(all[0] == thrum_current_thread());
    CHECK(!all[1]);
    thrum_thread_unref(all[0]);
    CHECK_EQ(thrum_thread_ident(thrum_main_thread()), thrum_get_ident());
    CHECK_EQ(thrum_thread_native_id(thrum_main_thread()), getpid());
    CHECK_EQ(thrum_get_native_id(), getpid());
}

TEST(enumerate_has_the_started_and_not_the_others) {
    thrum_thread *thread;
    CHECK_EQ(thrum_thread_new(&thread, waits_to_go, NULL, &(thrum_thread_options){.daemon = THRUM_DAEMON}), 0);
    CHECK(!enumerated(thread));
    CHECK_EQ(thrum_active_count(), 1);
    CHECK_EQ(thrum_thread_start(thread), 0);
    CHECK(enumerated(thread)); /* a daemon too */
    CHECK_EQ(thrum_active_count(), 2);
    thrum_event_set(&go);
    CHECK_EQ(thrum_thread_join(thread), 0);
    CHECK(!enumerated(thread));
    CHECK_EQ(thrum_active_count(), 1);
    thrum_thread_unref(thread);
}

/* Section 2.9, which tries it five times: after join the thread is not enumerated. */
static int does_nothing(void *arg) {
    (void)arg;
    return 0;
}
TEST(enumerate_after_join_omits_the_thread) {
    for (int i = 0; i < 500; i++) {
        thrum_thread *thread = spawn(NULL, does_nothing, NULL);
        CHECK_EQ(thrum_thread_join(thread), 0);
        CHECK(!enumerated(thread));
        thrum_thread_unref(thread);
    }
}

TEST(enumerate_is_in_the_order_of_start_and_tells_how_many) {
    thrum_thread *started[5], *seen[8] = {NULL};
    for (int i = 0; i < 5; i++)
        started[i] = spawn(NULL, waits_to_go, NULL);
    CHECK_EQ(thrum_enumerate(NULL, 0), 6);
    CHECK_EQ(thrum_enumerate(seen, 2), 6); /* more than there is room for */
    CHECK(seen[0] == thrum_main_thread());
    CHECK(seen[1] == started[0]);
    CHECK(!seen[2]);
    thrum_thread_unref(seen[0]);
    thrum_thread_unref(seen[1]);
    CHECK_EQ(thrum_enumerate(seen, 8), 6);
    for (int i = 0; i < 5; i++)
        CHECK(seen[i + 1] == started[i]);
    for (int i = 0; i < 6; i++)
        thrum_thread_unref(seen[i]);
    thrum_event_set(&go);
    for (int i = 0; i < 5; i++)
        reap(started[i]);
}

/* The references are the caller's: the object outlives the thread's end and its owner's unref. */
TEST(enumerate_gives_references) {
    thrum_thread *thread = spawn("kept", waits_to_go, NULL), *seen[2];
    CHECK_EQ(thrum_enumerate(seen, 2), 2);
    thrum_event_set(&go);
    reap(thread);
    CHECK_STR(thrum_thread_name(seen[1]), "kept");
    CHECK(!thrum_thread_is_alive(seen[1]));
    thrum_thread_unref(seen[0]);
    thrum_thread_unref(seen[1]);
}

/* A foreign thread. */
static thrum_event looked_at, may_end;
static thrum_thread *dummy;

static void asks_who_it_is(int index, void *arg) {
    char repr[200];
    (void)index, (void)arg;
    thrum_thread *self = thrum_current_thread();
    CHECK(self != thrum_main_thread());
    CHECK(thrum_current_thread() == self);
    CHECK_EQ(strncmp(thrum_thread_name(self), "Dummy-", 6), 0);
    CHECK(thrum_thread_daemon(self));
    CHECK(thrum_thread_is_alive(self));
    CHECK_EQ(thrum_thread_ident(self), thrum_get_ident());
    CHECK_EQ(thrum_thread_native_id(self), gettid());
    CHECK_EQ(thrum_thread_start(self), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_thread_join(self), THRUM_RUNTIME_ERROR);
    CHECK(enumerated(self));
    CHECK_GT(thrum_thread_repr(self, repr, sizeof repr), 0);
    CHECK_CONTAINS(repr, "(Dummy-");
    CHECK_CONTAINS(repr, ", started daemon ");
    dummy = thrum_thread_ref(self);
    thrum_event_set(&looked_at);
    CHECK_EQ(thrum_event_wait(&may_end), 0);
}

TEST(a_foreign_thread_gets_a_dummy_which_goes_with_it) {
    NEEDS_LINUX("POSIX has no number for a thread");
    crew c = {0};
    crew_start(&c, 1, asks_who_it_is, NULL);
    CHECK_EQ(thrum_event_wait(&looked_at), 0);
    CHECK(enumerated(dummy));
    CHECK_EQ(thrum_active_count(), 2);
    CHECK_EQ(thrum_thread_join(dummy), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_thread_join_timed(dummy, THRUM_NOWAIT), THRUM_RUNTIME_ERROR);
    thrum_event_set(&may_end);
    crew_join(&c);
    CHECK(!enumerated(dummy));
    CHECK(!thrum_thread_is_alive(dummy));
    CHECK_EQ(thrum_active_count(), 1);
    thrum_thread_unref(dummy);
}

/* Waiting and locking need no thread object: only a thread that asks for one becomes a dummy. */
static void only_locks(int index, void *arg) {
    (void)index;
    thrum_lock_acquire((thrum_lock *)arg);
    CHECK_EQ(thrum_lock_release((thrum_lock *)arg), 0);
    thrum_event_set(&looked_at);
    CHECK_EQ(thrum_event_wait(&may_end), 0);
}

TEST(a_foreign_thread_that_asks_for_no_object_is_not_enumerated) {
    thrum_lock lock = THRUM_LOCK_INIT;
    crew c = {0};
    crew_start(&c, 1, only_locks, &lock);
    CHECK_EQ(thrum_event_wait(&looked_at), 0);
    CHECK_EQ(thrum_active_count(), 1);
    thrum_event_set(&may_end);
    crew_join(&c);
}

static uint64_t idents[3];
static void notes_its_ident(int index, void *arg) {
    (void)arg;
    idents[index] = thrum_get_ident();
    CHECK_EQ(thrum_get_ident(), idents[index]);
    add((int *)arg, 1);
    CHECK_EQ(thrum_event_wait(&go), 0);
}

TEST(idents_of_living_threads_differ) {
    int noted = 0;
    crew c = {0};
    crew_start(&c, 3, notes_its_ident, &noted);
    UNTIL(get(&noted) == 3);
    CHECK_NE(idents[0], 0);
    CHECK_NE(idents[0], idents[1]);
    CHECK_NE(idents[1], idents[2]);
    CHECK_NE(idents[0], idents[2]);
    CHECK_NE(idents[0], thrum_get_ident());
    thrum_event_set(&go);
    crew_join(&c);
}

TEST(stack_size_refuses_less_than_32_kib) {
    CHECK_EQ(thrum_stack_size(), 0);
    CHECK_EQ(thrum_set_stack_size(262144), 0);
    CHECK_EQ(thrum_set_stack_size(4096), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_set_stack_size(32767), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_set_stack_size(1), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_stack_size(), 262144); /* nothing is changed */
    CHECK_EQ(thrum_set_stack_size(32768), 0);
    CHECK_EQ(thrum_set_stack_size(0), 0);
    CHECK_EQ(thrum_stack_size(), 0);
}

TEST(timeout_max) {
    CHECK_EQ(THRUM_TIMEOUT_MAX.ns, thrum_seconds(9223372036.0).ns);
}

/* In place of settrace: functions called in each thread before and after its target. */
typedef struct trace {
    thrum_thread *threads[4];
    int started, stopped;
} trace;

static void on_start(thrum_thread *thread, void *arg) {
    trace *t = (trace *)arg;
    CHECK(thread == thrum_current_thread());
    CHECK_EQ(t->started, t->stopped);
    t->threads[t->started++] = thread;
}
static void on_stop(thrum_thread *thread, void *arg) {
    trace *t = (trace *)arg;
    CHECK(thread == thrum_current_thread());
    CHECK(thread == t->threads[t->stopped++]);
    CHECK_EQ(t->started, t->stopped);
}
static int is_traced(void *arg) {
    trace *t = (trace *)arg;
    CHECK_EQ(t->started, t->stopped + 1);
    return 0;
}

TEST(hooks_are_called_before_and_after_the_target) {
    trace t = {{NULL}, 0, 0};
    thrum_thread *running = spawn("earlier", waits_to_go, NULL);
    CHECK_EQ(thrum_event_wait(&begun), 0);
    thrum_set_thread_hooks(on_start, on_stop, &t);
    reap(spawn("one", is_traced, &t));
    reap(spawn("two", is_traced, &t));
    CHECK_EQ(t.stopped, 2);
    thrum_event_set(&go);
    reap(running); /* ran already: not affected */
    CHECK_EQ(t.started, 2);
    CHECK_EQ(t.stopped, 2);
    thrum_set_thread_hooks(NULL, NULL, NULL);
    reap(spawn("three", does_nothing, NULL));
    CHECK_EQ(t.started, 2);
    thrum_set_thread_hooks(on_start, NULL, &t);
    reap(spawn("four", does_nothing, NULL));
    CHECK_EQ(t.started, 3);
    CHECK_EQ(t.stopped, 2);
}

TEST_MAIN()
