/* test_thread_pool_shutdown.c - how a ThreadPoolExecutor ends: by shutdown, and with the process. Its CPython
 * counterpart is test_shutdown.py in test_concurrent_futures. */
#include "thread_pools.h"

/* CPython: test_run_after_shutdown, test_context_manager_shutdown. */
TEST(after_shutdown_nothing_is_accepted) {
    thrum_future *f = NULL;
    open_pool(1);
    CHECK(!thrum_executor_refusal(ex));
    thrum_executor_shutdown(ex, true, false);
    CHECK_EQ(thrum_executor_submit(ex, nothing, NULL, &f), THRUM_RUNTIME_ERROR);
    CHECK(!f);
    CHECK_STR(thrum_executor_refusal(ex), "cannot schedule new futures after shutdown");
    thrum_executor_shutdown(ex, true, false); /* again */
    close_pool();
}

/* CPython: test_hang_issue12364, test_threads_terminate. */
TEST(shutdown_makes_the_calls_that_were_submitted) {
    int n = 0;
    thrum_future *fs[50];
    open_pool(5);
    for (int i = 0; i < 50; i++)
        fs[i] = submit(counts, &n);
    thrum_executor_shutdown(ex, true, false);
    CHECK_EQ(n, 50);
    for (int i = 0; i < 50; i++)
        (void)result_of(fs[i]);
    CHECK_EQ(workers_alive("ThreadPoolExecutor-"), 0);
    close_pool();
}

/* CPython: test_cancel_futures. */
TEST(shutdown_may_cancel_what_has_not_begun) {
    thrum_event go = THRUM_EVENT_INIT;
    thrum_future *fs[50];
    thrum_wait_result found;
    open_pool(2);
    for (int i = 0; i < 50; i++)
        fs[i] = submit(waits_for_event, &go);
    UNTIL(thrum_future_running(fs[0]) && thrum_future_running(fs[1]));
    thrum_executor_shutdown(ex, false, true);
    thrum_event_set(&go);
    thrum_executor_shutdown(ex, true, false);
    CHECK_EQ(thrum_futures_wait(fs, 50, THRUM_ALL_COMPLETED, &found), 0); /* those who wait are told, too */
    CHECK_EQ(found.done, 50);
    int cancelled = 0;
    for (int i = 0; i < 50; i++) {
        cancelled += thrum_future_cancelled(fs[i]);
        thrum_future_unref(fs[i]);
    }
    CHECK_EQ(cancelled, 48);
    close_pool();
}

/* CPython: test_shutdown_no_wait, test_cancel_futures_wait_false. */
TEST(shutdown_need_not_wait) {
    thrum_event go = THRUM_EVENT_INIT;
    open_pool(1);
    thrum_future *running = submit(waits_for_event, &go), *queued = submit(nothing, &go);
    thrum_executor_shutdown(ex, false, false);
    CHECK_EQ(thrum_executor_submit(ex, nothing, NULL, NULL), THRUM_RUNTIME_ERROR);
    CHECK(!thrum_future_done(running));
    thrum_event_set(&go);
    CHECK(result_of(running) == NULL);
    CHECK(result_of(queued) == &go);
    close_pool();
}

