/* pools.h - pools and tasks for tests. */
#ifndef TEST_POOLS_H
#define TEST_POOLS_H

#include "crew.h"
#include "futures/pool.h"
#include "futures/pool_internal.h"
#include "time/time_internal.h"

static inline thrum__pool *new_pool(uint32_t max_workers) {
    thrum__pool *pool = NULL;
    CHECK_EQ(thrum__pool_new(&pool, &(thrum__pool_options){.max_workers = max_workers, .name_prefix = "p"}), 0);
    return pool;
}

static inline void end_pool(thrum__pool *pool) {
    thrum__pool_close(pool);
    CHECK_EQ(thrum__pool_join(pool, THRUM__NEVER), 0);
    CHECK(!thrum__pool_unref(pool));
}

/* A task that counts, and one that waits. */
typedef struct job {
    thrum__task task;
    thrum_event *begun, *gate; /* may be NULL */
    int *count;
    int order; /* how many were run before */
} job;

static inline void run_job(thrum__task *task) {
    job *j = (job *)task;
    if (j->begun)
        thrum_event_set(j->begun);
    if (j->gate)
        thrum_event_wait(j->gate);
    int *count = j->count;
    j->order = __atomic_load_n(count, __ATOMIC_SEQ_CST);
    add(count, 1);
}

static inline void submit_job(thrum__pool *pool, job *j, int *count, thrum_event *begun, thrum_event *gate) {
    *j = (job){.task = {.run_ = run_job}, .begun = begun, .gate = gate, .count = count};
    CHECK_EQ(thrum__pool_submit(pool, &j->task), 0);
}

/* Until `n` of the pool's threads sleep for want of work. */
static inline void until_asleep(thrum__pool *pool, uint32_t n) {
    UNTIL(THRUM__COUNT_SLEEPING(__atomic_load_n(&pool->state, __ATOMIC_SEQ_CST)) == n);
}

#endif
