/* table.c - how many schedules each strategy needs to find each of the ten bugs: the mean of 20 seeds. A test too:
 * each bug has to be found by the portfolio, as what it is, within 2,000 schedules from every seed. */
#include "bugs.h"
#include "test.h"

enum { seeds = 20, most = 2000 };

static const struct {
    const char *name;
    thrum_explore_strategy strategy;
} columns[] = {
    {"random", THRUM_EXPLORE_RANDOM},
    {"PCT", THRUM_EXPLORE_PCT},
    {"POS", THRUM_EXPLORE_POS},
    {"starvation", THRUM_EXPLORE_STARVE},
    {"exhaustive", THRUM_EXPLORE_EXHAUSTIVE},
    {"portfolio", THRUM_EXPLORE_PORTFOLIO},
};
enum { column_count = sizeof columns / sizeof columns[0] };

/* Schedules until the bug is found, or -1. */
static double schedules_to(const bug *b, thrum_explore_strategy strategy, uint64_t seed, bool must) {
    thrum_explore_result result;
    thrum_explore_options options = {
        .name = b->name, .strategy = strategy, .seed = seed, .schedules = most, .budget = thrum_seconds(60)};
    int r = thrum_explore(b->body, NULL, &options, &result);
    CHECK_GE(r, 0);
    if (must &&
        (r != THRUM_EXPLORE_FAILED || (result.failure != b->failure && result.failure != THRUM_EXPLORE_LOST_WAKEUP)))
        TEST_FAIL("%s, seed %llu: %s", b->name, (unsigned long long)seed, result.text);
    return r == THRUM_EXPLORE_FAILED ? (double)result.schedules : -1;
}

static void print_mean(const bug *b, int column) {
    bool portfolio = columns[column].strategy == THRUM_EXPLORE_PORTFOLIO;
    double sum = 0;
    int found = 0, runs = columns[column].strategy == THRUM_EXPLORE_EXHAUSTIVE ? 1 : seeds;
    for (int seed = 1; seed <= runs; seed++) {
        double n = schedules_to(b, columns[column].strategy, (uint64_t)seed, portfolio);
        found += n >= 0;
        sum += n >= 0 ? n : 0;
    }
    if (found == runs)
        printf("%12.1f", sum / found);
    else if (found > 0)
        printf("%6.0f (%d/%d)", sum / found, found, runs);
    else
        printf("%12s", "none");
}

TEST(each_bug_is_found_by_the_portfolio) {
    printf("# %-32s", "schedules to the first failure");
    for (int c = 0; c < column_count; c++)
        printf("%12s", columns[c].name);
    putchar('\n');
    for (int b = 0; b < bug_count; b++) {
        printf("# %-32s", bugs[b].name);
        for (int c = 0; c < column_count; c++)
            print_mean(&bugs[b], c);
        putchar('\n');
    }
}

TEST_MAIN()
