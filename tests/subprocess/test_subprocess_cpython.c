/* test_subprocess_cpython.c - cases of CPython's test_subprocess.py that no other test here tells. Which of its cases
 * is which test is said in docs/PYTHON-TESTS.md. Where CPython sleeps until a child has come somewhere, the child
 * says that it has. */
#include "children.h"

#include <poll.h>
#include <pthread.h>

static const thrum_popen_options three_pipes = {.in = THRUM_PIPE, .out = THRUM_PIPE, .err = THRUM_PIPE};

/* -- where the streams go ---------------------------------------------------------------------------------------- */

static bool shows(const thrum_popen_options *options, int in, int out, int err) {
    thrum_popen *popen = start(THRUM_ARGS("/bin/true"), options);
    bool right = (thrum_popen_stdin(popen) >= 0) == in && (thrum_popen_stdout(popen) >= 0) == out &&
                 (thrum_popen_stderr(popen) >= 0) == err;
    thrum_popen_exit(popen);
    return right;
}

TEST(a_stream_that_is_no_pipe_has_no_descriptor) {
    CHECK(shows(&(thrum_popen_options){.out = THRUM_PIPE, .err = THRUM_PIPE}, 0, 1, 1));
    CHECK(shows(&(thrum_popen_options){.in = THRUM_PIPE, .err = THRUM_PIPE}, 1, 0, 1));
    CHECK(shows(&(thrum_popen_options){.in = THRUM_PIPE, .out = THRUM_PIPE}, 1, 1, 0));
    CHECK(shows(NULL, 0, 0, 0));
}

static void run_with_stdout(int file, const thrum_popen_options *options) {
    int saved = dup(1);
    CHECK_EQ(dup2(file, 1), 1);
    thrum_popen *popen = start(SHELL("echo to the parent"), options);
    CHECK_EQ(dup2(saved, 1), 1);
    close(saved);
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_exit(popen);
}

TEST(a_stream_that_nobody_mentions_is_the_parents) {
    int file = temporary_file("");
    run_with_stdout(file, NULL);
    CHECK_STR(content_of(file), "to the parent\n");
    run_with_stdout(file, &(thrum_popen_options){.in = THRUM_PIPE, .err = THRUM_PIPE});
    CHECK_STR(content_of(file), "to the parent\nto the parent\n");
    run_with_stdout(file, &(thrum_popen_options){.out = 1}); /* mentioned, and the same */
    CHECK_STR(content_of(file), "to the parent\nto the parent\nto the parent\n");
}

TEST(a_pipe_read_by_hand_and_the_end_of_the_scope) {
    int before = count_fds();
    char text[10] = "";
    thrum_popen *popen = start(SHELL("printf out; printf err >&2"), &three_pipes);
    CHECK_EQ(read(thrum_popen_stdout(popen), text, 3), 3);
    CHECK_STR(text, "out");
    CHECK_EQ(read(thrum_popen_stderr(popen), text, 3), 3);
    CHECK_STR(text, "err");
    thrum_popen_exit(popen);
    CHECK_EQ(count_fds(), before);
    CHECK(!has_children());
}

static char *concat(const thrum_output *out, const thrum_output *err) {
    static char text[100];
    snprintf(text, sizeof text, "%s|%s", out->data, err->data);
    return text;
}

/* All seven ways in which the parent may have closed its own; it says what came when it has them back. */
TEST(pipes_of_a_parent_that_has_closed_its_own_streams) {
    char said[8][100];
    int saved[3];
    for (int fd = 0; fd < 3; fd++)
        saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
    for (int closed = 1; closed < 8; closed++) {
        thrum_output out = {0}, err = {0};
        thrum_popen *popen;
        for (int fd = 0; fd < 3; fd++)
            if (closed & 1 << fd)
                close(fd);
        thrum_popen_options options = three_pipes;
        options.in = closed & 1 ? saved[0] : 0;
        int r = thrum_popen_new(&popen, SHELL("printf apple; printf orange >&2"), &options);
        if (r == 0)
            r = thrum_popen_communicate(popen, NULL, 0, &out, &err);
        for (int fd = 0; fd < 3; fd++)
            dup2(saved[fd], fd);
        CHECK_EQ(r, 0);
        strcpy(said[closed], concat(&out, &err));
        thrum_output_free(&out);
        thrum_output_free(&err);
        thrum_popen_exit(popen);
    }
    for (int closed = 1; closed < 8; closed++)
        CHECK_STR(said[closed], "apple|orange");
}

