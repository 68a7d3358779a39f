/* DaemonRunner: start, stop, restart, status, and what they say. */
#include "outside.h"

static int serve(thrum_daemon_context *context, void *arg) {
    (void)arg;
    CHECK(thrum_daemon_context_is_open(context));
    puts("serving");
    fputs("quietly\n", stderr);
    fflush(stdout);
    alarm(60);
    for (;;)
        pause();
}

static thrum_daemon_app app_for_test(void) {
    thrum_daemon_app app = {.run = serve, .pidfile_path = in_directory("pid")};
    app.daemon.detach_process = THRUM_DAEMON_DETACH_YES;
    app.daemon.keep_parent = true;
    return app;
}

static thrum_daemon_runner *make(thrum_daemon_app app) {
    thrum_daemon_runner *runner;
    CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    CHECK_EQ(thrum_daemon_runner_new(&runner, &app), 0);
    return runner;
}

static int act(thrum_daemon_runner *runner, const char *action) {
    char program[] = "/usr/bin/prog", copy[16];
    strcpy(copy, action);
    char *argv[] = {program, copy, NULL};
    CHECK_EQ(thrum_daemon_runner_parse_args(runner, 2, argv), 0);
    return thrum_daemon_runner_do_action(runner);
}

static void check_message(thrum_daemon_runner *runner, const char *format, long number) {
    char wanted[512];
    snprintf(wanted, sizeof wanted, format, in_directory("pid"), number);
    CHECK_STR(thrum_daemon_runner_message(runner), wanted);
}

static void check_says(thrum_daemon_runner *runner, const char *what, pid_t pid) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%s %d", what, (int)pid);
    CHECK_STR(thrum_daemon_runner_message(runner), wanted);
}

TEST(start_status_stop) {
    thrum_daemon_runner *runner = make(app_for_test());
    pid_t pid = 0;
    CHECK_EQ(act(runner, "status"), THRUM_NOT_LOCKED);
    check_message(runner, "PID file '%s' not locked", 0);
    CHECK_EQ(act(runner, "start"), THRUM_DAEMON_PARENT);
    CHECK_EQ(thrum_daemon_runner_status(runner, &pid), 0);
    check_says(runner, "running with pid", pid);
    CHECK_EQ(act(runner, "status"), 0);
    CHECK_EQ(act(runner, "start"), THRUM_ALREADY_LOCKED);
    check_message(runner, "PID file '%s' already locked", 0);
    CHECK_EQ(act(runner, "stop"), 0);
    check_says(runner, "stopped the process with pid", pid);
    CHECK_EQ(wait_status(pid), 1 << 8);
    CHECK_EQ(act(runner, "stop"), THRUM_NOT_LOCKED);
    thrum_daemon_runner_free(runner);
    CHECK(thrum_daemon_runner_free(NULL) == NULL);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    REMOVE_DIRECTORY(NULL);
}

TEST(start_says_the_number) {
    thrum_daemon_runner *runner = make(app_for_test());
    pid_t pid;
    CHECK_EQ(act(runner, "start"), THRUM_DAEMON_PARENT);
    char message[64];
    snprintf(message, sizeof message, "%s", thrum_daemon_runner_message(runner));
    CHECK_EQ(thrum_daemon_runner_status(runner, &pid), 0);
    CHECK_EQ(atoi(message + strlen("started with pid ")), pid);
    CHECK_EQ(act(runner, "stop"), 0);
    thrum_daemon_runner_free(runner);
    REMOVE_DIRECTORY(NULL);
}

TEST(restart_is_another_process) {
    thrum_daemon_runner *runner = make(app_for_test());
    pid_t first, second;
    CHECK_EQ(act(runner, "restart"), THRUM_NOT_LOCKED);
    CHECK_EQ(act(runner, "start"), THRUM_DAEMON_PARENT);
    CHECK_EQ(thrum_daemon_runner_status(runner, &first), 0);
    CHECK_EQ(act(runner, "restart"), THRUM_DAEMON_PARENT);
    CHECK_EQ(thrum_daemon_runner_status(runner, &second), 0);
    CHECK_NE(first, second);
    CHECK_EQ(wait_status(first), 1 << 8);
    CHECK_EQ(act(runner, "stop"), 0);
    thrum_daemon_runner_free(runner);
    REMOVE_DIRECTORY(NULL);
}

TEST(a_stale_file_is_replaced_by_start_and_removed_by_stop) {
    thrum_daemon_runner *runner = make(app_for_test());
    write_text(in_directory("pid"), "nothing\n");
    CHECK_EQ(act(runner, "status"), THRUM_NOT_LOCKED);
    check_message(runner, "PID file '%s' not locked: it is stale", 0);
    CHECK_EQ(act(runner, "start"), THRUM_DAEMON_PARENT);
    CHECK_EQ(act(runner, "stop"), 0);
    write_text(in_directory("pid"), "nothing\n");
    CHECK_EQ(act(runner, "stop"), THRUM_NOT_LOCKED);
    thrum_daemon_runner_free(runner);
    REMOVE_DIRECTORY(NULL);
}

static int ignore_sigterm(thrum_daemon_context *context, void *arg) {
    signal(SIGTERM, SIG_IGN);
    thrum_daemon_context_ready(context);
    return serve(context, arg);
}

