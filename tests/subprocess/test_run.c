/* run and its relatives; the records that are Python's exceptions; os.system, os.spawn*, os.popen. */
#include "children.h"

static thrum_completed_process *run(const char *const *args, const thrum_run_options *options, int expected) {
    thrum_completed_process *done = NULL;
    int before = count_fds();
    CHECK_EQ(thrum_subprocess_run(&done, args, options), expected);
    CHECK(done);
    CHECK_EQ(done->result, expected);
    CHECK_EQ(count_fds(), before);
    CHECK(!has_children());
    return done;
}

static void check_str(const thrum_completed_process *done, const char *expected) {
    char text[300];
    CHECK_EQ(thrum_completed_process_str(done, text, sizeof text), strlen(expected));
    CHECK_STR(text, expected);
}

TEST(run_gives_a_record) {
    thrum_completed_process *done = run(SHELL("exit 47"), NULL, 0);
    CHECK_EQ(done->returncode, 47);
    CHECK_STR(done->args[2], "exit 47");
    CHECK(!done->out.data && !done->err.data);
    check_str(done, "CompletedProcess(args=['/bin/sh', '-c', 'exit 47'], returncode=47)");
    CHECK_EQ(thrum_completed_process_check_returncode(done), THRUM_CALLED_PROCESS_ERROR);
    check_str(done, "Command '['/bin/sh', '-c', 'exit 47']' returned non-zero exit status 47.");
    CHECK(thrum_completed_process_free(done) == NULL);
    CHECK(thrum_completed_process_free(NULL) == NULL);
}

TEST(check_that_passes) {
    thrum_completed_process *done = run(THRUM_ARGS("true"), &(thrum_run_options){.check = true}, 0);
    CHECK_EQ(thrum_completed_process_check_returncode(done), 0);
    CHECK_EQ(done->result, 0);
    thrum_completed_process_free(done);
}

TEST(check_that_fails_has_the_output) {
    thrum_run_options options = {.check = true, .capture_output = true};
    thrum_completed_process *done =
        run(SHELL("echo BDFL; echo oops >&2; exit 3"), &options, THRUM_CALLED_PROCESS_ERROR);
    CHECK_EQ(done->returncode, 3);
    CHECK_STR(done->out.data, "BDFL\n");
    CHECK_STR(done->err.data, "oops\n");
    thrum_completed_process_free(done);
}

TEST(a_child_that_a_signal_ended) {
    thrum_completed_process *done =
        run(SHELL("kill -TERM $$"), &(thrum_run_options){.check = true}, THRUM_CALLED_PROCESS_ERROR);
    CHECK_EQ(done->returncode, -SIGTERM);
    check_str(done, "Command '['/bin/sh', '-c', 'kill -TERM $$']' died with <Signals.SIGTERM: 15>.");
    done->returncode = -SIGABRT;
    check_str(done, "Command '['/bin/sh', '-c', 'kill -TERM $$']' died with <Signals.SIGABRT: 6>.");
    done->returncode = -9876543;
    check_str(done, "Command '['/bin/sh', '-c', 'kill -TERM $$']' died with unknown signal 9876543.");
    done->returncode = -SIGRTMAX;
    check_str(done, "Command '['/bin/sh', '-c', 'kill -TERM $$']' died with <Signals.SIGRTMAX: 64>.");
    thrum_completed_process_free(done);
}

TEST(a_shell_command_is_one_string) {
    thrum_run_options options = {.popen = {.shell = true}, .check = true};
    thrum_completed_process *done = run(THRUM_ARGS("exit 2"), &options, THRUM_CALLED_PROCESS_ERROR);
    check_str(done, "Command 'exit 2' returned non-zero exit status 2.");
    char text[100];
    thrum_completed_process_repr(done, text, sizeof text);
    CHECK_STR(text, "CompletedProcess(args='exit 2', returncode=2)");
    thrum_completed_process_free(done);
    done = run(THRUM_ARGS("exit $0", "2"), &options, THRUM_CALLED_PROCESS_ERROR);
    check_str(done, "Command '['exit $0', '2']' returned non-zero exit status 2.");
    thrum_completed_process_free(done);
}

TEST(repr_shows_bytes_as_python_does) {
    char text[200];
    thrum_completed_process *done =
        run(SHELL("printf 'it'\"'\"'s\\n\\377\\\\'; printf '' >&2"), &(thrum_run_options){.capture_output = true}, 0);
    CHECK_GT(thrum_completed_process_repr(done, text, sizeof text), 0);
    CHECK_CONTAINS(text, "returncode=0, stdout=b\"it's\\n\\xff\\\\\", stderr=b'')");
    thrum_completed_process_free(done);
    done = run(THRUM_ARGS("true", "\t\x01\xc3\xa9\xff'\"\xc2\x80"), NULL, 0);
    thrum_completed_process_repr(done, text, sizeof text);
    CHECK_STR(text, "CompletedProcess(args=['true', '\\t\\x01\xc3\xa9\\udcff\\'\"\\x80'], returncode=0)");
    CHECK_EQ(thrum_completed_process_repr(done, NULL, 0), strlen(text));
    thrum_completed_process_free(done);
}

