/* test_fork.c - the child of a fork: sections 2.1, 2.2 and 2.9 of the semantics, and pain 1.
 *
 * The process that forks has threads that hold locks and threads that wait. In the child only the forking thread
 * exists; what the others held stays as it was, until it is made anew, and everything can be used.
 */
#include "child.h"
#include "crew.h"

/* ThreadSanitizer ends a process that starts threads after a fork with threads. */
#define NEEDS_FORK()                                                                                                 \
    do {                                                                                                             \
        if (TEST_TSAN)                                                                                               \
            TEST_SKIP("ThreadSanitizer allows no threads after a fork with threads");                                \
    } while (0)

static thrum_lock lock;
static thrum_rlock rlock;
static thrum_condition cond;
static thrum_semaphore sem;
static thrum_event event, never, holding;
static thrum_barrier barrier = THRUM_BARRIER_INIT(2, NULL, NULL);

static void holds(int index, void *arg) {
    (void)index, (void)arg;
    thrum_lock_acquire(&lock);
    thrum_rlock_acquire(&rlock);
    thrum_rlock_acquire(&rlock);
    thrum_event_set(&holding);
    (void)thrum_event_wait(&never);
}

static void waits(int index, void *arg) {
    (void)arg;
    switch (index) {
    case 1:
        thrum_lock_acquire(&lock);
        break;
    case 2:
        thrum_rlock_acquire(&rlock);
        break;
    case 3:
        thrum_condition_acquire(&cond);
        (void)thrum_condition_wait(&cond);
        break;
    case 4:
        (void)thrum_semaphore_acquire(&sem);
        break;
    case 5:
        (void)thrum_event_wait(&event);
        break;
    default:
        (void)!thrum_barrier_wait(&barrier);
    }
}

/* One thread holds, six wait. They never end: the test's process ends without them. */
static crew everybody;
static void fill(void) {
    crew_start(&everybody, 1, holds, NULL);
    CHECK_EQ(thrum_event_wait(&holding), 0);
    crew_start(&everybody, 6, waits, NULL);
    UNTIL(waiting_for(&lock) == 1 && waiting_for(&rlock) == 1 && waiting_for(&cond) == 1 && waiting_for(&sem) == 1 &&
          waiting_for(&event) == 1 && thrum_barrier_n_waiting(&barrier) == 1);
}

/* Fork with all that going on, run `body` in the child, and expect it to end well. */
static void in_child(void (*body)(void *arg), void *arg) {
    child c;
    child_run(&c, body, arg);
    if (child_code(&c) != 0)
        TEST_FAIL("in the child: %s", c.err);
}

static void make_anew(void) {
    thrum_lock_at_fork_reinit(&lock);
    thrum_rlock_at_fork_reinit(&rlock);
    thrum_condition_at_fork_reinit(&cond);
    thrum_semaphore_at_fork_reinit(&sem, 0);
    thrum_event_at_fork_reinit(&event);
    thrum_barrier_at_fork_reinit(&barrier);
}

/* As in Python: nobody knows what the lock guarded. */
static void finds_the_locks_held(void *arg) {
    (void)arg;
    CHECK(thrum_lock_locked(&lock));
    CHECK_EQ(thrum_lock_try_acquire(&lock), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_rlock_acquire_timed(&rlock, TINY), THRUM_TIMED_OUT);
    CHECK(!thrum_rlock_is_owned(&rlock));
    CHECK_EQ(thrum_lock_release(&lock), 0); /* any thread may */
    CHECK_EQ(thrum_lock_try_acquire(&lock), 0);
}

TEST(what_others_held_stays_held) {
    NEEDS_FORK();
    fill();
    in_child(finds_the_locks_held, NULL);
    _exit(0);
}

static void is_alone(void *arg) {
    (void)arg;
    CHECK_EQ(waiting_for(&lock) + waiting_for(&cond) + waiting_for(&sem) + waiting_for(&event), 0);
    CHECK_EQ(thrum_active_count(), 1);
    CHECK_EQ(condition_waiters(&cond), 0);
}

