/* test_command.c - `thrum explore`, `replay` and `explain` on programs that know nothing of them. */
#include "explore_shell.h"

TEST(a_deadlock_of_plain_mutexes_is_found_explained_and_replayed) {
    char file[] = "/tmp/thrum-explore-XXXXXX", line[1024];
    int fd = mkstemp(file);
    CHECK_GE(fd, 0);
    close(fd);
    snprintf(line, sizeof line, EXPLORE "-s 5 -o %s " OPPOSITE, file);
    CHECK_EQ(run(line), 1);
    CHECK_CONTAINS(output, "opposite: deadlock in schedule");
    CHECK_CONTAINS(output, "'Thread-1' waits for lock");
    snprintf(line, sizeof line, "1 switch is needed; to repeat: thrum replay %s -- thrum explore " OPPOSITE "\n",
             file);
    CHECK_CONTAINS(output, line);
    snprintf(line, sizeof line, THRUM_TOOL " explain %s", file);
    CHECK_EQ(run(line), 0);
    CHECK_CONTAINS(output, "T2 Thread-2");
    CHECK_CONTAINS(output, "lock_acquire #");
    CHECK_CONTAINS(output, "   <-");
    snprintf(line, sizeof line, THRUM_TOOL " replay %s -- " EXPLORE OPPOSITE, file);
    CHECK_EQ(run(line), 1);
    CHECK_CONTAINS(output, "deadlock in schedule 1 (recorded)");
    unlink(file);
}

TEST(a_correct_program_passes) {
    CHECK_EQ(run(EXPLORE "-t 60 -n 300 -s 5 " EVERYTHING), 0);
    CHECK_CONTAINS(output, "nothing failed in 300 schedules");
    CHECK_EQ(run(EVERYTHING), 0); /* and by itself */
}

TEST(a_bare_increment_is_seen_through_the_compilers_instrumentation) {
    CHECK_EQ(run(EXPLORE "-s 1 " BARE), 1);
    CHECK_CONTAINS(output, "bare: data race in schedule");
    CHECK_CONTAINS(output, "read of 4 bytes at bare.c:8 by T2 'Thread-2'");
    CHECK_CONTAINS(output, "against write of 4 bytes at bare.c:8 by T1 'Thread-1'");
    CHECK_EQ(run(EXPLORE "-r -s 1 " BARE), 1); /* what comes of it */
    CHECK_CONTAINS(output, "bare: failed check in schedule");
    CHECK_CONTAINS(output, "main returned 1");
    CHECK_CONTAINS(output, "1 switch is needed");
}

TEST(a_race_is_explained_and_replayed) {
    char file[] = "/tmp/thrum-explore-XXXXXX", line[1024];
    int fd = mkstemp(file);
    CHECK_GE(fd, 0);
    close(fd);
    snprintf(line, sizeof line, EXPLORE "-s 1 -o %s " BARE, file);
    CHECK_EQ(run(line), 1);
    snprintf(line, sizeof line, THRUM_TOOL " explain %s", file);
    CHECK_EQ(run(line), 0);
    CHECK_CONTAINS(output, " bare.c:8\n");                                /* the line of a step, */
    CHECK_CONTAINS(output, "against write of 4 bytes at bare.c:8 by T1"); /* and what was found */
    snprintf(line, sizeof line, THRUM_TOOL " replay %s -- " EXPLORE BARE, file);
    CHECK_EQ(run(line), 1);
    CHECK_CONTAINS(output, "data race in schedule 1 (recorded)");
    CHECK_CONTAINS(output, "read of 4 bytes at bare.c:8 by T2 'Thread-2'");
    unlink(file);
}

TEST(a_correct_program_has_no_race_between_its_accesses) {
    CHECK_EQ(run(EXPLORE "-t 60 -n 300 -s 5 " EVERYTHING_WATCHED), 0);
    CHECK_CONTAINS(output, "nothing failed in 300 schedules");
}