TEST(repr_shows_text_as_python_does) {
    char text[200];
    const thrum_run_options options = {.popen.text = true, .capture_output = true};
    thrum_completed_process *done = run(SHELL("printf 'caf\\303\\251\\r\\n\\0x'"), &options, 0);
    CHECK_GT(thrum_completed_process_repr(done, text, sizeof text), 0);
    CHECK_CONTAINS(text, "returncode=0, stdout='caf\xc3\xa9\\n\\x00x', stderr='')");
    thrum_completed_process_free(done);
}

TEST(input_and_captured_output) {
    thrum_run_options options = {.input = "pear", .input_size = 4, .capture_output = true};
    thrum_completed_process *done = run(SHELL("cat; cat >&2"), &options, 0);
    CHECK_STR(done->out.data, "pear");
    CHECK_STR(done->err.data, "");
    thrum_completed_process_free(done);
    options.input_size = 0; /* empty, and yet a pipe */
    done = run(THRUM_ARGS("cat"), &options, 0);
    CHECK_STR(done->out.data, "");
    thrum_completed_process_free(done);
}

TEST(arguments_that_exclude_each_other) {
    thrum_completed_process *done = NULL;
    CHECK_EQ(thrum_subprocess_run(&done, THRUM_ARGS("cat"),
                                  &(thrum_run_options){.popen.in = THRUM_PIPE, .input = "x", .input_size = 1}),
             THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_subprocess_run(&done, THRUM_ARGS("cat"),
                                  &(thrum_run_options){.popen.out = THRUM_PIPE, .capture_output = true}),
             THRUM_VALUE_ERROR);
    CHECK_EQ(
        thrum_subprocess_run(&done, THRUM_ARGS("cat"), &(thrum_run_options){.popen.err = 2, .capture_output = true}),
        THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_subprocess_run(&done, THRUM_ARGS("nosuch-x"), NULL), -ENOENT);
    CHECK(!done);
}

/* -- time limits ------------------------------------------------------------------------------------------------- */

/* Run what says something and then takes for ever, with a limit in which it comes to saying it: on a busy machine a
 * longer one. */
static thrum_completed_process *run_until_said(const char *const *args, thrum_run_options *options) {
    options->capture_output = true;
    options->timeout = thrum_milliseconds(250);
    for (;;) {
        thrum_completed_process *done = run(args, options, THRUM_TIMEOUT_EXPIRED);
        if (done->out.size > 0)
            return done;
        thrum_completed_process_free(done);
        options->timeout.ns *= 2;
    }
}

TEST(a_child_that_takes_too_long_is_killed_and_its_output_kept) {
    char text[128];
    thrum_run_options options = {0};
    thrum_completed_process *done = run_until_said(SHELL("echo BDFL; exec sleep 1000"), &options);
    CHECK_STR(done->out.data, "BDFL\n");
    CHECK_STR(done->err.data, "");
    CHECK_EQ(done->returncode, -SIGKILL);
    snprintf(text, sizeof text,
             "Command '['/bin/sh', '-c', 'echo BDFL; exec sleep 1000']' timed out after %g seconds",
             (double)options.timeout.ns / 1e9);
    check_str(done, text);
    thrum_completed_process_free(done);
}

TEST(how_a_time_limit_is_written) {
    thrum_completed_process *done =
        run(SLEEP, &(thrum_run_options){.timeout = thrum_nanoseconds(-1)}, THRUM_TIMEOUT_EXPIRED);
    check_str(done, "Command '['/bin/sleep', '1000']' timed out after -0.000000001 seconds");
    done->timeout = thrum_seconds(3);
    check_str(done, "Command '['/bin/sleep', '1000']' timed out after 3 seconds");
    done->timeout = thrum_seconds(0.05);
    check_str(done, "Command '['/bin/sleep', '1000']' timed out after 0.05 seconds");
    thrum_completed_process_free(done);
}

/* The grandchild outlives the child and holds the pipe: the limit covers that, and nobody waits for the end of
 * file. */
TEST(a_grandchild_does_not_keep_run_waiting) {
    thrum_run_options options = {0};
    thrum_completed_process *done = run_until_said(SHELL("sleep 1000 & echo $!"), &options);
    pid_t grandchild = (pid_t)atoi(done->out.data);
    CHECK_GT(grandchild, 1);
    CHECK_EQ(kill(grandchild, SIGKILL), 0); /* it was there: only the child was killed */
    thrum_completed_process_free(done);
}

