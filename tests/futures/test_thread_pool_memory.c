/* test_thread_pool_memory.c - ThreadPoolExecutor and map: every allocation, and every start of a thread, fails once.
 * What fails says so and changes nothing; what was accepted is done. */
#include "thread_pools.h"

#include "fault.h"

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg) {
    return fault_here("pthread_create", EAGAIN) ? EAGAIN : __real_pthread_create(thread, attributes, body, arg);
}

/* What the library keeps for itself is there after a first executor. */
static long settled_blocks(void) {
    int n = 0;
    open_pool(2);
    (void)result_of(submit(nothing, &n));
    close_pool();
    return fault_live();
}

TEST(new_fails_cleanly) {
    long before = settled_blocks();
    for (size_t n = 1;; n++) {
        thrum_executor *made = NULL;
        fault_arm(n);
        int r = thrum_thread_pool_executor_new(&made, &(thrum_thread_pool_options){.thread_name_prefix = "named"});
        if (!fault_disarm()) {
            CHECK_EQ(n, 4); /* the executor, the pool, the name */
            thrum_executor_free(made);
            break;
        }
        CHECK_EQ(r, -ENOMEM);
        CHECK(!made);
        CHECK_EQ(fault_live(), before);
    }
    CHECK_EQ(fault_live(), before);
}

/* Without a thread nothing is accepted, and the next attempt works. */
TEST(submit_fails_cleanly) {
    long before = settled_blocks();
    for (size_t n = 1;; n++) {
        int number = 0;
        thrum_future *f = NULL;
        open_pool(2);
        fault_arm(n);
        int r = thrum_executor_submit(ex, counts, &number, &f);
        bool failed = fault_disarm();
        if (failed) {
            CHECK(r == -ENOMEM || r == -EAGAIN);
            CHECK(!f);
            f = submit(counts, &number);
        }
        (void)result_of(f);
        close_pool();
        CHECK_EQ(number, 1);
        if (!failed) {
            CHECK_GT(n, 4);
            break;
        }
    }
    CHECK_EQ(fault_live(), before);
}

/* A further thread is a favour: the call is accepted, and the one that there is will come to it. */
TEST(a_further_thread_is_not_needed) {
    for (size_t n = 1;; n++) {
        thrum_event go = THRUM_EVENT_INIT;
        thrum_future value = THRUM_FUTURE_INIT;
        int number = 0;
        open_pool(2);
        thrum_future *blocks = submit(waits_for_event, &go);
        UNTIL(thrum_future_running(blocks));
        fault_arm(n);
        CHECK_EQ(thrum_executor_submit_into(ex, counts, &number, &value), 0);
        bool failed = fault_disarm();
        CHECK_EQ(workers_alive("ThreadPoolExecutor-"), failed ? 1 : 2);
        thrum_event_set(&go);
        CHECK_EQ(thrum_future_result(&value, NULL), 0);
        thrum_future_fini(&value);
        (void)result_of(blocks);
        close_pool();
        CHECK_EQ(number, 1);
        if (!failed)
            break;
    }
}

/* The workers' own allocations fail, too: their notes for reports. */
TEST(a_worker_needs_nothing) {
    for (size_t n = 1; n < 20; n++) {
        pid_t pid = fork(); /* each with all that the library makes once */
        CHECK_GE(pid, 0);
        if (pid == 0) {
            thrum_future value = THRUM_FUTURE_INIT;
            char text[200];
            int number = 0;
            open_pool(1);
            fault_arm_everywhere(n);
            int r = thrum_executor_submit_into(ex, counts, &number, &value);
            if (r == 0)
                r = thrum_future_result(&value, NULL);
            bool failed = fault_disarm();
            CHECK(r == 0 || (failed && (r == -ENOMEM || r == -EAGAIN)));
            CHECK_EQ(number, r == 0);
            thrum_executor_report(ex, text, sizeof text);
            CHECK_STR(text, "0 running, none waiting\n");
            thrum_future_fini(&value);
            close_pool();
            exit(0);
        }
        int status;
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_EQ(status, 0);
    }
}

