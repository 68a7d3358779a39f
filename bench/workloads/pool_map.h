/* pool_map.h - the same done to many things. The peer has defined peer_pool_open(void) and
 * peer_pool_map(const uint64_t *from, uint64_t *to, long count), which lets all workers do pool_item() to each. */
#ifndef BENCH_WORKLOADS_POOL_MAP_H
#define BENCH_WORKLOADS_POOL_MAP_H

#include "workloads/pool.h"

enum { pool_map_times = 10 }; /* one takes a few milliseconds, in which a CPU more may not even wake up */

typedef struct pool_mapping {
    uint64_t *from, *to;
    long count;
} pool_mapping;

static void pool_map_once(void *arg) {
    pool_mapping *self = (pool_mapping *)arg;
    for (int i = 0; i < pool_map_times; i++)
        peer_pool_map(self->from, self->to, self->count);
}

static void pool_map(const workload *self) {
    pool_mapping all = {(uint64_t *)pool_memory(self->count, sizeof(uint64_t)),
                        (uint64_t *)pool_memory(self->count, sizeof(uint64_t)), self->count};
    for (long i = 0; i < self->count; i++)
        all.from[i] = (uint64_t)i;
    peer_pool_open();
    double took = pool_median(pool_map_once, &all);
    for (long i = 0; i < self->count; i++)
        if (all.to[i] != pool_item((uint64_t)i))
            give_up("an item was left out");
    report(self, "rate", (double)(self->count * pool_map_times) / took * 1e3, "M/s");
}

#define POOL_MAP_WORKLOADS                                                                                           \
    { "pool.map", pool_map, 1, 1000000 }

#endif
