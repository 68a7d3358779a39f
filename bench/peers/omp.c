/* omp.c - OpenMP, gcc's: its tasks and its parallel loop. It runs a task at once when many are waiting. */
#include "workloads/pool.h"

static inline void peer_pool_open(void) {
}

static void peer_pool_submit_all(long *results, long count) {
#pragma omp parallel num_threads(pool_workers)
#pragma omp single
    for (long i = 0; i < count; i++) {
#pragma omp task firstprivate(i)
        results[i] = i;
    }
}

static long peer_pool_trip(long number) {
    long result = -1;
#pragma omp parallel num_threads(pool_workers) shared(result)
#pragma omp single
    {
#pragma omp task shared(result)
        result = number;
#pragma omp taskwait
    }
    return result;
}

static void peer_pool_map(const uint64_t *from, uint64_t *to, long count) {
#pragma omp parallel for num_threads(pool_workers)
    for (long i = 0; i < count; i++)
        to[i] = pool_item(from[i]);
}

static long fib(int n) {
    long a, b;
    if (n < 2)
        return n;
#pragma omp task shared(a)
    a = fib(n - 1);
    b = fib(n - 2);
#pragma omp taskwait
    return a + b;
}

static long peer_pool_fib(int n) {
    long result = 0;
#pragma omp parallel num_threads(pool_workers) shared(result)
#pragma omp single
    result = fib(n);
    return result;
}

#include "workloads/pool_submit.h"
#include "workloads/pool_map.h"
#include "workloads/pool_fib.h"

int main(int argc, char **argv) {
    static const workload table[] = {
        POOL_SUBMIT_WORKLOADS, POOL_MAP_WORKLOADS, POOL_FIB_WORKLOADS, {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
