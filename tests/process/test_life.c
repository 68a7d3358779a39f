/* The end of a child: noticed in time, reaped once, whatever the host does with SIGCHLD; and signals that find their
 * target. */
#include <pthread.h>
#include <sys/prctl.h>

#include "crew.h"
#include "observe.h"
#include "platform/stranger.h"
#include "process/fds.h"

static int64_t after_ms(int64_t ms) {
    return thrum_monotonic_ns() + ms * 1000000;
}

static thrum__process start_shell(const char *script, bool own_group) {
    const char *const argv[] = {"sh", "-c", script, NULL};
    return child_start(
        (thrum__spawn_request){.program = "/bin/sh", .argv = argv, .process_group = own_group ? &(pid_t){0} : NULL});
}

TEST(a_running_child_is_not_reaped) {
    thrum__process child = child_start((thrum__spawn_request){0});
    int returncode = 99;
    CHECK_EQ(thrum__process_reap(&child, &returncode), 0);
    CHECK_EQ(returncode, 99);
    child_kill(&child);
}

TEST(a_wait_times_out_while_the_child_runs) {
    thrum__process child = child_start((thrum__spawn_request){0});
    int64_t before = thrum_monotonic_ns();
    CHECK_EQ(thrum__process_wait_end(&child, after_ms(30)), THRUM_TIMED_OUT);
    CHECK_GE(thrum_monotonic_ns() - before, 30000000);
    CHECK_EQ(thrum__process_wait_end(&child, INT64_MIN), THRUM_TIMED_OUT);
    child_kill(&child);
}

TEST(waiting_does_not_reap) {
    thrum__process child = child_start((thrum__spawn_request){.program = "/bin/true"});
    CHECK_EQ(thrum__process_wait_end(&child, THRUM__NEVER), 0);
    CHECK_EQ(thrum__process_wait_end(&child, THRUM__NEVER), 0);
    CHECK(has_children());
    CHECK_EQ(child_end(&child), 0);
    CHECK(!has_children());
}

TEST(a_signal_is_a_negative_status) {
    thrum__process child = child_start((thrum__spawn_request){0});
    CHECK_EQ(thrum__process_signal(&child, SIGTERM), 0);
    CHECK_EQ(child_end(&child), -SIGTERM);
}

TEST(a_stopped_child_has_not_ended) {
    thrum__process child = child_start((thrum__spawn_request){0});
    int returncode;
    CHECK_EQ(thrum__process_signal(&child, SIGSTOP), 0);
    siginfo_t info;
    CHECK_EQ(waitid(P_PID, (id_t)child.pid, &info, WSTOPPED | WNOWAIT), 0);
    CHECK_EQ(thrum__process_wait_end(&child, INT64_MIN), THRUM_TIMED_OUT);
    CHECK_EQ(thrum__process_reap(&child, &returncode), 0);
    child_kill(&child);
}

TEST(a_child_known_by_its_number_alone) {
    thrum__process child = start_shell("exit 3", false);
    thrum__close(&child.pidfd);
    CHECK_EQ(child_end(&child), 3);
    child = child_start((thrum__spawn_request){0});
    thrum__close(&child.pidfd);
    CHECK_EQ(thrum__process_wait_end(&child, after_ms(20)), THRUM_TIMED_OUT);
    CHECK_EQ(thrum__process_signal(&child, SIGKILL), 0);
    CHECK_EQ(thrum__process_wait_end(&child, after_ms(10000)), 0);
    CHECK_EQ(child_end(&child), -SIGKILL);
}

