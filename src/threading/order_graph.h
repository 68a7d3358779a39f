/* order_graph.h - which lock was asked for while which other was held. */
#ifndef THRUM_ORDER_GRAPH_H
#define THRUM_ORDER_GRAPH_H

#include "threading/held.h"
#include "threading/sight.h"

/* A thread that held one lock and asked for another. */
typedef struct thrum__order_step {
    uint32_t thread;
    int native_id;
    char name[thrum__sight_name_size];
    thrum__hold held, wanted; /* wanted.since means nothing */
} thrum__order_step;

/* Steps of which each asks for the lock that the next one holds, and the last for that of the first. */
enum {
    thrum__order_longest = 8,
    thrum__order_nested = 32 /* locks held by a thread at one time; what one with more does is not learnt */
};
typedef struct thrum__order_ring {
    size_t count;
    thrum__order_step steps[thrum__order_longest];
} thrum__order_ring;

/* Learn a step, made by a thread that held the locks `holds`, that of the step included. Returns true with the ring
 * that it closes, once for each pair of locks. Only steps that could all be under way at one time make a ring: each
 * by another thread, and no two with a lock held in common. Without memory nothing is learnt. */
bool thrum__order_graph_learn(const thrum__order_step *step, const void *const *holds, size_t count,
                              thrum__order_ring *ret_ring);

/* This lock is released by others than its owner: it is a signal, and its order means nothing. */
void thrum__order_graph_ignore(const void *lock);

/* What is known of this lock does not hold any more. */
void thrum__order_graph_forget(const void *lock);

/* Around a fork. */
void thrum__order_graph_before_fork(void);
void thrum__order_graph_after_fork(void);

#endif
