/* explore.c - the exploration: which schedule comes next, and what is done about one that fails. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <thrum/threading/thread.h>

#include "explore/access.h"
#include "explore/engine.h"
#include "explore/file.h"
#include "explore/random.h"
#include "explore/strategy.h"
#include "explore/worker.h"
#include "time/time_internal.h"

enum {
    default_schedules = 1000,
    default_steps = 100000,
    default_preemptions = 2,
    default_faults = 2,
    most_repetitions = 400,
    most_slow_repetitions = 20
};

static const uint32_t all_faults =
    THRUM_EXPLORE_SPURIOUS | THRUM_EXPLORE_ENOMEM | THRUM_EXPLORE_EINTR | THRUM_EXPLORE_SIGNAL | THRUM_EXPLORE_ASKED;
static const int64_t impatient_ns = 1000000000;
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

/* Set for the one schedule of a repetition, by the process that directs; the one that runs it has a copy. */
static bool once_more;

static bool next_repetition(x_shared *shared) {
    (void)shared;
    bool more = once_more;
    once_more = false;
    return more;
}

static void account_nothing(x_shared *shared) {
    (void)shared;
}

/* Run the schedule in shared->order once. */
static int repeat(x_shared *shared, const x_test *test) {
    shared->order.replay = true;
    once_more = true;
    int r = x_worker_run(shared, test, next_repetition, account_nothing);
    once_more = false;
    return r;
}

/* What is to come again: of a data race the same one. */
typedef struct failure_kind {
    thrum_explore_failure failure;
    uintptr_t sites; /* of both accesses, in either order */
} failure_kind;

static failure_kind kind_of(const x_outcome *outcome) {
    bool race = outcome->failure == THRUM_EXPLORE_RACE;
    return (failure_kind){outcome->failure,
                          race ? (uintptr_t)outcome->race[0].site + (uintptr_t)outcome->race[1].site : 0};
}

static bool came_again(const x_shared *shared, failure_kind kind) {
    failure_kind now = kind_of(&shared->outcome);
    return now.failure == kind.failure && now.sites == kind.sites;
}

/* A failure that takes long to repeat is not reduced for ever: what has been reached by this time is what is
 * shown. */
static const int64_t longest_reduction_ns = INT64_C(60000000000);
static int64_t reduced_until;

/* Leave out switches one at a time, as long as the same failure comes. The result is in shared->order. */
static int reduce(x_shared *shared, const x_test *test, failure_kind failure) {
    x_order *order = &shared->order;
    uint32_t budget = shared->outcome.impatient ? most_slow_repetitions : most_repetitions;
    for (uint32_t i = order->switch_count; i > 0 && budget > 0 && thrum_monotonic_ns() < reduced_until; budget--) {
        x_switch left_out = order->switches[--i];
        order->switch_count--;
        memmove(&order->switches[i], &order->switches[i + 1], (order->switch_count - i) * sizeof left_out);
        int r = repeat(shared, test);
        if (r < 0)
            return r;
        if (came_again(shared, failure))
            continue;
        memmove(&order->switches[i + 1], &order->switches[i], (order->switch_count - i) * sizeof left_out);
        order->switches[i] = left_out;
        order->switch_count++;
    }
    return repeat(shared, test);
}

/* Run schedules until one fails or there are no more, in as many processes as it takes. */
static int run_until_failure(x_shared *shared, const x_test *test, bool (*next)(x_shared *shared),
                             void (*count)(x_shared *shared)) {
    int r;
    do
        r = x_worker_run(shared, test, next, count);
    while (r == 0 && shared->outcome.failure == THRUM_EXPLORE_NOTHING && shared->outcome.dirty);
    return r;
}

enum { least_search = 2000, least_search_preemptions = 2 };
static uint64_t search_until; /* how many schedules, in all, the search for a simple one may run */

static bool next_simple(x_shared *shared) {
    if (thrum_monotonic_ns() > reduced_until)
        return false;
    if (shared->schedules >= search_until || (shared->schedules > 0 && !x_search_next(&shared->search)))
        return false;
    shared->schedules++;
    return true;
}

/* Look for the same failure with at most so many preemptions. */
static bool fails_with(x_shared *shared, const x_test *test, uint32_t preemptions, failure_kind failure) {
    const thrum_explore_options options = shared->options;
    const uint64_t schedules = shared->schedules;
    shared->order.replay = false;
    shared->order.strategy = THRUM_EXPLORE_EXHAUSTIVE;
    shared->options.preemptions = preemptions;
    shared->search.depth = 0;
    shared->schedules = 0;
    search_until = least_search;
    bool fails = run_until_failure(shared, test, next_simple, account_nothing) == 0 && came_again(shared, failure);
    shared->options = options;
    shared->schedules = schedules;
    return fails;
}

static void take_over_switches(x_shared *shared) {
    memcpy(shared->order.switches, shared->outcome.switches, shared->outcome.switch_count * sizeof(x_switch));
    shared->order.switch_count = shared->outcome.switch_count;
}

