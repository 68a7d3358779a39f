/* envoy.run: lines, pipelines, time limits, and what is left when they pass. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include <thrum/envoy.h>

#include "test.h"

static thrum_envoy_response *run(const char *command, thrum_envoy_options options) {
    thrum_envoy_response *r = NULL;
    CHECK_EQ(thrum_envoy_run(&r, command, &options), 0);
    return r;
}
#define RUN(command, ...) run((command), (thrum_envoy_options){__VA_ARGS__})
static const thrum_envoy_options none;

static void check(const char *command, const char *out, int status) {
    thrum_envoy_response *r = run(command, none);
    CHECK_STR(r->std_out.data, out);
    CHECK_EQ(r->std_out.size, strlen(out));
    CHECK_EQ(r->status_code, status);
    CHECK(!r->timed_out);
    CHECK(thrum_envoy_response_free(r) == NULL);
}

static void check_refused(const char *command, int wanted) {
    thrum_envoy_response *r = NULL;
    CHECK_EQ(thrum_envoy_run(&r, command, NULL), wanted);
    CHECK(r == NULL);
}

TEST(a_command) {
    check("echo hello", "hello\n", 0);
    check("false", "", 1);
    check("sh -c 'exit 7'", "", 7);
    check("sh -c 'kill -TERM $$'", "", -15);
    CHECK(thrum_envoy_response_free(NULL) == NULL);
}

TEST(quotes_protect_words_and_bars) {
    check("printf '%s-%s' 'a | b' \"c|d\"", "a | b-c|d", 0);
    check("printf %s a\\|b", "a|b", 0);
    check("printf %s \"a\\\"|b\"", "a\"|b", 0);
    check("printf %s 'a\\'|cat", "a\\", 0);
    check("printf %s $HOME *", "$HOME*", 0);
    check("printf %s a > b 2>&1 < c & ; d", "a>b2>&1<c&;d", 0);
    check("printf %s 'x'|'c'at", "x", 0);
}

TEST(a_pipeline) {
    check("printf 'b\\nc\\na\\n' | sort | head -n 2", "a\nb\n", 0);
    check("false | true", "", 0);
    check("true | false", "", 1);
}

TEST(commands_run_at_the_same_time) {
    thrum_envoy_response *r = RUN("yes | head", .timeout = thrum_seconds(50));
    CHECK_STR(r->std_out.data, "y\ny\ny\ny\ny\ny\ny\ny\ny\ny\n");
    CHECK_EQ(r->status_code, 0);
    CHECK_EQ(r->history_count, 1);
    CHECK_EQ(r->history[0].status_code, -SIGPIPE);
    thrum_envoy_response_free(r);
}

TEST(history_has_the_commands_before) {
    static const char line[] = "sh -c 'echo one >&2; exit 3' | sh -c 'echo two >&2' | sh -c 'echo three >&2'";
    thrum_envoy_response *r = run(line, none);
    CHECK_EQ(r->history_count, 2);
    CHECK_STR(r->std_err.data, "three\n");
    CHECK_STR(r->history[0].std_err.data, "one\n");
    CHECK_EQ(r->history[0].status_code, 3);
    CHECK_STR(r->history[1].std_err.data, "two\n");
    CHECK(r->history[0].std_out.data == NULL);
    CHECK_STR(r->history[1].command[0], "sh");
    CHECK_STR(r->command[2], "echo three >&2");
    CHECK(r->command[3] == NULL);
    thrum_envoy_response_free(r);
}

TEST(nothing_is_cut_off) {
    thrum_envoy_response *r = run("head -c 3000000 /dev/zero | cat | cat", none);
    CHECK_EQ(r->std_out.size, 3000000);
    thrum_envoy_response_free(r);
}

TEST(data_goes_to_the_first_command) {
    thrum_envoy_response *r = RUN("cat | tr a-z A-Z", .data = "hello", .data_size = 5);
    CHECK_STR(r->std_out.data, "HELLO");
    thrum_envoy_response_free(r);
    enum { size = 1 << 20 };
    char *much = malloc(size);
    memset(much, 'x', size);
    r = RUN("cat | wc -c", .data = much, .data_size = size);
    CHECK_EQ(atoi(r->std_out.data), size);
    thrum_envoy_response_free(r);
    r = RUN("true", .data = much, .data_size = size); /* it does not read: no error, and no signal */
    CHECK_EQ(r->status_code, 0);
    thrum_envoy_response_free(r);
    r = RUN("cat", .data = "", .data_size = 0);
    CHECK_EQ(r->std_out.size, 0);
    thrum_envoy_response_free(r);
    free(much);
}

