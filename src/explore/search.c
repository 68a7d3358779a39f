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
    uint32_t level;       /* of the next decision */
    uint32_t preemptions; /* spent in this schedule */
    uint32_t most;
} now;

void x_search_begin(x_shared *shared) {
    now.search = &shared->search;
    now.level = 0;
    now.preemptions = 0;
    now.most = shared->options.preemptions;
}

/* A new decision: write down what can be chosen, within the bound. */
static void write_down(x_level *level, const x_candidate *candidates, uint32_t count) {
    level->options = level->taken = 0;
    for (uint32_t i = 0; i < count && level->options < x_most_threads; i++) {
        if (candidates[i].preempts && now.preemptions >= now.most)
            continue;
        level->choices[level->options] = candidates[i].choice;
        level->preempts[level->options++] = candidates[i].preempts;
    }
}

static uint32_t find(const x_level *level, const x_candidate *candidates, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (candidates[i].choice == level->choices[level->taken])
            return i;
    return 0; /* the test did not repeat itself; the hashes of the runs tell */
}

uint32_t x_search_pick(const x_candidate *candidates, uint32_t count) {
    if (now.level >= x_most_levels) {
        now.search->cut += now.level++ == x_most_levels;
        return 0;
    }
    x_level *level = &now.search->path[now.level];
    if (now.level == now.search->depth) {
        write_down(level, candidates, count);
        now.search->depth++;
    }
    now.level++;
    now.preemptions += level->preempts[level->taken];
    return find(level, candidates, count);
}

uint32_t x_search_choose(uint32_t n) {
    x_candidate candidates[x_most_threads];
    uint32_t count = n < x_most_threads ? n : x_most_threads;
    for (uint32_t i = 0; i < count; i++)
        candidates[i] = (x_candidate){.choice = x_data | i};
    return x_search_pick(candidates, count);
}

bool x_search_next(x_search *search) {
    while (search->depth > 0) {
        x_level *level = &search->path[search->depth - 1];
        if (++level->taken < level->options)
            return true;
        search->depth--;
    }
    search->complete = true;
    return false;
}