/* People understand schedules with few preemptions best: take one of those instead, when it fails in the same way. */
static int simplify(x_shared *shared, const x_test *test, failure_kind failure) {
    uint32_t most = least_search_preemptions + 1, switches = shared->order.switch_count;
    for (uint32_t preemptions = 0; preemptions < most && preemptions < switches; preemptions++) {
        if (!fails_with(shared, test, preemptions, failure))
            continue;
        if (shared->outcome.switch_count < switches)
            take_over_switches(shared);
        break;
    }
    return reduce(shared, test, failure);
}

/* What was found first, for the case that it does not come again. */
static struct {
    thrum_explore_failure failure;
    char text[sizeof((x_outcome *)0)->text];
} first;

/* Repeat a failure twice, and reduce it. Returns what it is in the end, or a negative code. */
static int pin_down(x_shared *shared, const x_test *test) {
    failure_kind failure = kind_of(&shared->outcome);
    uint64_t hash = 0;
    first.failure = failure.failure;
    memcpy(first.text, shared->outcome.text, sizeof first.text);
    reduced_until = thrum_monotonic_ns() + longest_reduction_ns;
    if (shared->outcome.impatient && shared->patience > impatient_ns)
        shared->patience = impatient_ns;
    take_over_switches(shared);
    for (int i = 0; i < 2; i++) {
        int r = repeat(shared, test);
        if (r < 0)
            return r;
        if (!came_again(shared, failure) || (i > 0 && shared->outcome.hash != hash && !shared->outcome.outside))
            return THRUM_EXPLORE_UNCONTROLLED;
        hash = shared->outcome.hash;
    }
    int r = reduce(shared, test, failure);
    if (r == 0 && shared->order.switch_count > 1 && !shared->outcome.impatient)
        r = simplify(shared, test, failure);
    return r < 0 ? r : (int)failure.failure;
}

static const char *strategy_name(const x_order *order, char *buffer, size_t size) {
    static const char *const names[] = {"portfolio", "random", "PCT", "POS", "starvation", "exhaustive"};
    if (order->strategy == THRUM_EXPLORE_PCT)
        snprintf(buffer, size, "PCT d=%" PRIu32, order->depth);
    else
        snprintf(buffer, size, "%s", names[order->strategy]);
    return buffer;
}

/* Probability that PCT's runs missed every bug of depth d: (1 - 1/(n k^(d-1)))^runs. */
static void fill_in_miss(const x_shared *shared, thrum_explore_result *result) {
    for (uint32_t d = 0; d < 5; d++) {
        double chance = 1.0 / (shared->threads ? shared->threads : 1);
        for (uint32_t i = 1; i < d; i++)
            chance /= (double)shared->pct_length;
        result->miss[d] = 1;
        for (uint64_t i = 0; d >= 2 && i < shared->pct_runs[d] && result->miss[d] > 1e-12; i++)
            result->miss[d] *= 1 - chance;
    }
}

static const char *name_of(const x_shared *shared) {
    return shared->options.name ? shared->options.name : "test";
}

/* Say it when a thread waited for what is not under control. */
static void describe_outside(const char *outside, uint64_t partly, thrum_explore_result *result) {
    size_t used = strlen(result->text);
    if (outside)
        snprintf(result->text + used, sizeof result->text - used,
                 "  partly controlled: %s was waited for outside, in %" PRIu64 " schedules\n", outside, partly);
}

/* Where the schedule's faults were. */
static void describe_faults(const x_outcome *outcome, thrum_explore_result *result) {
    size_t used = strlen(result->text);
    for (uint32_t i = 0; i < outcome->steps && i < x_most_steps && used < sizeof result->text - 200; i++)
        if (result->faults > 0 && outcome->trace[i].fault)
            used += (size_t)snprintf(result->text + used, sizeof result->text - used, "  fault: T%u, %.100s %s\n",
                                     outcome->trace[i].thread, outcome->trace[i].verb, outcome->trace[i].fault);
}

static void describe_need(thrum_explore_result *result, const char *path) {
    char faults[40] = "";
    size_t used = strlen(result->text);
    if (result->faults > 0)
        snprintf(faults, sizeof faults, " and %" PRIu32 " fault%s", result->faults, result->faults == 1 ? "" : "s");
    snprintf(result->text + used, sizeof result->text - used, "  %" PRIu32 " switch%s%s %s needed%s%s%s\n",
             result->switches, result->switches == 1 ? "" : "es", faults,
             result->switches == 1 && !faults[0] ? "is" : "are", path ? "; to repeat: thrum replay " : "",
             path ? path : "", path ? " -- PROGRAM" : "");
}

static void describe_failure(const x_shared *shared, thrum_explore_result *result, const char *strategy,
                             const char *path) {
    const x_outcome *outcome = &shared->outcome;
    bool once = result->failure == THRUM_EXPLORE_UNCONTROLLED;
    snprintf(result->text, sizeof result->text, "%.200s: %s in schedule %" PRIu64 " (%s), seed 0x%" PRIx64 "\n",
             name_of(shared), thrum_explore_failure_name(result->failure), result->schedules, strategy, result->seed);
    size_t used = strlen(result->text);
    if (once)
        snprintf(result->text + used, sizeof result->text - used,
                 "  it failed once and not again: something outside the schedule decides; it was a %s\n%s",
                 thrum_explore_failure_name(first.failure), first.text);
    else
        snprintf(result->text + used, sizeof result->text - used, "%s", outcome->text);
    describe_faults(outcome, result);
    describe_need(result, path);
    describe_outside(outcome->outside, result->partly, result);
}

