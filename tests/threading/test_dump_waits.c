/* test_dump_waits.c - thrum_dump() names each kind of wait: what for, since when and where, and who holds it. */
#include "crew.h"

static thrum_lock lock;
static thrum_rlock rlock;
static thrum_condition cond;
static thrum_semaphore sem;
static thrum_event event, go;
static thrum_barrier barrier = THRUM_BARRIER_INIT(2, NULL, NULL);
static thrum_thread *target;

typedef struct waiter {
    const char *name;
    thrum_target *wait;
    const void *object;
    const char *line; /* what the dump says that it waits for */
} waiter;

static int on_lock(void *arg) {
    (void)arg;
    thrum_lock_acquire(&lock);
    return thrum_lock_release(&lock);
}
static int on_rlock(void *arg) {
    (void)arg;
    thrum_rlock_acquire(&rlock);
    return thrum_rlock_release(&rlock);
}
static int on_condition(void *arg) {
    (void)arg;
    thrum_condition_acquire(&cond);
    CHECK_EQ(thrum_condition_wait(&cond), 0);
    return thrum_condition_release(&cond);
}
static int on_semaphore(void *arg) {
    (void)arg;
    return thrum_semaphore_acquire(&sem);
}
static int on_event(void *arg) {
    (void)arg;
    return thrum_event_wait(&event);
}
static int on_barrier(void *arg) {
    (void)arg;
    CHECK_GE(thrum_barrier_wait(&barrier), 0);
    return 0;
}
static int on_go(void *arg) {
    (void)arg;
    return thrum_event_wait(&go);
}
static int on_join(void *arg) {
    (void)arg;
    return thrum_thread_join(target);
}

/* Each object has a name, so that the lines can be told apart; a thread is waited for under its own. */
static const waiter waiters[] = {{"w-lock", on_lock, &lock, "lock 'o-lock'"},
                                 {"w-rlock", on_rlock, &rlock, "rlock 'o-rlock'"},
                                 {"w-condition", on_condition, &cond, "condition 'o-condition'"},
                                 {"w-semaphore", on_semaphore, &sem, "semaphore 'o-semaphore'"},
                                 {"w-event", on_event, &event, "event 'o-event'"},
                                 {"w-barrier", on_barrier, &barrier, "barrier 'o-barrier'"}};
enum { WAITERS = sizeof waiters / sizeof *waiters };
static thrum_thread *threads[WAITERS];

static void start_waiters(void) {
    thrum_lock_acquire(&lock);
    thrum_rlock_acquire(&rlock);
    for (int i = 0; i < WAITERS; i++) {
        char name[32];
        snprintf(name, sizeof name, "o-%s", waiters[i].name + 2);
        CHECK_EQ(thrum_set_object_name(waiters[i].object, name), 0);
        threads[i] = spawn(waiters[i].name, waiters[i].wait, NULL);
        UNTIL(dump_lines(waiters[i].name, waiters[i].line) == 1);
    }
}

static void end_waiters(void) {
    CHECK_EQ(thrum_lock_release(&lock), 0);
    CHECK_EQ(thrum_rlock_release(&rlock), 0);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    thrum_event_set(&event);
    THRUM_WITH(&cond) CHECK_EQ(thrum_condition_notify_all(&cond), 0);
    CHECK_GE(thrum_barrier_wait(&barrier), 0);
    for (int i = 0; i < WAITERS; i++)
        reap(threads[i]);
}

TEST(each_kind_of_wait_is_named) {
    start_waiters();
    char *text = dump_text();
    CHECK_CONTAINS(text, "thrum: 7 threads\n");
    CHECK_CONTAINS(text, "'MainThread' (tid ");
    for (int i = 0; i < WAITERS; i++) {
        char tid[60];
        snprintf(tid, sizeof tid, "'%s' (tid %d) has waited ", waiters[i].name, thrum_thread_native_id(threads[i]));
        CHECK_CONTAINS(text, tid);
    }
    free(text);
    end_waiters();
    text = dump_text();
    CHECK_CONTAINS(text, "thrum: 1 thread\n");
    free(text);
}

/* Who has passed a barrier waits no more: one of two that wait without a limit, and of three that wait with and
 * without. */
static thrum_barrier meeting;
static int passed, may_end;

static int passes(void *with_limit) {
    CHECK_GE(with_limit ? thrum_barrier_wait_timed(&meeting, AGES) : thrum_barrier_wait(&meeting), 0);
    add(&passed, 1);
    UNTIL(get(&may_end));
    return 0;
}