TEST(nobody_else_is_in_the_child) {
    NEEDS_FORK();
    fill();
    in_child(is_alone, NULL);
    _exit(0);
}

/* New threads in the child use each primitive from both ends. */
static int passed;
static void uses_everything(int index, void *arg) {
    (void)index, (void)arg;
    THRUM_WITH(&lock) passed++;
    THRUM_WITH(&rlock) THRUM_WITH(&rlock) passed++;
    CHECK_EQ(thrum_semaphore_acquire(&sem), 0);
    CHECK_EQ(thrum_event_wait(&event), 0);
    THRUM_WITH(&cond) CHECK_EQ(thrum_condition_wait(&cond), 0);
    CHECK_GE(thrum_barrier_wait_timed(&barrier, AGES), 0);
}

static void everything_works(void *arg) {
    (void)arg;
    make_anew();
    thrum_lock_acquire(&lock);
    thrum_rlock_acquire(&rlock);
    crew c = {0};
    crew_start(&c, 1, uses_everything, NULL);
    until_waiting(&lock, 1);
    CHECK_EQ(thrum_lock_release(&lock), 0);
    until_waiting(&rlock, 1);
    CHECK_EQ(thrum_rlock_release(&rlock), 0);
    until_waiting(&sem, 1);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    until_waiting(&event, 1);
    thrum_event_set(&event);
    UNTIL(condition_waiters(&cond) == 1);
    THRUM_WITH(&cond) CHECK_EQ(thrum_condition_notify(&cond, 1), 0);
    CHECK_GE(thrum_barrier_wait_timed(&barrier, AGES), 0);
    crew_join(&c);
    CHECK_EQ(passed, 2);
}

TEST(everything_can_be_used_after_reinit) {
    NEEDS_FORK();
    fill();
    in_child(everything_works, NULL);
    _exit(0);
}

TEST(the_parent_does_not_notice) {
    NEEDS_FORK();
    fill();
    in_child(is_alone, NULL);
    CHECK_EQ(waiting_for(&lock) + waiting_for(&rlock) + waiting_for(&sem) + waiting_for(&event), 4);
    thrum_event_set(&event);
    CHECK_EQ(thrum_semaphore_release(&sem, 1), 0);
    THRUM_WITH(&cond) CHECK_EQ(thrum_condition_notify(&cond, 1), 0);
    CHECK_GE(thrum_barrier_wait_timed(&barrier, AGES), 0);
    for (int i = 3; i <= 6; i++)
        CHECK_EQ(pthread_join(everybody.members[i].thread, NULL), 0);
    _exit(0);
}

/* Section 2.9: a fork while the thread holds its own lock, for which others wait. */
static void still_holds(void *arg) {
    (void)arg;
    CHECK(thrum_lock_locked(&lock));
    CHECK(thrum_rlock_is_owned(&rlock));
    CHECK_EQ(thrum_rlock_recursion_count(&rlock), 1);
    CHECK_EQ(thrum_rlock_release(&rlock), 0);
    CHECK_EQ(thrum_lock_release(&lock), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(thrum_lock_try_acquire(&lock), 0);
        CHECK_EQ(thrum_lock_acquire_timed(&lock, thrum_nanoseconds(1)), THRUM_TIMED_OUT);
        CHECK_EQ(thrum_lock_release(&lock), 0);
        CHECK_EQ(thrum_rlock_acquire_timed(&rlock, AGES), 0);
        CHECK_EQ(thrum_rlock_release(&rlock), 0);
    }
    CHECK_EQ(thrum_lock_release(&lock), THRUM_RUNTIME_ERROR);
}

