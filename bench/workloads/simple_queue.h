/* simple_queue.h - the workloads of a queue without a limit. The peer has defined peer_simple_queue and, each of a
 * peer_simple_queue *, peer_simple_queue_init(), peer_simple_queue_put(.., void *item) and
 * void *peer_simple_queue_get(..). */
#ifndef BENCH_WORKLOADS_SIMPLE_QUEUE_H
#define BENCH_WORKLOADS_SIMPLE_QUEUE_H

#include "workloads/contest.h"

static void simple_produce(void *arg, uintptr_t first, long count) {
    peer_simple_queue *queue = (peer_simple_queue *)arg;
    for (uintptr_t item = first; item < first + (uintptr_t)count; item++)
        peer_simple_queue_put(queue, (void *)item);
}

static uintptr_t simple_consume(void *arg, long count) {
    peer_simple_queue *queue = (peer_simple_queue *)arg;
    uintptr_t sum = 0;
    for (long i = 0; i < count; i++)
        sum += (uintptr_t)peer_simple_queue_get(queue);
    return sum;
}

static void simple_shape(const workload *self) {
    static peer_simple_queue queue;
    contest game = {1, 1, 0, &queue, simple_produce, simple_consume, {0}, {0}, {0}};
    contest_shape(self, &game, 0);
    peer_simple_queue_init(&queue);
    contest_rate(self, &game);
}

#define SIMPLE_QUEUE_WORKLOADS                                                                                       \
    {"simple.1x1", simple_shape, 2, 800000}, {"simple.4x1", simple_shape, 5, 800000}, {                              \
        "simple.4x4", simple_shape, 8, 800000                                                                        \
    }

#endif
