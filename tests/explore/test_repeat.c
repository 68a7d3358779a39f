/* test_repeat.c - a schedule that fails is repeated, reduced, saved and replayed. */
#include <errno.h>
#include <unistd.h>

#include "bugs.h"
#include "test.h"

static thrum_explore_result result;
static char file[] = "/tmp/thrum-schedule-XXXXXX";

static int explore(const char *name, void (*body)(void *), thrum_explore_options options) {
    options.name = name;
    options.seed = options.seed ? options.seed : 7;
    return thrum_explore(body, NULL, &options, &result);
}

static void make_file(void) {
    int fd = mkstemp(file);
    CHECK_GE(fd, 0);
    close(fd);
}

TEST(the_same_seed_finds_the_same) {
    uint64_t schedules[2];
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(explore("deadlock", bugs[0].body, (thrum_explore_options){.seed = 11}), THRUM_EXPLORE_FAILED);
        CHECK_EQ(result.failure, THRUM_EXPLORE_DEADLOCK);
        schedules[i] = result.schedules;
    }
    CHECK_EQ(schedules[0], schedules[1]);
}

TEST(a_deadlock_is_reduced_saved_and_replayed) {
    make_file();
    CHECK_EQ(explore("deadlock", bugs[0].body, (thrum_explore_options){.save = file}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_DEADLOCK);
    CHECK_EQ(result.switches, 1); /* one preemption between the two acquires of one thread */
    CHECK_CONTAINS(result.text, "deadlock: deadlock in schedule");
    CHECK_CONTAINS(result.text, "'Thread-1' waits for lock");
    CHECK_CONTAINS(result.text, "to repeat: thrum replay");
    CHECK_EQ(thrum_explore_replay(bugs[0].body, NULL, file, &result), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_DEADLOCK);
    CHECK_EQ(result.schedules, 1);
    CHECK_EQ(thrum_explore_replay(count_correctly, NULL, file, &result), 0); /* another test does not fail under it */
    unlink(file);
}

TEST(the_environment_replays_one_test_and_skips_the_others) {
    make_file();
    CHECK_EQ(explore("deadlock", bugs[0].body, (thrum_explore_options){.save = file}), THRUM_EXPLORE_FAILED);
    setenv("THRUM_REPLAY", file, 1);
    CHECK_EQ(explore("other", bugs[1].body, (thrum_explore_options){0}), 0);
    CHECK_EQ(result.schedules, 0);
    CHECK_CONTAINS(result.text, "other: not run");
    CHECK_EQ(explore("deadlock", bugs[0].body, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.schedules, 1);
    unlink(file);
}

TEST(the_environment_gives_the_seed) {
    setenv("THRUM_SEED", "0x1234", 1);
    thrum_explore_options options = {.name = "correct", .schedules = 3};
    CHECK_EQ(thrum_explore(count_correctly, NULL, &options, &result), 0);
    CHECK_EQ(result.seed, 0x1234);
}

static void write_file(const char *text) {
    FILE *out = fopen(file, "we");
    CHECK(out);
    fputs(text, out);
    fclose(out);
}

TEST(a_file_that_is_no_schedule_is_refused) {
    static const char *const texts[] = {"",
                                        "nonsense\n",
                                        "thrum-schedule 1\n",
                                        "thrum-schedule 1\ntest a\nwhat is this\n",
                                        "thrum-schedule 1\ntest a\nswitch 1 99999999\n",
                                        "thrum-schedule 2\ntest a\n"};
    make_file();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_file(texts[i]);
        CHECK_EQ(thrum_explore_replay(count_correctly, NULL, file, &result), THRUM_VALUE_ERROR);
    }
    unlink(file);
    CHECK_EQ(thrum_explore_replay(count_correctly, NULL, file, &result), -ENOENT);
}

static void chooses(void *arg) {
    (void)arg;
    uint32_t a = thrum_explore_choose(4), b = thrum_explore_choose(3);
    THRUM_EXPLORE_CHECK_THAT(a < 4 && b < 3 && !(a == 3 && b == 2));
}

TEST(choices_of_the_test_are_part_of_the_schedule) {
    make_file();
    CHECK_EQ(explore("choose", chooses, (thrum_explore_options){.strategy = THRUM_EXPLORE_EXHAUSTIVE, .save = file}),
             THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.schedules, 12); /* the last of 4 x 3 */
    CHECK_EQ(thrum_explore_replay(chooses, NULL, file, &result), THRUM_EXPLORE_FAILED);
    unlink(file);
    CHECK_EQ(thrum_explore_choose(5), 0); /* outside */
    CHECK(!thrum_explore_active());
}

static void chooses_a_large_number(void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_explore_choose(UINT32_MAX) < UINT32_MAX / 4);
}

