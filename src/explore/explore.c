/* explore.c - the exploration: its options, which schedule comes next, and what is done about one that fails. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <thrum/threading/thread.h>

#include "explore/engine.h"
#include "explore/file.h"
#include "explore/pin_down.h"
#include "explore/random.h"
#include "explore/report.h"
#include "explore/strategy.h"
#include "explore/worker.h"
#include "time/time_internal.h"

enum { default_schedules = 1000, default_steps = 100000, default_preemptions = 2, default_faults = 2 };

static const uint32_t all_faults =
    THRUM_EXPLORE_SPURIOUS | THRUM_EXPLORE_ENOMEM | THRUM_EXPLORE_EINTR | THRUM_EXPLORE_SIGNAL | THRUM_EXPLORE_ASKED;
static const size_t shared_size = sizeof(x_shared);

/* The portfolio: strategies and, for PCT, depths, in the order of their turns. */
static const struct {
    thrum_explore_strategy strategy;
    uint32_t depth;
} portfolio[] = {
    {THRUM_EXPLORE_RANDOM, 0}, {THRUM_EXPLORE_PCT, 2}, {THRUM_EXPLORE_POS, 0}, {THRUM_EXPLORE_PCT, 3},
    {THRUM_EXPLORE_STARVE, 0}, {THRUM_EXPLORE_PCT, 4}, {THRUM_EXPLORE_POS, 0}, {THRUM_EXPLORE_PCT, 5},
};

static void choose_strategy(x_shared *shared) {
    thrum_explore_strategy strategy = shared->options.strategy;
    uint32_t turn = (uint32_t)(shared->schedules % (sizeof portfolio / sizeof portfolio[0]));
    shared->order.strategy = strategy == THRUM_EXPLORE_PORTFOLIO ? portfolio[turn].strategy : strategy;
    shared->order.depth = strategy == THRUM_EXPLORE_PORTFOLIO ? portfolio[turn].depth : 2 + turn % 4;
}

/* The order for the next schedule; false when there is to be none. */
static bool next_schedule(x_shared *shared) {
    bool exhaustive = shared->options.strategy == THRUM_EXPLORE_EXHAUSTIVE;
    if (shared->options.schedules && shared->schedules >= shared->options.schedules)
        return false;
    if (shared->schedules > 0 && exhaustive && !x_search_next(&shared->search))
        return false;
    if (x_engine_controls() || thrum_monotonic_ns() > shared->deadline)
        return false;
    choose_strategy(shared);
    shared->order.replay = false;
    shared->order.grain = shared->options.grain;
    shared->order.signal = shared->options.faults & THRUM_EXPLORE_SIGNAL ? shared->options.signal : 0;
    shared->order.switch_count = 0;
    shared->order.seed = x_mix(shared->options.seed + shared->schedules * UINT64_C(0x9e3779b97f4a7c15));
    return true;
}

static void count_distinct(x_shared *shared, uint64_t hash) {
    const uint64_t mask = (UINT64_C(1) << x_seen_bits) - 1;
    uint64_t i = hash & mask;
    hash |= 1; /* 0 is an empty place */
    if (shared->distinct > mask / 4 * 3)
        return;
    while (shared->seen[i] != 0 && shared->seen[i] != hash)
        i = (i + 1) & mask;
    shared->distinct += shared->seen[i] == 0;
    shared->seen[i] = hash;
}

static void account(x_shared *shared) {
    const x_outcome *outcome = &shared->outcome;
    shared->schedules++;
    count_distinct(shared, outcome->hash);
    if (outcome->decisions > shared->longest)
        shared->longest = outcome->decisions;
    if (outcome->decisions > shared->pct_length)
        shared->pct_length = outcome->decisions;
    if (outcome->fault_places > shared->fault_places)
        shared->fault_places = outcome->fault_places;
    if (outcome->outside) {
        shared->partly++;
        shared->outside = outcome->outside;
    }
    if (outcome->threads > shared->threads)
        shared->threads = outcome->threads;
    if (shared->order.strategy == THRUM_EXPLORE_PCT && shared->order.depth < 5)
        shared->pct_runs[shared->order.depth]++;
}

/* A schedule failed: pin it down, write it to the file, describe it. */
static int conclude_failure(x_shared *shared, const x_test *test, thrum_explore_result *result) {
    char strategy[32];
    const char *path = shared->options.save ? shared->options.save : getenv("THRUM_EXPLORE_SAVE");
    shared->schedules++;
    shared->partly += shared->outcome.outside != NULL;
    x_report_strategy(&shared->order, strategy, sizeof strategy);
    shared->silent = shared->outcome.failure == THRUM_EXPLORE_RACE; /* a sanitizer would report it each time */
    thrum_explore_result found;
    x_report_figures(shared, &found); /* before schedules are run that are not part of the exploration */
    int r = x_pin_down(shared, test);
    if (r < 0)
        return r;
    found.failure = (thrum_explore_failure)r;
    x_report_switches(&shared->order, &found);
    x_report_race(shared);
    path = path && *path ? path : NULL;
    int saved = path ? x_file_write(path, shared, x_report_name(shared), found.seed) : 0;
    x_report_failure(shared, &found, strategy, path, saved);
    *result = found;
    return THRUM_EXPLORE_FAILED;
}

