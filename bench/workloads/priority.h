/* priority.h - the workloads of a queue that gives the smallest item. The peer has defined peer_priority and, each of
 * a peer_priority *, peer_priority_init(), peer_priority_put(.., uint64_t key) and uint64_t peer_priority_get(..). */
#ifndef BENCH_WORKLOADS_PRIORITY_H
#define BENCH_WORKLOADS_PRIORITY_H

#include "harness/measure.h"

typedef struct priority_times {
    peer_priority queue;
    long count;
    double put, get;
} priority_times;

/* Keys in no order, always the same. */
static void priority_fill(priority_times *self) {
    uint64_t key = 1;
    for (long i = 0; i < self->count; i++) {
        key = key * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        peer_priority_put(&self->queue, key);
    }
}

static void priority_drain(priority_times *self) {
    uint64_t last = 0;
    for (long i = 0; i < self->count; i++) {
        uint64_t key = peer_priority_get(&self->queue);
        if (key < last)
            give_up("not the smallest one");
        last = key;
    }
}

/* The first time is to touch the memory, the second counts. */
static void priority_rounds(int index, void *arg) {
    priority_times *self = (priority_times *)arg;
    for (int i = index; i < 2; i++) {
        int64_t start = now_ns();
        priority_fill(self);
        int64_t middle = now_ns();
        priority_drain(self);
        self->put = (double)(middle - start) / (double)self->count;
        self->get = (double)(now_ns() - middle) / (double)self->count;
    }
}

/* Beside a second thread, as in ns_per_operation(). */
static void priority_measure(const workload *self, priority_times *times) {
    times->count = self->count;
    peer_priority_init(&times->queue);
    run_together(1, false, priority_rounds, NULL, times);
}

/* Put a million items in. */
static void priority_put(const workload *self) {
    static priority_times times;
    priority_measure(self, &times);
    report(self, "time", times.put, "ns");
}

/* Take them out, the smallest first. */
static void priority_get(const workload *self) {
    static priority_times times;
    priority_measure(self, &times);
    report(self, "time", times.get, "ns");
}

#define PRIORITY_WORKLOADS                                                                                           \
    {"priority.put", priority_put, 1, 1000000}, {                                                                    \
        "priority.get", priority_get, 1, 1000000                                                                     \
    }

#endif
