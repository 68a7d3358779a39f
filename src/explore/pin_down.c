/* pin_down.c - what makes a failure one that people can look into: it comes again, and takes few switches.
 *
 * A failing schedule is repeated twice, to see whether the schedule alone decides. Then switches are left out, as
 * long as the failure comes; and it is looked for among the schedules with few preemptions. */
#include <string.h>

#include <thrum/time.h>

#include "explore/pin_down.h"
#include "explore/report.h"
#include "explore/strategy.h"

enum { most_repetitions = 400, most_slow_repetitions = 20 };

static const int64_t impatient_ns = 1000000000;

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

int x_repeat(x_shared *shared, const x_test *test) {
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

/* Leave out the switches from `first` to before `end`. Returns 1 when the same failure comes without them; 0, with
 * them back in their places, when it does not; or a negative code. */
static int leave_out(x_shared *shared, const x_test *test, failure_kind failure, uint32_t first, uint32_t end) {
    static x_switch left_out[x_most_switches];
    x_switch *from = &shared->order.switches[first];
    const uint32_t count = end - first, behind = shared->order.switch_count - end;
    memcpy(left_out, from, count * sizeof *from);
    memmove(from, from + count, behind * sizeof *from);
    shared->order.switch_count -= count;
    int r = x_repeat(shared, test);
    if (r < 0 || came_again(shared, failure))
        return r < 0 ? r : 1;
    memmove(from + count, from, behind * sizeof *from);
    memcpy(from, left_out, count * sizeof *from);
    shared->order.switch_count += count;
    return 0;
}

/* Leave out all switches, then halves and so on down to one at a time, as long as the same failure comes. The result
 * is in shared->order. */
static int reduce(x_shared *shared, const x_test *test, failure_kind failure) {
    uint32_t budget = shared->outcome.impatient ? most_slow_repetitions : most_repetitions;
    for (uint32_t size = shared->order.switch_count; size > 0; size /= 2)
        for (uint32_t end = shared->order.switch_count; end > 0; budget--) {
            if (budget == 0 || thrum_monotonic_ns() >= reduced_until)
                return x_repeat(shared, test);
            uint32_t first = end > size ? end - size : 0;
            int r = leave_out(shared, test, failure, first, end);
            if (r < 0)
                return r;
            end = first;
        }
    return x_repeat(shared, test);
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
    bool fails =
        x_worker_run_until_failure(shared, test, next_simple, account_nothing) == 0 && came_again(shared, failure);
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

int x_pin_down(x_shared *shared, const x_test *test) {
    failure_kind failure = kind_of(&shared->outcome);
    uint64_t hash = 0;
    x_report_found_first(&shared->outcome);
    reduced_until = thrum_monotonic_ns() + longest_reduction_ns;
    if (shared->outcome.impatient && shared->patience > impatient_ns)
        shared->patience = impatient_ns;
    if (shared->outcome.switches_overflowed)
        return THRUM_EXPLORE_UNCONTROLLED;
    take_over_switches(shared);
    for (int i = 0; i < 2; i++) {
        int r = x_repeat(shared, test);
        if (r < 0)
            return r;
        if (!came_again(shared, failure) || (i > 0 && shared->outcome.hash != hash && !shared->outcome.outside))
            return THRUM_EXPLORE_UNCONTROLLED;
        hash = shared->outcome.hash;
    }
    int r = reduce(shared, test, failure);
    if (r == 0 && shared->order.switch_count > 1 && !shared->outcome.impatient)
        r = simplify(shared, test, failure);
    if (r < 0)
        return r;
    return (int)(came_again(shared, failure) ? failure.failure : THRUM_EXPLORE_UNCONTROLLED);
}