TEST(the_forking_thread_keeps_its_locks) {
    NEEDS_FORK();
    thrum_lock_acquire(&lock);
    thrum_rlock_acquire(&rlock);
    crew c = {.size = 1};
    crew_start(&c, 2, waits, NULL);
    UNTIL(waiting_for(&lock) == 1 && waiting_for(&rlock) == 1);
    in_child(still_holds, NULL);
    CHECK_EQ(waiting_for(&lock), 1);
    _exit(0);
}

/* What it holds itself is made free, too: the next acquire takes it anew. */
static void takes_it_anew(void *arg) {
    (void)arg;
    make_anew();
    CHECK_EQ(thrum_rlock_recursion_count(&rlock), 0);
    THRUM_WITH(&rlock) CHECK(thrum_rlock_locked(&rlock));
    CHECK(!thrum_rlock_locked(&rlock));
    THRUM_WITH(&cond) CHECK(thrum_condition_locked(&cond));
    CHECK(!thrum_condition_locked(&cond));
}

TEST(reinit_takes_an_rlock_away_from_the_forking_thread_as_well) {
    NEEDS_FORK();
    thrum_rlock_acquire(&rlock);
    thrum_condition_acquire(&cond);
    in_child(takes_it_anew, NULL);
}

/* Threads */

static thrum_thread *worker, *other;
static int waits_for_ever(void *arg) {
    (void)arg;
    return thrum_event_wait(&never);
}

static int runs(void *arg) {
    put((int *)arg, 1);
    return 0;
}

static void becomes_main(void *arg) {
    int ran = 0;
    thrum_thread *self = thrum_current_thread();
    (void)arg;
    CHECK(self == thrum_main_thread());
    CHECK(self == worker);
    CHECK_STR(thrum_thread_name(self), "MainThread");
    CHECK(!thrum_thread_daemon(self));
    CHECK(thrum_thread_is_alive(self));
    CHECK_EQ(thrum_thread_native_id(self), getpid());
    CHECK_EQ(thrum_thread_ident(self), thrum_get_ident());
    CHECK_EQ(thrum_active_count(), 1);
    CHECK(!thrum_thread_is_alive(other)); /* marked as stopped */
    CHECK_EQ(thrum_thread_join(other), 0);
    CHECK_EQ(thrum_thread_start(other), THRUM_RUNTIME_ERROR);
    thrum_thread_unref(other);
    reap(spawn("new", runs, &ran));
    CHECK_EQ(ran, 1);
}

static int forks(void *arg) {
    UNTIL(__atomic_load_n(&worker, __ATOMIC_SEQ_CST));
    in_child(becomes_main, arg);
    CHECK(thrum_current_thread() != thrum_main_thread());
    CHECK_STR(thrum_thread_name(thrum_current_thread()), "forker");
    return 0;
}

TEST(a_thread_that_forks_is_the_childs_main_thread) {
    NEEDS_LINUX("POSIX has no number for a thread");
    NEEDS_FORK();
    other = spawn("other", waits_for_ever, NULL);
    thrum_thread *forker = NULL;
    thrum_thread_options options = {.name = "forker", .daemon = THRUM_DAEMON};
    CHECK_EQ(thrum_thread_new(&forker, forks, NULL, &options), 0);
    worker = forker;
    CHECK_EQ(thrum_thread_start(forker), 0);
    reap(forker);
    CHECK_STR(thrum_thread_name(thrum_main_thread()), "MainThread");
    thrum_event_set(&never);
    reap(other);
}

/* A thread that was started and had not begun to run has no number in the child, where it never begins. */
static void asks_for_its_number(void *arg) {
    (void)arg;
    CHECK_GE(thrum_thread_native_id(other), 0);
    CHECK(!thrum_thread_is_alive(other));
}

TEST(a_thread_that_has_not_begun_never_does_in_the_child) {
    NEEDS_FORK();
    for (int i = 0; i < 20; i++) { /* most of them have not begun when the fork comes */
        other = spawn("other", waits_for_ever, NULL);
        in_child(asks_for_its_number, NULL);
    }
    _exit(0);
}

