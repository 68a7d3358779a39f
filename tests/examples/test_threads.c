/* test_threads.c - the programs about threads, but for gui. */
#include "run.h"

/* The worker's own lines are in order, whatever came between them. */
static void check_worker(int worker, int rounds) {
    char before[64] = "reader", line[64];
    for (int round = 1; round <= rounds; round++) {
        snprintf(line, sizeof line, "worker-%d: round %d of %d: ", worker, round, rounds);
        CHECK_CONTAINS(output, line);
        if (round > 1)
            check_order(before, line);
        memcpy(before, line, sizeof line);
    }
}

static void check_mthreads(void) {
    check_order("reader: press Enter, please\n", "reader: thank you\n");
    for (int worker = 1; worker <= 5; worker++)
        check_worker(worker, 2 + (worker - 1) % 3);
    CHECK_EQ(count_lines("worker-?: *"), 2 + 3 + 4 + 2 + 3);
    CHECK_EQ(count_lines("worker-?: round 1 of ?: 9592 primes below 100000"), 5);
    CHECK_EQ(count_lines("*"), 14 + 3);
    CHECK_STR(strstr(output, "all threads"), "all threads have ended\n");
}

TEST(mthreads_joins_the_reader_and_five_workers) {
    CHECK_EQ(run("\n", "mthreads", NULL), 0);
    check_mthreads();
}

TEST(mthreads_takes_the_end_of_the_input_for_enter) {
    CHECK_EQ(run("", "mthreads", NULL), 0);
    check_mthreads();
}

/* The workers do not wait for the keyboard: all their lines come while nobody has typed anything. */
TEST(mthreads_computes_while_the_reader_waits) {
    running self = run_start(EXAMPLES, "mthreads", (const char *[]){"mthreads", NULL});
    FILE *lines = fdopen(self.output, "r");
    char line[256];
    for (int workers = 0; workers < 14;) {
        CHECK(fgets(line, sizeof line, lines));
        CHECK(strcmp(line, "reader: thank you\n") != 0);
        workers += strncmp(line, "worker-", 7) == 0;
    }
    CHECK_EQ(write(self.input, "\n", 1), 1);
    while (strcmp(line, "all threads have ended\n") != 0)
        CHECK(fgets(line, sizeof line, lines));
    fclose(lines);
    CHECK_EQ(run_wait(&self), 0);
    close(self.input);
}

#define COUNTED "counting down: 5\ncounting down: 4\ncounting down: 3\ncounting down: 2\ncounting down: 1\n"

TEST(countdown_counts_in_an_object) {
    CHECK_EQ(run("", "countdown", "--tick", "0", NULL), 0);
    CHECK_STR(output, COUNTED "lift-off: the count is 0\n");
}

TEST(countdown2_counts_in_a_function) {
    CHECK_EQ(run("", "countdown2", "--tick", "0.001", NULL), 0);
    CHECK_STR(output, COUNTED "lift-off\n");
}

TEST(localdata_shares_one_list_and_not_the_other) {
    CHECK_EQ(run("", "localdata", NULL), 0);
    CHECK_STR(output, "Anna\n  shared: [Anna]\n  local: [Anna]\n"
                      "Bert\n  shared: [Anna, Bert]\n  local: [Bert]\n"
                      "Cleo\n  shared: [Anna, Bert, Cleo]\n  local: [Cleo]\n"
                      "main\n  shared: [Anna, Bert, Cleo]\n  local: []\n");
}

TEST(an_option_that_makes_no_sense_is_a_usage_error) {
    CHECK_EQ(run("", "countdown", "--tick", NULL), 2);
    CHECK_EQ(run("", "countdown", "--tick", "soon", NULL), 2);
    CHECK_EQ(run("", "countdown", "--tick", "1x", NULL), 2);
    CHECK_EQ(run("", "countdown", "--tick", "-1", NULL), 2);
    CHECK_EQ(run("", "countdown", "--tock", "1", NULL), 2);
    CHECK_EQ(run("", "countdown", "--forever", NULL), 2);
    CHECK_EQ(run("", "countdown", "--tick", "1", "2", NULL), 2);
    CHECK_STR(output, "");
}

TEST_MAIN()
