/* order_graph.c - the graph of lock pairs.
 *
 * A node for each lock, an edge for each pair (held, asked for), and on each edge the ways in which that happened:
 * by which thread, and with which locks held. Two ways on opposite edges are a danger when they can meet: they must
 * be of different threads, and must not have a lock in common, which would keep one of them out (a gate). The same
 * goes for longer rings.
 *
 * Locking: graph.latch protects everything. It is held while a ring is looked for, which is only when a thread does
 * something that nobody did before. Memory is asked for and given back outside of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "threading/order_graph.h"

enum {
    bucket_bits = 12,
    most_ways = 16,    /* on one edge; more would find hardly more */
    most_looks = 20000 /* at ways, in the search for one ring */
};

typedef struct node node;
typedef struct edge edge;
typedef struct way way;

struct way {
    way *next;
    thrum__order_step step;
    size_t count;
    const void *holds[];
};

struct edge {
    edge *next;
    node *to;
    way *ways;
    bool reported;
};

struct node {
    node *next; /* in its bucket */
    const void *lock;
    edge *edges;
    bool ignored;
};

static struct {
    thrum__latch latch;
    node *buckets[1 << bucket_bits];
} graph;

/* Memory for one step, of which what is not needed is given back. */
typedef struct supply {
    node *nodes[2];
    edge *edge;
    way *way;
} supply;

static bool prepare(supply *ret_supply, const thrum__order_step *step, const void *const *holds, size_t count) {
    supply s = {{thrum__calloc(1, sizeof(node)), thrum__calloc(1, sizeof(node))},
                thrum__calloc(1, sizeof(edge)),
                thrum__calloc(1, sizeof(way) + count * sizeof *holds)};
    *ret_supply = s;
    if (!s.nodes[0] || !s.nodes[1] || !s.edge || !s.way)
        return false;
    s.way->step = *step;
    s.way->count = count;
    memcpy(s.way->holds, holds, count * sizeof *holds);
    return true;
}

static void give_back(supply *s) {
    free(s->nodes[0]);
    free(s->nodes[1]);
    free(s->edge);
    free(s->way);
}

static node **place_of(const void *lock) {
    /* Fibonacci hashing: locks are at least 4 bytes apart. */
    node **place = &graph.buckets[((uintptr_t)lock >> 2) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bucket_bits)];
    while (*place && (*place)->lock != lock)
        place = &(*place)->next;
    return place;
}

/* The node of `lock`; *spare becomes it when there was none. */
static node *node_of(const void *lock, node **spare) {
    node **place = place_of(lock);
    if (!*place) {
        *place = *spare;
        (*place)->lock = lock;
        *spare = NULL;
    }
    return *place;
}

static edge *edge_of(node *from, node *to, edge **spare) {
    edge *e = from->edges;
    while (e && e->to != to)
        e = e->next;
    if (e)
        return e;
    e = *spare;
    *spare = NULL;
    e->to = to;
    e->next = from->edges;
    from->edges = e;
    return e;
}

static bool holds(const way *w, const void *lock) {
    for (size_t i = 0; i < w->count; i++)
        if (w->holds[i] == lock)
            return true;
    return false;
}

static bool holds_all_of(const way *w, const way *other) {
    for (size_t i = 0; i < other->count; i++)
        if (!holds(w, other->holds[i]))
            return false;
    return true;
}

static bool holds_any_of(const way *w, const way *other) {
    for (size_t i = 0; i < other->count; i++)
        if (holds(w, other->holds[i]))
            return true;
    return false;
}

/* Whether whatever `w` could be part of, a way that is known could be in its place: one of the same thread that is
 * not held back by more, or two of different threads. */
static bool adds_nothing(const edge *e, const way *w) {
    uint32_t seen = 0;
    size_t count = 0;
    for (const way *known = e->ways; known; known = known->next, count++) {
        if (!holds_all_of(w, known))
            continue;
        if (known->step.thread == w->step.thread || (seen != 0 && seen != known->step.thread))
            return true;
        seen = known->step.thread;
    }
    return count >= most_ways;
}

/* A ring in the making. */
typedef struct search {
    const void *goal;
    size_t count, looks;
    edge *edges[thrum__order_longest];
    const way *ways[thrum__order_longest];
} search;