/* A child ends without the threads that it does not have, though they were no daemons. */
static void just_ends(void *arg) {
    (void)arg;
}

TEST(a_child_does_not_wait_for_threads_that_it_does_not_have) {
    NEEDS_FORK();
    other = spawn("other", waits_for_ever, NULL);
    in_child(just_ends, NULL);
    thrum_event_set(&never);
    reap(other);
}

/* Forks in the middle of everything: the library's own tables are in order in each child. */
static int stop;
static void keeps_busy(int index, void *arg) {
    (void)arg;
    thrum_local mine = {0};
    for (int i = 0; !get(&stop); i++) {
        THRUM_WITH(&lock) passed++;
        (void)!thrum_semaphore_acquire_timed(&sem, thrum_nanoseconds(1000));
        (void)!thrum_event_wait_timed(&never, thrum_nanoseconds(1000));
        CHECK_EQ(thrum_set_object_name(&sem, i % 2 ? "sem" : NULL), 0);
        if (index == 0)
            reap(spawn("short", runs, &(int){0}));
        THRUM_WITH (&cond)(void) !thrum_condition_wait_timed(&cond, thrum_nanoseconds(1000));
        CHECK(!thrum_thread_unref(NULL));
        (void)mine;
    }
}

static void works_at_once(void *arg) {
    (void)arg;
    put(&stop, 1);
    make_anew();
    THRUM_WITH(&lock) passed++;
    CHECK_EQ(thrum_event_wait_timed(&event, thrum_nanoseconds(1000)), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_set_object_name(&lock, "lock"), 0);
    thrum_thread *thread = spawn("new", waits_for_ever, NULL);
    until_waiting(&never, 1);
    free(dump_text());
    thrum_event_set(&never);
    reap(thread);
    CHECK_EQ(thrum_active_count(), 1);
    _exit(0); /* a hundred searches for leaks take too long */
}

TEST(forks_in_the_middle_of_everything) {
    NEEDS_FORK();
#ifdef __SANITIZE_ADDRESS__
    TEST_SKIP("AddressSanitizer's allocator does not hold still for a fork: a child can find it locked for ever");
#endif
    crew c = {0};
    crew_start(&c, 3, keeps_busy, NULL);
    for (int i = 0; i < 100; i++)
        in_child(works_at_once, NULL);
    put(&stop, 1);
    crew_join(&c);
}

/* The hooks are looked up in every thread that starts. */
static void sets_hooks(int index, void *arg) {
    (void)index, (void)arg;
    while (!get(&stop)) {
        thrum_set_thread_hooks(NULL, NULL, NULL);
        thrum_set_excepthook(NULL, NULL);
    }
}

static void starts_one(void *arg) {
    int ran = 0;
    (void)arg;
    reap(spawn("new", runs, &ran));
    CHECK_EQ(ran, 1);
    _exit(0);
}

TEST(forks_while_hooks_are_set) {
    NEEDS_FORK();
    crew c = {0};
    crew_start(&c, 1, sets_hooks, NULL);
    for (int i = 0; i < 50; i++)
        in_child(starts_one, NULL);
    put(&stop, 1);
    crew_join(&c);
}

static void foreign_is_main(void *arg) {
    (void)arg;
    CHECK(thrum_current_thread() == thrum_main_thread());
    CHECK_STR(thrum_thread_name(thrum_main_thread()), "MainThread");
    CHECK(!thrum_thread_daemon(thrum_main_thread()));
    CHECK_EQ(thrum_active_count(), 1);
}
static void foreign_forks(int index, void *arg) {
    (void)index, (void)arg;
    in_child(foreign_is_main, NULL);
}

TEST(a_foreign_thread_that_forks_is_the_childs_main_thread) {
    NEEDS_FORK();
    crew c = {0};
    crew_start(&c, 1, foreign_forks, NULL);
    crew_join(&c);
}

TEST_MAIN()
