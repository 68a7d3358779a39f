/* thrum.h - task groups, for tasks that make tasks. */
#include "workloads/pool.h"

static inline void peer_pool_open(void) {
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

/* Halves, until they are small; the second one is the caller's own. */
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
    thrum_task_group_run_task(&group, &first.task, map_run);
    must(map_run(&second.task));
    return thrum_task_group_wait(&group);
}

static inline void peer_pool_map(const uint64_t *from, uint64_t *to, long count) {
    map_task all = {.from = from, .to = to, .count = count};
    must(map_run(&all.task));
}
