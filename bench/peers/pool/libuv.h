/* libuv.h - uv_queue_work, whose results are seen by the loop. */
#include <stdlib.h>

#include "workloads/pool.h"

typedef struct number_work {
    uv_work_t work; /* first: libuv hands it back */
    long number, result;
} number_work;

static void run_number(uv_work_t *work) {
    number_work *self = (number_work *)work;
    self->result = self->number;
}

static void see_number(uv_work_t *work, int status) {
    (void)work;
    if (status != 0)
        give_up("a task was cancelled");
}

static inline void peer_pool_open(void) {
    setenv("UV_THREADPOOL_SIZE", "2", 1); /* read when the first work is queued */
}

static inline void queue_number(number_work *self, long number) {
    self->number = number;
    if (uv_queue_work(uv_default_loop(), &self->work, run_number, see_number) != 0)
        give_up("uv_queue_work failed");
}

static inline void peer_pool_submit_all(long *results, long count) {
    number_work *all = pool_memory(count, sizeof *all);
    for (long i = 0; i < count; i++)
        queue_number(&all[i], i);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    for (long i = 0; i < count; i++)
        results[i] = all[i].result;
    free(all);
}

static inline long peer_pool_trip(long number) {
    number_work one = {.result = -1};
    queue_number(&one, number);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return one.result;
}