TEST(shutdown_with_a_time_limit_says_what_still_runs) {
    thrum_event go = THRUM_EVENT_INIT;
    char text[1000], word[40];
    CHECK_EQ(thrum_thread_pool_executor_new(
                 &ex, &(thrum_thread_pool_options){.max_workers = 1, .thread_name_prefix = "slow"}),
             0);
    CHECK_EQ(thrum_executor_report(ex, NULL, 0), strlen("0 running, none waiting\n"));
    thrum_future *running = submit(waits_for_event, &go), *queued = submit(nothing, NULL);
    UNTIL(thrum_future_running(running));
    CHECK_EQ(thrum_executor_shutdown_timed(ex, false, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_executor_shutdown_timed(ex, false, thrum_seconds(-1)), THRUM_TIMED_OUT);
    snprintf(word, sizeof word, " with %p\n", (void *)&go);
    CHECK_LT(thrum_executor_report(ex, text, sizeof text), sizeof text);
    CHECK_CONTAINS(text, "  'slow_0' (tid ");
    CHECK_CONTAINS(text, word);
    CHECK_CONTAINS(text, "1 running, others waiting\n");
    CHECK_EQ(thrum_executor_shutdown_timed(ex, true, TINY), THRUM_TIMED_OUT);
    thrum_executor_report(ex, text, sizeof text);
    CHECK_CONTAINS(text, "1 running, none waiting\n");
    thrum_event_set(&go);
    CHECK_EQ(thrum_executor_shutdown_timed(ex, false, AGES), 0);
    thrum_executor_report(ex, text, sizeof text);
    CHECK_STR(text, "0 running, none waiting\n");
    CHECK(thrum_future_cancelled(queued));
    thrum_future_unref(running), thrum_future_unref(queued);
    close_pool();
}

/* The end of the process. */
static int writes_a_dot(void *arg, void **ret_result) {
    (void)ret_result;
    thrum_event_wait(arg);
    return write(STDOUT_FILENO, ".", 1) == 1 ? 0 : -EIO;
}

static void submits_late(void *arg) {
    static thrum_event done;
    thrum_future *f = NULL;
    (void)arg;
    thrum_event_set(&done);
    int r = thrum_executor_submit(ex, writes_a_dot, &done, &f);
    const char *why = thrum_executor_refusal(ex);
    dprintf(STDOUT_FILENO, "%s: %s", thrum_error_name(r), why);
}

/* What a child writes to stdout until it exits. */
static void output_of(void (*body)(void), char *text, size_t size) {
    int pipes[2];
    size_t length = 0;
    CHECK_EQ(pipe(pipes), 0);
    fflush(NULL);
    pid_t pid = fork();
    CHECK_GE(pid, 0);
    if (pid == 0) {
        CHECK_GE(dup2(pipes[1], STDOUT_FILENO), 0);
        close(pipes[0]), close(pipes[1]);
        body();
        exit(0);
    }
    close(pipes[1]);
    for (ssize_t n; (n = read(pipes[0], text + length, size - 1 - length)) > 0;)
        length += (size_t)n;
    text[length] = '\0';
    close(pipes[0]);
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* CPython: test_interpreter_shutdown: what was submitted is done, although nobody waits for it. */
static void leaves_work(void) {
    static thrum_event go;
    open_pool(2);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(thrum_executor_submit(ex, writes_a_dot, &go, NULL), 0);
    thrum_event_set(&go);
}
TEST(the_end_of_the_process_waits_for_what_was_submitted) {
    char text[100];
    output_of(leaves_work, text, sizeof text);
    CHECK_STR(text, ".....");
}

/* CPython: test_hang_gh83386: the same after a shutdown that did not wait. */
static void leaves_a_shutdown(void) {
    leaves_work();
    thrum_executor_shutdown(ex, false, false);
}
TEST(the_end_of_the_process_waits_after_a_shutdown_that_does_not) {
    char text[100];
    output_of(leaves_a_shutdown, text, sizeof text);
    CHECK_STR(text, ".....");
}

/* CPython: test_submit_after_interpreter_shutdown. The function registered first is called last: after the pools. */
static void submits_at_the_end(void) {
    CHECK_EQ(thrum_register_atexit(submits_late, NULL), 0);
    open_pool(1);
}
TEST(when_the_process_ends_nothing_is_accepted) {
    char text[100];
    output_of(submits_at_the_end, text, sizeof text);
    CHECK_STR(text, "RuntimeError: cannot schedule new futures after interpreter shutdown");
}

/* CPython: test_hang_global_shutdown_lock: a fork while other threads submit leaves nothing locked in the child. */
static bool forks_are_over;
static void submits_until_then(int index, void *arg) {
    (void)index, (void)arg;
    while (!__atomic_load_n(&forks_are_over, __ATOMIC_SEQ_CST)) {
        int n = 0;
        thrum_future f = THRUM_FUTURE_INIT;
        CHECK_EQ(thrum_executor_submit_into(ex, counts, &n, &f), 0);
        thrum_future_fini(&f);
        CHECK_EQ(n, 1);
    }
}
static void has_a_pool_of_its_own(void) {
    int n = 0;
    open_pool(2);
    (void)result_of(submit(counts, &n));
    close_pool();
    CHECK_EQ(n, 1);
    _exit(0); /* what the other threads were about to use is lost, as in every fork */
}
TEST(a_fork_while_others_submit_leaves_nothing_locked) {
    crew c = {0};
    char text[100];
#ifdef __SANITIZE_ADDRESS__
    TEST_SKIP("AddressSanitizer's own allocator may be locked in the child of a fork");
#endif
    if (TEST_TSAN)
        TEST_SKIP("ThreadSanitizer does not allow threads in the child of a fork");
    open_pool(2);
    crew_start(&c, 2, submits_until_then, NULL);
    for (int i = 0; i < 10; i++) {
        output_of(has_a_pool_of_its_own, text, sizeof text);
        CHECK_STR(text, "");
    }
    __atomic_store_n(&forks_are_over, true, __ATOMIC_SEQ_CST);
    crew_join(&c);
    close_pool();
}

TEST_MAIN()
