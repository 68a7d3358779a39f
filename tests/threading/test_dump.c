/* thrum_dump: a line for every thread, whatever it does. */
#include <errno.h>
#include <fcntl.h>

#include "deadlocks.h"
#include "fault.h"

static thrum_lock lock;
static thrum_event event;
static int running; /* stops the one that runs */

static int wait_for_lock(void *arg) {
    (void)arg;
    THRUM_WITH(&lock) {
    }
    return 0;
}

static int wait_for_event(void *arg) {
    (void)arg;
    thrum_event_wait(&event);
    return 0;
}

static int run(void *arg) {
    (void)arg;
    __atomic_store_n(&running, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&running, __ATOMIC_SEQ_CST))
        sched_yield();
    return 0;
}

static int sleep_long(void *arg) {
    (void)arg;
    return thrum_sleep(thrum_seconds(1000));
}

static int join_it(void *arg) {
    return thrum_thread_join(arg);
}

static thrum_thread *thread(const char *name, thrum_target *target, void *arg) {
    thrum_thread *made;
    thrum_thread_options options = {.name = name, .daemon = THRUM_DAEMON};
    CHECK_EQ(thrum_thread_new(&made, target, arg, &options), 0);
    CHECK_EQ(thrum_thread_start(made), 0);
    return made;
}

static char dumped[200000];

static const char *dump(void) {
    FILE *file = tmpfile();
    CHECK(file);
    CHECK_EQ(thrum_dump(fileno(file)), 0);
    rewind(file);
    dumped[fread(dumped, 1, sizeof dumped - 1, file)] = '\0';
    fclose(file);
    return dumped;
}

static int lines_with(const char *text, const char *part) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

TEST(alone) {
    NEEDS_LINUX("POSIX has no number for a thread");
    char expected[100];
    snprintf(expected, sizeof expected, "thrum: 1 thread\n  'MainThread' (tid %d) runs\n", (int)getpid());
    CHECK_STR(dump(), expected);
}

TEST(waits_for_a_lock) {
    CHECK_EQ(thrum_set_object_name(&lock, "the lock"), 0);
    thrum_lock_acquire(&lock);
    thrum_thread *waiter = thread("waiter", wait_for_lock, NULL);
    until_waiting(&lock, 1);
    CHECK_CONTAINS(dump(), "thrum: 2 threads\n");
    CHECK_CONTAINS(dumped, "  'waiter' (tid ");
    CHECK_CONTAINS(dumped, " for lock 'the lock', at ");
    CHECK_CONTAINS(dumped, "    held by 'MainThread' (tid ");
    CHECK_EQ(thrum_lock_release(&lock), 0);
    CHECK_EQ(thrum_thread_join(waiter), 0);
    thrum_thread_unref(waiter);
    CHECK_CONTAINS(dump(), "thrum: 1 thread\n");
}

static void *take_and_end(void *arg) {
    thrum_lock_acquire(arg);
    return NULL;
}

TEST(owner_has_ended) {
    pthread_join(start(take_and_end, &lock), NULL);
    thread("waiter", wait_for_lock, NULL);
    until_waiting(&lock, 1);
    CHECK_CONTAINS(dump(), "    held by a thread that has ended\n");
    _exit(0);
}

TEST(waits_for_an_event_runs_sleeps_and_joins) {
    CHECK_EQ(thrum_set_object_name(&event, "the start"), 0);
    thrum_thread *waiter = thread("waiter", wait_for_event, NULL);
    thread("runner", run, NULL);
    thread("sleeper", sleep_long, NULL);
    thread("joiner", join_it, waiter);
    until_waiting(&event, 1);
    until_waiting(waiter, 1);
    while (!strstr(dump(), "has slept"))
        sched_yield();
    while (!__atomic_load_n(&running, __ATOMIC_SEQ_CST))
        sched_yield();
    CHECK_CONTAINS(dump(), "thrum: 5 threads\n");
    CHECK_CONTAINS(dumped, " for event 'the start', at ");
    CHECK_CONTAINS(dumped, "  'runner' (tid ");
    CHECK_EQ(lines_with(dumped, " runs\n"), 2);
    CHECK_CONTAINS(dumped, "  'joiner' (tid ");
    CHECK_CONTAINS(dumped, " for the end of 'waiter' (tid ");
    _exit(0);
}

TEST(hundreds_of_threads) {
    enum { count = 300 };
    char name[50];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "one of the many %d", i);
        thread(name, wait_for_event, NULL);
    }
    until_waiting(&event, count);
    CHECK_EQ(lines_with(dump(), "one of the many"), count);
    _exit(0);
}

TEST(file_that_cannot_be_written) {
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK_EQ(thrum_dump(fd), -EBADF);
    CHECK_EQ(thrum_dump(-1), -EBADF);
}

TEST(no_memory) {
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    size_t n = 1;
    for (;; n++) {
        fault_arm(n);
        int r = thrum_dump(fd);
        if (!fault_disarm())
            break;
        CHECK_EQ(r, -ENOMEM);
        CHECK_EQ(fault_live(), 0);
    }
    CHECK_GT(n, 2);
}

/* Threads come and go, are renamed, and lock, while they are being looked at. */
static int be_restless(void *arg) {
    (void)arg;
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(thrum_thread_set_name(thrum_current_thread(), i % 2 ? "odd" : "even"), 0);
        THRUM_WITH(&lock) {
        }
    }
    return 0;
}

static int keep_starting(void *arg) {
    (void)arg;
    for (int i = 0; i < 100; i++) {
        thrum_thread *threads[3];
        for (int j = 0; j < 3; j++)
            threads[j] = thread("restless", be_restless, NULL);
        for (int j = 0; j < 3; j++) {
            CHECK_EQ(thrum_thread_join(threads[j]), 0);
            thrum_thread_unref(threads[j]);
        }
    }
    return 0;
}

TEST(dump_of_what_moves) {
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    thrum_thread *starter = thread("starter", keep_starting, NULL);
    while (thrum_thread_is_alive(starter))
        CHECK_EQ(thrum_dump(fd), 0);
    CHECK_EQ(thrum_thread_join(starter), 0);
    thrum_thread_unref(starter);
}

/* A child that is forked while another thread dumps can dump, too. */
TEST(fork_while_dumping) {
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    thrum_thread *starter = thread("starter", keep_starting, NULL);
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(thrum_dump(fd) == 0 && thrum_set_object_name(&lock, "child's") == 0 ? 0 : 1);
        int status;
        CHECK_EQ(thrum_dump(fd), 0);
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_EQ(status, 0);
    }
    CHECK_EQ(thrum_thread_join(starter), 0);
    thrum_thread_unref(starter);
}

TEST_MAIN()
