/* countdown.h - how one waits for the last of many tasks where a pool has no futures: a count, a mutex and a
 * condition variable. And the records that those pools are given. */
#ifndef BENCH_PEERS_POOL_COUNTDOWN_H
#define BENCH_PEERS_POOL_COUNTDOWN_H

#include <pthread.h>

#include "workloads/pool.h"

typedef struct countdown {
    long left; /* atomic */
    pthread_mutex_t lock;
    pthread_cond_t done;
} countdown;

static countdown tasks_left = {0, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};

static inline void countdown_start(long count) {
    __atomic_store_n(&tasks_left.left, count, __ATOMIC_RELAXED); /* handed over with the tasks */
}

/* Acquire and release: what each task has written is seen by whoever sees none left. */
static inline void countdown_one(void) {
    if (__atomic_sub_fetch(&tasks_left.left, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    pthread_mutex_lock(&tasks_left.lock);
    pthread_cond_signal(&tasks_left.done);
    pthread_mutex_unlock(&tasks_left.lock);
}

/* The acquire pairs with the release of countdown_one(). */
static inline void countdown_wait(void) {
    pthread_mutex_lock(&tasks_left.lock);
    while (__atomic_load_n(&tasks_left.left, __ATOMIC_ACQUIRE) > 0)
        pthread_cond_wait(&tasks_left.done, &tasks_left.lock);
    pthread_mutex_unlock(&tasks_left.lock);
}

typedef struct number_task {
    long *result;
    long number;
} number_task;

static inline void number_run(const number_task *task) {
    *task->result = task->number;
    countdown_one();
}

typedef struct chunk_task {
    const uint64_t *from;
    uint64_t *to;
    long count;
} chunk_task;

static inline void chunk_run(const chunk_task *task) {
    pool_items(task->from, task->to, task->count);
    countdown_one();
}

enum { chunk_items = 4096 };

/* Cut the items up. Returns the chunks, the caller's to free, and counts them. */
static inline chunk_task *chunks_of(const uint64_t *from, uint64_t *to, long count, long *ret_chunks) {
    long chunks = (count + chunk_items - 1) / chunk_items;
    chunk_task *tasks = (chunk_task *)pool_memory(chunks, sizeof *tasks);
    for (long i = 0, at = 0; i < chunks; i++, at += chunk_items) {
        long length = count - at < chunk_items ? count - at : chunk_items;
        tasks[i] = (chunk_task){from + at, to + at, length};
    }
    *ret_chunks = chunks;
    return tasks;
}

/* The records of `count` numbers, the caller's to free. */
static inline number_task *numbers_of(long *results, long count) {
    number_task *tasks = (number_task *)pool_memory(count, sizeof *tasks);
    for (long i = 0; i < count; i++)
        tasks[i] = (number_task){&results[i], i};
    return tasks;
}

#endif