/* The kernel reaps at once when SIGCHLD is ignored; Linux 6.15 and later remember the status in the pidfd. */
TEST(sigchld_ignored) {
    signal(SIGCHLD, SIG_IGN);
    thrum__process child = start_shell("exit 7", false);
    int returncode = 99, pidfd = child.pidfd;
    CHECK_EQ(thrum__process_wait_end(&child, THRUM__NEVER), 0);
    siginfo_t info;
    CHECK_EQ(waitid(P_PID, (id_t)child.pid, &info, WEXITED), -1); /* from here on it is gone, not only ended */
    int known = thrum__process_lost_status(&child, &returncode) == 0 ? 7 : 0;
    CHECK_EQ(thrum__process_reap(&child, &returncode), 1);
    CHECK_EQ(returncode, known);
    thrum__process_close(&child);
    CHECK(pidfd < 0 || fcntl(pidfd, F_GETFD) < 0);
}

TEST(sigchld_ignored_and_no_pidfd_is_status_zero) {
    signal(SIGCHLD, SIG_IGN);
    thrum__process child = start_shell("exit 7", false);
    thrum__close(&child.pidfd);
    CHECK_EQ(thrum__process_wait_end(&child, THRUM__NEVER), 0);
    CHECK_EQ(child_end(&child), 0);
}

TEST(a_child_that_somebody_else_has_reaped) {
    thrum__process child = start_shell("exit 5", false);
    int status, returncode = 99;
    CHECK_EQ(waitpid(child.pid, &status, 0), child.pid);
    CHECK_EQ(thrum__process_wait_end(&child, THRUM__NEVER), 0);
    CHECK_EQ(thrum__process_reap(&child, &returncode), 1);
    CHECK(returncode == 5 || returncode == 0);
    CHECK_EQ(thrum__process_signal(&child, SIGTERM), child.pidfd >= 0 ? 0 : 0); /* nobody there is no error */
    thrum__process_close(&child);
}

/* In the child of a fork, the sibling is nobody's to reap, and is not mistaken for an ended one. */
TEST(a_process_that_is_not_our_child_is_not_reaped) {
    thrum__process child = child_start((thrum__spawn_request){0});
    pid_t fork_child = fork();
    if (fork_child == 0) {
        int returncode;
        _exit(child.pidfd >= 0 && thrum__process_reap(&child, &returncode) != 0);
    }
    int status;
    CHECK_EQ(waitpid(fork_child, &status, 0), fork_child);
    CHECK_EQ(status, 0);
    child_kill(&child);
}

static void *wait_in_thread(void *arg) {
    return (void *)(intptr_t)thrum__process_wait_end(arg, THRUM__NEVER);
}

TEST(many_threads_may_wait) {
    thrum__process child = child_start((thrum__spawn_request){0});
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, wait_in_thread, &child), 0);
    CHECK_EQ(thrum__process_signal(&child, SIGKILL), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        CHECK(result == NULL);
    }
    CHECK_EQ(child_end(&child), -SIGKILL);
}

/* A handler without SA_RESTART interrupts the wait; the wait goes on. */
static void tick(int number) {
    (void)number;
}

TEST(a_signal_handler_does_not_cut_a_wait_short) {
    struct sigaction action = {.sa_handler = tick};
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    char script[64];
    snprintf(script, sizeof script, "for i in 1 2 3 4 5; do kill -USR1 %d; done; exit 4", (int)getpid());
    thrum__process child = start_shell(script, false);
    CHECK_EQ(child_end(&child), 4);
}

/* -- groups and trees */

/* Waits until the pipe has no writer left: everybody who inherited it is gone. */
static void wait_for_everybody(int pipe_end) {
    char byte;
    while (read(pipe_end, &byte, 1) > 0)
        ;
}

static thrum__process start_family(const char *script, bool own_group, int ret_pipe[2]) {
    CHECK_EQ(thrum__pipe(ret_pipe), 0);
    const char *const argv[] = {"sh", "-c", script, NULL};
    const thrum__fd_place places[] = {{ret_pipe[1], 1}};
    thrum__process child = child_start((thrum__spawn_request){.program = "/bin/sh",
                                                              .argv = argv,
                                                              .places = places,
                                                              .place_count = 1,
                                                              .process_group = own_group ? &(pid_t){0} : NULL});
    thrum__close(&ret_pipe[1]);
    char ready;
    CHECK_EQ(read(ret_pipe[0], &ready, 1), 1);
    return child;
}