TEST(without_data_the_input_is_empty) {
    check("cat", "", 0);
}

TEST(env_is_added_to_the_environment) {
    setenv("THRUM_KEPT", "kept", 1);
    setenv("THRUM_REPLACED", "old", 1);
    const char *const env[] = {"THRUM_ADDED=added", "THRUM_REPLACED=new", NULL};
    thrum_envoy_response *r = RUN("sh -c 'echo $THRUM_KEPT $THRUM_ADDED $THRUM_REPLACED'", .env = env);
    CHECK_STR(r->std_out.data, "kept added new\n");
    thrum_envoy_response_free(r);
    const char *const wrong[] = {"NOVALUE", NULL};
    thrum_envoy_options options = {.env = wrong};
    CHECK_EQ(thrum_envoy_run(&r, "true", &options), THRUM_VALUE_ERROR);
}

TEST(cwd_is_that_of_all_commands) {
    thrum_envoy_response *r = RUN("sh -c 'pwd >&2' | pwd", .cwd = "/usr");
    CHECK_STR(r->std_out.data, "/usr\n");
    CHECK_STR(r->history[0].std_err.data, "/usr\n");
    thrum_envoy_response_free(r);
}

TEST(an_unknown_command_is_127_and_the_others_go_on) {
    thrum_envoy_response *r = run("/nothing/at/all", none);
    CHECK_EQ(r->status_code, 127);
    CHECK_STR(r->std_out.data, "");
    CHECK_STR(r->std_err.data, "No such file or directory\n[Errno 2] No such file or directory: '/nothing/at/all'\n");
    thrum_envoy_response_free(r);
    r = run("echo lost | /nothing/at/all | cat", none);
    CHECK_EQ(r->status_code, 0);
    CHECK_STR(r->std_out.data, "");
    CHECK_EQ(r->history[1].status_code, 127);
    CHECK_CONTAINS(r->history[1].std_err.data, "No such file or directory\n");
    thrum_envoy_response_free(r);
    r = RUN("/nothing/at/all | cat", .data = "x", .data_size = 1);
    CHECK_EQ(r->status_code, 0);
    thrum_envoy_response_free(r);
}

TEST(lines_that_are_none) {
    check_refused("echo 'a", THRUM_NO_CLOSING_QUOTATION);
    check_refused("echo | echo \"a", THRUM_NO_CLOSING_QUOTATION);
    check_refused("echo a\\", THRUM_NO_ESCAPED_CHARACTER);
    check_refused("", THRUM_VALUE_ERROR);
    check_refused("echo |", THRUM_VALUE_ERROR);
    check_refused("| echo", THRUM_VALUE_ERROR);
    check_refused("echo || echo", THRUM_VALUE_ERROR);
}

