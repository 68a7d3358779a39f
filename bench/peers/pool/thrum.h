/* thrum.h - task groups, for tasks that make tasks; and ThreadPoolExecutor, for tasks that have futures. */
#include "workloads/pool.h"

static thrum_executor *pool;

/* A thread less than there are CPUs: who waits for a result makes calls, too, as with TBB. */
static inline void peer_pool_open(void) {
    thrum_thread_pool_options options = {.max_workers = pool_workers - 1, .callers_help = true};
    if (!pool)
        must(thrum_thread_pool_executor_new(&pool, &options));
}

static long *first_result;

static int number_run(void *arg, void **ret_result) {
    long *result = arg;
    *result = result - first_result;
    *ret_result = result;
    return 0;
}

/* The futures are used again the next time, as the other peers' allocators use the memory of their tasks again. */
static inline void peer_pool_submit_all(long *results, long count) {
    static thrum_future *futures;
    if (!futures)
        futures = pool_memory(count, sizeof *futures);
    first_result = results;
    for (long i = 0; i < count; i++)
        must(thrum_executor_submit_into(pool, number_run, &results[i], &futures[i]));
    for (long i = 0; i < count; i++) {
        must(thrum_future_result(&futures[i], NULL));
        thrum_future_fini(&futures[i]);
    }
}

static int give_back(void *arg, void **ret_result) {
    *ret_result = arg;
    return 0;
}

static inline long peer_pool_trip(long number) {
    thrum_future *f;
    void *result;
    must(thrum_executor_submit(pool, give_back, (void *)(intptr_t)number, &f));
    must(thrum_future_result(f, &result));
    thrum_future_unref(f);
    return (long)(intptr_t)result;
}

typedef struct fib_task {
    thrum_task task; /* first: thrum hands it back */
    int n;
    long result;
} fib_task;

static int fib_run(thrum_task *task);

static long peer_pool_fib(int n) {
    if (n < 2)
        return n;
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    fib_task first;
    first.n = n - 1;
    thrum_task_group_run_task(&group, &first.task, fib_run);
    long second = peer_pool_fib(n - 2);
    must(thrum_task_group_wait(&group));
    return first.result + second;
}

static int fib_run(thrum_task *task) {
    fib_task *self = (fib_task *)task;
    self->result = peer_pool_fib(self->n);
    return 0;
}

enum { map_at_once = 4096 };

typedef struct map_task {
    thrum_task task;
    const uint64_t *from;
    uint64_t *to;
    long count;
} map_task;

/* Halves, until they are small; the first one is the caller's own, so that it goes through memory upwards. */
static int map_run(thrum_task *task) {
    map_task *self = (map_task *)task;
    if (self->count <= map_at_once) {
        pool_items(self->from, self->to, self->count);
        return 0;
    }
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    long half = self->count / 2;
    map_task first = {.from = self->from, .to = self->to, .count = half};
    map_task second = {.from = self->from + half, .to = self->to + half, .count = self->count - half};
    thrum_task_group_run_task(&group, &second.task, map_run);
    must(map_run(&first.task));
    return thrum_task_group_wait(&group);
}

static inline void peer_pool_map(const uint64_t *from, uint64_t *to, long count) {
    map_task all = {.from = from, .to = to, .count = count};
    must(map_run(&all.task));
}
