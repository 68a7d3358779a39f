/* envoy.connect: a conversation with programs that go on running. */
#include <errno.h>
#include <sched.h>

#include <thrum/envoy.h>

#include "test.h"

static thrum_connected_command *connect_to(const char *command) {
    thrum_connected_command *c = NULL;
    CHECK_EQ(thrum_envoy_connect(&c, command, NULL), 0);
    return c;
}

static void send(thrum_connected_command *c, const char *text) {
    CHECK_EQ(thrum_connected_command_send(c, text, NULL), 0);
}

static void expect(thrum_connected_command *c, const char *pattern, const char *before, const char *text) {
    thrum_envoy_match match;
    CHECK_EQ(thrum_connected_command_expect(c, pattern, &match), 0);
    CHECK_EQ(match.size, strlen(text));
    CHECK(memcmp(match.text, text, match.size) == 0);
    CHECK_EQ(match.before_size, strlen(before));
    CHECK(memcmp(match.before, before, match.before_size) == 0);
}

TEST(status_code_is_there_after_the_end) {
    thrum_connected_command *c = connect_to("sh -c 'read line; exit 5'");
    int status = 99;
    CHECK_GT(thrum_connected_command_pid(c), 1);
    CHECK(!thrum_connected_command_status_code(c, &status));
    CHECK_EQ(status, 99);
    send(c, "go");
    CHECK_EQ(thrum_connected_command_block(c, &status), 0);
    CHECK_EQ(status, 5);
    status = 99;
    CHECK(thrum_connected_command_status_code(c, &status));
    CHECK_EQ(status, 5);
    CHECK_EQ(thrum_connected_command_block(c, NULL), 0);
    CHECK(thrum_connected_command_free(c) == NULL);
    CHECK(thrum_connected_command_free(NULL) == NULL);
}

TEST(status_code_is_seen_without_waiting) {
    thrum_connected_command *c = connect_to("sh -c 'exit 6'");
    int status;
    while (!thrum_connected_command_status_code(c, &status)) /* the test's time limit ends this */
        sched_yield();
    CHECK_EQ(status, 6);
    thrum_connected_command_free(c);
}

TEST(env_and_cwd_are_as_for_run) {
    const char *const env[] = {"THRUM_ADDED=added", NULL};
    thrum_envoy_options options = {.env = env, .cwd = "/usr"};
    thrum_connected_command *c;
    setenv("THRUM_KEPT", "kept", 1);
    CHECK_EQ(thrum_envoy_connect(&c, "sh -c 'echo $THRUM_KEPT $THRUM_ADDED; pwd'", &options), 0);
    expect(c, "/usr$", "kept added\n", "/usr");
    thrum_connected_command_free(c);
}

/* Whoever holds the pipe is gone when its end is seen. */
TEST(kill_ends_what_the_command_has_started) {
    thrum_connected_command *c = connect_to("sh -c 'sleep 1000 & sleep 1000 & echo begun; wait'");
    expect(c, "begun", "", "begun");
    thrum_connected_command_kill(c);
    CHECK_EQ(thrum_connected_command_expect(c, "more", NULL), THRUM_EOF_ERROR);
    int status = 0;
    CHECK_EQ(thrum_connected_command_block(c, &status), 0);
    CHECK_EQ(status, -SIGKILL);
    thrum_connected_command_free(c);
}

TEST(send_and_expect) {
    thrum_connected_command *c = connect_to("cat");
    send(c, "one 17 two");
    expect(c, "[0-9]+", "one ", "17");
    expect(c, "two", " ", "two");
    CHECK_EQ(thrum_connected_command_send(c, "no newline", ""), 0);
    CHECK_EQ(thrum_connected_command_send(c, ", and an end", "!\n"), 0);
    expect(c, "^no.*!$", "\n", "no newline, and an end!");
    CHECK_STR(thrum_connected_command_std_out(c).data, "one 17 two\nno newline, and an end!\n");
    CHECK_EQ(thrum_connected_command_std_err(c).size, 0);
    thrum_connected_command_free(c);
}

