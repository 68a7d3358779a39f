/* pool_list.c - all pools, for what concerns each of them: the end of the process, and a fork.
 *
 * At the end the pools are closed, and their workers, which first do what is queued, are waited for: before the
 * threads of the program are, as in Python.
 *
 * Locking: `pools.lock` protects the list. Around a fork it is held, and the lock of each pool inside it, so that no
 * pool is about to start a worker.
 */
#include <pthread.h>

#include <thrum/threading/with.h>

#include "futures/pool_internal.h"
#include "time/time_internal.h"

static struct {
    thrum_lock lock;
    thrum__pool *first;
    bool registered;
    bool over; /* atomic */
} pools;

bool thrum__pools_are_over(void) {
    /* Acquire: pairs with the release in close_all(). */
    return __atomic_load_n(&pools.over, __ATOMIC_ACQUIRE);
}

static void close_all(void) {
    THRUM_GUARD(&pools.lock);
    /* Release: pairs with thrum__pools_are_over(). */
    __atomic_store_n(&pools.over, true, __ATOMIC_RELEASE);
    for (thrum__pool *pool = pools.first; pool; pool = pool->next)
        thrum__pool_close(pool);
}

/* A reference, unless the last one has just gone. */
static bool ref_if_alive(thrum__pool *pool) {
    uint64_t references =
        __atomic_load_n(&pool->references, __ATOMIC_RELAXED); /* relaxed: the exchange looks again */
    while ((uint32_t)references > 0)
        /* Relaxed, both: the list's lock keeps the pool in place, and orders what is in it. */
        if (__atomic_compare_exchange_n(&pool->references, &references, references + 1, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
            return true;
    return false;
}

static thrum__pool *next_to_join(void) {
    THRUM_GUARD(&pools.lock);
    for (thrum__pool *pool = pools.first; pool; pool = pool->next)
        if (!pool->joined && ref_if_alive(pool)) {
            pool->joined = true;
            return pool;
        }
    return NULL;
}

static void at_exit(void *arg) {
    (void)arg;
    close_all();
    for (thrum__pool *pool; (pool = next_to_join()) != NULL; thrum__pool_unref(pool)) {
        int r = thrum__pool_join(pool, THRUM__NEVER);
        (void)r; /* fails when a worker ends the process: nobody waits for itself */
    }
}

/* Under the lock, before the first pool there is. */
static int see_to_exit(void) {
    if (pools.registered)
        return 0;
    thrum__fences_choose();
    int r = thrum_register_atexit(at_exit, NULL);
    if (r == THRUM_RUNTIME_ERROR)                              /* the end has begun without pools */
        __atomic_store_n(&pools.over, true, __ATOMIC_RELEASE); /* release: as in close_all() */
    else if (r < 0)
        return r;
    pools.registered = true;
    return 0;
}

int thrum__pool_list_add(thrum__pool *pool) {
    THRUM_GUARD(&pools.lock);
    int r = see_to_exit();
    if (r < 0)
        return r;
    pool->next = pools.first;
    if (pool->next)
        pool->next->previous = pool;
    pools.first = pool;
    if (pools.over)
        thrum__pool_close(pool);
    return 0;
}

void thrum__pool_list_remove(thrum__pool *pool) {
    THRUM_GUARD(&pools.lock);
    *(pool->previous ? &pool->previous->next : &pools.first) = pool->next;
    if (pool->next)
        pool->next->previous = pool->previous;
}

static void before_fork(void) THRUM_UNCHECKED {
    thrum_lock_acquire(&pools.lock);
    for (thrum__pool *pool = pools.first; pool; pool = pool->next)
        thrum_lock_acquire(&pool->lock);
}

static void after_fork_parent(void) THRUM_UNCHECKED {
    for (thrum__pool *pool = pools.first; pool; pool = pool->next)
        (void)thrum_lock_release(&pool->lock); /* cannot fail, here and below: they are held */
    (void)thrum_lock_release(&pools.lock);
}

static void after_fork_child(void) THRUM_UNCHECKED {
    if (pools.registered)
        thrum__fences_choose();
    for (thrum__pool *pool = pools.first; pool; pool = pool->next) {
        (void)thrum_lock_release(&pool->lock);
        thrum__pool_after_fork_child(pool);
    }
    (void)thrum_lock_release(&pools.lock);
}

/* After src/threading, so that a fork takes the locks of this layer before those below it. */
__attribute__((constructor(202))) static void load(void) {
    thrum__fences_choose();
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}