/* Its workers have given their references back before the fork, and are not counted again. */
TEST(a_child_of_a_fork_frees_an_executor_that_was_shut_down) {
    long before = settled_blocks();
    int number = 0;
    open_pool(2);
    thrum_future *f = submit(counts, &number);
    CHECK_EQ(thrum_future_result(f, NULL), 0);
    thrum_future_unref(f);
    thrum_executor_shutdown(ex, true, false);
    pid_t pid = fork();
    CHECK_GE(pid, 0);
    if (pid == 0) {
        ex = thrum_executor_free(ex);
        CHECK_EQ(fault_live(), before);
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    close_pool();
    CHECK_EQ(fault_live(), before);
}

static int loses_its_text(void *arg) {
    (void)arg;
    return thrum_thread_fail(THRUM_VALUE_ERROR, "words");
}
TEST(a_broken_pool_says_so_without_memory) {
    thrum_thread_pool_options options = {.max_workers = 1, .initializer = loses_its_text};
    (void)settled_blocks();
    for (size_t n = 1; n < 12; n++) {
        thrum_future value = THRUM_FUTURE_INIT;
        catch_log();
        CHECK_EQ(thrum_thread_pool_executor_new(&ex, &options), 0);
        fault_arm_everywhere(n);
        int r = thrum_executor_submit_into(ex, nothing, NULL, &value);
        int end = r == 0 ? thrum_future_result(&value, NULL) : r;
        bool failed = fault_disarm();
        CHECK(end == THRUM_BROKEN_THREAD_POOL || (failed && r < 0));
        thrum_future_fini(&value);
        close_pool();
        if (r == 0)
            CHECK_CONTAINS(logged, "Exception in initializer:\nValueError: ");
    }
}

static bool four_times(void *source, void **ret_arg) {
    int *left = source;
    *ret_arg = source;
    return (*left)-- > 0;
}

/* What was submitted before the failure is over when map returns. */
TEST(map_fails_cleanly) {
    static const thrum_map_options ways[] = {{.buffersize = 0}, {.buffersize = 2}};
    long before = settled_blocks();
    for (int i = 0; i < 2; i++) {
        for (size_t n = 1;; n++) {
            thrum_map *m = NULL;
            int times = 4;
            open_pool(1);
            (void)result_of(submit(nothing, &times)); /* the thread is there */
            fault_arm(n);
            int r = thrum_executor_map(ex, nothing, four_times, &times, &ways[i], &m);
            bool failed = fault_disarm();
            CHECK_EQ(r, failed ? -ENOMEM : 0);
            CHECK_EQ(m != NULL, !failed);
            thrum_map_free(m);
            close_pool();
            CHECK_EQ(fault_live(), before);
            if (!failed) {
                CHECK_EQ(n, i ? 5 : 7); /* the map, its ring, the futures */
                break;
            }
        }
    }
}

/* A call that cannot be submitted ends the iteration. */
TEST(a_refill_fails_cleanly) {
    long before = settled_blocks();
    for (size_t n = 1;; n++) {
        thrum_map *m = NULL;
        int times = 4, given = 0, r;
        open_pool(1);
        CHECK_EQ(thrum_executor_map(ex, nothing, four_times, &times, &(thrum_map_options){.buffersize = 2}, &m), 0);
        fault_arm(n);
        while ((r = thrum_map_next(m, NULL)) == 0)
            given++;
        bool failed = fault_disarm();
        CHECK_EQ(r, failed ? -ENOMEM : THRUM_STOP_ITERATION);
        CHECK_EQ(given, failed ? (int)n - 1 : 4);
        CHECK_EQ(thrum_map_next(m, NULL), THRUM_STOP_ITERATION);
        thrum_map_free(m);
        close_pool();
        CHECK_EQ(fault_live(), before);
        if (!failed)
            break;
    }
}

/* An end needs no memory: nor does the text of what is dropped keep it from being dropped. */
TEST(shutdown_needs_nothing) {
    for (int cancel = 0; cancel < 2; cancel++) {
        thrum_event go = THRUM_EVENT_INIT;
        thrum_future *fs[5];
        open_pool(1);
        thrum_future *blocks = submit(waits_for_event, &go);
        for (int i = 0; i < 5; i++)
            fs[i] = submit(nothing, NULL);
        UNTIL(thrum_future_running(blocks)); /* the worker has what it needs */
        thrum_event_set(&go);
        fault_arm_everywhere(1);
        thrum_executor_shutdown(ex, true, cancel);
        CHECK(!fault_disarm());
        for (int i = 0; i < 5; i++) {
            CHECK(thrum_future_done(fs[i]));
            thrum_future_unref(fs[i]);
        }
        (void)result_of(blocks);
        close_pool();
    }
}

TEST_MAIN()
