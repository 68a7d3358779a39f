/* test_scenes.c - each function that `thrum explore` stands in for: a scene that is right passes, by itself and under
 * exploration, and one with a bug fails, in the way that it should. */
#include "explore_shell.h"

enum { explored_only = 1, partly = 2, quick = 4 };

typedef struct row {
    const char *program, *scene;
    const char *finds; /* what is said of it, or NULL when it passes */
    int flags; /* it takes long by itself; it waits for what is not under control; that is given little time */
} row;

static const row rows[] = {
    {"mutexes", "normal", NULL, 0},
    {"mutexes", "forgotten", "exit(1)", 0},
    {"mutexes", "twice", "deadlock in schedule 1", 0},
    {"mutexes", "same_order", NULL, 0},
    {"mutexes", "opposite_order", "deadlock", 0},
    {"mutexes", "recursive", NULL, 0},
    {"mutexes", "recursive_kept", "leaked lock", 0},
    {"mutexes", "errorcheck", NULL, 0},
    {"mutexes", "errorcheck_ignored", "exit(1)", 0},
    {"mutexes", "timed", NULL, 0},
    {"mutexes", "timed_ignored", "unlocked by a thread that does not hold it", 0},
    {"mutexes", "tried", NULL, 0},
    {"mutexes", "tried_without_rest", NULL, 0},
    {"mutexes", "tried_ignored", "exit(1)", 0},
    {"mutexes", "robust", NULL, 0},
    {"mutexes", "robust_lost", NULL, 0},
    {"mutexes", "robust_forgotten", "exit(1)", 0},
    {"mutexes", "not_robust", "leaked lock", 0},
    {"mutexes", "foreign", "unlocked by a thread that does not hold it", 0},
    {"mutexes", "destroyed", "a mutex is destroyed while it is held", 0},
    {"mutexes", "spinning", NULL, 0},
    {"mutexes", "spinning_forgotten", "exit(1)", 0},
    {"mutexes", "spinning_twice", "deadlock", 0},
    {"conditions", "waiting", NULL, 0},
    {"conditions", "broadcast", NULL, 0},
    {"conditions", "waiting_once", "exit(1)", 0},
    {"conditions", "lost", "lost wake-up", 0},
    {"conditions", "too_few_told", "waits for condition", 0},
    {"conditions", "timed", NULL, 0},
    {"conditions", "timed_steady", NULL, 0},
    {"conditions", "clocked", NULL, 0},
    {"conditions", "in_time", NULL, 0},
    {"conditions", "in_time_always", "exit(1)", 0},
    {"conditions", "wrong_clock", "exit(1)", 0},
    {"conditions", "without_mutex", "waited for without its mutex", 0},
    {"conditions", "destroyed", "a condition is destroyed while a thread waits for it", 0},
    {"meetings", "reading_and_writing", NULL, 0},
    {"meetings", "writing_as_reader", "exit(1)", 0},
    {"meetings", "upgrading", "waits for read-write lock", 0},
    {"meetings", "limits_of_rwlocks", NULL, 0},
    {"meetings", "meeting", NULL, 0},
    {"meetings", "one_too_few", "waits for barrier", 0},
    {"meetings", "counting_after_the_meeting", "exit(1)", 0},
    {"meetings", "once_for_all", NULL, 0},
    {"meetings", "once_by_hand", "exit(1)", 0},
    {"meetings", "semaphore", NULL, 0},
    {"meetings", "semaphore_for_two", "exit(1)", 0},
    {"meetings", "limits_of_semaphores", NULL, 0},
    {"meetings", "one_post_for_two", "waits for semaphore", 0},
    {"meetings", "named_semaphore", NULL, 0},
    {"c11threads", "mutex", NULL, 0},
    {"c11threads", "mutex_forgotten", "exit(1)", 0},
    {"c11threads", "recursive", NULL, 0},
    {"c11threads", "timed", NULL, 0},
    {"c11threads", "condition", NULL, 0},
    {"c11threads", "condition_lost", "lost wake-up", 0},
    {"c11threads", "once_for_all", NULL, 0},
    {"c11threads", "values", NULL, 0},
    {"c11threads", "ends", NULL, 0},
    {"c11threads", "sleeping", NULL, 0},
    {"c11threads", "left_waiting", "leaked thread", 0},
    {"threads", "results", NULL, 0},
    {"threads", "shared_argument", "exit(1)", 0},
    {"threads", "exits", NULL, 0},
    {"threads", "selves", NULL, 0},
    {"threads", "joins_with_limits", NULL, 0},
    {"threads", "joining_each_other", "waits for thread", 0},
    {"threads", "detached", NULL, 0},
    {"threads", "detached_too_early", "exit(1)", 0},
    {"threads", "cancelled", NULL, 0},
    {"threads", "cancelled_without_cleanup", "leaked lock", 0},
    {"threads", "cancelled_late", NULL, partly},
    {"threads", "cancelled_asleep", NULL, 0},
    {"threads", "values", NULL, 0},
    {"threads", "ends_before_its_threads", NULL, 0},
    {"threads", "waits_for_its_threads", NULL, 0},
    {"threads", "detached_and_stuck", "and so for T2 'Thread-2'", 0},
    {"threads", "detached_late_and_stuck", "and so for T2 'Thread-2'", 0},
    {"threads", "exits_in_a_thread", "exit(3)", 0},
    {"threads", "crashes", "signal 6", 0},
    {"clocks", "short_sleeps", NULL, 0},
    {"clocks", "long_sleeps", NULL, explored_only},
    {"clocks", "sleeping_as_a_signal", "exit(1)", 0},
    {"clocks", "used_time", NULL, 0},
    {"futexes", "own_lock", NULL, 0},
    {"futexes", "own_forgetful_lock", "waits for futex", 0},
    {"futexes", "limits", NULL, 0},
    {"futexes", "bits", NULL, 0},
    {"futexes", "bits_forgotten", "waits for futex", 0},
    {"futexes", "moved", NULL, 0},
    {"futexes", "moved_and_forgotten", "waits for futex", 0},
    {"descriptors", "pipe_between_threads", NULL, partly},
    {"descriptors", "pipe_in_order", "exit(1)", 0},
    {"descriptors", "pipes_that_wait_for_each_other", "waits for read", quick},
    {"descriptors", "more_than_a_pipe_holds", NULL, partly},
    {"descriptors", "lines", NULL, partly},
    {"descriptors", "sockets", NULL, partly},
    {"descriptors", "ready_descriptors", NULL, partly},
    {"descriptors", "limits", NULL, partly},
    {"descriptors", "believing_in_a_limit", "exit(1)", 0},
    {"descriptors", "processes", NULL, partly},
    {"descriptors", "signals", NULL, partly},
};
enum { row_count = sizeof rows / sizeof *rows };

