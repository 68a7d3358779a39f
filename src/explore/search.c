/* search.c - every schedule with at most so many preemptions, one after the other: depth-first search without stored
 * states.
 *
 * The path holds, for each decision of the schedule that ran last, which choices there were. The next schedule
 * repeats the path up to the last decision with a choice not yet taken, and takes that. It is kept in shared memory,
 * since a process that runs schedules can be replaced in the middle of the search.
 */
#include "explore/strategy.h"

static struct {
    x_search *search;
    uint32_t preemptions; /* spent in this schedule */
    uint32_t most;
} now;

void x_search_begin(x_shared *shared) {
    now.search = &shared->search;
    now.search->level = 0;
    now.preemptions = 0;
    now.most = shared->options.preemptions;
}

static bool is_within_bound(const x_candidate *candidate) {
    return !candidate->preempts || now.preemptions < now.most;
}

/* A new decision: write down what can be chosen. */
static void write_down(x_level *level, const x_candidate *candidates, uint32_t count) {
    level->options = level->taken = 0;
    level->of_numbers = false;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_within_bound(&candidates[i]))
            continue;
        level->threads[level->options] = (uint16_t)candidates[i].thread;
        level->time_outs[level->options] = candidates[i].times_out;
        level->preempts[level->options++] = candidates[i].preempts;
    }
}

/* What is being explored here, among what can be chosen this time: as much as was written down, if the test repeats
 * itself. */
static uint32_t find(const x_level *level, const x_candidate *candidates, uint32_t count) {
    uint32_t options = 0, found = count;
    for (uint32_t i = 0; i < count; i++) {
        options += is_within_bound(&candidates[i]);
        if (candidates[i].thread == level->threads[level->taken] &&
            candidates[i].times_out == level->time_outs[level->taken])
            found = i;
    }
    now.search->cut += found == count || options != level->options;
    return found == count ? 0 : found;
}

/* The level of the next decision, and whether it is a new one; NULL when there are too many. */
static x_level *next_level(bool *ret_new) {
    if (now.search->level >= x_most_levels) {
        now.search->cut += now.search->level++ == x_most_levels;
        return NULL;
    }
    *ret_new = now.search->level == now.search->depth;
    now.search->depth += *ret_new;
    return &now.search->path[now.search->level++];
}

uint32_t x_search_pick(const x_candidate *candidates, uint32_t count) {
    bool is_new;
    x_level *level = next_level(&is_new);
    if (!level)
        return 0;
    if (is_new)
        write_down(level, candidates, count);
    now.search->cut += level->of_numbers;
    if (level->of_numbers)
        return 0;
    uint32_t index = find(level, candidates, count);
    now.preemptions += level->preempts[level->taken];
    return index;
}

uint32_t x_search_choose(uint32_t n) {
    bool is_new;
    x_level *level = next_level(&is_new);
    if (!level)
        return 0;
    if (is_new) {
        level->options = n;
        level->taken = 0;
        level->of_numbers = true;
    }
    bool repeats = level->of_numbers && level->options == n;
    now.search->cut += !repeats;
    return repeats ? level->taken : 0;
}

bool x_search_next(x_search *search) {
    search->cut += search->level < search->depth; /* it came to its end before what was to be tried */
    while (search->depth > 0) {
        x_level *level = &search->path[search->depth - 1];
        if (++level->taken < level->options)
            return true;
        search->depth--;
    }
    search->complete = true;
    return false;
}
