/* The walk from inside: rings of every length, several threads that close one at the same time, chains that end. */
#include "deadlocks.h"

enum { ring_max = 300 };
static thrum_rlock rings[ring_max];
static thrum_lock locks[ring_max];
static pthread_barrier_t all_hold;

/* Member n holds n, and waits for n + 1; the last one to arrive closes the ring. */
static void *ring_member(void *arg) {
    int n = (int)(intptr_t)arg;
    thrum_rlock_acquire(&rings[n]);
    pthread_barrier_wait(&all_hold);
    thrum_rlock_acquire(&rings[n + 1]);
    return NULL;
}

/* The caller holds the last of `size` and is the one that closes the ring. */
static int close_ring(int size) {
    pthread_barrier_init(&all_hold, NULL, (unsigned)size);
    for (int n = 0; n < size - 1; n++)
        start(ring_member, (void *)(intptr_t)n);
    thrum_rlock_acquire(&rings[size - 1]);
    pthread_barrier_wait(&all_hold);
    for (int n = 1; n < size; n++)
        until_waiting(&rings[n], 1);
    return thrum_rlock_acquire_timed(&rings[0], THRUM_FOREVER);
}

static void check_ring(int size) {
    char expected[100];
    reports_begin();
    CHECK_EQ(close_ring(size), THRUM_DEADLOCK);
    CHECK_EQ(reports_so_far(), 1);
    snprintf(expected, sizeof expected, "thrum: deadlock: %d threads wait for each other", size);
    CHECK_CONTAINS(reports_last, expected);
    _exit(0); /* the ring waits for ever */
}

TEST(ring_of_2) {
    check_ring(2);
}

TEST(ring_of_64_shows_everybody) {
    reports_begin();
    CHECK_EQ(close_ring(64), THRUM_DEADLOCK);
    CHECK(!strstr(reports_last, "and so on"));
    int lines = 0;
    for (const char *at = reports_last; (at = strstr(at, "has waited")); at++)
        lines++;
    CHECK_EQ(lines, 64);
    _exit(0);
}

TEST(ring_of_65_names_63_and_counts_the_rest) {
    reports_begin();
    CHECK_EQ(close_ring(65), THRUM_DEADLOCK);
    CHECK_CONTAINS(reports_last, "and so on through 2 more threads");
    _exit(0);
}

TEST(ring_of_300) {
    check_ring(300);
}

static void *ring_closer(void *arg) {
    thrum_rlock_acquire(&rings[(intptr_t)arg]);
    pthread_barrier_wait(&all_hold);
    for (int n = 1; n <= (intptr_t)arg; n++)
        until_waiting(&rings[n], 1);
    thrum_rlock_acquire(&rings[0]);
    return NULL;
}

static void *wait_for_first(void *arg) {
    (void)arg;
    (void)!thrum_rlock_acquire_timed(&rings[0], THRUM_FOREVER);
    return NULL;
}

/* A thread that runs into a ring from outside is in no deadlock of its own, and its walk comes to an end. */
TEST(ring_further_on_is_not_ours) {
    reports_begin();
    pthread_barrier_init(&all_hold, NULL, 4);
    for (int n = 0; n < 3; n++)
        start(ring_member, (void *)(intptr_t)n);
    start(ring_closer, (void *)(intptr_t)3);
    until_waiting(&rings[0], 1);
    start(wait_for_first, NULL);
    until_waiting(&rings[0], 2);
    CHECK_EQ(thrum_rlock_acquire_timed(&rings[3], thrum_milliseconds(5)), THRUM_TIMED_OUT);
    CHECK_EQ(reports_so_far(), 1);
    CHECK_CONTAINS(reports_last, "4 threads wait for each other");
    CHECK_CONTAINS(reports_last, "closed the circle and waits on");
    _exit(0);
}

/* Both close the ring in the same moment: each may be told, one report is made. */
typedef struct closers {
    pthread_barrier_t barrier;
    thrum_rlock pair[2];
    int told;
} closers;

enum { rounds = 2000 };

static void closer(closers *c, int mine) {
    for (int i = 0; i < rounds; i++) {
        thrum_rlock_acquire(&c->pair[mine]);
        pthread_barrier_wait(&c->barrier);
        int r = thrum_rlock_acquire_timed(&c->pair[!mine], THRUM_FOREVER);
        if (r == 0)
            CHECK_EQ(thrum_rlock_release(&c->pair[!mine]), 0);
        else
            __atomic_fetch_add(&c->told, 1, __ATOMIC_RELAXED);
        CHECK_EQ(thrum_rlock_release(&c->pair[mine]), 0);
        pthread_barrier_wait(&c->barrier);
        CHECK_EQ(reports_so_far(), i + 1);
        pthread_barrier_wait(&c->barrier);
    }
}

