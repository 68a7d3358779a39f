/* test_locks.c - the programs about locks. */
#include "run.h"

/* Whether updates are lost, and how many, is for the scheduler to say; how it is told is not. */
TEST(race_says_what_is_left_of_the_counter) {
    long counter;
    int length = 0;
    CHECK_EQ(run("", "race", NULL), 0);
    CHECK_EQ(sscanf(output, "counter is %ld, and should be 0\n%n", &counter, &length), 1);
    CHECK_EQ(length, strlen(output));
    CHECK_LE(labs(counter), 1000000);
}

TEST(race_takes_the_number_of_rounds) {
    CHECK_EQ(run("", "race", "--rounds", "0", NULL), 0);
    CHECK_STR(output, "counter is 0, and should be 0\n");
    CHECK_EQ(run("", "race", "--check", "0", NULL), 0);
    CHECK_STR(output, "counter is 0, and should be 0\n");
}

TEST(lock_ex_ends_at_0) {
    CHECK_EQ(run("", "lock_ex", NULL), 0);
    CHECK_STR(output, "counter is 0, and should be 0\n");
}

TEST(lock_with_ends_at_0) {
    CHECK_EQ(run("", "lock_with", NULL), 0);
    CHECK_STR(output, "counter is 0, and should be 0\n");
}

#define ALPHABET "abcdefghijklmnopqrstuvwxyz\n"

TEST(lock_prints_a_mess_and_then_neat_alphabets) {
    CHECK_EQ(run("", "lock", NULL), 0);
    const char *mess = strchr(output, '\n') + 1, *neat = strstr(output, "\nwith a lock:\n");
    CHECK(strncmp(output, "without a lock:\n", 16) == 0);
    CHECK(neat);
    CHECK_EQ(neat - mess, 5 * 26);
    for (int letter = 'a'; letter <= 'z'; letter++) {
        int count = 0;
        for (const char *at = mess; at < neat; at++)
            count += *at == letter;
        CHECK_EQ(count, 5);
    }
    CHECK_STR(neat, "\nwith a lock:\n" ALPHABET ALPHABET ALPHABET ALPHABET ALPHABET);
}

static void check_deadlock(void) {
    CHECK_EQ(run("", "deadlock", NULL), 0);
    CHECK_EQ(strncmp(output, "2 children are dead locked\n", 27), 0);
    const char *report = output + 27;
    CHECK_CONTAINS(report, "deadlock: 2 threads wait for each other");
    CHECK_CONTAINS(report, "'Hansel'");
    CHECK_CONTAINS(report, "'Gretel'");
    CHECK_CONTAINS(report, "held by 'Hansel'");
    CHECK_CONTAINS(report, "held by 'Gretel'");
    CHECK_CONTAINS(report, "lock 'knife'");
    CHECK_CONTAINS(report, "lock 'spoon'");
    CHECK(!strstr(output, "eats"));
}

TEST(deadlock_is_reported_with_both_threads_and_both_locks) {
    check_deadlock();
}

TEST(deadlock_is_reported_as_such_when_the_order_of_locks_is_watched) {
    setenv("THRUM_LOCK_ORDER", "1", 1);
    check_deadlock();
}

TEST(reentrant_lock_waits_its_time_and_an_rlock_does_not) {
    CHECK_EQ(run("", "reentrant_lock", "--limit", "0.01", NULL), 0);
    CHECK_STR(output, "Lock: a second acquire, for 0.01 seconds\n"
                      "Lock: the second acquire TimeoutError\n"
                      "RLock: the second acquire worked, we are 2 levels in\n"
                      "RLock: after two releases it is free\n");
}

TEST(rlock_ex_goes_two_levels_deep_and_loses_nothing) {
    CHECK_EQ(run("", "rlock_ex", NULL), 0);
    CHECK_STR(output, "1000 deposits, 1000 withdrawals, balance 100, at most 2 levels deep\n");
}

TEST_MAIN()
