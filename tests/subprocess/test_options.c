/* Popen's options in the child's own words; tests/process has them seen from outside. */
#include <sys/resource.h>

#include "children.h"

static const thrum_popen_options three_pipes = {.in = THRUM_PIPE, .out = THRUM_PIPE, .err = THRUM_PIPE};

TEST(environment) {
    const char *const env[] = {"FRUIT=orange", NULL}, *const none[] = {NULL};
    CHECK_STR(output_of(THRUM_ARGS("/usr/bin/env"), &(thrum_popen_options){.env = env}), "FRUIT=orange\n");
    CHECK_STR(output_of(THRUM_ARGS("/usr/bin/env"), &(thrum_popen_options){.env = none}), "");
    CHECK_EQ(setenv("THRUM_TEST_FRUIT", "apple", 1), 0);
    CHECK_STR(output_of(SHELL("echo $THRUM_TEST_FRUIT"), NULL), "apple\n");
}

TEST(directory_umask_session_group_priority_limit) {
    CHECK_STR(output_of(THRUM_ARGS("pwd"), &(thrum_popen_options){.cwd = "/usr"}), "/usr\n");
    CHECK_STR(output_of(SHELL("umask"), &(thrum_popen_options){.umask = THRUM_SOME(0123)}), "0123\n");
    CHECK_STR(output_of(SHELL("umask"), &(thrum_popen_options){.umask = THRUM_SOME(0)}), "0000\n");
    const thrum_limit limit = {RLIMIT_NOFILE, 33, 44};
    thrum_popen_options limited = {.limits = &limit, .limit_count = 1};
    CHECK_STR(output_of(SHELL("ulimit -n; ulimit -Hn"), &limited), "33\n44\n");
    char nice[16];
    snprintf(nice, sizeof nice, "%d\n", getpriority(PRIO_PROCESS, 0) < 14 ? getpriority(PRIO_PROCESS, 0) + 5 : 19);
    CHECK_STR(output_of(SHELL("nice"), &(thrum_popen_options){.nice = 5}), nice);
}

TEST(session_and_group) {
    thrum_popen *popen = start(SLEEP, &(thrum_popen_options){.start_new_session = true});
    CHECK_EQ(getsid(thrum_popen_pid(popen)), thrum_popen_pid(popen));
    finish(popen);
    popen = start(SLEEP, &(thrum_popen_options){.process_group = THRUM_SOME(0)});
    CHECK_EQ(getpgid(thrum_popen_pid(popen)), thrum_popen_pid(popen));
    thrum_popen *joined = start(SLEEP, &(thrum_popen_options){.process_group = THRUM_SOME(thrum_popen_pid(popen))});
    CHECK_EQ(getpgid(thrum_popen_pid(joined)), thrum_popen_pid(popen));
    finish(joined);
    finish(popen);
    popen = start(SLEEP, &(thrum_popen_options){.process_group = THRUM_SOME(-1)}); /* Python's None, inside */
    CHECK_EQ(getpgid(thrum_popen_pid(popen)), getpgrp());
    finish(popen);
}

TEST(user_and_groups) {
    if (geteuid() != 0)
        return;
    const char *const groups[] = {"3", "4", NULL}, *const none[] = {NULL};
    thrum_popen_options options = {.user = "12345", .group = "23456", .extra_groups = groups};
    CHECK_STR(output_of(SHELL("id -u; id -g; id -G"), &options), "12345\n23456\n23456 3 4\n");
    options.extra_groups = none;
    CHECK_STR(output_of(SHELL("id -G"), &options), "23456\n");
    CHECK_STR(output_of(THRUM_ARGS("id", "-u"), &(thrum_popen_options){.user = "root"}), "0\n");
}

TEST(pass_fds_and_close_fds) {
    CHECK_EQ(dup2(2, 41), 41);
    CHECK_EQ(dup2(2, 42), 42);
    const int pass[] = {42};
    const char *const args[] = {"/bin/sh", "-c",
                                "for i in 41 42; do [ -e /proc/self/fd/$i ] && echo $i; done; :", NULL};
    CHECK_STR(output_of(args, NULL), "");
    CHECK_STR(output_of(args, &(thrum_popen_options){.pass_fds = pass, .pass_fd_count = 1}), "42\n");
    CHECK_STR(output_of(args, &(thrum_popen_options){.keep_fds = true}), "41\n42\n");
    CHECK_STR(output_of(args, &(thrum_popen_options){.pass_fds = pass, .pass_fd_count = 1, .keep_fds = true}),
              "42\n");
}

TEST(signals_are_restored_unless_kept) {
    signal(SIGPIPE, SIG_IGN);
    const char *const args[] = {"grep", "SigIgn", "/proc/self/status", NULL};
    const unsigned long long pipe = 1ull << (SIGPIPE - 1);
    unsigned long long ignored; /* among them what this process itself began with: make ignores two signals */
    CHECK_EQ(sscanf(output_of(args, NULL), "SigIgn: %llx", &ignored), 1);
    CHECK_EQ(ignored & pipe, 0);
    CHECK_EQ(sscanf(output_of(args, &(thrum_popen_options){.keep_signals = true}), "SigIgn: %llx", &ignored), 1);
    CHECK_EQ(ignored & pipe, pipe);
}

TEST(pipes_of_a_chosen_size) {
    NEEDS_LINUX("POSIX has no size of a pipe");
    thrum_popen_options options = three_pipes;
    options.pipesize = 131072;
    thrum_popen *popen = start(SLEEP, &options);
    CHECK_EQ(fcntl(thrum_popen_stdin(popen), F_GETPIPE_SZ), 131072);
    CHECK_EQ(fcntl(thrum_popen_stdout(popen), F_GETPIPE_SZ), 131072);
    CHECK_EQ(fcntl(thrum_popen_stderr(popen), F_GETPIPE_SZ), 131072);
    finish(popen);
}

TEST_MAIN()
