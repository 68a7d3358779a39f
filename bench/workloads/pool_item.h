/* pool_item.h - what is done to each item of a parallel map: about 4 ns of arithmetic. And the numbers that a pool's
 * workers are used for: as many as the reference machine has CPUs. */
#ifndef BENCH_WORKLOADS_POOL_ITEM_H
#define BENCH_WORKLOADS_POOL_ITEM_H

#include <stdint.h>

enum { pool_workers = 2, pool_item_steps = 4 };

static inline uint64_t pool_item(uint64_t item) {
    for (int i = 0; i < pool_item_steps; i++)
        item = (item ^ item >> 29) * UINT64_C(6364136223846793005);
    return item;
}

static inline void pool_items(const uint64_t *from, uint64_t *to, long count) {
    for (long i = 0; i < count; i++)
        to[i] = pool_item(from[i]);
}

#endif
