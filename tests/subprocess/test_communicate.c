/* communicate, the pipes, and waiting on a child whose output is captured. */
#include "children.h"

static const thrum_popen_options three_pipes = {.in = THRUM_PIPE, .out = THRUM_PIPE, .err = THRUM_PIPE};

static int communicate(thrum_popen *popen, const char *input, thrum_output *out, thrum_output *err) {
    return thrum_popen_communicate(popen, input, input ? strlen(input) : 0, out, err);
}

TEST(nothing_is_captured_without_pipes) {
    thrum_popen *popen = start(SHELL("exit 4"), NULL);
    thrum_output out, err;
    CHECK_EQ(communicate(popen, NULL, &out, &err), 0);
    CHECK(!out.data && !err.data);
    CHECK_EQ(out.size, 0);
    CHECK_EQ(status_of(popen), 4);
    CHECK_EQ(communicate(popen, NULL, &out, &err), 0); /* nothing was closed by the first */
    thrum_popen_free(popen);
}

TEST(input_output_and_errors) {
    thrum_popen *popen = start(SHELL("echo pineapple >&2; cat"), &three_pipes);
    thrum_output out, err;
    CHECK_EQ(communicate(popen, "banana", &out, &err), 0);
    CHECK_STR(out.data, "banana");
    CHECK_EQ(out.size, 6);
    CHECK_STR(err.data, "pineapple\n");
    CHECK_EQ(status_of(popen), 0);
    thrum_output_free(&out);
    thrum_output_free(&err);
    CHECK(!out.data);
    thrum_popen_free(popen);
}

TEST(one_pipe_at_a_time) {
    thrum_output out, err;
    thrum_popen *popen = start(SHELL("echo x"), &(thrum_popen_options){.out = THRUM_PIPE});
    CHECK_EQ(communicate(popen, NULL, &out, &err), 0);
    CHECK_STR(out.data, "x\n");
    CHECK(!err.data);
    thrum_output_free(&out);
    thrum_popen_free(popen);
    popen = start(SHELL("echo y >&2"), &(thrum_popen_options){.err = THRUM_PIPE});
    CHECK_EQ(communicate(popen, NULL, &out, &err), 0);
    CHECK(!out.data);
    CHECK_STR(err.data, "y\n");
    thrum_output_free(&err);
    thrum_popen_free(popen);
    popen = start(SHELL("read x; [ $x = pear ]"), &(thrum_popen_options){.in = THRUM_PIPE});
    CHECK_EQ(communicate(popen, "pear\n", &out, &err), 0);
    CHECK(!out.data && !err.data);
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_free(popen);
}

TEST(a_pipe_that_stays_empty_gives_an_empty_text_and_not_null) {
    thrum_popen *popen = start(THRUM_ARGS("/bin/true"), &three_pipes);
    thrum_output out, err;
    CHECK_EQ(communicate(popen, NULL, &out, &err), 0);
    CHECK_STR(out.data, "");
    CHECK_STR(err.data, "");
    thrum_output_free(&out);
    thrum_output_free(&err);
    thrum_popen_free(popen);
}

TEST(input_without_a_pipe_is_ignored) {
    thrum_popen *popen = start(SHELL("echo x"), &(thrum_popen_options){.in = THRUM_DEVNULL, .out = THRUM_PIPE});
    thrum_output out;
    CHECK_EQ(communicate(popen, "ignored", &out, NULL), 0);
    CHECK_STR(out.data, "x\n");
    thrum_output_free(&out);
    thrum_popen_free(popen);
}

TEST(results_nobody_wants) {
    thrum_popen *popen = start(SHELL("echo x; echo y >&2"), &three_pipes);
    CHECK_EQ(communicate(popen, NULL, NULL, NULL), 0);
    thrum_popen_free(popen);
}

TEST(both_pipes_full_at_once) {
    enum { size = 1 << 20 };
    char *input = malloc(size + 1);
    memset(input, 'i', size);
    input[size] = 0;
    thrum_popen *popen =
        start(SHELL("head -c 1000000 /dev/zero >&2; cat; head -c 1000000 /dev/zero >&2"), &three_pipes);
    thrum_output out, err;
    CHECK_EQ(communicate(popen, input, &out, &err), 0);
    CHECK_EQ(out.size, size);
    CHECK(memcmp(out.data, input, size) == 0);
    CHECK_EQ(err.size, 2000000);
    thrum_output_free(&out);
    thrum_output_free(&err);
    thrum_popen_free(popen);
    free(input);
}