static int explore(x_shared *shared, const x_test *test, thrum_explore_result *result) {
    int r = x_worker_run_until_failure(shared, test, next_schedule, account);
    if (r < 0)
        return r;
    if (shared->outcome.failure != THRUM_EXPLORE_NOTHING)
        return conclude_failure(shared, test, result);
    x_report_figures(shared, result);
    x_report_pass(shared, result);
    return 0;
}

static uint64_t seed_of(const thrum_explore_options *options) {
    const char *text = getenv("THRUM_SEED");
    uint64_t seed = options->seed ? options->seed : text ? strtoull(text, NULL, 0) : 0;
    if (seed == 0 && getrandom(&seed, sizeof seed, 0) != sizeof seed)
        seed = (uint64_t)thrum_monotonic_ns();
    return seed;
}

/* Put the defaults in place of zeros. */
static int complete_options(x_shared *shared, const thrum_explore_options *options) {
    static const thrum_explore_options none;
    thrum_explore_options *all = &shared->options;
    *all = options ? *options : none;
    if (all->strategy > THRUM_EXPLORE_EXHAUSTIVE || all->grain > THRUM_EXPLORE_ATOMICS || all->faults & ~all_faults ||
        all->budget.ns < 0 || all->patience.ns < 0 || all->signal < 0 || all->signal >= NSIG ||
        (all->faults & THRUM_EXPLORE_SIGNAL && all->signal == 0))
        return THRUM_VALUE_ERROR;
    if (all->schedules == 0 && all->strategy != THRUM_EXPLORE_EXHAUSTIVE)
        all->schedules = default_schedules;
    all->preemptions = all->preemptions ? all->preemptions : default_preemptions;
    all->steps = all->steps ? all->steps : default_steps;
    all->most_faults = all->most_faults ? all->most_faults : default_faults;
    /* What the library asks memory for once in a process is asked for in each schedule then, or in none. */
    all->isolate = all->isolate || (all->faults & THRUM_EXPLORE_ENOMEM && !(all->faults & THRUM_EXPLORE_ASKED));
    all->seed = seed_of(all);
    shared->patience = all->patience.ns ? all->patience.ns : thrum_seconds(10).ns;
    shared->deadline = thrum_deadline_after(all->budget.ns ? all->budget : thrum_seconds(10)).ns;
    return 0;
}

static x_shared *map_shared(void) {
    void *memory = mmap(NULL, shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Run the one schedule that was read from a file. */
static int replay(x_shared *shared, const x_test *test, thrum_explore_result *result) {
    int r = x_repeat(shared, test);
    if (r < 0)
        return r;
    shared->schedules = 1;
    shared->partly = shared->outcome.outside != NULL;
    x_report_figures(shared, result);
    result->failure = shared->outcome.failure;
    x_report_switches(&shared->order, result);
    x_report_race(shared);
    if (result->failure == THRUM_EXPLORE_NOTHING)
        snprintf(result->text, sizeof result->text, "%s: the recorded schedule does not fail\n",
                 x_report_name(shared));
    else
        x_report_failure(shared, result, "recorded", NULL, 0);
    return result->failure == THRUM_EXPLORE_NOTHING ? 0 : THRUM_EXPLORE_FAILED;
}

/* THRUM_REPLAY: only the test that the file is of runs, and only the file's schedule. */
static int explore_or_replay(x_shared *shared, const x_test *test, const char *path, bool any_name,
                             thrum_explore_result *result) {
    char name[x_file_name_size], own[x_file_name_size];
    if (!path || !*path)
        return explore(shared, test, result);
    int r = x_file_read(path, &shared->order, name);
    if (r < 0)
        return r;
    x_file_name(x_report_name(shared), own);
    if (!any_name && strcmp(name, own) != 0) {
        x_report_figures(shared, result);
        snprintf(result->text, sizeof result->text, "%s: not run, %s is of %s\n", own, path, name);
        return 0;
    }
    if (any_name)
        shared->options.name = name;
    if (shared->options.grain == THRUM_EXPLORE_ATOMICS)
        shared->order.grain = THRUM_EXPLORE_ATOMICS;
    return replay(shared, test, result);
}

static int begin(const x_test *test, const thrum_explore_options *options, const char *path, bool any_name,
                 thrum_explore_result *result) {
    if (!THRUM__HOOKS)
        return -ENOTSUP;
    if (x_worker_inside() || thrum_active_count() > 1)
        return THRUM_RUNTIME_ERROR;
    x_shared *shared = map_shared();
    if (!shared)
        return -ENOMEM;
    int r = complete_options(shared, options);
    if (r == 0)
        r = explore_or_replay(shared, test, path, any_name, result);
    munmap(shared, shared_size);
    return r;
}

int thrum_explore(void (*test)(void *arg), void *arg, const thrum_explore_options *options,
                  thrum_explore_result *ret_result) {
    return begin(&(x_test){test, arg}, options, getenv("THRUM_REPLAY"), false, ret_result);
}

int thrum_explore_replay(void (*test)(void *arg), void *arg, const char *path, thrum_explore_result *ret_result) {
    return begin(&(x_test){test, arg}, NULL, path, true, ret_result);
}
