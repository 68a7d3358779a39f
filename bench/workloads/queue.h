/* queue.h - the workloads of a queue with a limit, at which put waits. The peer has defined peer_queue and, each of a
 * peer_queue *, peer_queue_init(.., size_t capacity), peer_queue_put(.., void *item) and void *peer_queue_get(..). */
#ifndef BENCH_WORKLOADS_QUEUE_H
#define BENCH_WORKLOADS_QUEUE_H

#include "workloads/contest.h"

enum { queue_capacity = 1024 };

static void queue_produce(void *arg, uintptr_t first, long count) {
    peer_queue *queue = (peer_queue *)arg;
    for (uintptr_t item = first; item < first + (uintptr_t)count; item++)
        peer_queue_put(queue, (void *)item);
}

static uintptr_t queue_consume(void *arg, long count) {
    peer_queue *queue = (peer_queue *)arg;
    uintptr_t sum = 0;
    for (long i = 0; i < count; i++)
        sum += (uintptr_t)peer_queue_get(queue);
    return sum;
}

static peer_queue queue_of_contest;

static contest queue_contest(void) {
    contest game = {1, 1, 0, &queue_of_contest, queue_produce, queue_consume, {0}, {0}, {0}};
    return game;
}

/* Shapes of producers and consumers. */
static void queue_shape(const workload *self) {
    contest game = queue_contest();
    int capacity = contest_shape(self, &game, queue_capacity);
    peer_queue_init(&queue_of_contest, (size_t)capacity);
    contest_rate(self, &game);
}

/* One place: each item has to be taken before the next can be put. */
static void queue_handoff(const workload *self) {
    contest game = queue_contest();
    peer_queue_init(&queue_of_contest, 1);
    report(self, "time", contest_run(self, &game) / (double)self->count, "ns");
}

#define QUEUE_WORKLOADS                                                                                              \
    {"queue.1x1", queue_shape, 2, 800000}, {"queue.4x1", queue_shape, 5, 800000},                                    \
        {"queue.2x2", queue_shape, 4, 800000}, {"queue.4x4", queue_shape, 8, 800000},                                \
        {"queue.1x1.16", queue_shape, 2, 80000}, {"queue.4x1.16", queue_shape, 5, 80000},                            \
        {"queue.2x2.16", queue_shape, 4, 80000}, {"queue.4x4.16", queue_shape, 8, 80000},                            \
        {"queue.4x1.1", queue_shape, 5, 40000}, {"queue.2x2.1", queue_shape, 4, 40000},                              \
        {"queue.4x4.1", queue_shape, 8, 40000}, {"queue.handoff", queue_handoff, 2, 10000},                          \
        {"queue.handoff@1cpu", queue_handoff, 2, 40000}, {                                                           \
        "queue.handoff@split", queue_handoff, 2, 10000                                                               \
    }

#endif