TEST(a_child_that_closes_its_input_is_no_error) {
    static char input[1 << 20];
    thrum_popen *popen = start(SHELL("exec <&-; echo x"), &three_pipes);
    thrum_output out;
    CHECK_EQ(thrum_popen_communicate(popen, input, sizeof input, &out, NULL), 0);
    CHECK_STR(out.data, "x\n");
    thrum_output_free(&out);
    thrum_popen_free(popen);
    popen = start(SHELL("exec <&-; exit 3"), &(thrum_popen_options){.in = THRUM_PIPE});
    CHECK_EQ(thrum_popen_communicate(popen, input, sizeof input, NULL, NULL), 0);
    CHECK_EQ(status_of(popen), 3);
    thrum_popen_free(popen);
}

/* -- in steps ---------------------------------------------------------------------------------------------------- */

TEST(a_time_limit_ends_nothing_and_loses_nothing) {
    thrum_popen *popen = start(SHELL("echo one; echo two >&2; exec sleep 1000"), &three_pipes);
    char input[] = "three\n";
    char untouched[] = "untouched";
    thrum_output out = {untouched, 9, 0, 0}, err, now;
    int tries = 0;
    do {
        CHECK_EQ(thrum_popen_communicate_timed(popen, NULL, 0, &out, &err, thrum_milliseconds(tries++)),
                 THRUM_TIMEOUT_EXPIRED);
        CHECK_STR(out.data, "untouched");
        thrum_popen_output(popen, &now, &err);
    } while (now.size < 4 || err.size < 4);
    CHECK_STR(now.data, "one\n"); /* TimeoutExpired.output */
    CHECK_STR(err.data, "two\n");
    finish(popen);
    popen = start(SHELL("while read line; do echo $line; done"), &three_pipes);
    CHECK_EQ(thrum_popen_communicate_timed(popen, input, 6, &out, &err, thrum_nanoseconds(-1)),
             THRUM_TIMEOUT_EXPIRED);
    memset(input, '?', sizeof input); /* it was copied */
    CHECK_EQ(thrum_popen_communicate_timed(popen, NULL, 0, &out, &err, THRUM_FOREVER), 0);
    CHECK_STR(out.data, "three\n");
    thrum_output_free(&out);
    thrum_output_free(&err);
    thrum_popen_free(popen);
}

/* More than a pipe takes: the rest of it is needed after the time-out, when the caller's is gone. */
TEST(input_is_copied_for_what_comes_after_a_time_out) {
    enum { much = 300000 };
    char *input = malloc(much);
    memset(input, 'x', much);
    thrum_popen *popen = start(THRUM_ARGS("cat"), &three_pipes);
    thrum_output out;
    CHECK_EQ(thrum_popen_communicate_timed(popen, input, much, &out, NULL, thrum_nanoseconds(-1)),
             THRUM_TIMEOUT_EXPIRED);
    memset(input, '?', much);
    free(input);
    CHECK_EQ(thrum_popen_communicate(popen, NULL, 0, &out, NULL), 0);
    CHECK_EQ(out.size, much);
    CHECK(!memchr(out.data, '?', out.size));
    thrum_output_free(&out);
    thrum_popen_free(popen);
}

TEST(large_output_in_many_small_steps) {
    thrum_popen *popen =
        start(SHELL("head -c 3000000 /dev/zero | tr '\\0' x"), &(thrum_popen_options){.out = THRUM_PIPE});
    thrum_output out;
    int r, steps = 0;
    while ((r = thrum_popen_communicate_timed(popen, NULL, 0, &out, NULL, thrum_nanoseconds(100000))) ==
           THRUM_TIMEOUT_EXPIRED)
        steps++;
    CHECK_EQ(r, 0);
    CHECK_GT(steps, 0);
    CHECK_EQ(out.size, 3000000);
    for (size_t i = 0; i < out.size; i++)
        CHECK(out.data[i] == 'x');
    thrum_output_free(&out);
    thrum_popen_free(popen);
}

