/* examples.c - the programs of examples/ under exploration: those that are meant to be correct pass, race and
 * deadlock fail soon, and the failure is reduced, explained and replayed. */
#include "explore_shell.h"

/* How many schedules of each, in text: SCHEDULES in the environment says another number. */
static const char *schedules(void) {
    const char *wanted = getenv("SCHEDULES");
    return wanted ? wanted : "300";
}

static const char *const correct[] = {
    "countdown",
    "countdown2",
    "localdata",
    "lock",
    "rlock_ex",
    "reentrant_lock",
    "producers_and_customers",
    "sema_signal",
    "wait4parent",
    "event_barrier",
    "event_notify",
    "cond",
    "prompt",
    "barrier",
    "worker",
    "pc_queue",
    "channel",
    "lock_ex --rounds 20",
    "lock_with --rounds 20",
    "mthreads --limit 10",
    "digest " SOURCE "/examples/queues",
    "digest --pool " SOURCE "/examples/queues",
    "gui --demo --seconds 1",
};

/* digest needs libcrypto, and gui SDL. */
static bool is_built(const char *program) {
    char path[512];
    bool may_be_missing = strncmp(program, "digest", 6) == 0 || strncmp(program, "gui", 3) == 0;
    snprintf(path, sizeof path, EXAMPLES "/%.*s", (int)strcspn(program, " "), program);
    return access(path, X_OK) == 0 || !may_be_missing;
}

TEST(what_is_meant_to_be_correct_passes) {
    char line[1024];
    setenv("SDL_VIDEODRIVER", "dummy", true); /* a window that nobody sees, so that no display is needed */
    for (size_t i = 0; i < sizeof correct / sizeof *correct; i++) {
        if (!is_built(correct[i]))
            continue;
        snprintf(line, sizeof line, EXPLORE "-t 100 -s 7 -n %s " EXAMPLES "/%s", schedules(), correct[i]);
        CHECK_STR(run(line) == 0 ? "passes" : output, "passes");
        snprintf(line, sizeof line, "nothing failed in %s schedules", schedules());
        CHECK_CONTAINS(output, line);
    }
}

/* Explore a program that fails, within 200 schedules; then explain what was saved, and run it again. What is said of
 * it each time has `what`. */
static void find_and_replay(const char *program, const char *what, const char *switches, const char *verb) {
    char file[] = "/tmp/thrum-explore-XXXXXX", line[1024];
    int fd = mkstemp(file);
    CHECK_GE(fd, 0);
    close(fd);
    snprintf(line, sizeof line, EXPLORE "-n 200 -s 7 -o %s %s", file, program);
    CHECK_EQ(run(line), 1);
    CHECK_CONTAINS(output, what);
    CHECK_CONTAINS(output, switches);
    snprintf(line, sizeof line, THRUM_TOOL " explain %s", file);
    CHECK_EQ(run(line), 0);
    CHECK_CONTAINS(output, verb);
    snprintf(line, sizeof line, THRUM_TOOL " replay %s -- " EXPLORE "%s", file, program);
    CHECK_EQ(run(line), 1);
    CHECK_CONTAINS(output, "(recorded)");
    CHECK_CONTAINS(output, what);
    unlink(file);
}

TEST(race_loses_an_update) {
    find_and_replay(RACE " --check 3", "main returned 1", "1 switch is needed", "race.c:");
}

TEST(deadlock_is_one_and_names_both_locks) {
    find_and_replay(EXAMPLES "/deadlock", "T1 'Hansel' waits for lock 'spoon', and so for T2 'Gretel'",
                    "0 switches are needed", "lock_acquire 'knife'");
    CHECK_CONTAINS(output, "T2 'Gretel' waits for lock 'knife', and so for T1 'Hansel'");
    CHECK_CONTAINS(output, "deadlock: deadlock in schedule");
}

TEST_MAIN()