static const row *find(const char *program, const char *scene) {
    for (const row *r = rows; r < rows + row_count; r++)
        if (strcmp(r->program, program) == 0 && strcmp(r->scene, scene) == 0)
            return r;
    return NULL;
}

static void play(const row *r) {
    char line[1024];
    const char *patience = r->flags & quick ? "--patience 1 " : "";
    snprintf(line, sizeof line, "echo '# %s %s' && " EXPLORE "%s-t 100 -n 100 -s 3 " SCENES "%s %s", r->program,
             r->scene, patience, r->program, r->scene);
    CHECK_STR(run(line) == (r->finds != NULL) ? "as it should" : output, "as it should");
    CHECK_CONTAINS(output, r->finds ? r->finds : "nothing failed in 100 schedules");
    if (r->finds)
        return;
    CHECK_EQ(strstr(output, "partly controlled") != NULL, (r->flags & partly) != 0);
    snprintf(line, sizeof line, "echo '# by itself' && " SCENES "%s %s", r->program, r->scene);
    CHECK_STR(r->flags & explored_only || run(line) == 0 ? "as it should" : output, "as it should");
}

/* Play what the table says of a program, and see that it says something of each scene. */
static void play_all(const char *program) {
    char line[1024], scene[64], *next = output;
    int length;
    for (const row *r = rows; r < rows + row_count; r++)
        if (strcmp(r->program, program) == 0)
            play(r);
    snprintf(line, sizeof line, SCENES "%s", program);
    CHECK_EQ(run(line), 0);
    CHECK(output[0]);
    for (; sscanf(next, "%63s%n", scene, &length) == 1; next += length)
        CHECK_STR(find(program, scene) ? scene : "not in the table", scene);
}

TEST(mutexes_of_each_type_and_spin_locks) {
    play_all("mutexes");
}

TEST(conditions_with_and_without_limits) {
    play_all("conditions");
}

TEST(rwlocks_barriers_once_and_semaphores) {
    play_all("meetings");
}

TEST(threads_of_c11) {
    play_all("c11threads");
}

TEST(the_life_of_threads) {
    play_all("threads");
}

TEST(sleeps_and_clocks) {
    play_all("clocks");
}

TEST(futexes) {
    play_all("futexes");
}

TEST(descriptors_processes_and_signals) {
    play_all("descriptors");
}

TEST_MAIN()
