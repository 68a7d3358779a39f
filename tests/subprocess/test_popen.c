/* Popen: what it is made of, the errors of its making, poll and wait, signals, freeing. */
#include <pthread.h>
#include <sys/resource.h>
#include <sys/select.h>

#include "children.h"

/* -- arguments --------------------------------------------------------------------------------------------------- */

TEST(an_empty_list_is_a_value_error) {
    thrum_popen *popen = NULL;
    CHECK_EQ(thrum_popen_new(&popen, (const char *const[]){NULL}, NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_popen_new(&popen, NULL, NULL), THRUM_VALUE_ERROR);
    CHECK(!popen);
}

TEST(args_are_copied) {
    char name[] = "/bin/true";
    thrum_popen *popen = start(THRUM_ARGS(name, "x"), NULL);
    memset(name, '?', sizeof name - 1);
    CHECK_STR(thrum_popen_args(popen)[0], "/bin/true");
    CHECK_STR(thrum_popen_args(popen)[1], "x");
    CHECK(!thrum_popen_args(popen)[2]);
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_free(popen);
}

TEST(one_string_is_a_program_and_is_not_split) {
    thrum_popen *popen;
    CHECK_EQ(thrum_popen_new(&popen, THRUM_ARGS("/bin/true x"), NULL), -ENOENT);
}

TEST(executable_replaces_the_program_and_not_its_name) {
    CHECK_STR(output_of(THRUM_ARGS("other", "-c", "echo $0 $1", "zero", "one"),
                        &(thrum_popen_options){.executable = "/bin/sh"}),
              "zero one\n");
    CHECK_STR(output_of(THRUM_ARGS("other", "-c", "tr '\\0' ' ' </proc/$$/cmdline | cut -c1-5"),
                        &(thrum_popen_options){.executable = "/bin/sh"}),
              "other\n");
}

TEST(a_shell_command) {
    CHECK_STR(output_of(THRUM_ARGS("echo $((1 + 2)) | cat"), &(thrum_popen_options){.shell = true}), "3\n");
}

TEST(further_items_of_a_shell_command_are_its_parameters) {
    CHECK_STR(output_of(THRUM_ARGS("echo $0 $1", "zero", "one"), &(thrum_popen_options){.shell = true}),
              "zero one\n");
}

TEST(executable_replaces_the_shell) {
    char script[] = "/tmp/thrum-test-XXXXXX";
    int fd = mkostemp(script, O_CLOEXEC);
    CHECK_GT(dprintf(fd, "#!/bin/sh\necho \"my shell: $1 $2\"\n"), 0);
    CHECK_EQ(fchmod(fd, 0700), 0);
    close(fd);
    const char *out = output_of(THRUM_ARGS("command"), &(thrum_popen_options){.shell = true, .executable = script});
    unlink(script);
    CHECK_STR(out, "my shell: -c command\n");
}

TEST(a_shell_that_does_not_find_the_command_is_status_127) {
    thrum_popen *popen = start(THRUM_ARGS("no-such-program-here 2>/dev/null"), &(thrum_popen_options){.shell = true});
    CHECK_EQ(status_of(popen), 127);
    thrum_popen_free(popen);
}

/* -- errors: errno, stage, file name; nothing left behind -------------------------------------------------------- */

static int start_fails(const char *const *args, thrum_popen_options options, thrum_popen_failure *ret) {
    thrum_popen *popen = (thrum_popen *)ret;
    int before = count_fds();
    options.ret_failure = ret;
    int r = thrum_popen_new(&popen, args, &options);
    CHECK_LT(r, 0);
    CHECK(popen == (thrum_popen *)ret); /* untouched */
    CHECK_EQ(ret->code, r);
    CHECK_EQ(count_fds(), before);
    CHECK(!has_children());
    return r;
}

static const thrum_popen_options three_pipes = {.in = THRUM_PIPE, .out = THRUM_PIPE, .err = THRUM_PIPE};

TEST(a_missing_program) {
    thrum_popen_failure failure;
    char text[100];
    CHECK_EQ(start_fails(THRUM_ARGS("nosuch"), three_pipes, &failure), -ENOENT);
    CHECK_STR(failure.filename, "nosuch");
    CHECK_STR(failure.stage, "execve");
    CHECK_EQ(thrum_popen_failure_str(&failure, text, sizeof text), strlen(text));
    CHECK_STR(text, "[Errno 2] No such file or directory: 'nosuch'");
    CHECK_STR(thrum_error_name(failure.code), "FileNotFoundError");
}

TEST(a_missing_executable_is_named_and_not_args_0) {
    thrum_popen_failure failure;
    thrum_popen_options options = {.executable = "/nonexistent/x"};
    CHECK_EQ(start_fails(THRUM_ARGS("true"), options, &failure), -ENOENT);
    CHECK_STR(failure.filename, "/nonexistent/x");
}

TEST(a_missing_directory) {
    thrum_popen_failure failure;
    char text[100];
    CHECK_EQ(start_fails(THRUM_ARGS("true"), (thrum_popen_options){.cwd = "/no where"}, &failure), -ENOENT);
    CHECK_STR(failure.stage, "chdir");
    thrum_popen_failure_str(&failure, text, sizeof text);
    CHECK_STR(text, "[Errno 2] No such file or directory: '/no where'");
}

TEST(the_sentence_without_a_file) {
    char text[100];
    CHECK_EQ(thrum_popen_failure_str(&(thrum_popen_failure){-EPERM, "setreuid", NULL}, text, sizeof text), 33);
    CHECK_STR(text, "[Errno 1] Operation not permitted");
    thrum_popen_failure_str(&(thrum_popen_failure){THRUM_SUBPROCESS_ERROR, "preexec_fn", NULL}, text, sizeof text);
    CHECK_STR(text, "Exception occurred in preexec_fn.");
    CHECK_EQ(thrum_popen_failure_str(&(thrum_popen_failure){-EPERM, "setreuid", NULL}, text, 10), 33);
    CHECK_STR(text, "[Errno 1]");
}

TEST(stdout_to_stdout_is_a_value_error) {
    thrum_popen_failure failure;
    CHECK_EQ(start_fails(THRUM_ARGS("true"), (thrum_popen_options){.out = THRUM_STDOUT}, &failure),
             THRUM_VALUE_ERROR);
    CHECK_EQ(start_fails(THRUM_ARGS("true"), (thrum_popen_options){.in = THRUM_STDOUT}, &failure), THRUM_VALUE_ERROR);
    CHECK_EQ(start_fails(THRUM_ARGS("true"), (thrum_popen_options){.in = THRUM_PIPE, .out = -77}, &failure),
             THRUM_VALUE_ERROR);
}

TEST(a_child_that_starts_has_no_failure) {
    thrum_popen_failure failure = {7, "none", NULL};
    thrum_popen *popen = start(THRUM_ARGS("/bin/true"), &(thrum_popen_options){.ret_failure = &failure});
    CHECK_EQ(failure.code, 7);
    CHECK_STR(failure.stage, "none");
    thrum_popen_exit(popen);
}

TEST(a_bad_environment) {
    thrum_popen_failure failure;
    const char *const env[] = {"A=1", "B", NULL};
    CHECK_EQ(start_fails(THRUM_ARGS("true"), (thrum_popen_options){.env = env, .in = THRUM_PIPE}, &failure),
             THRUM_VALUE_ERROR);
}

TEST(a_bad_pipe_size) {
    thrum_popen_failure failure;
    thrum_popen_options options = three_pipes;
    options.pipesize = 2000000000;
    if (geteuid() == 0) { /* root may have more than there is */
        CHECK_LT(start_fails(THRUM_ARGS("true"), options, &failure), 0);
        return;
    }
    CHECK_EQ(start_fails(THRUM_ARGS("true"), options, &failure), -EPERM);
    CHECK_STR(failure.stage, "pipe");
}

TEST(without_descriptors_it_is_emfile) {
    NEEDS_LINUX("the portable start of a child needs other descriptors");
    thrum_popen_failure failure;
    int fds[3000], count = 0;
    const struct rlimit few = {64, 64};
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    while ((fds[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        count++;
    for (int free_now = 0; free_now < 8; free_now++) {
        thrum_popen *popen = NULL;
        thrum_popen_options options = three_pipes;
        options.ret_failure = &failure;
        int r = thrum_popen_new(&popen, THRUM_ARGS("/bin/true"), &options);
        if (r == 0)
            thrum_popen_exit(popen);
        else
            CHECK_EQ(r, -EMFILE);
        CHECK_EQ(r == 0, free_now == 7); /* six ends and the pidfd */
        CHECK(!has_children());
        close(fds[--count]);
    }
}

TEST(users_and_groups_that_make_no_sense) {
    thrum_popen_failure failure;
    const char *const args[] = {"true", NULL};
    CHECK_EQ(start_fails(args, (thrum_popen_options){.user = "no-such-user-x"}, &failure), THRUM_KEY_ERROR);
    CHECK_EQ(start_fails(args, (thrum_popen_options){.group = "no-such-group-x"}, &failure), THRUM_KEY_ERROR);
    CHECK_EQ(start_fails(args, (thrum_popen_options){.user = "-1"}, &failure), THRUM_VALUE_ERROR);
    CHECK_EQ(start_fails(args, (thrum_popen_options){.group = "-1"}, &failure), THRUM_VALUE_ERROR);
    CHECK_EQ(start_fails(args, (thrum_popen_options){.user = "18446744073709551616"}, &failure),
             THRUM_OVERFLOW_ERROR);
    const char *const unknown[] = {"0", "no-such-group-x", NULL}, *const negative[] = {"-1", NULL};
    const char *const large[] = {"18446744073709551616", NULL};
    CHECK_EQ(start_fails(args, (thrum_popen_options){.extra_groups = unknown}, &failure), THRUM_KEY_ERROR);
    CHECK_EQ(start_fails(args, (thrum_popen_options){.extra_groups = negative}, &failure), THRUM_VALUE_ERROR);
    CHECK_EQ(start_fails(args, (thrum_popen_options){.extra_groups = large}, &failure), THRUM_VALUE_ERROR);
}

static int refuse(void *arg) {
    return *(int *)arg;
}

TEST(preexec_fn_that_fails) {
    thrum_popen_failure failure;
    int yes = 1, no = 0;
    thrum_popen_options options = {.preexec_fn = refuse, .preexec_arg = &yes};
    CHECK_EQ(start_fails(THRUM_ARGS("true"), options, &failure), THRUM_SUBPROCESS_ERROR);
    CHECK_STR(failure.stage, "preexec_fn");
    options.preexec_arg = &no;
    thrum_popen *popen = start(THRUM_ARGS("true"), &options);
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_free(popen);
}

/* -- poll, wait, returncode -------------------------------------------------------------------------------------- */

TEST(poll_while_it_runs_and_after) {
    thrum_popen *popen = start(SHELL("read line; exit 3"), &(thrum_popen_options){.in = THRUM_PIPE});
    int returncode = 99;
    CHECK(!thrum_popen_poll(popen, &returncode));
    CHECK(!thrum_popen_returncode(popen, &returncode));
    CHECK_EQ(returncode, 99);
    CHECK_EQ(thrum_popen_close_stdin(popen), 0);
    CHECK_EQ(thrum_popen_wait(popen, NULL), 0);
    CHECK(thrum_popen_poll(popen, &returncode));
    CHECK_EQ(returncode, 3);
    returncode = 99;
    CHECK(thrum_popen_returncode(popen, &returncode));
    CHECK_EQ(returncode, 3);
    CHECK(thrum_popen_poll(popen, NULL));
    thrum_popen_free(popen);
}

TEST(wait_more_than_once) {
    thrum_popen *popen = start(SHELL("exit 42"), NULL);
    CHECK_EQ(status_of(popen), 42);
    CHECK_EQ(status_of(popen), 42);
    CHECK_EQ(thrum_popen_wait_timed(popen, THRUM_NOWAIT, NULL), 0);
    thrum_popen_free(popen);
}

TEST(wait_with_a_time_limit) {
    thrum_popen *popen = start(SLEEP, NULL);
    int returncode = 99;
    CHECK_EQ(thrum_popen_wait_timed(popen, thrum_milliseconds(20), &returncode), THRUM_TIMEOUT_EXPIRED);
    CHECK_EQ(thrum_popen_wait_timed(popen, THRUM_NOWAIT, &returncode), THRUM_TIMEOUT_EXPIRED);
    CHECK_EQ(thrum_popen_wait_timed(popen, thrum_seconds(-1), &returncode), THRUM_TIMEOUT_EXPIRED);
    CHECK_EQ(thrum_popen_wait_timed(popen, thrum_seconds(1e10), &returncode), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(returncode, 99);
    CHECK_EQ(thrum_popen_kill(popen), 0);
    CHECK_EQ(thrum_popen_wait_timed(popen, thrum_seconds(1000), &returncode), 0);
    CHECK_EQ(returncode, -SIGKILL);
    thrum_popen_free(popen);
}

typedef struct waiter {
    thrum_popen *popen;
    int result, returncode;
} waiter;

static void *wait_in_thread(void *arg) {
    waiter *w = arg;
    w->result = thrum_popen_wait(w->popen, &w->returncode);
    return NULL;
}

static void many_wait(thrum_popen *popen) {
    pthread_t threads[6];
    waiter waiters[6];
    for (int i = 0; i < 6; i++) {
        waiters[i] = (waiter){popen, 99, 99};
        CHECK_EQ(pthread_create(&threads[i], NULL, wait_in_thread, &waiters[i]), 0);
    }
    CHECK_EQ(thrum_popen_wait_timed(popen, thrum_milliseconds(5), NULL), THRUM_TIMEOUT_EXPIRED);
    CHECK_EQ(thrum_popen_terminate(popen), 0);
    for (int i = 0; i < 6; i++) {
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
        CHECK_EQ(waiters[i].result, 0);
        CHECK_EQ(waiters[i].returncode, -SIGTERM);
    }
    thrum_popen_free(popen);
}

TEST(many_threads_wait_and_all_get_the_status) {
    many_wait(start(SLEEP, NULL));
    many_wait(start(SLEEP, &(thrum_popen_options){.out = THRUM_PIPE})); /* one drains, the others wait for it */
}

TEST(sigchld_may_be_ignored) {
    signal(SIGCHLD, SIG_IGN);
    thrum_popen *popen = start(THRUM_ARGS("/bin/true"), NULL);
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_free(popen);
    thrum_output out;
    popen = start(SHELL("echo x"), &(thrum_popen_options){.out = THRUM_PIPE});
    CHECK_EQ(thrum_popen_communicate(popen, NULL, 0, &out, NULL), 0);
    CHECK_STR(out.data, "x\n");
    thrum_output_free(&out);
    thrum_popen_free(popen);
}

/* -- signals ----------------------------------------------------------------------------------------------------- */

TEST(send_signal_terminate_kill) {
    const int expected[] = {SIGINT, SIGTERM, SIGKILL};
    for (int i = 0; i < 3; i++) {
        thrum_popen *popen = start(SLEEP, NULL);
        CHECK_EQ(i == 0   ? thrum_popen_send_signal(popen, SIGINT)
                 : i == 1 ? thrum_popen_terminate(popen)
                          : thrum_popen_kill(popen),
                 0);
        CHECK_EQ(status_of(popen), -expected[i]);
        thrum_popen_free(popen);
    }
}

TEST(a_signal_to_a_dead_child_is_nothing) {
    thrum_popen *popen = start(THRUM_ARGS("/bin/true"), NULL);
    siginfo_t info;
    CHECK_EQ(waitid(P_PID, (id_t)thrum_popen_pid(popen), &info, WEXITED | WNOWAIT), 0);
    CHECK_EQ(thrum_popen_send_signal(popen, SIGTERM), 0); /* a zombie: looked at first */
    int returncode = 99;
    CHECK(thrum_popen_returncode(popen, &returncode)); /* and thereby noticed */
    CHECK_EQ(returncode, 0);
    CHECK_EQ(thrum_popen_terminate(popen), 0); /* reaped */
    CHECK_EQ(thrum_popen_kill(popen), 0);
    CHECK_EQ(thrum_popen_kill_tree(popen, SIGKILL), 0);
    thrum_popen_free(popen);
}

TEST(a_bad_signal_number) {
    thrum_popen *popen = start(SLEEP, NULL);
    CHECK_EQ(thrum_popen_send_signal(popen, 999), -EINVAL);
    finish(popen);
}

TEST(kill_tree_takes_the_grandchildren_along) {
    NEEDS_LINUX("POSIX does not tell whose child a process is");
    thrum_popen *popen =
        start(SHELL("sleep 1000 & (sleep 1000; :) & echo; wait"), &(thrum_popen_options){.out = THRUM_PIPE});
    await_byte(popen);
    CHECK_EQ(thrum_popen_kill_tree(popen, SIGKILL), 0);
    await_end_of(thrum_popen_stdout(popen));
    CHECK_EQ(status_of(popen), -SIGKILL);
    thrum_popen_free(popen);
}

TEST(kill_tree_after_the_end_of_the_leader) {
    NEEDS_LINUX("POSIX does not tell whose child a process is");
    thrum_popen *popen =
        start(SHELL("sleep 1000 & echo"), &(thrum_popen_options){.out = THRUM_PIPE, .process_group = THRUM_SOME(0)});
    await_byte(popen);
    CHECK_EQ(status_of(popen), 0);
    int fd = dup(thrum_popen_stdout(popen));
    CHECK_EQ(thrum_popen_kill_tree(popen, 0), 0);
    if (thrum_popen_kill_tree(popen, SIGKILL) == 0 && thrum_popen_pidfd(popen) >= 0)
        await_end_of(fd); /* Linux 6.9 and later */
    thrum_popen_free(popen);
}

/* A process of ours with the number, if the system lets us choose that and nobody else was faster; or 0. */
static pid_t stranger_with(pid_t number) {
    for (int i = 0; i < 20; i++) {
        FILE *last = fopen("/proc/sys/kernel/ns_last_pid", "we");
        if (!last)
            return 0;
        fprintf(last, "%d", (int)number - 1);
        bool chosen = fclose(last) == 0;
        pid_t pid = chosen ? fork() : 0;
        if (!chosen)
            return 0;
        if (pid == 0)
            for (;;)
                pause();
        if (pid == number)
            return pid;
        kill(pid, SIGKILL);
        CHECK_EQ(waitpid(pid, NULL, 0), pid);
    }
    return 0;
}

/* The kernel has reaped the child, so its number is free, and the object has not noticed yet. */
TEST(kill_tree_leaves_a_stranger_with_the_number_alone) {
    NEEDS_LINUX("without a pidfd nobody can tell");
    signal(SIGCHLD, SIG_IGN);
    thrum_popen *popen = start(THRUM_ARGS("/bin/true"), &(thrum_popen_options){.process_group = THRUM_SOME(0)});
    while (kill(thrum_popen_pid(popen), 0) == 0) /* the test's time limit ends this */
        usleep(100);
    signal(SIGCHLD, SIG_DFL);
    pid_t stranger = stranger_with(thrum_popen_pid(popen));
    CHECK(!thrum_popen_returncode(popen, NULL));
    CHECK_EQ(thrum_popen_kill_tree(popen, SIGTERM), 0);
    CHECK(thrum_popen_returncode(popen, NULL)); /* it has noticed now */
    if (stranger > 0) {
        int status;
        kill(stranger, SIGKILL);
        CHECK_EQ(waitpid(stranger, &status, 0), stranger);
        CHECK_EQ(WTERMSIG(status), SIGKILL);
    }
    thrum_popen_free(popen);
}

/* -- freeing ----------------------------------------------------------------------------------------------------- */

TEST(null_is_nothing_to_free) {
    CHECK(thrum_popen_free(NULL) == NULL);
    CHECK(thrum_popen_exit(NULL) == NULL);
}

TEST(nothing_leaks) {
    int before = count_fds();
    for (int i = 0; i < 50; i++) {
        thrum_popen *popen = start(THRUM_ARGS("/bin/true"), &three_pipes);
        CHECK_EQ(status_of(popen), 0);
        CHECK(thrum_popen_free(popen) == NULL);
    }
    CHECK_EQ(count_fds(), before);
    CHECK(!has_children());
}

TEST(exit_closes_the_pipes_and_waits) {
    int before = count_fds();
    thrum_popen *popen = start(THRUM_ARGS("cat"), &three_pipes); /* ends when its input does */
    CHECK(thrum_popen_exit(popen) == NULL);
    CHECK_EQ(count_fds(), before);
    CHECK(!has_children());
}

/* A child that is let go of while it runs is no zombie for longer than until the next call. */
TEST(an_abandoned_child_is_reaped_later) {
    int before = count_fds();
    thrum_popen *popen = start(THRUM_ARGS("cat"), &(thrum_popen_options){.in = THRUM_PIPE, .out = THRUM_DEVNULL});
    pid_t pid = thrum_popen_pid(popen);
    thrum_popen *stopped = start(SLEEP, NULL);
    pid_t other = thrum_popen_pid(stopped);
    CHECK(thrum_popen_free(stopped) == NULL);
    CHECK(thrum_popen_free(popen) == NULL);
    siginfo_t info;
    CHECK_EQ(kill(other, SIGKILL), 0);
    CHECK_EQ(waitid(P_PID, (id_t)other, &info, WEXITED | WNOWAIT), 0);
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
        CHECK_EQ(errno, ECHILD); /* reaped by the free of the other one already */
    thrum_popen_exit(start(THRUM_ARGS("/bin/true"), NULL));
    CHECK(!has_children());
    CHECK_EQ(count_fds(), before);
}

TEST(the_pidfd_tells_poll_loops) {
    thrum_popen *popen = start(SLEEP, NULL);
    int fd = thrum_popen_pidfd(popen);
    if (fd >= 0) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        CHECK_EQ(select(fd + 1, &set, NULL, NULL, &(struct timeval){0, 0}), 0);
        CHECK_EQ(thrum_popen_kill(popen), 0);
        FD_SET(fd, &set);
        CHECK_EQ(select(fd + 1, &set, NULL, NULL, NULL), 1);
    }
    finish(popen);
}

TEST(repr) {
    char text[200];
    thrum_popen *popen = start(THRUM_ARGS("/bin/cat", "-"), &(thrum_popen_options){.in = THRUM_PIPE});
    CHECK_EQ(thrum_popen_repr(popen, text, sizeof text), strlen(text));
    CHECK_STR(text, "<Popen: returncode: None args: ['/bin/cat', '-']>");
    thrum_popen_close_stdin(popen);
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_repr(popen, text, sizeof text);
    CHECK_STR(text, "<Popen: returncode: 0 args: ['/bin/cat', '-']>");
    thrum_popen_free(popen);
    popen = start(THRUM_ARGS("exit 1; 'it'\n"), &(thrum_popen_options){.shell = true});
    CHECK_EQ(status_of(popen), 1);
    thrum_popen_repr(popen, text, sizeof text);
    CHECK_STR(text, "<Popen: returncode: 1 args: \"exit 1; 'it'\\n\">");
    thrum_popen_free(popen);
    popen = start(
        THRUM_ARGS("/bin/true", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), NULL);
    CHECK_EQ(status_of(popen), 0);
    CHECK_EQ(thrum_popen_repr(popen, text, sizeof text), 80);
    CHECK_STR(text, "<Popen: returncode: 0 args: ['/bin/true', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...>");
    CHECK_EQ(thrum_popen_repr(popen, text, 8), 80);
    CHECK_STR(text, "<Popen:");
    thrum_popen_free(popen);
}

TEST_MAIN()
