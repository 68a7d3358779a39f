/* test_tour.c - `thrum tour`: the list, the programs by name and by topic, and where it finds them. */
#include "run.h"

static int tour_in(const char *folder, const char *input, const char *a, const char *b, const char *c) {
    const char *argv[] = {"thrum", "tour", a, b, c, NULL};
    return run_program(folder, input, "thrum", argv);
}

static int tour(const char *a, const char *b, const char *c) {
    return tour_in(TOOLS, SILENCE, a, b, c);
}

TEST(without_a_name_it_lists_each_program_with_a_line) {
    static const char *const names[] = {"mthreads",     "countdown",   "countdown2",
                                        "localdata",    "gui",         "race",
                                        "lock",         "lock_ex",     "lock_with",
                                        "deadlock",     "rlock_ex",    "reentrant_lock",
                                        "sema_signal",  "wait4parent", "event_barrier",
                                        "event_notify", "cond",        "prompt",
                                        "barrier",      "digest",      "producers_and_customers",
                                        "worker",       "pc_queue"};
    CHECK_EQ(tour(NULL, NULL, NULL), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char pattern[64];
        snprintf(pattern, sizeof pattern, "  %s  *[a-z]*", names[i]);
        CHECK_GE(count_lines(pattern), 1);
    }
    CHECK_EQ(count_lines("---*"), 0);
}

TEST(list_lists_whatever_else_is_asked) {
    CHECK_EQ(tour("--list", "deadlock", NULL), 0);
    CHECK_CONTAINS(output, "\n  deadlock ");
    CHECK(!strstr(output, "Hansel"));
}

TEST(a_deadlock_is_a_report) {
    CHECK_EQ(tour("deadlock", NULL, NULL), 0);
    check_order("--- deadlock: ", "2 children are dead locked\n");
    check_order("2 children are dead locked\n", "Hansel");
    CHECK_CONTAINS(output, "Gretel");
    CHECK_CONTAINS(output, "knife");
    CHECK_CONTAINS(output, "spoon");
    CHECK_EQ(count_lines("--- *"), 1);
}

TEST(names_are_run_in_the_order_given) {
    CHECK_EQ(tour("barrier", "localdata", "cond"), 0);
    check_order("client: the server says welcome\n", "--- localdata: ");
    check_order("  local: []\n", "--- cond: ");
}

TEST(a_topic_stands_for_its_programs) {
    CHECK_EQ(tour("events", NULL, NULL), 0);
    CHECK_EQ(count_lines("--- *"), 3);
    check_order("--- wait4parent: ", "--- event_barrier: ");
    check_order("--- event_barrier: ", "--- event_notify: ");
}

TEST(the_short_form_is_short) {
    CHECK_EQ(tour("--short", "timers", NULL), 0);
    CHECK_CONTAINS(output, "input something in 0.5 seconds: \ntimer: too late!\n");
}

/* Nobody types anything, and the terminal, which here is a pipe that stays open, is not read. */
TEST(the_short_tour_is_threads_and_locks_without_a_keyboard) {
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    CHECK_EQ(tour("--short", NULL, NULL), 0);
    CHECK_CONTAINS(output, "all threads have ended\n");
    CHECK_CONTAINS(output, "2 children are dead locked\n");
    CHECK_EQ(count_lines("--- *"), 13);
    CHECK_EQ(count_lines("(gui *)"), 2);
}

TEST(the_keyboard_is_there_when_asked_for) {
    CHECK_EQ(tour_in(TOOLS, "something\n", "--keyboard", "prompt", NULL), 0);
    CHECK_CONTAINS(output, "main: you typed 9 characters\n");
}

TEST(an_unknown_name_or_option_runs_nothing) {
    CHECK_EQ(tour("deadlock", "livelock", NULL), 2);
    CHECK_STR(output, "");
    CHECK_EQ(tour("--long", NULL, NULL), 2);
    CHECK_STR(output, "");
}

/* What `make run` does after building. */
TEST(the_show_ends_with_digest_on_a_real_tree) {
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    const char *argv[] = {"run", LIBRARY, SOURCE "/examples", NULL};
    CHECK_EQ(run_program(SOURCE "/scripts", "", "run", argv), 0);
    check_order("all threads have ended\n", "2 children are dead locked\n");
    check_order("2 children are dead locked\n", "--- digest: ");
    if (access(EXAMPLES "/digest", X_OK) < 0) {
        CHECK_CONTAINS(output, "(digest was left out when thrum was built)\n");
        return;
    }
    CHECK_CONTAINS(output, "   1 thread(s): ");
    CHECK_GE(count_lines("* thread(s): [0-9]*.[0-9][0-9][0-9] s"), 1);
    CHECK_EQ(count_lines("* thread(s): [0-9]*.[0-9][0-9][0-9] s with --pool"), 1);
    CHECK_CONTAINS(output, " files; sha256sum --check agrees.");
}

/* Make prefix/bin/thrum and put into prefix/libexec/thrum what `body` says, in place of barrier. */
static void install_copy(const char *prefix, const char *body) {
    char command[4096];
    snprintf(command, sizeof command,
             "mkdir -p %s/bin %s/libexec/thrum && cp " TOOLS "/thrum %s/bin && cd %s/libexec/thrum && "
             "printf '#!/bin/sh\\n%s\\n' >barrier && cp barrier mthreads && chmod +x barrier mthreads",
             prefix, prefix, prefix, prefix, body);
    CHECK_EQ(system(command), 0);
}

static void remove_copy(const char *prefix) {
    char command[4096];
    snprintf(command, sizeof command, "rm -r %s", prefix);
    CHECK_EQ(system(command), 0);
}

static int tour_copy(const char *body, const char *name) {
    char prefix[] = "/tmp/thrum-tour-XXXXXX", bin[64];
    CHECK(mkdtemp(prefix));
    install_copy(prefix, body);
    snprintf(bin, sizeof bin, "%s/bin", prefix);
    setenv("LD_LIBRARY_PATH", LIBRARY, 1);
    int status = tour_in(bin, "", name, NULL, NULL);
    remove_copy(prefix);
    return status;
}

TEST(installed_it_finds_them_in_libexec) {
    CHECK_EQ(tour_copy("echo found it here", "barrier"), 0);
    CHECK_CONTAINS(output, "found it here\n");
}

TEST(a_program_that_fails_is_named_and_makes_the_status_1) {
    CHECK_EQ(tour_copy("echo ran; exit 3", "barrier"), 1);
    CHECK_CONTAINS(output, "ran\n");
    CHECK_EQ(tour_copy("kill -9 $$", "barrier"), 1);
}

TEST(a_program_that_is_missing_is_a_failure_unless_it_is_optional) {
    CHECK_EQ(tour_copy("true", "cond"), 1);
    CHECK_EQ(tour_copy("true", "digest"), 0);
    CHECK_CONTAINS(output, "(digest was left out when thrum was built)\n");
}

TEST_MAIN()
