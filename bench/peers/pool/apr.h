/* apr.h - apr_thread_pool, which has no futures. */
#include "peers/pool/countdown.h"

static apr_thread_pool_t *workers;

static void *APR_THREAD_FUNC run_number(apr_thread_t *self, void *task) {
    (void)self;
    number_run(task);
    return NULL;
}

static void *APR_THREAD_FUNC run_chunk(apr_thread_t *self, void *task) {
    (void)self;
    chunk_run(task);
    return NULL;
}

static inline void peer_pool_open(void) {
    must(apr_thread_pool_create(&workers, pool_workers, pool_workers, memory));
}

static inline void peer_pool_submit_all(long *results, long count) {
    number_task *tasks = numbers_of(results, count);
    countdown_start(count);
    for (long i = 0; i < count; i++)
        must(apr_thread_pool_push(workers, run_number, &tasks[i], APR_THREAD_TASK_PRIORITY_NORMAL, NULL));
    countdown_wait();
    free(tasks);
}

static inline long peer_pool_trip(long number) {
    long result = -1;
    number_task task = {&result, number};
    countdown_start(1);
    must(apr_thread_pool_push(workers, run_number, &task, APR_THREAD_TASK_PRIORITY_NORMAL, NULL));
    countdown_wait();
    return result;
}

static inline void peer_pool_map(const uint64_t *from, uint64_t *to, long count) {
    long parts;
    chunk_task *tasks = chunks_of(from, to, count, &parts);
    countdown_start(parts);
    for (long i = 0; i < parts; i++)
        must(apr_thread_pool_push(workers, run_chunk, &tasks[i], APR_THREAD_TASK_PRIORITY_NORMAL, NULL));
    countdown_wait();
    free(tasks);
}
