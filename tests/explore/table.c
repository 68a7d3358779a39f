/* table.c - how many schedules each strategy needs to find each of the ten bugs, the mean of 20 seeds, and how many
 * run in a second: the figures of docs/EXPLORE.md. A test too: each bug has to be found by the portfolio, as what it
 * is, within 2,000 schedules from every seed. */
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

/* Two threads, and one lock that both take. */
static thrum_lock lock;
static int counter;

static int add(void *arg) {
    (void)arg;
    THRUM_WITH(&lock) {
        counter++;
    }
    return 0;
}

static void two_add(void *arg) {
    (void)arg;
    counter = 0;
    crew(2, add);
    THRUM_EXPLORE_CHECK_THAT(counter == 2);
}

/* The exhaustive strategy has more than enough of them between atomic operations only. */
TEST(how_many_schedules_run_in_a_second) {
    for (int c = 0; c < column_count; c++) {
        bool exhaustive = columns[c].strategy == THRUM_EXPLORE_EXHAUSTIVE;
        thrum_explore_result result;
        thrum_explore_options options = {.name = "two_add",
                                         .strategy = columns[c].strategy,
                                         .schedules = 20000,
                                         .preemptions = 9,
                                         .grain = exhaustive ? THRUM_EXPLORE_ATOMICS : THRUM_EXPLORE_CALLS,
                                         .seed = 1};
        int64_t begin = thrum_monotonic_ns();
        CHECK_EQ(thrum_explore(two_add, NULL, &options, &result), 0);
        double seconds = (double)(thrum_monotonic_ns() - begin) / 1e9;
        printf("# %-32s%12.0f schedules a second\n", columns[c].name, (double)result.schedules / seconds);
    }
}

TEST_MAIN()
