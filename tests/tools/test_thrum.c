/* test_thrum.c - the `thrum` command from the outside: what it prints where, and its exit status. */
#include "shell.h"

#include <thrum.h>

/* Run `thrum` with `arguments`, keep what comes out of `stream` (1 or 2), and return the exit status. */
static int run(const char *arguments, int stream) {
    char line[512];
    snprintf(line, sizeof line, stream == 1 ? "%s %s 2>/dev/null" : "%s %s 2>&1 >/dev/null", THRUM_TOOL, arguments);
    return shell(line);
}

TEST(version_names_the_library) {
    CHECK_EQ(run("--version", 1), 0);
    CHECK_STR(output, "thrum " THRUM_VERSION "\n");
    CHECK_EQ(run("version", 1), 0);
    CHECK_STR(output, "thrum " THRUM_VERSION "\n");
    CHECK_EQ(run("-V", 1), 0);
    CHECK_STR(output, "thrum " THRUM_VERSION "\n");
}

TEST(help_lists_the_commands_and_the_exit_statuses) {
    CHECK_EQ(run("help", 1), 0);
    CHECK_CONTAINS(output, "usage: thrum COMMAND");
    CHECK_CONTAINS(output, "\n  help ");
    CHECK_CONTAINS(output, "\n  version ");
    CHECK_CONTAINS(output, "Exit status: 0 ");
    CHECK_EQ(run("help", 2), 0);
    CHECK_STR(output, "");
    CHECK_EQ(run("--help", 1), 0);
    CHECK_CONTAINS(output, "usage: thrum COMMAND");
}

TEST(help_explains_one_command) {
    CHECK_EQ(run("help help", 1), 0);
    CHECK_CONTAINS(output, "usage: thrum help [COMMAND]\n");
    CHECK_CONTAINS(output, "list the commands, or explain one.\n");
    CHECK_EQ(run("daemon --help", 1), 0);
    CHECK_CONTAINS(output, "usage: thrum daemon [start|stop|restart|status]");
    CHECK_CONTAINS(output, "--pidfile FILE");
}

TEST(help_of_an_unknown_command_is_a_usage_error) {
    CHECK_EQ(run("help frobnicate", 2), 2);
    CHECK_CONTAINS(output, "there is no command 'frobnicate'");
    CHECK_EQ(run("help help help", 2), 2);
    CHECK_CONTAINS(output, "usage: thrum help [COMMAND]");
}

TEST(unknown_command_is_named_on_stderr) {
    CHECK_EQ(run("frobnicate", 2), 2);
    CHECK_STR(output, "thrum: there is no command 'frobnicate'; `thrum help` lists them\n");
    CHECK_EQ(run("frobnicate", 1), 2);
    CHECK_STR(output, "");
    CHECK_EQ(run("''", 2), 2);
    CHECK_CONTAINS(output, "there is no command ''");
}

TEST(no_command_is_a_usage_error) {
    CHECK_EQ(run("", 2), 2);
    CHECK_CONTAINS(output, "usage: thrum COMMAND");
    CHECK_EQ(run("", 1), 2);
    CHECK_STR(output, "");
}

TEST(version_takes_no_argument) {
    CHECK_EQ(run("--version x", 2), 2);
    CHECK_STR(output, "usage: thrum version\n");
}

TEST(output_that_cannot_be_written_is_a_failure) {
    int status = system(THRUM_TOOL " help >/dev/full 2>/dev/null");
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 1);
}

TEST_MAIN()
