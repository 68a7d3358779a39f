/* glib.h - GThreadPool, which has no futures. */
#include "peers/pool/countdown.h"

static GThreadPool *numbers, *chunks;

static void run_number(void *task, void *arg) {
    (void)arg;
    number_run(task);
}

static void run_chunk(void *task, void *arg) {
    (void)arg;
    chunk_run(task);
}

static inline void peer_pool_open(void) {
    numbers = g_thread_pool_new(run_number, NULL, pool_workers, TRUE, NULL);
    chunks = g_thread_pool_new(run_chunk, NULL, pool_workers, TRUE, NULL);
}

static inline void peer_pool_submit_all(long *results, long count) {
    number_task *tasks = numbers_of(results, count);
    countdown_start(count);
    for (long i = 0; i < count; i++)
        g_thread_pool_push(numbers, &tasks[i], NULL);
    countdown_wait();
    free(tasks);
}

static inline long peer_pool_trip(long number) {
    long result = -1;
    number_task task = {&result, number};
    countdown_start(1);
    g_thread_pool_push(numbers, &task, NULL);
    countdown_wait();
    return result;
}

static inline void peer_pool_map(const uint64_t *from, uint64_t *to, long count) {
    long parts;
    chunk_task *tasks = chunks_of(from, to, count, &parts);
    countdown_start(parts);
    for (long i = 0; i < parts; i++)
        g_thread_pool_push(chunks, &tasks[i], NULL);
    countdown_wait();
    free(tasks);
}