TEST(expect_has_a_time_limit_and_loses_nothing) {
    thrum_connected_command *c = connect_to("cat");
    send(c, "answer");
    CHECK_EQ(thrum_connected_command_expect_timed(c, "question", thrum_milliseconds(20), NULL), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_connected_command_expect_timed(c, "question", thrum_seconds(-1), NULL), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_connected_command_expect_timed(c, "q", thrum_seconds(1e11), NULL), THRUM_OVERFLOW_ERROR);
    expect(c, "answer", "", "answer");
    thrum_connected_command_free(c);
}

TEST(expect_sees_the_end) {
    thrum_connected_command *c = connect_to("printf 'the end'");
    thrum_envoy_match match = {0};
    CHECK_EQ(thrum_connected_command_expect(c, "more", &match), THRUM_EOF_ERROR);
    CHECK(match.text == NULL);
    expect(c, "end", "the ", "end");
    CHECK_EQ(thrum_connected_command_expect(c, "end", NULL), THRUM_EOF_ERROR);
    CHECK_EQ(thrum_connected_command_expect(c, "$", NULL), 0);
    thrum_connected_command_free(c);
}

TEST(patterns) {
    thrum_connected_command *c = connect_to("printf 'a\\0b\\0cc\\nd'");
    CHECK_EQ(thrum_connected_command_expect(c, "(", NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_connected_command_expect(c, "c{2}", NULL), 0);
    CHECK_EQ(thrum_connected_command_expect(c, "^cc", NULL), THRUM_EOF_ERROR);
    CHECK_EQ(thrum_connected_command_expect(c, "^d$", NULL), 0);
    CHECK_EQ(thrum_connected_command_std_out(c).size, 8);
    thrum_connected_command_free(c);
    c = connect_to("printf abc");
    CHECK_EQ(thrum_connected_command_expect(c, "^a", NULL), 0);
    CHECK_EQ(thrum_connected_command_expect(c, "^b", NULL), THRUM_EOF_ERROR); /* that is no beginning of a line */
    CHECK_EQ(thrum_connected_command_expect(c, "bc$", NULL), 0);
    thrum_connected_command_free(c);
}

/* What has come is looked at, and not all that will ever come. */
TEST(output_without_an_end) {
    enum { pipe_size = 1 << 20 };
    thrum_connected_command *c = connect_to("cat /dev/zero");
    size_t before = 0;
    while (before < 8 * pipe_size) {
        size_t size = thrum_connected_command_std_out(c).size;
        CHECK_LE(size - before, 2 * pipe_size);
        before = size;
    }
    thrum_connected_command_free(c);
}

/* Each of the strings is looked at once, however many came before it. */
TEST(many_strings_without_a_match) {
    thrum_connected_command *c = connect_to("sh -c 'head -c 8000000 /dev/zero; echo end'");
    CHECK_EQ(thrum_connected_command_expect(c, "other", NULL), THRUM_EOF_ERROR);
    CHECK_EQ(thrum_connected_command_expect(c, "^end$", NULL), 0);
    thrum_connected_command_free(c);
}

TEST(the_end_of_the_input) {
    thrum_connected_command *c = connect_to("sort");
    send(c, "b\na");
    CHECK_EQ(thrum_connected_command_block_timed(c, thrum_milliseconds(20), NULL), THRUM_TIMED_OUT);
    thrum_connected_command_close_std_in(c);
    thrum_connected_command_close_std_in(c);
    CHECK_EQ(thrum_connected_command_send(c, "c", NULL), THRUM_CLOSED);
    int status = 99;
    CHECK_EQ(thrum_connected_command_block(c, &status), 0);
    CHECK_EQ(status, 0);
    CHECK_STR(thrum_connected_command_std_out(c).data, "a\nb\n");
    thrum_connected_command_free(c);
}

TEST(a_pipeline_is_connected_at_both_ends) {
    thrum_connected_command *c = connect_to("sh -c 'cat; echo done >&2' | sh -c 'tr a-z A-Z; echo DONE >&2'");
    send(c, "hello");
    thrum_connected_command_close_std_in(c);
    expect(c, ".+", "", "HELLO");
    CHECK_EQ(thrum_connected_command_block(c, NULL), 0);
    CHECK_STR(thrum_connected_command_std_err(c).data, "DONE\n");
    thrum_connected_command_free(c);
}

TEST(data_is_sent_first) {
    thrum_connected_command *c;
    thrum_envoy_options options = {.data = "first\n", .data_size = 6};
    CHECK_EQ(thrum_envoy_connect(&c, "cat", &options), 0);
    expect(c, "first", "", "first");
    send(c, "second");
    expect(c, "second", "\n", "second");
    thrum_connected_command_free(c);
}

enum { much_size = 300000 }; /* more than two pipes hold */

static char *make_much(void) {
    char *much = malloc(much_size + 1);
    memset(much, 'x', much_size);
    much[much_size] = '\0';
    return much;
}

TEST(much_in_both_directions_is_no_deadlock) {
    char *much = make_much();
    thrum_connected_command *c = connect_to("cat");
    send(c, much);
    send(c, much);
    send(c, "END");
    thrum_envoy_match match;
    CHECK_EQ(thrum_connected_command_expect(c, "END", &match), 0);
    CHECK_EQ(match.before_size, 2 * (much_size + 1));
    thrum_connected_command_free(c);
    free(much);
}

TEST(a_program_that_does_not_read) {
    char *much = make_much();
    thrum_connected_command *c = connect_to("sleep 1000");
    CHECK_EQ(thrum_connected_command_send_timed(c, much, NULL, thrum_milliseconds(20)), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_connected_command_send_timed(c, much, NULL, thrum_milliseconds(20)), THRUM_TIMED_OUT);
    thrum_connected_command_kill(c);
    int status = 0;
    CHECK_EQ(thrum_connected_command_block(c, &status), 0); /* nobody reads any more: no error */
    CHECK_EQ(status, -SIGKILL);
    CHECK_EQ(thrum_connected_command_send(c, much, NULL), 0);
    thrum_connected_command_free(c);
    free(much);
}

TEST(what_was_not_written_in_time_is_written_later) {
    char *much = make_much();
    int gate[2];
    CHECK_EQ(pipe(gate), 0);
    char command[128];
    snprintf(command, sizeof command, "sh -c 'read go </proc/%d/fd/%d; wc -c'", (int)getpid(), gate[0]);
    thrum_connected_command *c = connect_to(command);
    CHECK_EQ(thrum_connected_command_send_timed(c, much, NULL, thrum_milliseconds(20)), THRUM_TIMED_OUT);
    thrum_connected_command_close_std_in(c);
    CHECK_EQ(write(gate[1], "go\n", 3), 3);
    CHECK_EQ(thrum_connected_command_block(c, NULL), 0);
    CHECK_EQ(atoi(thrum_connected_command_std_out(c).data), much_size + 1);
    thrum_connected_command_free(c);
    free(much);
}

TEST(freeing_kills) {
    thrum_connected_command *c = connect_to("sleep 1000 | sleep 1000");
    pid_t pid = thrum_connected_command_pid(c);
    thrum_connected_command_free(c);
    CHECK_EQ(kill(pid, 0), -1);
    CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1);
}

TEST(what_cannot_be_started_is_an_error) {
    thrum_connected_command *c = NULL;
    CHECK_EQ(thrum_envoy_connect(&c, "/nothing/at/all", NULL), -ENOENT);
    CHECK_EQ(thrum_envoy_connect(&c, "sleep 1000 | /nothing/at/all", NULL), -ENOENT);
    CHECK_EQ(thrum_envoy_connect(&c, "sleep 'x", NULL), THRUM_NO_CLOSING_QUOTATION);
    CHECK(c == NULL);
    CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1);
}

TEST(output_has_a_limit) {
    thrum_connected_command *c;
    thrum_envoy_options options = {.output_limit = 100};
    CHECK_EQ(thrum_envoy_connect(&c, "yes", &options), 0);
    CHECK_EQ(thrum_connected_command_expect(c, "no", NULL), THRUM_LIMIT_EXCEEDED);
    CHECK_EQ(thrum_connected_command_std_out(c).size, 100);
    CHECK_EQ(thrum_connected_command_block(c, NULL), THRUM_LIMIT_EXCEEDED);
    thrum_connected_command_free(c);
}

TEST_MAIN()
