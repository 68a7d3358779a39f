/* pool_internal.h - what a pool is made of.
 *
 * `state` says who could work and does not:
 *     SEARCHING   how many threads look for a task, or have been woken or started to do so
 *     SLEEPING    how many sleep, queued in the waiting room at the address of `state`; changed under its latch
 *     GROWING     another thread may still be started
 *     CLOSED      no task will be accepted; set after the inbox was closed
 * Who queues a task looks at it afterwards. When somebody searches, that is enough: the last to end its search looks
 * for what it may have left, and only then wakes the next. So there is one wake-up under way at a time, and a pool
 * that works is not disturbed. When nobody searches, one sleeper is woken: it is taken out of the queue, and counts
 * as searching at once.
 *     search begins   + SEARCHING         by the thread, which has found nothing
 *     search ends     - SEARCHING         by the thread, with a task, or to leave
 *     lies down       - SEARCHING + SLEEPING, under the latch; and then it looks again
 *     is woken        + SEARCHING - SLEEPING, under the latch, by whoever takes it out: also by itself
 *     is closed       - GROWING + CLOSED, and then all sleepers are woken
 * All of these, and the accesses to what is looked for, are seq_cst, or ordered by the fences of platform/fence.h:
 * one who queues a task and one who lies down cannot both fail to see the other.
 *
 * Locking: `lock` protects the starting of threads and the list of workers, which is read without it. The latch of
 * the waiting room and that of the inbox are taken inside it or by themselves, never both.
 */
#ifndef THRUM_POOL_INTERNAL_H
#define THRUM_POOL_INTERNAL_H

#include <thrum/threading/lock.h>
#include <thrum/threading/thread.h>

#include "base/hooks.h"
#include "futures/deque.h"
#include "futures/pool.h"
#include "futures/pool_inbox.h"

#define THRUM__SEARCHING UINT64_C(1)
#define THRUM__SLEEPING (UINT64_C(1) << 24)
#define THRUM__GROWING (UINT64_C(1) << 48)
#define THRUM__CLOSED (UINT64_C(1) << 49)

#define THRUM__GAVE_BACK (UINT64_C(1) << 32) /* in `references` */
#define THRUM__COUNT_SEARCHING(state) ((uint32_t)((state) & (THRUM__SLEEPING - 1)))
#define THRUM__COUNT_SLEEPING(state) ((uint32_t)(((state) & (THRUM__GROWING - 1)) >> 24))

/* A thread that works for a pool: one of its own, or a guest that waits for a group. Freed with the pool. */
typedef struct thrum__worker {
    thrum__workplace place; /* first */
    char apart_[64];
    thrum__pool *pool;
    struct thrum__worker *older; /* in the pool's list */
    thrum_thread *thread;        /* NULL for a guest */
    bool busy;                   /* atomic; runs a task */
    bool settled;                /* its own: counts as idle before its task has ended */
    bool unfit;                  /* its own: on_start failed, so it takes no parts of what others have begun */
    bool taken;                  /* of a guest's place, atomic: somebody has it */
} thrum__worker;

struct thrum__pool {
    thrum__inbox inbox;
    char apart_[128];
    uint64_t state; /* atomic */
    /* Atomic: workers that are idle or being started, less the tasks that were submitted and not begun; kept while
     * the pool is GROWING. When it is positive a submitted task needs no new thread. */
    int32_t tokens;
    char apart_too_[64];
    thrum__worker *newest; /* atomic; all workers and guests */
    uint64_t references;   /* atomic: all in the low half; in the high half, how many workers gave theirs back */
    int broken;            /* atomic; a code, or 0 */
    uint32_t started;      /* atomic; written under the lock */
    unsigned cpus;
    bool puts_aside; /* atomic; false -> true: some deque is in use */
    bool joined;     /* at the end of the process; under the lock of the list */
    thrum_lock lock;
    thrum__pool_options options;
    char *prefix;
    thrum__worker *spare;         /* one whose thread could not be started, for the next attempt */
    thrum__worker *gone;          /* in the child of a fork: the parent's */
    thrum__pool *previous, *next; /* in the list of all pools */
};

