/* pool.c - making a pool, handing it tasks, starting its workers, and ending it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrum/threading/deadlock.h>
#include <thrum/threading/with.h>

#include "base/memory.h"
#include "futures/pool_internal.h"
#include "platform/platform.h"
#include "time/time_internal.h"

enum { most_workers = (1 << 24) - 1 }; /* as many as `state` can count */

int thrum__pool_new(thrum__pool **ret_pool, const thrum__pool_options *options) {
    if (options->max_workers == 0)
        return THRUM_VALUE_ERROR;
    thrum__pool *pool = thrum__calloc(1, sizeof *pool);
    char *prefix = thrum__strdup(options->name_prefix);
    if (!pool || !prefix) {
        free(pool);
        free(prefix);
        return -ENOMEM;
    }
    pool->options = *options;
    pool->options.name_prefix = pool->prefix = prefix;
    if (pool->options.max_workers > most_workers)
        pool->options.max_workers = most_workers;
    pool->references = 1;
    pool->state = THRUM__GROWING;
    pool->cpus = thrum__os_cpus();
    thrum__inbox_init(&pool->inbox);
    int r = thrum__pool_list_add(pool);
    if (r < 0) {
        free(prefix);
        free(pool);
        return r;
    }
    *ret_pool = pool;
    return 0;
}

thrum__pool *thrum__pool_ref(thrum__pool *pool) {
    __atomic_fetch_add(&pool->references, 1, __ATOMIC_RELAXED); /* relaxed: the caller has a reference */
    return pool;
}

static void free_workers(thrum__worker *worker) {
    for (thrum__worker *older; worker; worker = older) {
        older = worker->older;
        thrum__deque_free(&worker->place.deque_);
        thrum_thread_unref(worker->thread);
        free(worker);
    }
}

static void drop_reference(thrum__pool *pool, uint64_t change) {
    /* Acquire and release: what every owner did with the pool comes before its end. */
    if ((uint32_t)__atomic_sub_fetch(&pool->references, change, __ATOMIC_ACQ_REL) > 0)
        return;
    thrum__pool_list_remove(pool);
    free_workers(pool->newest);
    free_workers(pool->gone);
    thrum_lock_order_forget(&pool->lock);
    if (pool->options.on_free)
        pool->options.on_free(pool->options.arg);
    free(pool->prefix);
    free(pool);
}

thrum__pool *thrum__pool_unref(thrum__pool *pool) {
    if (pool)
        drop_reference(pool, 1);
    return NULL;
}

void thrum__pool_unref_worker(thrum__pool *pool) {
    drop_reference(pool, 1 - THRUM__GAVE_BACK);
}

int32_t thrum__pool_add_tokens(thrum__pool *pool, int32_t n) {
    /* Relaxed, both: it only decides whether a thread is started, and whoever sees what the change was for, by way of
     * the inbox or of a finished task, sees the change. */
    if (!(__atomic_load_n(&pool->state, __ATOMIC_RELAXED) & THRUM__GROWING))
        return 0;
    thrum__point(&pool->tokens, THRUM__POINT_ATOMIC);
    return __atomic_add_fetch(&pool->tokens, n, __ATOMIC_RELAXED); /* relaxed: as above */
}

