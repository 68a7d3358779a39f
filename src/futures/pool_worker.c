/* pool_worker.c - the life of a worker, and guests: other threads that work for a pool while they wait. */
#include <stdlib.h>

#include "futures/pool_internal.h"

__thread thrum__worker *thrum__worker_self __attribute__((tls_model("initial-exec")));

__thread thrum__workplace *thrum_workplace_ __attribute__((tls_model("initial-exec")));

/* What is inlined in callers has no places for the explorer, and light fences. */
void thrum__worker_become(thrum__worker *worker) {
    /* Relaxed: see its declaration. */
    bool light = __atomic_load_n(&thrum__fences_are_light, __ATOMIC_RELAXED);
    thrum__worker_self = worker;
    thrum_workplace_ = worker && light && !thrum__hooks_get() ? &worker->place : NULL;
}

/* Relaxed, here and below: a hint, for reports. */
static void set_busy(thrum__worker *worker, bool busy) {
    __atomic_store_n(&worker->busy, busy, __ATOMIC_RELAXED);
}

static void run(thrum__worker *worker, thrum__task *task) {
    set_busy(worker, true);
    task->run_(task);
    set_busy(worker, false);
}

/* An idle worker has found something that was not submitted. A task may have been, in this moment, for which no
 * thread was started because this one was idle: then one is started in its place. */
static void stop_being_idle(thrum__pool *pool) {
    if (thrum__pool_add_tokens(pool, -1) < 0 && thrum__pool_grow(pool) == 0)
        thrum__pool_add_tokens(pool, 1);
}

/* A worker's next task: NULL when the pool is closed and nothing is left. A worker is idle from when it has found
 * nothing, or has settled, until it has found something. */
static thrum__task *next_task(thrum__worker *worker, thrum__seeker *seeker) {
    seeker->idle = seeker->searching || worker->settled;
    thrum__task *task = seeker->searching ? NULL : thrum__pool_find(seeker);
    if (!task) {
        if (!seeker->idle)
            thrum__pool_add_tokens(worker->pool, 1);
        seeker->idle = true;
        task = thrum__pool_seek(seeker);
    }
    if (seeker->idle)
        stop_being_idle(worker->pool);
    worker->settled = false;
    return task;
}

/* Started workers count as searching. */
static void work(thrum__worker *worker) {
    thrum__seeker seeker = {.pool = worker->pool, .worker = worker, .deadline = INT64_MAX, .searching = true};
    for (thrum__task *task; (task = next_task(worker, &seeker)) != NULL;)
        run(worker, task);
}

int thrum__worker_main(void *arg) {
    thrum__worker *worker = arg;
    thrum__pool *pool = worker->pool;
    const thrum__pool_options *options = &pool->options;
    thrum__worker_become(worker);
    int r = options->on_start ? options->on_start(options->arg) : 0;
    worker->unfit = r < 0;
    if (r < 0)
        thrum__pool_break(pool, r);
    work(worker); /* if only to pass on what was being submitted meanwhile */
    if (options->on_end)
        options->on_end(options->arg);
    thrum__worker_become(NULL);
    thrum__pool_unref_worker(pool);
    return 0;
}

void thrum__pool_settle(void) {
    thrum__worker *worker = thrum__worker_self;
    if (!worker || !worker->thread || worker->settled)
        return;
    worker->settled = true;
    thrum__pool_add_tokens(worker->pool, 1);
}

thrum__pool *thrum__pool_of_caller(void) {
    thrum__worker *worker = thrum__worker_self;
    return worker && worker->thread ? worker->pool : NULL;
}

static thrum__worker *free_guest(thrum__pool *pool) {
    /* Acquire: pairs with the release in thrum__pool_add(). */
    for (thrum__worker *guest = __atomic_load_n(&pool->newest, __ATOMIC_ACQUIRE); guest; guest = guest->older) {
        bool taken = false;
        /* Acquire: pairs with the release in thrum__pool_leave(): the deque is this thread's now. Relaxed on failure:
         * it is somebody else's. */
        if (!guest->thread &&
            __atomic_compare_exchange_n(&guest->taken, &taken, true, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return guest;
    }
    return NULL;
}

bool thrum__pool_enter(thrum__pool *pool) {
    thrum__worker *guest = free_guest(pool);
    if (!guest)
        guest = thrum__pool_add_guest(pool);
    thrum__worker_become(guest);
    return guest != NULL;
}

void thrum__pool_leave(void) {
    thrum__worker *guest = thrum__worker_self;
    thrum__worker_become(NULL);
    /* Release: pairs with the exchange in free_guest(). What it has put aside, others take. */
    __atomic_store_n(&guest->taken, false, __ATOMIC_RELEASE);
}