/* -- descriptors ------------------------------------------------------------------------------------------------- */

static const char *const list_fds[] = {"/bin/sh", "-c", "for fd in /proc/$$/fd/*; do echo ,${fd##*/},; done", NULL};

static bool lists(const char *list, int fd) {
    char number[16];
    snprintf(number, sizeof number, ",%d,", fd);
    return strstr(list, number);
}

TEST(a_childs_pipes_are_not_its_siblings) {
    thrum_popen_options options = three_pipes;
    options.keep_fds = true;
    thrum_popen *popen = start(THRUM_ARGS("cat"), &options);
    const char *list = output_of(list_fds, &(thrum_popen_options){.keep_fds = true});
    CHECK(lists(list, 1));
    CHECK(!lists(list, thrum_popen_stdin(popen)));
    CHECK(!lists(list, thrum_popen_stdout(popen)));
    CHECK(!lists(list, thrum_popen_stderr(popen)));
    thrum_popen_exit(popen);
}

/* The end of the input must come through: nobody else holds the first one's pipe. */
TEST(two_children_make_a_pipeline) {
    thrum_popen_options options = {.in = THRUM_PIPE, .out = THRUM_PIPE, .keep_fds = true};
    thrum_popen *first = start(THRUM_ARGS("cat"), &options);
    options.in = thrum_popen_stdout(first);
    thrum_popen *second = start(THRUM_ARGS("grep", "zx"), &options);
    CHECK_EQ(thrum_popen_close_stdout(first), 0);
    CHECK_EQ(write(thrum_popen_stdin(first), "zxcv\n", 5), 5);
    CHECK_EQ(thrum_popen_close_stdin(first), 0);
    thrum_output out;
    CHECK_EQ(thrum_popen_communicate(second, NULL, 0, &out, NULL), 0);
    CHECK_STR(out.data, "zxcv\n");
    thrum_output_free(&out);
    thrum_popen_exit(second);
    thrum_popen_exit(first);
}

/* A descriptor that was closed twice would take along one that another thread has opened in between. */
static int stop;

static void *opens_and_closes(void *arg) {
    (void)arg;
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        int fds[8];
        for (int i = 0; i < 8; i++)
            CHECK_GE(fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
        for (int i = 0; i < 8; i++)
            CHECK_EQ(close(fds[i]), 0);
    }
    return NULL;
}

static int refuses(void *arg) {
    (void)arg;
    return -1;
}

