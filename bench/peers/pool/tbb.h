/* tbb.h - task_group and parallel_for. */
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include "workloads/pool.h"

/* The arena that all use has as many threads as there are CPUs, the caller's being one. */
static inline void peer_pool_open() {
}

static inline void peer_pool_submit_all(long *results, long count) {
    tbb::task_group all;
    for (long i = 0; i < count; i++)
        all.run([=] { results[i] = i; });
    all.wait();
}

static inline long peer_pool_trip(long number) {
    tbb::task_group one;
    long result = -1;
    one.run([&] { result = number; });
    one.wait();
    return result;
}

static inline void peer_pool_map(const uint64_t *from, uint64_t *to, long count) {
    tbb::parallel_for(tbb::blocked_range<long>(0, count), [=](const tbb::blocked_range<long> &range) {
        pool_items(from + range.begin(), to + range.begin(), (long)range.size());
    });
}

static long peer_pool_fib(int n) {
    if (n < 2)
        return n;
    tbb::task_group first;
    long a, b;
    first.run([&a, n] { a = peer_pool_fib(n - 1); });
    b = peer_pool_fib(n - 2);
    first.wait();
    return a + b;
}