TEST(lists_of_words) {
    const char *const print[] = {"printf", "%s", "a | 'b", NULL};
    const char *const cat[] = {"cat", NULL};
    const char *const empty[] = {NULL};
    thrum_envoy_response *r = NULL;
    CHECK_EQ(thrum_envoy_run_args(&r, (const char *const *const[]){print, cat, NULL}, NULL), 0);
    CHECK_STR(r->std_out.data, "a | 'b");
    thrum_envoy_response_free(r);
    CHECK_EQ(thrum_envoy_run_args(&r, (const char *const *const[]){cat, empty, NULL}, NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_envoy_run_args(&r, (const char *const *const[]){NULL}, NULL), THRUM_VALUE_ERROR);
}

/* Run a command that says something and then takes for ever, with a time limit in which it comes to saying it: on a
 * busy machine a longer one. */
static thrum_envoy_response *run_until_said(const char *command, thrum_envoy_options options) {
    options.timeout = thrum_milliseconds(50);
    for (;;) {
        thrum_envoy_response *r = run(command, options);
        CHECK(r->timed_out);
        if (strchr(r->std_out.data, '\n'))
            return r;
        thrum_envoy_response_free(r);
        options.timeout.ns *= 2;
    }
}

TEST(a_time_limit_ends_with_sigterm) {
    thrum_envoy_response *r = run_until_said("sh -c 'echo begun; sleep 1000'", none);
    CHECK(r->timed_out);
    CHECK_EQ(r->status_code, -SIGTERM);
    CHECK_STR(r->std_out.data, "begun\n");
    thrum_envoy_response_free(r);
}

#define DEAF "sh -c 'trap \"\" TERM; echo deaf; while :; do sleep 1000; done'"

TEST(and_with_sigkill_when_that_does_not_help) {
    thrum_envoy_options options = {.kill_timeout = thrum_milliseconds(20)};
    thrum_envoy_response *r = run_until_said(DEAF, options);
    CHECK(r->timed_out);
    CHECK_EQ(r->status_code, -SIGKILL);
    CHECK_STR(r->std_out.data, "deaf\n");
    thrum_envoy_response_free(r);
}

TEST(the_whole_has_a_limit_too) {
    thrum_envoy_response *r = RUN(DEAF " | cat", .total_timeout = thrum_milliseconds(100));
    CHECK(r->timed_out);
    CHECK_EQ(r->status_code, -SIGKILL);
    CHECK_EQ(r->history[0].status_code, -SIGKILL);
    CHECK(r->history[0].timed_out);
    thrum_envoy_response_free(r);
    r = RUN(DEAF, .timeout = thrum_milliseconds(5), .total_timeout = thrum_milliseconds(20));
    CHECK(r->timed_out);
    thrum_envoy_response_free(r);
    r = RUN("sleep 1000", .total_timeout = thrum_seconds(-1));
    CHECK_EQ(r->status_code, -SIGKILL);
    thrum_envoy_response_free(r);
    thrum_envoy_options options = {.timeout = thrum_seconds(1e11)};
    CHECK_EQ(thrum_envoy_run(&r, "true", &options), THRUM_OVERFLOW_ERROR);
}

/* Whether a process runs: it exists, and is not waiting to be reaped. */
static bool is_running(pid_t pid) {
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    return read && !strstr(line, ") Z ");
}

TEST(grandchildren_end_too) {
    /* The last thing that the shell does is to speak: it has ended then, but who it started holds the pipe. */
    thrum_envoy_response *r = run_until_said("sh -c 'sleep 1000 & exec echo $!'", none);
    CHECK(r->status_code == 0 || r->status_code == -SIGTERM); /* the latter if the limit came just then */
    pid_t grandchild = (pid_t)atoi(r->std_out.data);
    CHECK_GT(grandchild, 1);
    while (is_running(grandchild)) /* it has its signal: the time limit of the test ends this */
        sched_yield();
    thrum_envoy_response_free(r);
}

TEST(what_a_command_leaves_in_the_background_stays) {
    thrum_envoy_response *r = run("sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!'", none);
    CHECK(!r->timed_out);
    pid_t left = (pid_t)atoi(r->std_out.data);
    CHECK_GT(left, 1);
    thrum_envoy_response_free(r);
    CHECK(is_running(left));
    CHECK_EQ(kill(left, SIGKILL), 0);
}

TEST(output_has_a_limit) {
    thrum_envoy_response *r = NULL;
    thrum_envoy_options options = {.output_limit = 100};
    CHECK_EQ(thrum_envoy_run(&r, "yes", &options), THRUM_LIMIT_EXCEEDED);
    CHECK_EQ(r->std_out.size, 100);
    CHECK(r->status_code == -SIGKILL || r->status_code == -SIGPIPE);
    thrum_envoy_response_free(r);
    CHECK_EQ(thrum_envoy_run(&r, "head -c 100 /dev/zero", &options), 0);
    CHECK_EQ(r->std_out.size, 100);
    thrum_envoy_response_free(r);
}

TEST(repr) {
    thrum_envoy_response *r = run("echo a | cat", none);
    char text[32];
    CHECK_EQ(thrum_envoy_response_repr(r, text, sizeof text), 16);
    CHECK_STR(text, "<Response [cat]>");
    thrum_envoy_response_free(r);
}

static int count_descriptors(void) {
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

TEST(nothing_is_left) {
    int before = count_descriptors();
    for (int i = 0; i < 20; i++) {
        check("echo a | cat | /nothing/at/all | cat", "", 0);
        thrum_envoy_response_free(RUN("sleep 1000 | cat", .total_timeout = thrum_milliseconds(1)));
        check_refused("echo | ''x'", THRUM_NO_CLOSING_QUOTATION);
    }
    CHECK_EQ(count_descriptors(), before);
    CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1);
}

TEST_MAIN()