TEST(input_after_the_start_is_refused) {
    thrum_popen *popen = start(THRUM_ARGS("cat"), &three_pipes);
    thrum_output out;
    CHECK_EQ(thrum_popen_communicate_timed(popen, "a", 1, &out, NULL, THRUM_NOWAIT), THRUM_TIMEOUT_EXPIRED);
    CHECK_EQ(thrum_popen_communicate(popen, "b", 1, &out, NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_popen_communicate(popen, NULL, 0, &out, NULL), 0);
    CHECK_STR(out.data, "a");
    thrum_output_free(&out);
    CHECK_EQ(thrum_popen_communicate(popen, NULL, 0, &out, NULL), THRUM_VALUE_ERROR); /* the file is closed */
    thrum_popen_free(popen);
}

TEST(a_time_limit_beyond_all_limits) {
    thrum_popen *popen = start(THRUM_ARGS("cat"), &three_pipes);
    CHECK_EQ(thrum_popen_communicate_timed(popen, NULL, 0, NULL, NULL, thrum_seconds(1e11)), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(communicate(popen, "x", NULL, NULL), 0); /* that was no start */
    thrum_popen_free(popen);
}

/* A grandchild holds the pipe: communicate() waits for the end of the file, as in Python, and its limit covers
 * that. */
TEST(a_grandchild_that_holds_the_pipe) {
    thrum_popen *popen = start(SHELL("sleep 1000 & echo x"),
                               &(thrum_popen_options){.out = THRUM_PIPE, .process_group = THRUM_SOME(0)});
    thrum_output out;
    int returncode;
    CHECK_EQ(thrum_popen_wait(popen, &returncode), 0); /* wait() does not wait for it */
    CHECK_EQ(thrum_popen_communicate_timed(popen, NULL, 0, &out, NULL, thrum_milliseconds(20)),
             THRUM_TIMEOUT_EXPIRED);
    thrum_popen_output(popen, &out, NULL);
    CHECK_STR(out.data, "x\n");
    CHECK_EQ(kill(-thrum_popen_pid(popen), SIGKILL), 0);
    CHECK_EQ(thrum_popen_communicate(popen, NULL, 0, &out, NULL), 0);
    CHECK_STR(out.data, "x\n");
    thrum_output_free(&out);
    thrum_popen_free(popen);
}

/* -- wait() on a captured child ---------------------------------------------------------------------------------- */

TEST(wait_drains_what_is_captured) {
    thrum_popen *popen =
        start(SHELL("head -c 1000000 /dev/zero; head -c 500000 /dev/zero >&2; exit 6"), &three_pipes);
    thrum_output out, err;
    CHECK_EQ(status_of(popen), 6); /* in Python a deadlock */
    thrum_popen_output(popen, &out, &err);
    CHECK_EQ(out.size, 1000000);
    CHECK_EQ(communicate(popen, NULL, &out, &err), 0);
    CHECK_EQ(out.size, 1000000);
    CHECK_EQ(err.size, 500000);
    thrum_output_free(&out);
    thrum_output_free(&err);
    thrum_popen_free(popen);
}

TEST(wait_with_a_limit_drains_too) {
    thrum_popen *popen = start(SHELL("head -c 1000000 /dev/zero; read line; exit 6"), &three_pipes);
    thrum_output out;
    do {
        CHECK_EQ(thrum_popen_wait_timed(popen, thrum_milliseconds(1), NULL), THRUM_TIMEOUT_EXPIRED);
        thrum_popen_output(popen, &out, NULL);
    } while (out.size < 1000000);
    CHECK_EQ(communicate(popen, "\n", &out, NULL), 0);
    CHECK_EQ(out.size, 1000000);
    CHECK_EQ(status_of(popen), 6);
    thrum_output_free(&out);
    thrum_popen_free(popen);
}

TEST(wait_leaves_a_taken_pipe_alone) {
    thrum_popen *popen = start(SHELL("echo mine; echo theirs >&2"), &three_pipes);
    char text[10] = "";
    int fd = thrum_popen_stdout(popen);
    CHECK_EQ(status_of(popen), 0);
    CHECK_EQ(read(fd, text, sizeof text), 5);
    CHECK_STR(text, "mine\n");
    thrum_output out, err;
    CHECK_EQ(communicate(popen, NULL, &out, &err), 0); /* goes on with what is left */
    CHECK_STR(out.data, "");
    CHECK_STR(err.data, "theirs\n");
    thrum_output_free(&out);
    thrum_output_free(&err);
    thrum_popen_free(popen);
}

TEST(output_beyond_the_limit_is_an_error_that_keeps_what_came) {
    thrum_popen_options options = {.out = THRUM_PIPE, .output_limit = 1000};
    thrum_popen *popen = start(SHELL("exec yes"), &options);
    thrum_output out;
    int returncode = 99;
    CHECK_EQ(thrum_popen_wait(popen, &returncode), THRUM_LIMIT_EXCEEDED);
    CHECK_EQ(returncode, 99);
    CHECK_EQ(communicate(popen, NULL, &out, NULL), THRUM_LIMIT_EXCEEDED);
    CHECK(!thrum_popen_poll(popen, NULL));
    thrum_popen_output(popen, &out, NULL);
    CHECK_EQ(out.size, 1000);
    CHECK(memcmp(out.data, "y\ny\n", 4) == 0);
    finish(popen);
}

/* -- the pipes by hand ------------------------------------------------------------------------------------------- */

TEST(write_and_read_by_hand) {
    thrum_popen *popen = start(THRUM_ARGS("cat"), &(thrum_popen_options){.in = THRUM_PIPE, .out = THRUM_PIPE});
    char text[10] = "";
    CHECK_EQ(write(thrum_popen_stdin(popen), "ping", 4), 4);
    CHECK_EQ(read(thrum_popen_stdout(popen), text, 4), 4);
    CHECK_STR(text, "ping");
    CHECK_EQ(thrum_popen_stderr(popen), -1);
    CHECK_EQ(thrum_popen_close_stdin(popen), 0);
    CHECK_EQ(thrum_popen_close_stdin(popen), 0);
    CHECK_EQ(thrum_popen_stdin(popen), -1);
    CHECK_EQ(read(thrum_popen_stdout(popen), text, 4), 0);
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_free(popen);
}

TEST(writing_before_communicate) {
    thrum_popen *popen = start(THRUM_ARGS("cat"), &three_pipes);
    thrum_output out;
    CHECK_EQ(write(thrum_popen_stdin(popen), "banana", 6), 6);
    CHECK_EQ(communicate(popen, "split", &out, NULL), 0);
    CHECK_STR(out.data, "bananasplit");
    thrum_output_free(&out);
    thrum_popen_free(popen);
}

TEST(streams) {
    thrum_popen *popen =
        start(THRUM_ARGS("cat"), &(thrum_popen_options){.in = THRUM_PIPE, .out = THRUM_PIPE, .bufsize = 1});
    char line[20];
    FILE *in = thrum_popen_stdin_file(popen), *out = thrum_popen_stdout_file(popen);
    CHECK(in && out);
    CHECK(in == thrum_popen_stdin_file(popen));
    CHECK(!thrum_popen_stderr_file(popen));
    CHECK_GT(fprintf(in, "hello\n"), 0); /* line buffered: it goes out now */
    CHECK(fgets(line, sizeof line, out));
    CHECK_STR(line, "hello\n");
    CHECK_EQ(thrum_popen_close_stdin(popen), 0);
    CHECK(!fgets(line, sizeof line, out));
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_free(popen);
}

TEST(a_stream_is_flushed_when_it_is_closed_and_by_communicate) {
    thrum_popen *popen = start(THRUM_ARGS("cat"), &three_pipes);
    CHECK_EQ(fputs("written ", thrum_popen_stdin_file(popen)) >= 0, 1);
    thrum_output out;
    CHECK_EQ(communicate(popen, "and sent", &out, NULL), 0);
    CHECK_STR(out.data, "written and sent");
    thrum_output_free(&out);
    thrum_popen_free(popen);
}

TEST(closing_a_stream_that_nobody_reads_is_epipe) {
    signal(SIGPIPE, SIG_IGN);
    thrum_popen *popen = start(THRUM_ARGS("/bin/true"), &(thrum_popen_options){.in = THRUM_PIPE});
    CHECK_EQ(status_of(popen), 0);
    CHECK_GE(fputs("nobody", thrum_popen_stdin_file(popen)), 0);
    CHECK_EQ(thrum_popen_close_stdin(popen), -EPIPE);
    thrum_popen_free(popen);
}

TEST(an_unbuffered_stream) {
    thrum_popen *popen = start(
        THRUM_ARGS("cat"), &(thrum_popen_options){.in = THRUM_PIPE, .out = THRUM_PIPE, .bufsize = THRUM_UNBUFFERED});
    CHECK_EQ(fputc('x', thrum_popen_stdin_file(popen)), 'x');
    CHECK_EQ(fgetc(thrum_popen_stdout_file(popen)), 'x');
    thrum_popen_exit(popen);
}

/* -- where streams go -------------------------------------------------------------------------------------------- */

TEST(descriptors_of_the_caller) {
    int in = temporary_file("pear"), out = temporary_file(""), err = temporary_file("");
    thrum_popen *popen = start(SHELL("cat; echo oops >&2"), &(thrum_popen_options){.in = in, .out = out, .err = err});
    CHECK_EQ(status_of(popen), 0);
    CHECK_STR(content_of(out), "pear");
    CHECK_STR(content_of(err), "oops\n");
    CHECK_EQ(fcntl(out, F_GETFD), FD_CLOEXEC); /* ours is as it was, and open */
    thrum_popen_free(popen);
    CHECK_EQ(fcntl(out, F_GETFD), FD_CLOEXEC);
}

TEST(one_descriptor_for_two_streams) {
    int both = temporary_file("");
    thrum_popen *popen = start(SHELL("echo a; echo b >&2"), &(thrum_popen_options){.out = both, .err = both});
    CHECK_EQ(status_of(popen), 0);
    CHECK_STR(content_of(both), "a\nb\n");
    thrum_popen_free(popen);
    int inout = temporary_file("");
    CHECK_EQ(write(inout, "x\n", 2), 2);
    popen = start(SHELL("echo out"), &(thrum_popen_options){.in = inout, .out = inout});
    CHECK_EQ(status_of(popen), 0);
    CHECK_STR(content_of(inout), "x\nout\n");
    thrum_popen_free(popen);
}

TEST(descriptor_zero_can_be_named) {
    int file = temporary_file("");
    CHECK_EQ(dup2(file, 0), 0);
    thrum_popen *popen = start(SHELL("echo to zero"), &(thrum_popen_options){.out = THRUM_FD(0)});
    CHECK_EQ(status_of(popen), 0);
    CHECK_STR(content_of(file), "to zero\n");
    thrum_popen_free(popen);
}

TEST(stderr_to_stdout) {
    thrum_popen_options options = {.out = THRUM_PIPE, .err = THRUM_STDOUT};
    thrum_output out, err;
    thrum_popen *popen = start(SHELL("echo apple; echo orange >&2"), &options);
    CHECK_EQ(communicate(popen, NULL, &out, &err), 0);
    CHECK_STR(out.data, "apple\norange\n");
    CHECK(!err.data);
    thrum_output_free(&out);
    thrum_popen_free(popen);
    int file = temporary_file("");
    popen = start(SHELL("echo apple; echo orange >&2"), &(thrum_popen_options){.out = file, .err = THRUM_STDOUT});
    CHECK_EQ(status_of(popen), 0);
    CHECK_STR(content_of(file), "apple\norange\n");
    thrum_popen_free(popen);
}

TEST(stderr_to_a_stdout_that_is_the_parents) {
    int file = temporary_file(""), saved = dup(1);
    CHECK_EQ(dup2(file, 1), 1);
    thrum_popen *popen = start(SHELL("echo x >&2"), &(thrum_popen_options){.err = THRUM_STDOUT});
    CHECK_EQ(dup2(saved, 1), 1);
    CHECK_EQ(status_of(popen), 0);
    CHECK_STR(content_of(file), "x\n");
    thrum_popen_free(popen);
}

TEST(devnull) {
    thrum_popen *popen =
        start(SHELL("[ -z \"$(cat)\" ] && echo x && echo y >&2"),
              &(thrum_popen_options){.in = THRUM_DEVNULL, .out = THRUM_DEVNULL, .err = THRUM_DEVNULL});
    CHECK_EQ(status_of(popen), 0);
    CHECK_EQ(thrum_popen_stdout(popen), -1);
    thrum_popen_free(popen);
    popen = start(SHELL("echo x >&0"), &(thrum_popen_options){.in = THRUM_DEVNULL}); /* it is open for both */
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_free(popen);
}

/* Whoever asks for the descriptor has it block: the rest of the input is written without waiting all the same. */
TEST(it_goes_on_after_the_descriptor_was_asked_for) {
    enum { much = 1 << 20 };
    char *input = calloc(1, much);
    thrum_popen *popen = start(THRUM_ARGS("cat"), &three_pipes);
    thrum_output out;
    CHECK(input);
    CHECK_EQ(thrum_popen_communicate_timed(popen, input, much, &out, NULL, THRUM_NOWAIT), THRUM_TIMEOUT_EXPIRED);
    CHECK_GE(thrum_popen_stdin(popen), 0);
    CHECK_EQ(communicate(popen, NULL, &out, NULL), 0);
    CHECK_EQ(out.size, much);
    thrum_output_free(&out);
    thrum_popen_free(popen);
    free(input);
}

TEST(output_free_takes_nothing) {
    thrum_output none = {0};
    thrum_output_free(NULL);
    thrum_output_free(&none);
    CHECK(!none.data);
}

TEST_MAIN()