TEST(a_start_that_fails_closes_nothing_twice) {
    pthread_t thread;
    thrum_popen *popen;
    thrum_popen_options refused = three_pipes;
    refused.preexec_fn = refuses;
    CHECK_EQ(pthread_create(&thread, NULL, opens_and_closes, NULL), 0);
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(thrum_popen_new(&popen, THRUM_ARGS("/nonexistent/program"), &three_pipes), -ENOENT);
        CHECK_EQ(thrum_popen_new(&popen, THRUM_ARGS("true"), &refused), THRUM_SUBPROCESS_ERROR);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

TEST(a_start_that_fails_leaves_the_callers_descriptors_open) {
    int in = temporary_file(""), out = temporary_file(""), err = temporary_file("");
    thrum_popen *popen;
    CHECK_EQ(thrum_popen_new(&popen, THRUM_ARGS("*"), &(thrum_popen_options){.in = in, .out = out, .err = err}),
             -ENOENT);
    CHECK_EQ(close(in), 0);
    CHECK_EQ(close(out), 0);
    CHECK_EQ(close(err), 0);
}

static int default_pipe_size(void) {
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    int size = fcntl(ends[0], F_GETPIPE_SZ);
    close(ends[0]);
    close(ends[1]);
    return size;
}

TEST(pipes_have_the_systems_size_by_default) {
    NEEDS_LINUX("POSIX has no size of a pipe");
    int size = default_pipe_size();
    thrum_popen *popen = start(THRUM_ARGS("cat"), &three_pipes);
    CHECK_EQ(fcntl(thrum_popen_stdin(popen), F_GETPIPE_SZ), size);
    CHECK_EQ(fcntl(thrum_popen_stdout(popen), F_GETPIPE_SZ), size);
    CHECK_EQ(fcntl(thrum_popen_stderr(popen), F_GETPIPE_SZ), size);
    thrum_popen_exit(popen);
}

/* -- the program ------------------------------------------------------------------------------------------------- */

static int fails_in(const char *program, const char *executable, const char *cwd) {
    thrum_popen *popen;
    return thrum_popen_new(&popen, THRUM_ARGS(program), &(thrum_popen_options){.executable = executable, .cwd = cwd});
}

TEST(a_relative_program_is_looked_for_in_the_childs_directory) {
    CHECK_EQ(chdir("/tmp"), 0);
    CHECK_EQ(fails_in("./pwd", NULL, NULL), -ENOENT);
    CHECK_EQ(fails_in("./pwd", NULL, "/usr"), -ENOENT);
    CHECK_STR(output_of(THRUM_ARGS("./pwd"), &(thrum_popen_options){.cwd = "/usr/bin"}), "/usr/bin\n");
    CHECK_EQ(fails_in("nosuch", "./pwd", NULL), -ENOENT);
    CHECK_EQ(fails_in("nosuch", "./pwd", "/usr"), -ENOENT);
    CHECK_STR(output_of(THRUM_ARGS("nosuch"), &(thrum_popen_options){.executable = "./pwd", .cwd = "/usr/bin"}),
              "/usr/bin\n");
}

TEST(an_absolute_program_is_found_from_any_directory) {
    CHECK_EQ(chdir("/tmp"), 0);
    CHECK_STR(output_of(THRUM_ARGS("/usr/bin/pwd"), &(thrum_popen_options){.cwd = "/usr"}), "/usr\n");
    CHECK_STR(output_of(THRUM_ARGS("nosuch"), &(thrum_popen_options){.executable = "/usr/bin/pwd", .cwd = "/usr"}),
              "/usr\n");
    CHECK_STR(output_of(THRUM_ARGS("nosuch"), &(thrum_popen_options){.executable = "/usr/bin/pwd"}), "/tmp\n");
}

TEST(the_shell_is_called_by_the_name_of_the_executable) {
    const char *const shells[] = {"/bin/sh", "/bin/../bin/sh", "/usr/bin/sh"};
    for (int i = 0; i < 3; i++) {
        char expected[40];
        snprintf(expected, sizeof expected, "%s\n", shells[i]);
        CHECK_STR(output_of(THRUM_ARGS("echo $0"), &(thrum_popen_options){.shell = true, .executable = shells[i]}),
                  expected);
    }
    CHECK_STR(output_of(THRUM_ARGS("echo $0"), &(thrum_popen_options){.shell = true}), "/bin/sh\n");
}

TEST(a_script_is_a_program_of_one_word) {
    char name[] = "/tmp/thrum-test-XXXXXX";
    int returncode, fd = mkostemp(name, O_CLOEXEC);
    CHECK_GT(dprintf(fd, "#!/bin/sh\nexec /bin/sh -c 'exit 47'\n"), 0);
    CHECK_EQ(fchmod(fd, 0700), 0);
    close(fd);
    int r = thrum_subprocess_call(THRUM_ARGS(name), NULL, &returncode);
    unlink(name);
    CHECK_EQ(r, 0);
    CHECK_EQ(returncode, 47);
}

TEST(values_of_the_environment_are_any_bytes) {
    const char *const env[] = {"FRUIT=orange=lemon", "ODD=abc\xff", "EMPTY=", NULL};
    CHECK_STR(output_of(THRUM_ARGS("echo $FRUIT"), &(thrum_popen_options){.env = env, .shell = true}),
              "orange=lemon\n");
    CHECK_STR(output_of(THRUM_ARGS("/usr/bin/env"), &(thrum_popen_options){.env = env}),
              "FRUIT=orange=lemon\nODD=abc\xff\nEMPTY=\n");
}

/* -- communicate ------------------------------------------------------------------------------------------------- */

static void check_closed(thrum_popen_options options) {
    thrum_popen *popen = start(THRUM_ARGS("cat"), &options);
    CHECK_EQ(thrum_popen_communicate(popen, NULL, 0, NULL, NULL), 0);
    CHECK_EQ(thrum_popen_stdin(popen), -1);
    CHECK_EQ(thrum_popen_stdout(popen), -1);
    CHECK_EQ(thrum_popen_stderr(popen), -1);
    int returncode;
    CHECK(thrum_popen_returncode(popen, &returncode));
    CHECK_EQ(returncode, 0);
    thrum_popen_free(popen);
}

TEST(communicate_closes_whatever_was_a_pipe) {
    int before = count_fds();
    for (int pipes = 1; pipes < 8; pipes++)
        for (int text = 0; text < 2; text++)
            check_closed((thrum_popen_options){.in = pipes & 1 ? THRUM_PIPE : THRUM_DEVNULL,
                                               .out = pipes & 2 ? THRUM_PIPE : THRUM_DEVNULL,
                                               .err = pipes & 4 ? THRUM_PIPE : THRUM_DEVNULL,
                                               .text = text});
    CHECK_EQ(count_fds(), before);
}

static const char *decoded(const char *script, const char *errors) {
    static char text[100];
    thrum_popen *popen =
        start(SHELL(script), &(thrum_popen_options){.in = THRUM_PIPE, .out = THRUM_PIPE, .errors = errors});
    thrum_output out;
    CHECK_EQ(thrum_popen_communicate(popen, "", 0, &out, NULL), 0);
    snprintf(text, sizeof text, "%s", out.data);
    thrum_output_free(&out);
    thrum_popen_free(popen);
    return text;
}

TEST(bytes_that_are_no_text) {
    const char script[] = "printf '[\\200\\200]'";
    CHECK_STR(decoded(script, "ignore"), "[]");
    CHECK_STR(decoded(script, "replace"), "[\xef\xbf\xbd\xef\xbf\xbd]");
    CHECK_STR(decoded(script, "surrogateescape"), "[\x80\x80]");
    CHECK_STR(decoded(script, "backslashreplace"), "[\\x80\\x80]");
    CHECK_STR(decoded("printf '\\360\\237\\230'", "backslashreplace"), "\\xf0\\x9f\\x98"); /* cut short */
}

TEST(both_streams_are_text) {
    thrum_popen_options options = three_pipes;
    options.text = true;
    thrum_popen *popen = start(SHELL("cat; printf '4\\n5\\r\\n'; printf '6\\r7\\r\\nz' >&2"), &options);
    thrum_output out, err;
    CHECK_EQ(thrum_popen_communicate(popen, "line1\nline3\n", 12, &out, &err), 0);
    CHECK_STR(concat(&out, &err), "line1\nline3\n4\n5\n|6\n7\nz");
    thrum_output_free(&out);
    thrum_output_free(&err);
    thrum_popen_free(popen);
}

/* A child that has closed its output lives on: the limit is one for its end, too. */
TEST(communicate_again_after_the_child_has_closed_its_output) {
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    thrum_popen *popen =
        start(SHELL("exec 1>&-; read line"), &(thrum_popen_options){.in = ends[0], .out = THRUM_PIPE});
    thrum_output out;
    for (int i = 0; i < 3; i++)
        CHECK_EQ(thrum_popen_communicate_timed(popen, NULL, 0, &out, NULL, thrum_milliseconds(5)),
                 THRUM_TIMEOUT_EXPIRED);
    close(ends[1]);
    CHECK_EQ(thrum_popen_communicate_timed(popen, NULL, 0, &out, NULL, thrum_seconds(1000)), 0);
    CHECK_STR(out.data, "");
    thrum_output_free(&out);
    thrum_popen_free(popen);
}

static volatile sig_atomic_t signals;

static void counts(int number) {
    (void)number;
    signals++;
}

/* Without SA_RESTART: every call that waits is interrupted. */
TEST(communicate_goes_on_after_a_signal) {
    const struct sigaction action = {.sa_handler = counts};
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    for (int stream = 0; stream < 2; stream++) {
        thrum_popen_options options = {.out = stream ? 0 : THRUM_PIPE, .err = stream ? THRUM_PIPE : 0};
        thrum_popen *popen = start(SHELL("kill -USR1 $PPID; kill -USR1 $PPID; exit 3"), &options);
        CHECK_EQ(thrum_popen_communicate(popen, NULL, 0, NULL, NULL), 0);
        CHECK_EQ(status_of(popen), 3);
        thrum_popen_free(popen);
    }
    CHECK_GE(signals, 2); /* two that come at once may be one */
}

/* -- a child that does not read ---------------------------------------------------------------------------------- */

/* It has ended, and its stream has something buffered. */
static thrum_popen *with_unread_input(const thrum_popen_options *options) {
    thrum_popen *popen = start(THRUM_ARGS("/bin/true"), options);
    CHECK_GE(fputs("nobody reads this", thrum_popen_stdin_file(popen)), 0);
    CHECK_EQ(status_of(popen), 0);
    return popen;
}

TEST(communicate_does_not_mind_that_nobody_reads) {
    static char much[1 << 20];
    for (int way = 0; way < 4; way++) {
        thrum_popen *popen = with_unread_input(way % 2 ? &three_pipes : &(thrum_popen_options){.in = THRUM_PIPE});
        CHECK_EQ(thrum_popen_communicate_timed(popen, way < 2 ? NULL : much, way < 2 ? 0 : sizeof much, NULL, NULL,
                                               thrum_seconds(1000)),
                 0);
        CHECK_EQ(thrum_popen_stdin(popen), -1);
        thrum_popen_free(popen);
    }
}

TEST(closing_what_nobody_reads_is_an_error_and_no_signal) {
    thrum_popen *popen = with_unread_input(&(thrum_popen_options){.in = THRUM_PIPE});
    CHECK_EQ(thrum_popen_close_stdin(popen), -EPIPE);
    CHECK_EQ(thrum_popen_close_stdin(popen), 0);
    thrum_popen_free(popen);
    sigset_t pending;
    CHECK_EQ(sigpending(&pending), 0);
    CHECK(!sigismember(&pending, SIGPIPE));
}

TEST(a_broken_pipe_does_not_keep_exit_from_waiting) {
    thrum_popen *popen = start(THRUM_ARGS("/bin/true"), &(thrum_popen_options){.in = THRUM_PIPE, .bufsize = 1 << 20});
    static char much[1 << 19];
    siginfo_t info;
    CHECK_EQ(fwrite(much, 1, sizeof much, thrum_popen_stdin_file(popen)), sizeof much);
    CHECK_EQ(waitid(P_PID, (id_t)thrum_popen_pid(popen), &info, WEXITED | WNOWAIT), 0);
    CHECK(!thrum_popen_returncode(popen, NULL));
    thrum_popen_exit(popen);
    CHECK(!has_children());
}

TEST(an_unbuffered_stream_leaves_the_rest_in_the_pipe) {
    thrum_popen *popen =
        start(SHELL("printf apple"), &(thrum_popen_options){.out = THRUM_PIPE, .bufsize = THRUM_UNBUFFERED});
    char text[5] = "";
    CHECK_EQ(fread(text, 1, 4, thrum_popen_stdout_file(popen)), 4);
    CHECK_STR(text, "appl");
    struct pollfd polled = {thrum_popen_stdout(popen), POLLIN, 0};
    CHECK_EQ(status_of(popen), 0); /* all has been written */
    CHECK_EQ(poll(&polled, 1, 0), 1);
    CHECK(polled.revents & POLLIN);
    thrum_popen_free(popen);
}

/* -- run and its relatives --------------------------------------------------------------------------------------- */

static void check_run(const char *script, const thrum_run_options *options, const char *out, const char *err) {
    thrum_completed_process *done;
    CHECK_EQ(thrum_subprocess_run(&done, SHELL(script), options), 0);
    CHECK_EQ(!done->out.data, !out);
    CHECK_EQ(!done->err.data, !err);
    if (out)
        CHECK_STR(done->out.data, out);
    if (err)
        CHECK_STR(done->err.data, err);
    thrum_completed_process_free(done);
}

TEST(run_captures_what_is_asked_for) {
    int file = temporary_file("pear");
    const char *const env[] = {"FRUIT=banana", NULL};
    check_run("echo BDFL", &(thrum_run_options){.popen.out = THRUM_PIPE}, "BDFL\n", NULL);
    check_run("echo BDFL >&2", &(thrum_run_options){.popen.err = THRUM_PIPE}, NULL, "BDFL\n");
    check_run("cat", &(thrum_run_options){.popen = {.in = file, .out = THRUM_PIPE}}, "pear", NULL);
    check_run("echo $FRUIT", &(thrum_run_options){.popen.env = env, .capture_output = true}, "banana\n", "");
}

static void check_check_output(const char *script, const thrum_run_options *options, const char *expected) {
    thrum_output out;
    CHECK_EQ(thrum_subprocess_check_output(SHELL(script), options, &out), 0);
    CHECK_STR(out.data, expected);
    thrum_output_free(&out);
}

TEST(check_output_with_a_file_with_nothing_and_with_text) {
    int file = temporary_file("pear");
    check_check_output("cat", &(thrum_run_options){.popen.in = file}, "pear");
    check_check_output("cat", &(thrum_run_options){.input = ""}, "");
    check_check_output("cat", &(thrum_run_options){.input = "", .popen.text = true}, "");
    thrum_run_options lenient = {.input = "", .popen = {.encoding = "utf-8", .errors = "ignore"}};
    check_check_output("cat; printf 'foo\\377\\r\\n'", &lenient, "foo\n");
}

/* The shell is killed while it waits for somebody who has its pipe. Its limit grows until the shell has come that
 * far. */
TEST(a_shell_that_waits_for_its_child_does_not_hold_run) {
    enum { held = 7 };
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    CHECK_EQ(dup2(ends[0], held), held);
    thrum_run_options options = {.popen = {.shell = true, .pass_fds = (const int[]){held}, .pass_fd_count = 1},
                                 .capture_output = true};
    for (int ms = 50, there = 0; !there; ms *= 2) {
        thrum_completed_process *done;
        options.timeout = thrum_milliseconds(ms);
        CHECK_EQ(thrum_subprocess_run(&done, THRUM_ARGS("cat <&7 & echo there; wait"), &options),
                 THRUM_TIMEOUT_EXPIRED);
        CHECK_EQ(done->returncode, -SIGKILL);
        there = strcmp(done->out.data, "there\n") == 0;
        thrum_completed_process_free(done);
    }
    close(ends[1]); /* and whoever is left reads the end of it */
}

TEST(getstatusoutput_of_a_command_that_fails) {
    int returncode = 0;
    thrum_output out;
    CHECK_EQ(thrum_subprocess_getstatusoutput("cat /nonexistent/foo", &returncode, &out), 0);
    CHECK_NE(returncode, 0);
    CHECK_CONTAINS(out.data, "/nonexistent/foo");
    thrum_output_free(&out);
}

TEST_MAIN()