static thrum_thread *comes_to_meet(const char *name, void *with_limit) {
    thrum_thread *thread = spawn(name, passes, with_limit);
    UNTIL(dump_lines(name, "barrier") == 1);
    return thread;
}

TEST(who_has_passed_a_barrier_runs) {
    CHECK_EQ(thrum_barrier_init(&meeting, 2, NULL), 0);
    thrum_thread *patient = comes_to_meet("patient", NULL);
    CHECK_GE(thrum_barrier_wait(&meeting), 0);
    UNTIL(get(&passed) == 1);
    CHECK_EQ(dump_lines("'patient'", " runs"), 1);
    put(&may_end, 1);
    reap(patient);
}

TEST(who_has_passed_a_barrier_runs_with_a_limit_or_without) {
    CHECK_EQ(thrum_barrier_init(&meeting, 3, NULL), 0);
    thrum_thread *limited = comes_to_meet("limited", &meeting), *patient = comes_to_meet("patient", NULL);
    CHECK_GE(thrum_barrier_wait(&meeting), 0);
    UNTIL(get(&passed) == 2);
    CHECK_EQ(dump_lines("'limited'", " runs"), 1);
    CHECK_EQ(dump_lines("'patient'", " runs"), 1);
    put(&may_end, 1);
    reap(limited);
    reap(patient);
}

TEST(it_says_who_holds_a_lock) {
    start_waiters();
    char *text = dump_text();
    for (int i = 0; i < 2; i++) {
        char *line = strstr(text, waiters[i].name); /* the thread's own line */
        CHECK(line);
        char *next = strchr(line, '\n');
        CHECK(next);
        CHECK_EQ(strncmp(next, "\n    held by 'MainThread' (tid ", 30), 0);
    }
    free(text);
    end_waiters();
}

TEST(it_says_since_when_and_where) {
    target = spawn("w-go", on_go, NULL);
    UNTIL(dump_lines("'w-go'", "event ") == 1);
    char *text = dump_text(), *line = strstr(text, "'w-go'");
    CHECK(line);
    line[strcspn(line, "\n")] = '\0';
    CHECK_CONTAINS(line, "s for event "); /* us, ms or s */
    CHECK_CONTAINS(line, ", at ");
    CHECK_CONTAINS(line, "+0x");
    free(text);
    thrum_event_set(&go);
    reap(target);
}

TEST(a_join_names_the_thread_that_is_waited_for) {
    target = spawn("target", on_go, NULL);
    thrum_thread *joiner = spawn("joiner", on_join, NULL);
    UNTIL(dump_lines("'joiner'", "for the end of 'target'") == 1);
    thrum_event_set(&go);
    reap(joiner);
    reap(target);
}

/* A thread that sleeps, one that runs, and a foreign one. */
static int stop, foreign_tid;
static int sleeps(void *arg) {
    (void)arg;
    return thrum_sleep(AGES);
}
static int spins(void *arg) {
    (void)arg;
    UNTIL(get(&stop));
    return 0;
}
static void is_foreign(int index, void *arg) {
    (void)index, (void)arg;
    put(&foreign_tid, thrum_get_native_id());
    CHECK_EQ(thrum_event_wait(&go), 0);
}

TEST(threads_that_sleep_or_run_or_are_foreign) {
    thrum_thread *sleeper;
    thrum_thread_options options = {.name = "sleeper", .daemon = THRUM_DAEMON};
    CHECK_EQ(thrum_thread_new(&sleeper, sleeps, NULL, &options), 0);
    CHECK_EQ(thrum_thread_start(sleeper), 0);
    thrum_thread *runner = spawn("runner", spins, NULL);
    crew c = {0};
    crew_start(&c, 1, is_foreign, NULL);
    until_waiting(&go, 1);
    char tid[20];
    snprintf(tid, sizeof tid, "thread %d", get(&foreign_tid));
    UNTIL(dump_lines("'sleeper'", "has slept") == 1);
    UNTIL(dump_lines("'runner'", "runs") == 1);
    CHECK_EQ(dump_lines(tid, "for event"), 1);
    put(&stop, 1);
    thrum_event_set(&go);
    reap(runner);
    crew_join(&c);
}

TEST(objects_without_a_name_are_addresses) {
    char address[30];
    snprintf(address, sizeof address, "event %p", (void *)&go);
    target = spawn("w", on_go, NULL);
    UNTIL(dump_lines("'w'", address) == 1);
    CHECK_EQ(thrum_set_object_name(&go, "start"), 0);
    CHECK_EQ(dump_lines("'w'", "event 'start'"), 1);
    CHECK_EQ(dump_lines("'w'", address), 0);
    thrum_event_set(&go);
    reap(target);
}

TEST_MAIN()