TEST(kill_tree_ends_the_grandchild_too) {
    NEEDS_LINUX("POSIX does not tell whose child a process is");
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    const int pass[] = {ends[1]};
    thrum_run_options options = {.popen = {.pass_fds = pass, .pass_fd_count = 1}, .kill_tree = true};
    thrum_completed_process *done =
        run_until_said(SHELL("sleep 1000 & (setsid sleep 1000) & echo x; wait"), &options);
    close(ends[1]);
    await_end_of(ends[0]);
    CHECK_STR(done->out.data, "x\n");
    thrum_completed_process_free(done);
}

TEST(a_limit_that_is_not_reached) {
    thrum_run_options options = {.capture_output = true, .timeout = thrum_seconds(1000)};
    thrum_completed_process *done = run(SHELL("echo x"), &options, 0);
    CHECK_STR(done->out.data, "x\n");
    thrum_completed_process_free(done);
    options.timeout = thrum_seconds(1e12);
    CHECK_EQ(thrum_subprocess_run(&done, SLEEP, &options), THRUM_OVERFLOW_ERROR);
    CHECK(!has_children());
}

TEST(too_much_output) {
    thrum_run_options options = {.popen.output_limit = 10, .capture_output = true};
    thrum_completed_process *done = run(SHELL("exec yes"), &options, THRUM_LIMIT_EXCEEDED);
    CHECK_STR(done->out.data, "y\ny\ny\ny\ny\n");
    CHECK_EQ(done->returncode, -SIGKILL);
    check_str(done, "Command '['/bin/sh', '-c', 'exec yes']' wrote more than the limit that was set for its output");
    thrum_completed_process_free(done);
}

TEST(text_that_is_none_gives_no_record) {
    thrum_completed_process *done = NULL;
    thrum_run_options options = {.popen.text = true, .capture_output = true};
    CHECK_EQ(thrum_subprocess_run(&done, SHELL("printf '\\377'"), &options), THRUM_UNICODE_ERROR);
    CHECK(!done);
    CHECK(!has_children());
}

/* -- the relatives ----------------------------------------------------------------------------------------------- */

TEST(call) {
    int returncode = 99;
    CHECK_EQ(thrum_subprocess_call(SHELL("exit 47"), NULL, &returncode), 0);
    CHECK_EQ(returncode, 47);
    CHECK_EQ(thrum_subprocess_call(THRUM_ARGS("true"), NULL, NULL), 0);
    thrum_run_options options = {.timeout = thrum_milliseconds(20)};
    CHECK_EQ(thrum_subprocess_call(SLEEP, &options, &returncode), THRUM_TIMEOUT_EXPIRED);
    CHECK_EQ(returncode, 47);
    CHECK_EQ(thrum_subprocess_call(THRUM_ARGS("nosuch-x"), NULL, &returncode), -ENOENT);
    CHECK(!has_children());
    const char *const env[] = {"FRUIT=banana", NULL};
    options = (thrum_run_options){.popen.env = env};
    CHECK_EQ(thrum_subprocess_call(SHELL("[ $FRUIT = banana ]"), &options, &returncode), 0);
    CHECK_EQ(returncode, 0);
}

TEST(check_call) {
    int returncode = 99;
    CHECK_EQ(thrum_subprocess_check_call(THRUM_ARGS("true"), NULL, &returncode), 0);
    CHECK_EQ(returncode, 0);
    CHECK_EQ(thrum_subprocess_check_call(SHELL("exit 47"), NULL, &returncode), THRUM_CALLED_PROCESS_ERROR);
    CHECK_EQ(returncode, 47);
}

TEST(check_output) {
    thrum_output out;
    CHECK_EQ(thrum_subprocess_check_output(SHELL("echo BDFL"), NULL, &out), 0);
    CHECK_STR(out.data, "BDFL\n");
    thrum_output_free(&out);
    CHECK_EQ(thrum_subprocess_check_output(SHELL("echo x; exit 5"), NULL, &out), THRUM_CALLED_PROCESS_ERROR);
    CHECK_STR(out.data, "x\n");
    thrum_output_free(&out);
    CHECK_EQ(
        thrum_subprocess_check_output(SHELL("echo y >&2"), &(thrum_run_options){.popen.err = THRUM_STDOUT}, &out), 0);
    CHECK_STR(out.data, "y\n");
    thrum_output_free(&out);
    CHECK_EQ(thrum_subprocess_check_output(THRUM_ARGS("cat"), &(thrum_run_options){.input = "pear", .input_size = 4},
                                           &out),
             0);
    CHECK_STR(out.data, "pear");
    thrum_output_free(&out);
    CHECK_EQ(thrum_subprocess_check_output(THRUM_ARGS("cat"), &(thrum_run_options){.popen.out = 1}, &out),
             THRUM_VALUE_ERROR);
    thrum_run_options both = {.popen.in = THRUM_PIPE, .input = "x", .input_size = 1};
    CHECK_EQ(thrum_subprocess_check_output(THRUM_ARGS("cat"), &both, &out), THRUM_VALUE_ERROR);
    thrum_run_options limited = {.timeout = thrum_milliseconds(300)};
    for (bool said = false; !said; limited.timeout.ns *= 2) { /* on a busy machine it may take longer to say it */
        CHECK_EQ(thrum_subprocess_check_output(SHELL("echo BDFL; exec sleep 1000"), &limited, &out),
                 THRUM_TIMEOUT_EXPIRED);
        said = out.size > 0;
        if (said)
            CHECK_STR(out.data, "BDFL\n");
        thrum_output_free(&out);
    }
}

