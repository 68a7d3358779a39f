/* pool_fib.h - tasks that make tasks and wait for them. The peer has defined peer_pool_open(void) and
 * long peer_pool_fib(int n): the sum of both calls for n - 1 and n - 2, one of which is a task, or n below 2. */
#ifndef BENCH_WORKLOADS_POOL_FIB_H
#define BENCH_WORKLOADS_POOL_FIB_H

#include "workloads/pool.h"

static void pool_fib_once(void *arg) {
    if (peer_pool_fib((int)*(const long *)arg) != 196418)
        give_up("not a number of Fibonacci's");
}

/* 832,040 calls, of which every second is a task. */
static void pool_fib(const workload *self) {
    long n = self->count;
    peer_pool_open();
    report(self, "time", pool_median(pool_fib_once, &n) / 1e6, "ms");
}

#define POOL_FIB_WORKLOADS                                                                                           \
    { "pool.fib", pool_fib, 1, 27 }

#endif
