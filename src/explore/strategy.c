/* strategy.c - random, PCT, POS and starvation; replay; and the way to the exhaustive search (search.c). */
#include <string.h>

#include "explore/random.h"
#include "explore/strategy.h"

enum { deepest = 5, most_drawn = 16, longest_starvation = 2000 };

/* Of PCT's lowered priorities those of the change points are above this, and those of threads that stood back below.
 */
static const uint64_t stood_back = UINT64_C(1) << 32;

static struct {
    x_shared *shared;
    thrum_explore_strategy kind;
    uint64_t random;
    uint32_t next_switch;                    /* of a replay */
    uint64_t priority[x_most_threads];       /* PCT: higher runs first */
    uint64_t change[deepest];                /* PCT: the decisions at which the running thread is lowered */
    uint64_t event_priority[x_most_threads]; /* POS: of each thread's next operation; 0: not drawn yet */
    uint64_t stood_back;                     /* PCT: how often a thread stood back */
    uint32_t victim;                         /* starvation: who does not run, from and until when */
    uint64_t from, until;
    uint32_t faults;            /* budgeted ones that this schedule had so far */
    uint64_t drawn[most_drawn]; /* the places that fail, counted over all threads from 1 */
} now;

/* High priorities are random and above all that PCT gives at change points. */
static uint64_t high(void) {
    return x_random(&now.random) | (UINT64_C(1) << 63);
}

static void begin_pct(uint32_t depth) {
    for (uint32_t i = 0; i + 1 < depth; i++)
        now.change[i] = x_random_below(&now.random, (uint32_t)now.shared->pct_length) + 1;
}

static void begin_starvation(void) {
    uint32_t length = (uint32_t)now.shared->longest + 1;
    now.victim = x_random_below(&now.random, now.shared->threads ? now.shared->threads : 2);
    now.from = x_random_below(&now.random, length);
    now.until =
        now.from + 10 + x_random_below(&now.random, length < longest_starvation ? length : longest_starvation);
}

/* From none to as many faults as may be, each at any place. How many places there are the first schedule finds
 * out. */
static void draw_faults(void) {
    uint32_t most = now.shared->options.most_faults < most_drawn ? now.shared->options.most_faults : most_drawn;
    uint32_t count = now.shared->options.faults ? x_random_below(&now.random, most + 1) : 0;
    for (uint32_t i = 0; i < count && now.shared->fault_places > 0; i++)
        now.drawn[i] = 1 + x_random_below(&now.random, (uint32_t)now.shared->fault_places);
}

void x_strategy_begin(x_shared *shared) {
    memset(&now, 0, sizeof now);
    now.shared = shared;
    now.kind = shared->order.strategy;
    now.random = shared->order.seed;
    if (shared->pct_length == 0)
        shared->pct_length = 8;
    if (now.kind == THRUM_EXPLORE_PCT)
        begin_pct(shared->order.depth);
    if (now.kind == THRUM_EXPLORE_STARVE)
        begin_starvation();
    if (now.kind == THRUM_EXPLORE_EXHAUSTIVE)
        x_search_begin(shared);
    draw_faults();
    x_strategy_thread(0);
}

void x_strategy_thread(uint32_t thread) {
    now.priority[thread] = high();
    now.event_priority[thread] = 0;
}

/* PCT: below all others. POS: what competes with nothing would keep its priority, however low. */
void x_strategy_stands_back(uint32_t thread) {
    now.priority[thread] = stood_back - ++now.stood_back;
    memset(now.event_priority, 0, sizeof now.event_priority);
}

/* Time limits that could run out early are left out of most choices: else they would crowd out everything else. */
static uint32_t without_time_outs(const x_candidate *candidates, uint32_t count) {
    uint32_t kept = 0;
    while (kept < count && !candidates[kept].times_out)
        kept++;
    return kept > 0 && x_random_below(&now.random, 8) != 0 ? kept : count;
}

/* The candidate that scores highest, where each thread has a score. */
static uint32_t highest(const x_candidate *candidates, uint32_t count, const uint64_t *score) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < count; i++)
        if (score[candidates[i].thread] > score[candidates[best].thread])
            best = i;
    return best;
}

static uint32_t pick_pct(const x_candidate *candidates, uint32_t count, uint32_t decision) {
    uint32_t best = highest(candidates, count, now.priority);
    for (uint32_t i = 0; i + 1 < now.shared->order.depth; i++)
        if (now.change[i] == decision + 1) {
            now.priority[candidates[best].thread] = stood_back + i; /* below all, and those lowered later */
            best = highest(candidates, count, now.priority);
        }
    return best;
}