static void *other_closer(void *arg) {
    closer(arg, 1);
    return NULL;
}

TEST(two_closers_make_one_report) {
    static closers c;
    reports_begin();
    pthread_barrier_init(&c.barrier, NULL, 2);
    pthread_t other = start(other_closer, &c);
    closer(&c, 0);
    pthread_join(other, NULL);
    CHECK_GE(c.told, rounds);
}

/* The chain ends at a wait that ends by itself. */
static void *wait_with_limit(void *arg) {
    (void)arg;
    thrum_lock_acquire(&locks[0]);
    pthread_barrier_wait(&all_hold);
    CHECK_EQ(thrum_lock_acquire_timed(&locks[1], thrum_milliseconds(50)), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_lock_release(&locks[0]), 0);
    return NULL;
}

TEST(wait_with_a_limit_breaks_the_ring) {
    reports_begin();
    pthread_barrier_init(&all_hold, NULL, 2);
    pthread_t other = start(wait_with_limit, NULL);
    thrum_lock_acquire(&locks[1]);
    pthread_barrier_wait(&all_hold);
    thrum_lock_acquire(&locks[0]);
    pthread_join(other, NULL);
    CHECK_EQ(reports_so_far(), 0);
}

TEST(self_deadlock_under_error) {
    reports_begin();
    CHECK_EQ(thrum_deadlock_policy(THRUM_DEADLOCK_ERROR), THRUM_DEADLOCK_REPORT);
    thrum_lock_acquire(&locks[0]);
    CHECK_EQ(thrum_lock_acquire_timed(&locks[0], THRUM_FOREVER), THRUM_DEADLOCK);
    CHECK_CONTAINS(reports_last, "this looks like a deadlock: a thread waits for itself");
    CHECK_CONTAINS(reports_last, "held by itself");
    CHECK_EQ(thrum_lock_acquire_timed(&locks[0], thrum_seconds(1000)), THRUM_DEADLOCK);
    CHECK_EQ(thrum_lock_release(&locks[0]), 0);
}

TEST(off_does_not_look) {
    reports_begin();
    (void)thrum_deadlock_policy(THRUM_DEADLOCK_OFF);
    thrum_lock_acquire(&locks[0]);
    CHECK_EQ(thrum_lock_acquire_timed(&locks[0], thrum_milliseconds(5)), THRUM_TIMED_OUT);
    CHECK_EQ(reports_so_far(), 0);
}

TEST(names_of_threads_and_locks) {
    reports_begin();
    CHECK_EQ(thrum_thread_set_name(thrum_current_thread(), "me myself"), 0);
    CHECK_EQ(thrum_set_object_name(&locks[0], "the only lock"), 0);
    (void)thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    thrum_lock_acquire(&locks[0]);
    CHECK_EQ(thrum_lock_acquire_timed(&locks[0], THRUM_FOREVER), THRUM_DEADLOCK);
    CHECK_CONTAINS(reports_last, "  'me myself' (tid ");
    CHECK_CONTAINS(reports_last, " for lock 'the only lock', at ");
    CHECK_CONTAINS(reports_last, "is told so (THRUM_DEADLOCK)");
}

/* A lock that its last owner left behind when it ended is nobody's. */
static void *take_and_end(void *arg) {
    thrum_lock_acquire(arg);
    return NULL;
}

TEST(owner_that_has_ended_is_no_deadlock) {
    reports_begin();
    (void)thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    pthread_join(start(take_and_end, &locks[0]), NULL);
    CHECK_EQ(thrum_lock_acquire_timed(&locks[0], thrum_milliseconds(5)), THRUM_TIMED_OUT);
    CHECK_EQ(reports_so_far(), 0);
}

TEST(abort_ends_the_process_after_the_report) {
    int ends[2], status;
    char text[2000] = "";
    CHECK_EQ(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        (void)thrum_deadlock_policy(THRUM_DEADLOCK_ABORT);
        thrum_lock_acquire(&locks[0]);
        thrum_lock_acquire(&locks[0]);
        _exit(0);
    }
    close(ends[1]);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK_GT(read(ends[0], text, sizeof text - 1), 0);
    CHECK_CONTAINS(text, "the process is aborted");
}

TEST_MAIN()