static void describe_pass(const x_shared *shared, thrum_explore_result *result) {
    snprintf(result->text, sizeof result->text,
             "%.200s: nothing failed in %" PRIu64 " schedules, %" PRIu64 " of them different (seed 0x%" PRIx64
             ", at most %" PRIu64 " decisions and %" PRIu32 " threads)\n",
             name_of(shared), result->schedules, result->distinct, result->seed, result->longest, result->threads);
    size_t used = strlen(result->text);
    if (shared->options.strategy == THRUM_EXPLORE_EXHAUSTIVE)
        snprintf(result->text + used, sizeof result->text - used,
                 "  %s schedules with at most %" PRIu32 " preemptions\n",
                 result->complete ? "these are all" : "not all", shared->options.preemptions);
    else
        snprintf(result->text + used, sizeof result->text - used,
                 "  a bug that needs 2, 3 or 4 ordered steps was missed with a chance of at most %.2g, %.2g, %.2g\n",
                 result->miss[2], result->miss[3], result->miss[4]);
    describe_outside(shared->outside, result->partly, result);
}

static void summarize(const x_shared *shared, thrum_explore_result *result) {
    memset(result, 0, sizeof *result);
    result->seed = shared->options.seed;
    result->schedules = shared->schedules;
    result->distinct = shared->distinct;
    result->longest = shared->longest;
    result->threads = shared->threads;
    result->partly = shared->partly;
    result->complete = shared->search.complete && shared->search.cut == 0;
    fill_in_miss(shared, result);
}

static void count_switches(const x_order *order, thrum_explore_result *result) {
    result->faults = 0;
    for (uint32_t i = 0; i < order->switch_count; i++)
        result->faults += (order->switches[i].choice & x_fault) != 0;
    result->switches = order->switch_count - result->faults;
}

static void put_in_words(x_shared *shared) {
    if (shared->outcome.failure == THRUM_EXPLORE_RACE && shared->outcome.race[0].site)
        x_access_describe(&shared->outcome);
}

/* A schedule failed: pin it down, write it to the file, describe it. */
static int conclude_failure(x_shared *shared, const x_test *test, thrum_explore_result *result) {
    char strategy[32];
    const char *path = shared->options.save ? shared->options.save : getenv("THRUM_EXPLORE_SAVE");
    shared->schedules++;
    shared->partly += shared->outcome.outside != NULL;
    strategy_name(&shared->order, strategy, sizeof strategy);
    shared->silent = shared->outcome.failure == THRUM_EXPLORE_RACE; /* a sanitizer would report it each time */
    int r = pin_down(shared, test);
    if (r < 0)
        return r;
    thrum_explore_result found;
    summarize(shared, &found);
    found.failure = (thrum_explore_failure)r;
    count_switches(&shared->order, &found);
    put_in_words(shared);
    r = path && *path ? x_file_write(path, shared, name_of(shared), found.seed) : 0;
    if (r < 0)
        return r;
    describe_failure(shared, &found, strategy, path && *path ? path : NULL);
    *result = found;
    return THRUM_EXPLORE_FAILED;
}

static int explore(x_shared *shared, const x_test *test, thrum_explore_result *result) {
    int r = run_until_failure(shared, test, next_schedule, account);
    if (r < 0)
        return r;
    if (shared->outcome.failure != THRUM_EXPLORE_NOTHING)
        return conclude_failure(shared, test, result);
    summarize(shared, result);
    describe_pass(shared, result);
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
    int r = repeat(shared, test);
    if (r < 0)
        return r;
    shared->schedules = 1;
    shared->partly = shared->outcome.outside != NULL;
    summarize(shared, result);
    result->failure = shared->outcome.failure;
    count_switches(&shared->order, result);
    put_in_words(shared);
    if (result->failure == THRUM_EXPLORE_NOTHING)
        snprintf(result->text, sizeof result->text, "%s: the recorded schedule does not fail\n", name_of(shared));
    else
        describe_failure(shared, result, "recorded", NULL);
    return result->failure == THRUM_EXPLORE_NOTHING ? 0 : THRUM_EXPLORE_FAILED;
}

/* THRUM_REPLAY: only the test that the file is of runs, and only the file's schedule. */
static int explore_or_replay(x_shared *shared, const x_test *test, const char *path, bool any_name,
                             thrum_explore_result *result) {
    char name[256];
    if (!path || !*path)
        return explore(shared, test, result);
    int r = x_file_read(path, &shared->order, name, sizeof name);
    if (r < 0)
        return r;
    if (!any_name && strcmp(name, name_of(shared)) != 0) {
        summarize(shared, result);
        snprintf(result->text, sizeof result->text, "%s: not run, %s is of %s\n", name_of(shared), path, name);
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