TEST(what_it_prints_is_shown_when_asked_for) {
    CHECK_EQ(run(EXPLORE "-n 2 " EVERYTHING), 0);
    CHECK(!strstr(output, "2 items"));
    CHECK_EQ(run(EXPLORE "-v -n 2 " EVERYTHING), 0);
    CHECK_CONTAINS(output, "2 items, 1 init, sum 23");
}

TEST(whoever_asks_in_a_loop_is_not_taken_for_a_livelock) {
    CHECK_EQ(run(EXPLORE "-s 1 -n 100 " POLLING " lock"), 0);
    CHECK_EQ(run(EXPLORE "-s 1 -n 100 " POLLING " try"), 0);
    CHECK_EQ(run(EXPLORE "-s 1 -n 100 " POLLING " futex"), 0);
}

TEST(those_who_ask_for_each_other_are_a_livelock) {
    CHECK_EQ(run(EXPLORE "-s 1 -k 5000 " POLLING " each"), 1);
    CHECK_CONTAINS(output, "polling: livelock in schedule");
    CHECK_CONTAINS(output, "T0 'MainThread' waits for thread");
    CHECK_CONTAINS(output, "T2 'Thread-2' goes on with lock_acquire #");
}

TEST(the_seed_repeats_a_run) {
    CHECK_EQ(run(EXPLORE "-s 77 " OPPOSITE), 1);
    char first[sizeof output];
    memcpy(first, output, sizeof output);
    CHECK_EQ(run(EXPLORE "-s 77 " OPPOSITE), 1);
    CHECK_STR(first, output);
    CHECK_CONTAINS(output, "seed 0x4d");
}

TEST(a_run_may_have_so_many_steps) {
    CHECK_EQ(run(EXPLORE "--steps 20 " EVERYTHING), 1);
    CHECK_CONTAINS(output, "more steps than allowed");
}

TEST(nothing_may_happen_for_so_long) {
    CHECK_EQ(run(EXPLORE "-s 6 --patience 0.3 " BUSY), 1);
    CHECK_CONTAINS(output, "comes to no call that is under control for 0.3 s");
}

TEST(wrong_use_is_refused) {
    CHECK_EQ(run(EXPLORE), 2);
    CHECK_CONTAINS(output, "usage: thrum explore");
    CHECK_EQ(run(EXPLORE "-n many " OPPOSITE), 2);
    CHECK_CONTAINS(output, "'many' is not a number");
    CHECK_EQ(run(EXPLORE "--seconds -1 " OPPOSITE), 2);
    CHECK_CONTAINS(output, "'-1' is not a number");
    CHECK_EQ(run(EXPLORE "-p 1s " OPPOSITE), 2);
    CHECK_EQ(run(EXPLORE "--nonsense " OPPOSITE), 2);
    CHECK_CONTAINS(output, "thrum explore: ");
    CHECK_EQ(run(EXPLORE STILL), 2);
    CHECK_CONTAINS(output, "still is statically linked");
    CHECK_EQ(run(EXPLORE "-n 2 true"), 0); /* found in PATH */
    CHECK_EQ(run(EXPLORE "thrum-nonexistent"), 2);
    CHECK_EQ(run(EXPLORE "/nonexistent/program"), 2);
    CHECK_CONTAINS(output, "/nonexistent/program");
    CHECK_EQ(run(THRUM_TOOL " replay"), 2);
    CHECK_EQ(run(THRUM_TOOL " replay /nonexistent -- true"), 1);
    CHECK_EQ(run(THRUM_TOOL " replay /etc/passwd -- true"), 1);
    CHECK_STR(output, "thrum replay: /etc/passwd: this is not a recorded schedule\n");
    CHECK_EQ(run(EXPLORE "-o /nonexistent/schedule " OPPOSITE), 2);
    CHECK_CONTAINS(output, "thrum explore: /nonexistent/schedule: No such file or directory\n");
    CHECK_EQ(run(THRUM_TOOL " explain"), 2);
    CHECK_EQ(run(THRUM_TOOL " explain /etc/passwd"), 1);
    CHECK_CONTAINS(output, "/etc/passwd: this is not a recorded schedule");
}

TEST_MAIN()
