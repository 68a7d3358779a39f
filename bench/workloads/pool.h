/* pool.h - what the workloads of a pool of threads have in common: how many workers, what is done to an item, and how
 * often it is measured. */
#ifndef BENCH_WORKLOADS_POOL_H
#define BENCH_WORKLOADS_POOL_H

#include <stdlib.h>

#include "harness/measure.h"

enum { pool_workers = 2, pool_rounds = 3 };

static inline uint64_t pool_step(uint64_t item) {
    return (item ^ item >> 29) * UINT64_C(6364136223846793005);
}

/* About 4 ns of arithmetic. No loop: whether a compiler unrolls it makes a third, and is no merit of a peer's. */
static inline uint64_t pool_item(uint64_t item) {
    item = pool_step(pool_step(pool_step(pool_step(item))));
    return pool_step(pool_step(pool_step(pool_step(item))));
}

static inline void pool_items(const uint64_t *from, uint64_t *to, long count) {
    for (long i = 0; i < count; i++)
        to[i] = pool_item(from[i]);
}

static inline void *pool_memory(long count, size_t size) {
    void *block = calloc((size_t)count, size);
    if (!block)
        give_up("no memory");
    return block;
}

/* How long once(arg) takes, in nanoseconds: the median of three after one to warm up. */
static inline double pool_median(void (*once)(void *arg), void *arg) {
    double times[pool_rounds];
    for (int i = -1; i < pool_rounds; i++) {
        int64_t start = now_ns();
        once(arg);
        if (i >= 0)
            times[i] = (double)(now_ns() - start);
    }
    return percentile(times, pool_rounds, 50);
}

#endif