static bool can_meet(const search *s, const way *w) {
    for (size_t i = 0; i < s->count; i++)
        if (s->ways[i]->step.thread == w->step.thread || holds_any_of(s->ways[i], w))
            return false;
    return true;
}

static bool lead_home(search *s, edge *e);

static bool leads_home(search *s, edge *e, const way *w) {
    if (++s->looks > most_looks || !can_meet(s, w))
        return false;
    s->edges[s->count] = e;
    s->ways[s->count] = w;
    s->count++;
    if (e->to->lock == s->goal || lead_home(s, e->to->edges))
        return true;
    s->count--;
    return false;
}

/* Whether one of `e` and the edges after it begins a path to the goal. */
static bool lead_home(search *s, edge *e) {
    for (; e && s->count < thrum__order_longest; e = e->next)
        for (const way *w = e->to->ignored ? NULL : e->ways; w; w = w->next)
            if (leads_home(s, e, w))
                return true;
    return false;
}

static void write_ring(const search *s, thrum__order_ring *ret_ring) {
    ret_ring->count = s->count;
    for (size_t i = 0; i < s->count; i++) {
        ret_ring->steps[i] = s->ways[i]->step;
        s->edges[i]->reported = true;
    }
}

static bool learn(const thrum__order_step *step, supply *spare, thrum__order_ring *ret_ring) {
    node *from = node_of(step->held.lock, &spare->nodes[0]);
    node *to = node_of(step->wanted.lock, &spare->nodes[1]);
    edge *e = edge_of(from, to, &spare->edge);
    if (from->ignored || to->ignored || adds_nothing(e, spare->way))
        return false;
    way *w = spare->way;
    spare->way = NULL;
    w->next = e->ways;
    e->ways = w;
    search s = {.goal = step->held.lock};
    if (e->reported || !leads_home(&s, e, w))
        return false;
    write_ring(&s, ret_ring);
    return true;
}

bool thrum__order_graph_learn(const thrum__order_step *step, const void *const *holds_now, size_t count,
                              thrum__order_ring *ret_ring) {
    supply spare;
    bool closes = false;
    if (prepare(&spare, step, holds_now, count)) {
        thrum__latch_lock(&graph.latch);
        closes = learn(step, &spare, ret_ring);
        thrum__latch_unlock(&graph.latch);
    }
    give_back(&spare);
    return closes;
}

void thrum__order_graph_ignore(const void *lock) {
    node *spare = thrum__calloc(1, sizeof *spare);
    if (!spare)
        return;
    thrum__latch_lock(&graph.latch);
    node_of(lock, &spare)->ignored = true;
    thrum__latch_unlock(&graph.latch);
    free(spare);
}

/* Move the edges that lead to `to`, or all when it is NULL, from the list at `place` to *removed. */
static void cut_edges(edge **place, const node *to, edge **removed) {
    while (*place) {
        edge *e = *place;
        if (to && e->to != to) {
            place = &e->next;
            continue;
        }
        *place = e->next;
        e->next = *removed;
        *removed = e;
    }
}

static node *cut_node(const void *lock, edge **removed) {
    node **place = place_of(lock), *n = *place;
    if (!n)
        return NULL;
    *place = n->next;
    cut_edges(&n->edges, NULL, removed);
    for (size_t i = 0; i < sizeof graph.buckets / sizeof *graph.buckets; i++)
        for (node *other = graph.buckets[i]; other; other = other->next)
            cut_edges(&other->edges, n, removed);
    return n;
}

static void free_edges(edge *e) {
    for (edge *next; e; e = next) {
        next = e->next;
        for (way *w = e->ways, *next_way; w; w = next_way) {
            next_way = w->next;
            free(w);
        }
        free(e);
    }
}

void thrum__order_graph_forget(const void *lock) {
    edge *removed = NULL;
    thrum__latch_lock(&graph.latch);
    node *n = cut_node(lock, &removed);
    thrum__latch_unlock(&graph.latch);
    free(n);
    free_edges(removed);
}

void thrum__order_graph_before_fork(void) {
    thrum__latch_lock(&graph.latch);
}

void thrum__order_graph_after_fork(void) {
    thrum__latch_unlock(&graph.latch);
}