/* Operations on one object of which one writes can make a difference by their order. */
static bool compete(const x_candidate *a, const x_candidate *b) {
    return a->object == b->object && a->object != 0 && (a->write || b->write);
}

static uint32_t pick_pos(const x_candidate *candidates, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (now.event_priority[candidates[i].thread] == 0)
            now.event_priority[candidates[i].thread] = high();
    uint32_t best = highest(candidates, count, now.event_priority);
    for (uint32_t i = 0; i < count; i++)
        if (i == best || compete(&candidates[i], &candidates[best]))
            now.event_priority[candidates[i].thread] = 0;
    return best;
}

/* The victim stands still while others can run; the others change now and then. */
static uint32_t pick_starving(const x_candidate *candidates, uint32_t count, uint32_t decision) {
    uint32_t index = x_random_below(&now.random, 4) ? 0 : x_random_below(&now.random, count);
    bool starving = decision >= now.from && decision < now.until;
    if (starving && candidates[index].thread == now.victim)
        index = (index + 1) % count;
    return index;
}

/* Follow the recorded switches. One that is not possible here is left out: the outcome tells whether that mattered.
 */
static uint32_t pick_recorded(const x_candidate *candidates, uint32_t count, uint32_t decision) {
    const x_order *order = &now.shared->order;
    while (now.next_switch < order->switch_count &&
           (order->switches[now.next_switch].kind == x_fault || order->switches[now.next_switch].decision < decision))
        now.next_switch++;
    const x_switch *next = &order->switches[now.next_switch];
    if (now.next_switch == order->switch_count || next->decision != decision || next->kind == x_data)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        if (candidates[i].thread == next->number && candidates[i].times_out == (next->kind == x_time_out))
            return i;
    return 0;
}

uint32_t x_strategy_pick(const x_candidate *candidates, uint32_t count, uint32_t decision) {
    if (now.shared->order.replay)
        return pick_recorded(candidates, count, decision);
    if (now.kind == THRUM_EXPLORE_EXHAUSTIVE)
        return x_search_pick(candidates, count);
    count = without_time_outs(candidates, count);
    switch (now.kind) {
    case THRUM_EXPLORE_PCT:
        return pick_pct(candidates, count, decision);
    case THRUM_EXPLORE_POS:
        return pick_pos(candidates, count);
    case THRUM_EXPLORE_STARVE:
        return pick_starving(candidates, count, decision);
    default:
        return x_random_below(&now.random, count);
    }
}

uint32_t x_strategy_choose(uint32_t n, uint32_t decision) {
    const x_order *order = &now.shared->order;
    if (order->replay) {
        for (uint32_t i = 0; i < order->switch_count; i++)
            if (order->switches[i].decision == decision && order->switches[i].kind == x_data)
                return order->switches[i].number % n;
        return 0;
    }
    return now.kind == THRUM_EXPLORE_EXHAUSTIVE ? x_search_choose(n) : x_random_below(&now.random, n);
}

static bool is_recorded(uint32_t thread, uint32_t place) {
    const x_order *order = &now.shared->order;
    for (uint32_t i = 0; i < order->switch_count; i++)
        if (order->switches[i].kind == x_fault && order->switches[i].number == thread &&
            order->switches[i].decision == place)
            return true;
    return false;
}

static bool is_drawn(uint64_t place) {
    for (uint32_t i = 0; i < most_drawn; i++)
        if (now.drawn[i] == place)
            return true;
    return false;
}

/* An early end of a sleep is cheap to survive and may come often; the other faults have a budget. Where every
 * schedule is tried it has that budget, too: there is always one with one more. */
bool x_strategy_fails(uint32_t thread, uint32_t place, uint32_t kinds) {
    x_shared *shared = now.shared;
    bool search = now.kind == THRUM_EXPLORE_EXHAUSTIVE;
    if (shared->order.replay)
        return is_recorded(thread, place);
    kinds &= shared->options.faults;
    if (kinds == 0)
        return false;
    if (kinds & THRUM_EXPLORE_SPURIOUS && !search)
        return x_random_below(&now.random, 2) == 1;
    shared->outcome.fault_places++;
    if (now.faults == shared->options.most_faults)
        return false;
    bool fails = search ? x_search_choose(2) == 1 : is_drawn(shared->outcome.fault_places);
    now.faults += fails;
    return fails;
}