TEST(the_group_gets_a_signal) {
    int pipe_fds[2];
    thrum__process child = start_family("sleep 1000 & sleep 1000 & echo; wait", true, pipe_fds);
    CHECK_EQ(thrum__process_signal_group(&child, false, SIGKILL), 0);
    wait_for_everybody(pipe_fds[0]);
    CHECK_EQ(child_end(&child), -SIGKILL);
}

TEST(the_tree_gets_a_signal_without_a_group) {
    NEEDS_LINUX("POSIX does not tell whose child a process is");
    int pipe_fds[2];
    thrum__process child =
        start_family("(sleep 1000 & (sleep 1000 & sleep 1000) & wait) & (sleep 1; echo) & wait", false, pipe_fds);
    CHECK_EQ(thrum__process_signal_tree(&child, SIGKILL), 0);
    wait_for_everybody(pipe_fds[0]);
    CHECK_EQ(child_end(&child), -SIGKILL);
}

/* setsid leaves the group, not the family; an orphan leaves the family, not the group. */
TEST(the_tree_includes_sessions_below_and_orphans_of_the_group) {
    NEEDS_LINUX("POSIX does not tell whose child a process is");
    int pipe_fds[2];
    thrum__process child = start_family("setsid sleep 1000 & (sleep 1000 &) ; echo; wait", true, pipe_fds);
    CHECK_EQ(thrum__process_signal_tree(&child, SIGKILL), 0);
    wait_for_everybody(pipe_fds[0]);
    CHECK_EQ(child_end(&child), -SIGKILL);
}

TEST(the_tree_of_an_ended_leader_still_has_its_group) {
    int pipe_fds[2];
    thrum__process child = start_family("sleep 1000 & echo; exit 0", true, pipe_fds);
    CHECK_EQ(thrum__process_wait_end(&child, THRUM__NEVER), 0);
    CHECK_EQ(thrum__process_signal_tree(&child, SIGKILL), 0);
    wait_for_everybody(pipe_fds[0]);
    CHECK_EQ(child_end(&child), 0);
}

TEST(the_tree_does_not_include_us) {
    thrum__process child = child_start((thrum__spawn_request){0}), other = child_start((thrum__spawn_request){0});
    CHECK_EQ(thrum__process_signal_tree(&child, SIGKILL), 0);
    CHECK_EQ(child_end(&child), -SIGKILL);
    CHECK_EQ(thrum__process_wait_end(&other, INT64_MIN), THRUM_TIMED_OUT);
    child_kill(&other);
}

/* The explorer asks: a process that other programs keep from running has not stalled. */
TEST(who_would_run_is_known) {
    NEEDS_LINUX("POSIX does not tell what a thread does");
    pid_t child = fork();
    if (child == 0) {
        alarm(60); /* nobody is left to spin should this test fail */
        for (;;)
            continue;
    }
    UNTIL(thrum__stranger_wants_cpu(child)); /* it may have to page something in first */
    CHECK_EQ(kill(child, SIGSTOP), 0);
    UNTIL(!thrum__stranger_wants_cpu(child));
    CHECK_EQ(kill(child, SIGKILL), 0);
    CHECK_EQ(waitpid(child, NULL, 0), child);
    CHECK(!thrum__stranger_wants_cpu(child)); /* there is none */
}

TEST(a_bad_signal_number_is_an_error) {
    thrum__process child = child_start((thrum__spawn_request){0});
    CHECK_EQ(thrum__process_signal(&child, 999), -EINVAL);
    CHECK_EQ(thrum__process_signal_tree(&child, 999), -EINVAL);
    CHECK_EQ(thrum__process_signal(&child, 0), 0);
    child_kill(&child);
}

TEST_MAIN()