static bool take_token(thrum__pool *pool) {
    int32_t tokens = __atomic_load_n(&pool->tokens, __ATOMIC_RELAXED); /* relaxed, here and below: as above */
    thrum__point(&pool->tokens, THRUM__POINT_ATOMIC);
    while (tokens > 0)
        if (__atomic_compare_exchange_n(&pool->tokens, &tokens, tokens - 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return true;
    return false;
}

/* With the lock held. */
static void publish(thrum__pool *pool, thrum__worker *worker) {
    worker->pool = pool;
    worker->place.pool_ = pool;
    worker->place.state_ = &pool->state;
    worker->older = pool->newest;
    /* Release: pairs with the acquire loads of those who walk along the list. */
    __atomic_store_n(&pool->newest, worker, __ATOMIC_RELEASE);
}

thrum__worker *thrum__pool_add_guest(thrum__pool *pool) {
    thrum__worker *guest = thrum__calloc(1, sizeof *guest);
    if (!guest)
        return NULL;
    guest->taken = true;
    THRUM_GUARD(&pool->lock);
    publish(pool, guest);
    return guest;
}

/* With the lock held: PREFIX_N of the next worker, for the caller to free. */
static char *next_name(const thrum__pool *pool) {
    size_t size = strlen(pool->prefix) + sizeof "_4294967295";
    char *name = thrum__malloc(size);
    if (name)
        snprintf(name, size, "%s_%u", pool->prefix, pool->started);
    return name;
}

/* With the lock held: a worker without a running thread, in pool->spare. */
static int make_spare(thrum__pool *pool) {
    if (pool->spare)
        return 0;
    thrum__worker *worker = thrum__calloc(1, sizeof *worker);
    char *name = next_name(pool);
    if (!worker || !name) {
        free(worker);
        free(name);
        return -ENOMEM;
    }
    thrum_daemon daemon = pool->options.daemon ? THRUM_DAEMON : THRUM_NOT_DAEMON;
    int r = thrum_thread_new(&worker->thread, thrum__worker_main, worker,
                             &(thrum_thread_options){.name = name, .daemon = daemon});
    free(name); /* the thread has a copy */
    if (r < 0) {
        free(worker);
        return r;
    }
    publish(pool, worker);
    pool->spare = worker;
    return 0;
}

/* With the lock held. */
static int start_spare(thrum__pool *pool) {
    __atomic_fetch_add(&pool->state, THRUM__SEARCHING, __ATOMIC_SEQ_CST);
    thrum__pool_ref(pool); /* the worker's */
    int r = thrum_thread_start(pool->spare->thread);
    if (r < 0) {
        __atomic_fetch_sub(&pool->state, THRUM__SEARCHING, __ATOMIC_SEQ_CST);
        thrum__pool_unref(pool);
        return r;
    }
    pool->spare = NULL;
    /* Relaxed: written under the lock, and elsewhere a hint. */
    __atomic_store_n(&pool->started, pool->started + 1, __ATOMIC_RELAXED);
    if (pool->started == pool->options.max_workers)
        __atomic_fetch_and(&pool->state, ~THRUM__GROWING, __ATOMIC_SEQ_CST);
    return 0;
}

int thrum__pool_grow(thrum__pool *pool) {
    THRUM_GUARD(&pool->lock);
    if (pool->started >= pool->options.max_workers || thrum__inbox_is_closed(&pool->inbox))
        return 0;
    int r = make_spare(pool);
    return r < 0 ? r : start_spare(pool);
}

uint32_t thrum__pool_started(const thrum__pool *pool) {
    return __atomic_load_n(&pool->started, __ATOMIC_RELAXED); /* relaxed: a number by itself */
}

uint32_t thrum__pool_idle(const thrum__pool *pool) {
    int32_t tokens = __atomic_load_n(&pool->tokens, __ATOMIC_RELAXED); /* relaxed: a number by itself */
    return tokens > 0 ? (uint32_t)tokens : 0;
}

/* A task comes: see to it that there is a worker for it. Without any it cannot be accepted; otherwise one of those
 * that there are will come to it. */
static int make_room(thrum__pool *pool) {
    if (take_token(pool))
        return 0;
    int r = thrum__pool_grow(pool);
    if (r < 0 && thrum__pool_started(pool) == 0)
        return r;
    if (r < 0)
        thrum__pool_add_tokens(pool, -1);
    return 0;
}

int thrum__pool_submit(thrum__pool *pool, thrum__task *task) {
    /* Relaxed: that the last thread was started, or the pool closed, is looked at again under the lock. */
    if (__atomic_load_n(&pool->state, __ATOMIC_RELAXED) & THRUM__GROWING) {
        int r = make_room(pool);
        if (r < 0)
            return r;
    }
    if (!thrum__inbox_push(&pool->inbox, task)) {
        /* Acquire: pairs with the exchange in thrum__pool_break(). */
        int broken = __atomic_load_n(&pool->broken, __ATOMIC_ACQUIRE);
        return broken < 0 ? broken : THRUM_SHUT_DOWN;
    }
    thrum__pool_call(pool);
    return 0;
}

bool thrum__pool_withdraw(thrum__pool *pool, thrum__task *task) {
    int r;
    while ((r = thrum__inbox_remove(&pool->inbox, task)) < 0)
        (void)thrum_sleep(thrum_nanoseconds(1000)); /* cannot fail: it is a valid span */
    thrum__pool_add_tokens(pool, r);
    return r > 0;
}

thrum__task *thrum__pool_take_all(thrum__pool *pool) {
    thrum__task *first = NULL, **last = &first, *task;
    while ((task = thrum__inbox_pop(&pool->inbox)) != NULL) {
        thrum__pool_add_tokens(pool, 1);
        *last = task;
        last = &task->next_;
    }
    *last = NULL;
    return first;
}

bool thrum__pool_has_tasks(thrum__pool *pool) {
    return thrum__inbox_look(&pool->inbox) != THRUM__INBOX_EMPTY;
}

bool thrum__pool_is_closed(const thrum__pool *pool) {
    return thrum__inbox_is_closed(&pool->inbox);
}

void thrum__pool_close(thrum__pool *pool) {
    thrum_lock_acquire(&pool->lock); /* after this nobody starts a thread */
    thrum__inbox_close(&pool->inbox);
    __atomic_fetch_and(&pool->state, ~THRUM__GROWING, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&pool->state, THRUM__CLOSED, __ATOMIC_SEQ_CST);
    (void)thrum_lock_release(&pool->lock); /* cannot fail: it is held */
    thrum__pool_wake_all(pool);
}

void thrum__pool_break(thrum__pool *pool, int code) {
    int whole = 0;
    /* Release: pairs with the load in thrum__pool_submit(). Relaxed on failure: it is broken already. */
    if (!__atomic_compare_exchange_n(&pool->broken, &whole, code, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        return;
    thrum__pool_close(pool);
    if (pool->options.on_broken)
        pool->options.on_broken(pool->options.arg, code);
}

int thrum__pool_join(thrum__pool *pool, int64_t deadline) {
    if (thrum__pool_of_caller() == pool)
        return THRUM_RUNTIME_ERROR;
    /* Acquire: pairs with the release in publish(). */
    thrum__worker *worker = __atomic_load_n(&pool->newest, __ATOMIC_ACQUIRE);
    for (; worker; worker = worker->older) {
        if (!worker->thread || thrum_thread_ident(worker->thread) == 0)
            continue;
        int r = thrum_thread_join_timed(worker->thread, thrum_deadline_left((thrum_deadline){deadline}));
        if (r < 0)
            return r;
    }
    return 0;
}

void thrum__pool_each_busy(thrum__pool *pool, void (*visit)(thrum_thread *thread, void *arg), void *arg) {
    /* Acquire: pairs with the release in publish(). */
    thrum__worker *worker = __atomic_load_n(&pool->newest, __ATOMIC_ACQUIRE);
    for (; worker; worker = worker->older)
        if (worker->thread && __atomic_load_n(&worker->busy, __ATOMIC_RELAXED)) /* relaxed: a hint */
            visit(worker->thread, arg);
}

/* The pool has no workers but, perhaps, the caller. */
static void forget_workers(thrum__pool *pool) {
    thrum__worker *worker = pool->newest, *older;
    uint32_t lost = pool->started;
    pool->newest = NULL;
    pool->spare = NULL;
    pool->started = 0;
    for (; worker; worker = older) {
        older = worker->older;
        thrum__deque_reset(&worker->place.deque_);
        if (worker != thrum__worker_self) {
            worker->older = pool->gone;
            pool->gone = worker;
            continue;
        }
        worker->older = NULL;
        pool->newest = worker;
        thrum__worker_become(worker); /* the fences may have changed */
        pool->started = worker->thread ? 1 : 0;
    }
    uint32_t gave_back = (uint32_t)(pool->references / THRUM__GAVE_BACK);
    pool->references = (uint32_t)pool->references - (lost - gave_back - pool->started);
}

void thrum__pool_after_fork_child(thrum__pool *pool) {
    bool closed = thrum__inbox_is_closed(&pool->inbox);
    forget_workers(pool);
    thrum__inbox_init(&pool->inbox);
    if (closed)
        thrum__inbox_close(&pool->inbox);
    pool->tokens = 0;
    bool growing = pool->started < pool->options.max_workers;
    pool->state = closed ? THRUM__CLOSED : growing ? THRUM__GROWING : 0;
}