TEST(getoutput_and_getstatusoutput) {
    thrum_output out;
    int returncode = 99;
    CHECK_EQ(thrum_subprocess_getoutput("echo xyzzy", &out), 0);
    CHECK_STR(out.data, "xyzzy");
    CHECK_EQ(out.size, 5);
    thrum_output_free(&out);
    CHECK_EQ(thrum_subprocess_getstatusoutput("echo a; echo b >&2; echo; exit 3", &returncode, &out), 0);
    CHECK_EQ(returncode, 3);
    CHECK_STR(out.data, "a\nb\n"); /* one newline is stripped */
    thrum_output_free(&out);
    CHECK_EQ(thrum_subprocess_getstatusoutput("kill -TERM $$", &returncode, &out), 0);
    CHECK_EQ(returncode, -SIGTERM);
    CHECK_STR(out.data, "");
    thrum_output_free(&out);
    CHECK_EQ(thrum_subprocess_getoutput("printf 'a\\r\\n'", &out), 0);
    CHECK_STR(out.data, "a");
    thrum_output_free(&out);
}

/* -- os ---------------------------------------------------------------------------------------------------------- */

TEST(os_system) {
    int returncode = 99;
    CHECK_EQ(thrum_os_system("exit 7", &returncode), 0);
    CHECK_EQ(returncode, 7);
    CHECK_EQ(thrum_os_system("kill -KILL $$", &returncode), 0);
    CHECK_EQ(returncode, -SIGKILL);
    CHECK_EQ(thrum_os_system("true", NULL), 0);
    CHECK_EQ(dup2(2, 42), 42);
    CHECK_EQ(thrum_os_system("[ -e /proc/self/fd/42 ]", &returncode), 0);
    CHECK_EQ(returncode, 0);
    CHECK_EQ(thrum_os_system("[ $0 = sh ]", &returncode), 0); /* as system(3) calls it */
    CHECK_EQ(returncode, 0);
}

TEST(os_spawn) {
    int returncode = 99;
    thrum_popen *popen;
    const char *const env[] = {"PATH=/bin:/usr/bin", "FRUIT=fig", NULL};
    CHECK_EQ(thrum_os_spawn(THRUM_P_WAIT, THRUM_ARGS("sh", "-c", "exit 8"), NULL, NULL, &returncode), 0);
    CHECK_EQ(returncode, 8);
    CHECK_EQ(thrum_os_spawn(THRUM_P_NOWAIT, THRUM_ARGS("sh", "-c", "[ $FRUIT = fig ]"), env, &popen, NULL), 0);
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_free(popen);
    CHECK_EQ(thrum_os_spawn(THRUM_P_WAIT, THRUM_ARGS("nosuch-x"), NULL, NULL, &returncode), -ENOENT);
    CHECK_EQ(returncode, 8);
}

TEST(os_popen) {
    thrum_popen *popen = NULL;
    char line[20];
    int returncode = 99;
    CHECK_EQ(thrum_os_popen(&popen, "echo hello; exit 9", "r"), 0);
    CHECK(fgets(line, sizeof line, thrum_popen_stdout_file(popen)));
    CHECK_STR(line, "hello\n");
    CHECK_EQ(thrum_os_popen_close(popen, &returncode), 0);
    CHECK_EQ(returncode, 9);
    CHECK_EQ(thrum_os_popen(&popen, "read x; [ \"$x\" = hi ]", "w"), 0);
    CHECK_GE(fputs("hi\n", thrum_popen_stdin_file(popen)), 0);
    CHECK_EQ(thrum_os_popen_close(popen, &returncode), 0);
    CHECK_EQ(returncode, 0);
    popen = NULL;
    CHECK_EQ(thrum_os_popen(&popen, "true", "rw"), THRUM_VALUE_ERROR);
    CHECK(!popen);
    CHECK(!has_children());
}

TEST_MAIN()