/* The worker, or guest, that the calling thread is; NULL outside. Nested pools: the innermost. */
extern __thread thrum__worker *thrum__worker_self __attribute__((tls_model("initial-exec")));

/* Set that, and thrum_workplace_, to a worker or NULL. */
void thrum__worker_become(thrum__worker *worker);

/* Start another worker, unless there are enough. 0 or a negative code. */
int thrum__pool_grow(thrum__pool *pool);

/* Give back a worker's reference. */
void thrum__pool_unref_worker(thrum__pool *pool);

/* What a thread of the pool does (pool_worker.c). */
int thrum__worker_main(void *arg);

/* Add a place for a guest, which the caller has; NULL without memory. */
thrum__worker *thrum__pool_add_guest(thrum__pool *pool);

/* Make the calling thread a guest, which has a deque; false without memory. And end that. */
bool thrum__pool_enter(thrum__pool *pool);
void thrum__pool_leave(void);

/* For a worker or guest: put a task aside. False when there is no memory. */
static inline bool thrum__pool_put_aside(thrum__worker *worker, thrum__task *task) {
    thrum__pool *pool = worker->pool;
    /* Acquire: pairs with another's store of true, which then comes before this thread's look at the state, too. */
    if (THRUM_UNLIKELY_(!__atomic_load_n(&pool->puts_aside, __ATOMIC_ACQUIRE)))
        __atomic_store_n(&pool->puts_aside, true, __ATOMIC_SEQ_CST);
    return thrum__deque_push(&worker->place.deque_, task);
}

/* Count workers that become idle, or tasks that somebody else took from the inbox. Returns the new number, or 0 when
 * it is not kept any more. */
int32_t thrum__pool_add_tokens(thrum__pool *pool, int32_t n);

/* Wake one sleeper if nobody searches; or all. */
void thrum__pool_wake_one(thrum__pool *pool);
void thrum__pool_wake_all(thrum__pool *pool);

/* A task was queued: see to it that somebody comes. In a closed pool it may be the last, and all who lay down while
 * it was half in the inbox have to leave. */
static inline void thrum__pool_call(thrum__pool *pool) {
    thrum__point(&pool->state, THRUM__POINT_ATOMIC);
    uint64_t state = __atomic_load_n(&pool->state, __ATOMIC_SEQ_CST);
    if (THRUM_LIKELY_(THRUM__COUNT_SLEEPING(state) == 0))
        return;
    if (THRUM_UNLIKELY_(state & THRUM__CLOSED))
        thrum__pool_wake_all(pool);
    else if (THRUM__COUNT_SEARCHING(state) == 0)
        thrum__pool_wake_one(pool);
}

/* Somebody who looks for a task (pool_search.c). */
typedef struct thrum__seeker {
    thrum__pool *pool;
    thrum__worker *worker;      /* its own, or NULL */
    thrum__pool_waiter *waiter; /* what ends the search; NULL for an idle worker, whom a close ends */
    const thrum__wait *what;    /* for a waiter: what it waits for, and */
    int64_t deadline;           /* until when */
    bool searching;             /* it counts as searching */
    bool idle;                  /* a worker that counts as idle; taking a submitted task ends that */
    int end;                    /* why there is no task */
} thrum__seeker;

/* A task that is there, without waiting; NULL when there is none. */
thrum__task *thrum__pool_find(thrum__seeker *seeker);

/* A task, or NULL when the search is over: then seeker->end is 0, THRUM_TIMED_OUT or THRUM_DEADLOCK. The seeker does
 * not count as searching when it returns. */
thrum__task *thrum__pool_seek(thrum__seeker *seeker);

/* The list of all pools (pool_list.c). */
int thrum__pool_list_add(thrum__pool *pool);
void thrum__pool_list_remove(thrum__pool *pool);

/* In the child of a fork: a pool without tasks, and without workers but the caller if it is one. */
void thrum__pool_after_fork_child(thrum__pool *pool);

#endif