TEST(stop_waits_and_gives_up) {
    thrum_daemon_app app = app_for_test();
    app.run = ignore_sigterm;
    app.daemon.wait_ready = true;
    app.stop_timeout = thrum_milliseconds(30);
    thrum_daemon_runner *runner = make(app);
    pid_t pid;
    CHECK_EQ(act(runner, "start"), THRUM_DAEMON_PARENT);
    CHECK_EQ(thrum_daemon_runner_status(runner, &pid), 0);
    CHECK_EQ(act(runner, "stop"), THRUM_TIMED_OUT);
    CHECK_CONTAINS(thrum_daemon_runner_message(runner), "Failed to terminate");
    CHECK_EQ(act(runner, "restart"), THRUM_TIMED_OUT);
    end_daemon(pid);
    thrum_daemon_runner_free(runner);
    REMOVE_DIRECTORY("pid");
}

TEST(output_files_are_appended_to) {
    thrum_daemon_app app = app_for_test();
    app.stdout_path = in_directory("out");
    app.stderr_path = in_directory("err");
    app.stdin_path = in_directory("in");
    write_text(in_directory("out"), "before\n");
    thrum_daemon_runner *runner = make(app);
    CHECK_EQ(act(runner, "start"), -ENOENT);
    CHECK_CONTAINS(thrum_daemon_runner_message(runner), "cannot open '");
    write_text(in_directory("in"), "");
    CHECK_EQ(act(runner, "start"), THRUM_DAEMON_PARENT);
    pid_t pid;
    CHECK_EQ(thrum_daemon_runner_status(runner, &pid), 0);
    CHECK_STR(proc_link(pid, "fd/0"), in_directory("in"));
    while (!strstr(read_text(in_directory("err")), "quietly")) /* the test's time limit ends this */
        sched_yield();
    while (!strstr(read_text(in_directory("out")), "serving"))
        sched_yield();
    CHECK_EQ(act(runner, "stop"), 0);
    CHECK_STR(read_text(in_directory("out")), "before\nserving\n");
    CHECK_STR(read_text(in_directory("err")), "quietly\nTerminating on signal 15\n");
    thrum_daemon_runner_free(runner);
    REMOVE_DIRECTORY("out", "err", "in");
}

TEST(what_fails_in_the_daemon_is_said) {
    thrum_daemon_app app = app_for_test();
    app.daemon.working_directory = "/nothing";
    thrum_daemon_runner *runner = make(app);
    CHECK_EQ(act(runner, "start"), -ENOENT);
    CHECK_STR(thrum_daemon_runner_message(runner), "chdir '/nothing': No such file or directory");
    thrum_daemon_runner_free(runner);
    app = app_for_test();
    app.pidfile_path = "/nothing/pid";
    runner = make(app);
    CHECK_EQ(act(runner, "start"), THRUM_LOCK_FAILED);
    CHECK_STR(thrum_daemon_runner_message(runner),
              "cannot make the PID file '/nothing/pid': No such file or directory");
    thrum_daemon_runner_free(runner);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    REMOVE_DIRECTORY(NULL);
}

TEST(usage) {
    thrum_daemon_app app = {.run = serve};
    thrum_daemon_runner *runner = make(app);
    char program[] = "/usr/bin/prog", action[] = "begin";
    char *argv[] = {program, action, NULL};
    CHECK_EQ(thrum_daemon_runner_parse_args(runner, 2, argv), THRUM_VALUE_ERROR);
    CHECK_STR(thrum_daemon_runner_message(runner), "usage: prog start|stop|restart|status");
    CHECK_EQ(thrum_daemon_runner_parse_args(runner, 1, argv), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_daemon_runner_do_action(runner), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_daemon_runner_stop(runner), THRUM_NOT_LOCKED);
    char status[] = "status", config[] = "own.conf";
    char *longer[] = {program, status, config, NULL};
    CHECK_EQ(thrum_daemon_runner_parse_args(runner, 3, longer), 0); /* what follows is the program's own */
    CHECK_EQ(thrum_daemon_runner_do_action(runner), THRUM_NOT_LOCKED);
    thrum_daemon_runner_free(runner);
    app.pidfile_path = "relative.pid";
    CHECK_EQ(thrum_daemon_runner_new(&runner, &app), THRUM_VALUE_ERROR);
}

static int run_to_the_end(thrum_daemon_context *context, void *arg) {
    (void)context;
    return *(int *)arg;
}

TEST(in_place_start_returns_what_the_program_returned) {
    int result = THRUM_KEY_ERROR;
    thrum_daemon_app app = app_for_test();
    app.run = run_to_the_end;
    app.arg = &result;
    app.daemon.detach_process = THRUM_DAEMON_DETACH_NO;
    app.daemon.stdin_fd = app.daemon.stdout_fd = app.daemon.stderr_fd = THRUM_DAEMON_KEEP;
    thrum_daemon_runner *runner = make(app);
    CHECK_EQ(act(runner, "start"), THRUM_KEY_ERROR);
    result = 0;
    CHECK_EQ(act(runner, "start"), 0);
    thrum_daemon_runner_free(runner);
    REMOVE_DIRECTORY(NULL);
}

TEST_MAIN()
