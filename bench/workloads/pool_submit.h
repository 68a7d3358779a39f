/* pool_submit.h - tasks by the million, and one at a time. The peer has defined peer_pool_open(void);
 * peer_pool_submit_all(long *results, long count), which submits tasks one by one, each of which sets its results[i]
 * to i, and waits for all; and long peer_pool_trip(long number), which submits one that gives the number back, and
 * waits for it. */
#ifndef BENCH_WORKLOADS_POOL_SUBMIT_H
#define BENCH_WORKLOADS_POOL_SUBMIT_H

#include "workloads/pool.h"

typedef struct pool_submission {
    long *results;
    long count;
} pool_submission;

static void pool_submit_once(void *arg) {
    pool_submission *self = (pool_submission *)arg;
    peer_pool_submit_all(self->results, self->count);
}

/* A million tasks that do next to nothing. */
static void pool_submit(const workload *self) {
    pool_submission all = {(long *)pool_memory(self->count, sizeof(long)), self->count};
    peer_pool_open();
    double took = pool_median(pool_submit_once, &all);
    for (long i = 0; i < self->count; i++)
        if (all.results[i] != i)
            give_up("a task was not run");
    report(self, "rate", (double)self->count / took * 1e3, "M/s");
}

static void pool_trips(void *arg) {
    for (long i = 0; i < *(const long *)arg; i++)
        if (peer_pool_trip(i) != i)
            give_up("a task was not run");
}

/* From submitting a task to having its result, one after the other. */
static void pool_trip(const workload *self) {
    long count = self->count;
    peer_pool_open();
    report(self, "time", pool_median(pool_trips, &count) / (double)count, "ns");
}

#define POOL_SUBMIT_WORKLOADS                                                                                        \
    {"pool.submit", pool_submit, 1, 1000000}, {                                                                      \
        "pool.trip", pool_trip, 1, 2000                                                                              \
    }

#endif
