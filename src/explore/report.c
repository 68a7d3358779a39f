/* report.c - what was found, in figures and in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "explore/access.h"
#include "explore/report.h"

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

void x_report_figures(const x_shared *shared, thrum_explore_result *result) {
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

void x_report_switches(const x_order *order, thrum_explore_result *result) {
    result->faults = 0;
    for (uint32_t i = 0; i < order->switch_count; i++)
        result->faults += order->switches[i].kind == x_fault;
    result->switches = order->switch_count - result->faults;
}

void x_report_race(x_shared *shared) {
    if (shared->outcome.failure == THRUM_EXPLORE_RACE && shared->outcome.race[0].site)
        x_access_describe(&shared->outcome);
}

/* What was found first, for the case that it does not come again. */
static struct {
    thrum_explore_failure failure;
    bool overflowed;
    char text[sizeof((x_outcome *)0)->text];
} first;

void x_report_found_first(const x_outcome *outcome) {
    first.failure = outcome->failure;
    first.overflowed = outcome->switches_overflowed;
    memcpy(first.text, outcome->text, sizeof first.text);
}

const char *x_report_strategy(const x_order *order, char *buffer, size_t size) {
    static const char *const names[] = {"portfolio", "random", "PCT", "POS", "starvation", "exhaustive"};
    if (order->strategy == THRUM_EXPLORE_PCT)
        snprintf(buffer, size, "PCT d=%" PRIu32, order->depth);
    else
        snprintf(buffer, size, "%s", names[order->strategy]);
    return buffer;
}

const char *x_report_name(const x_shared *shared) {
    return shared->options.name && *shared->options.name ? shared->options.name : "test";
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

static void describe_need(thrum_explore_result *result) {
    char faults[40] = "";
    size_t used = strlen(result->text);
    if (result->faults > 0)
        snprintf(faults, sizeof faults, " and %" PRIu32 " fault%s", result->faults, result->faults == 1 ? "" : "s");
    snprintf(result->text + used, sizeof result->text - used, "  %" PRIu32 " switch%s%s %s needed", result->switches,
             result->switches == 1 ? "" : "es", faults, result->switches == 1 && !faults[0] ? "is" : "are");
}

/* How to have it again: the end of that line. */
static void describe_file(thrum_explore_result *result, const char *path, int saved) {
    size_t used = strlen(result->text), left = sizeof result->text - used;
    if (path && saved == 0)
        snprintf(result->text + used, left, "; to repeat: thrum replay %.1000s -- PROGRAM\n", path);
    else if (path)
        snprintf(result->text + used, left, "; it could not be saved in %.1000s: %s\n", path, thrum_strerror(saved));
    else
        snprintf(result->text + used, left, "\n");
}

void x_report_failure(const x_shared *shared, thrum_explore_result *result, const char *strategy, const char *path,
                      int saved) {
    const x_outcome *outcome = &shared->outcome;
    bool once = result->failure == THRUM_EXPLORE_UNCONTROLLED;
    snprintf(result->text, sizeof result->text, "%.200s: %s in schedule %" PRIu64 " (%s), seed 0x%" PRIx64 "\n",
             x_report_name(shared), thrum_explore_failure_name(result->failure), result->schedules, strategy,
             result->seed);
    size_t used = strlen(result->text);
    if (once)
        snprintf(result->text + used, sizeof result->text - used, "  it failed once and %s; it was a %s\n%s",
                 first.overflowed ? "has more switches than are kept: it cannot be repeated"
                                  : "not again: something outside the schedule decides",
                 thrum_explore_failure_name(first.failure), first.text);
    else
        snprintf(result->text + used, sizeof result->text - used, "%s", outcome->text);
    describe_faults(outcome, result);
    describe_need(result);
    describe_file(result, path, saved);
    describe_outside(outcome->outside, result->partly, result);
}

void x_report_pass(const x_shared *shared, thrum_explore_result *result) {
    snprintf(result->text, sizeof result->text,
             "%.200s: nothing failed in %" PRIu64 " schedules, %" PRIu64 " of them different (seed 0x%" PRIx64
             ", at most %" PRIu64 " decisions and %" PRIu32 " threads)\n",
             x_report_name(shared), result->schedules, result->distinct, result->seed, result->longest,
             result->threads);
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
