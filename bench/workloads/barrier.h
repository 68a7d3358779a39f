/* barrier.h - the workload of a barrier. The peer has defined peer_barrier, peer_barrier_init(peer_barrier *, int
 * parties) and peer_barrier_wait(peer_barrier *). */
#ifndef BENCH_WORKLOADS_BARRIER_H
#define BENCH_WORKLOADS_BARRIER_H

#include "harness/measure.h"

typedef struct barrier_run {
    peer_barrier barrier;
    long count;
    int64_t took_ns;
} barrier_run;

static void barrier_cross(int index, void *arg) {
    barrier_run *run = (barrier_run *)arg;
    peer_barrier_wait(&run->barrier);
    int64_t start = now_ns();
    for (long i = 0; i < run->count; i++)
        peer_barrier_wait(&run->barrier);
    if (index == 0)
        run->took_ns = now_ns() - start;
}

/* Threads that do nothing but meet: how often a second. */
static void barrier_crossings(const workload *self) {
    static barrier_run run;
    run.count = self->count;
    peer_barrier_init(&run.barrier, self->threads);
    run_together(self->threads, false, barrier_cross, NULL, &run);
    report(self, "rate", (double)run.count * 1e6 / (double)run.took_ns, "k/s");
}

#define BARRIER_WORKLOADS                                                                                            \
    {"barrier.2", barrier_crossings, 2, 10000}, {                                                                    \
        "barrier.8", barrier_crossings, 8, 6000                                                                      \
    }

#endif