TEST(a_number_may_have_as_many_bits_as_there_are) {
    make_file();
    CHECK_EQ(explore("choose", chooses_a_large_number, (thrum_explore_options){.save = file}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_CHECK);
    CHECK_EQ(result.switches, 1);
    CHECK_EQ(result.faults, 0);
    CHECK_EQ(thrum_explore_replay(chooses_a_large_number, NULL, file, &result), THRUM_EXPLORE_FAILED);
    unlink(file);
}

static void depends_on_more(void *arg) {
    (void)arg;
    char text[2] = "";
    FILE *in = fopen(file, "re");
    THRUM_EXPLORE_CHECK_THAT(in && fread(text, 1, 1, in) == 0); /* fails once the file has something in it, */
    fclose(in);
}

static void fails_once(void *arg) {
    FILE *in = fopen(file, "r+e");
    int seen = in ? fgetc(in) : EOF;
    if (in) {
        rewind(in);
        fputc('x', in);
        fclose(in);
    }
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(seen == 'x'); /* the file is empty the first time */
}

TEST(a_failure_that_does_not_come_again_is_said_to_be_uncontrolled) {
    make_file();
    CHECK_EQ(explore("once", fails_once, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_UNCONTROLLED);
    CHECK_EQ(explore("more", depends_on_more, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_CHECK);
    unlink(file);
}

/* Fails the first three times: when it is found, and when it is repeated, but not when it has been reduced. */
static void fails_thrice(void *arg) {
    (void)arg;
    FILE *log = fopen(file, "ae");
    bool logged = log && fputc('x', log) == 'x';
    long lives = logged ? ftell(log) : 0;
    THRUM_EXPLORE_CHECK_THAT(logged && fclose(log) == 0);
    THRUM_EXPLORE_CHECK_THAT(lives > 3);
}

TEST(what_fails_no_more_when_it_has_been_reduced_is_uncontrolled) {
    make_file();
    CHECK_EQ(explore("thrice", fails_thrice, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_UNCONTROLLED);
    CHECK_CONTAINS(result.text, "it failed once and not again");
    unlink(file);
}

TEST(a_failure_is_no_complete_search) {
    CHECK_EQ(explore("deadlock", bugs[0].body, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK(!result.complete); /* though the one for a simple schedule was */
}

/* Two that take turns often; the last one is to be the first. */
static int rounds, last;

static int come_often(void *arg) {
    for (int i = 0; i < rounds; i++)
        thrum_explore_point(&counted, true);
    __atomic_store_n(&last, arg != NULL, __ATOMIC_SEQ_CST);
    return 0;
}

static void two_come_often(void *arg) {
    (void)arg;
    crew(2, come_often);
    THRUM_EXPLORE_CHECK_THAT(__atomic_load_n(&last, __ATOMIC_SEQ_CST) == 0);
}

TEST(a_schedule_of_many_switches_is_repeated_and_reduced) {
    rounds = 5000;
    CHECK_EQ(explore("often", two_come_often, (thrum_explore_options){.strategy = THRUM_EXPLORE_RANDOM}),
             THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_CHECK);
    CHECK_EQ(result.switches, 0);
}

TEST(a_schedule_of_too_many_switches_says_so) {
    rounds = 160000;
    thrum_explore_options options = {
        .strategy = THRUM_EXPLORE_RANDOM, .steps = 1000000, .budget = thrum_seconds(600)};
    CHECK_EQ(explore("too often", two_come_often, options), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_UNCONTROLLED);
    CHECK_CONTAINS(result.text,
                   "it failed once and has more switches than are kept: it cannot be repeated; it was a failed");
}

/* A name and a text that are longer than any line of a file should be. */
static char name[2 * sizeof result.text];

static void fails_at_length(void *arg) {
    (void)arg;
    thrum_explore_fail("%.1500s", name);
}

TEST(what_is_long_can_be_replayed) {
    memset(name, 'x', sizeof name - 1);
    name[100] = '\n';
    make_file();
    CHECK_EQ(explore(name, fails_at_length, (thrum_explore_options){.save = file}), THRUM_EXPLORE_FAILED);
    setenv("THRUM_REPLAY", file, 1);
    CHECK_EQ(explore(name, fails_at_length, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.schedules, 1);
    name[100] = 'x';
    unsetenv("THRUM_REPLAY");
    CHECK_EQ(explore(name, fails_at_length, (thrum_explore_options){.save = file}), THRUM_EXPLORE_FAILED);
    setenv("THRUM_REPLAY", file, 1);
    CHECK_EQ(explore(name, fails_at_length, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_EQ(explore("", fails_at_length, (thrum_explore_options){0}), 0); /* another's */
    CHECK_CONTAINS(result.text, "test: not run");
    unlink(file);
}

TEST(a_failure_that_cannot_be_saved_is_one_all_the_same) {
    CHECK_EQ(explore("deadlock", bugs[0].body, (thrum_explore_options){.save = "/nonexistent/schedule"}),
             THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_DEADLOCK);
    CHECK_CONTAINS(result.text, "it could not be saved in /nonexistent/schedule: No such file or directory");
}

TEST(of_a_long_name_the_beginning_is_shown) {
    memset(name, 'x', sizeof name - 1);
    CHECK_EQ(explore(name, bugs[0].body, (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_CONTAINS(result.text, "xxx: deadlock in schedule ");
    CHECK_EQ(explore(name, count_correctly, (thrum_explore_options){.schedules = 5}), 0);
    CHECK_CONTAINS(result.text, "xxx: nothing failed in 5 schedules");
}

TEST_MAIN()
