/* A library that is built without hooks has everything but exploration, and says so. */
#include <errno.h>

#include <thrum.h>

#include "test.h"

static void never(void *arg) {
    (void)arg;
    abort();
}

TEST(exploration_is_refused) {
    thrum_explore_result result = {.seed = 7};
    CHECK_EQ(thrum_explore(never, NULL, NULL, &result), -ENOTSUP);
    CHECK_EQ(thrum_explore_replay(never, NULL, "/dev/null", &result), -ENOTSUP);
    CHECK_EQ(result.seed, 7);
}

TEST(what_a_test_says_to_the_explorer_changes_nothing) {
    thrum_explore_quiet(true);
    thrum_explore_point(&(int){0}, true);
    CHECK(!thrum_explore_active());
    CHECK_EQ(thrum_explore_choose(5), 0);
    CHECK_EQ(thrum_explore_fault(THRUM_EXPLORE_ENOMEM, "malloc"), 0);
}

TEST_MAIN()
