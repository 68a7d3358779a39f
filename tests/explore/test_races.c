/* test_races.c - data races: which there are, and that there are no others. */
#include <unistd.h>

#include "races.h"
#include "test.h"

static thrum_explore_result result;

static int explore(const race_case *which, thrum_explore_options options) {
    options.name = which->name;
    options.seed = 7;
    return thrum_explore(which->body, NULL, &options, &result);
}

static void check_all(thrum_explore_options options, bool racing) {
    int checked = 0;
    for (int i = 0; i < race_case_count; i++) {
        if (race_cases[i].races != racing)
            continue;
        int r = explore(&race_cases[i], options);
        if (r != (racing ? THRUM_EXPLORE_FAILED : 0))
            TEST_FAIL("%s: %s", race_cases[i].name, r < 0 ? thrum_strerror(r) : result.text);
        CHECK_EQ(result.failure, racing ? THRUM_EXPLORE_RACE : THRUM_EXPLORE_NOTHING);
        checked++;
    }
    CHECK_GT(checked, 10);
}

TEST(every_race_is_found_by_a_few_schedules) {
    check_all((thrum_explore_options){.schedules = 100}, true);
}

TEST(what_is_ordered_is_no_race_in_any_schedule_with_two_preemptions) {
    check_all((thrum_explore_options){.strategy = THRUM_EXPLORE_EXHAUSTIVE, .schedules = 1500}, false);
}

TEST(what_is_ordered_is_no_race_in_many_schedules) {
    check_all((thrum_explore_options){.schedules = 300}, false);
}

TEST(the_library_itself_orders_at_each_atomic_operation) {
    check_all((thrum_explore_options){.schedules = 200, .grain = THRUM_EXPLORE_ATOMICS}, false);
}

TEST(a_race_is_two_places_and_two_threads) {
    CHECK_EQ(explore(&race_cases[0], (thrum_explore_options){0}), THRUM_EXPLORE_FAILED);
    CHECK_CONTAINS(result.text, "nothing between: data race in schedule 1 ");
    CHECK_CONTAINS(result.text, "read of 4 bytes at races.c:22 by T2 'Thread-2'");
    CHECK_CONTAINS(result.text, "write of 4 bytes at races.c:20 by T1 'Thread-1'");
    CHECK_EQ(result.switches, 0); /* it takes no particular order */
}

TEST(a_race_is_saved_and_replayed) {
    char file[] = "/tmp/thrum-race-XXXXXX", first[sizeof result.text];
    const race_case *relayed = NULL;
    for (int i = 0; i < race_case_count; i++)
        if (strcmp(race_cases[i].name, "relayed by a store") == 0)
            relayed = &race_cases[i];
    int fd = mkstemp(file);
    CHECK_GE(fd, 0);
    close(fd);
    CHECK_EQ(explore(relayed, (thrum_explore_options){.save = file}), THRUM_EXPLORE_FAILED);
    strcpy(first, strchr(result.text, '\n'));
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(thrum_explore_replay(relayed->body, NULL, file, &result), THRUM_EXPLORE_FAILED);
        CHECK_EQ(result.failure, THRUM_EXPLORE_RACE);
        CHECK_EQ(strncmp(strchr(result.text, '\n'), first, strlen(first) / 2), 0);
    }
    unlink(file);
}

TEST(a_race_can_be_allowed) {
    CHECK_EQ(explore(&race_cases[0], (thrum_explore_options){.schedules = 50, .allow_races = true}), 0);
}

TEST_MAIN()
