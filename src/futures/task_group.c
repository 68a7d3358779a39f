/* task_group.c - task groups, on the deques of a pool.
 *
 * A group knows how many of its tasks have not ended. Most are run and ended by one thread, the owner, who counts
 * them in `local_`, without atomic operations: one more for each that it runs, one less for each that it has done.
 * All others count in `remote_`, the other way round: one less for each that they run, one more for each that they
 * have done. All tasks have ended when the two are equal: who runs a task inside another of the group counts the new
 * one before the end of the old one.
 *
 * remote_ is twice that number, and one more (WAITING) while the owner waits for others. Then local_ is 0: the owner
 * has moved it into remote_, and counts there too, so that whoever brings the number to 0 knows that, and wakes it:
 *     2n            -> 2(n - local_) + WAITING    by the owner, which sets waiter_ before and owner_ to nobody
 *     2n + WAITING  -> 2n                         by the owner, whose time is up, while n is not 0
 *     WAITING       -> 0                          by the owner, when it was woken, or has found it so itself
 * Who brings it to WAITING is the last to touch the group, in thrum__pool_wake().
 *
 * owner_: NULL before the first task; the owner, known by the address of a thread-local variable; NOBODY while it
 * waits. Written by the owner.
 *
 * result_: 0 -> the code of the first task that failed, or THRUM_CANCELLED. When it is not 0 the group is cancelled.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "futures/pool_internal.h"
#include "platform/platform.h"
#include "time/time_internal.h"

enum { WAITING = 1, ONE = 2 };

static const char nobody;
#define ME ((const void *)&thrum_workplace_)
#define NOBODY ((const void *)&nobody)

/* Relaxed, both: the owner reads what it wrote itself, and others only have to see that it is not they. */
static const void *owner_of(const thrum_task_group *group) {
    return __atomic_load_n(&group->owner_, __ATOMIC_RELAXED);
}
static void set_owner(thrum_task_group *group, const void *owner) {
    __atomic_store_n(&group->owner_, owner, __ATOMIC_RELAXED);
}

static int32_t result_of(const thrum_task_group *group) {
    return __atomic_load_n(&group->result_, __ATOMIC_RELAXED); /* relaxed: a hint, until all tasks have ended */
}

void thrum_task_group_fail_(thrum_task_group *group, int result) {
    int32_t none = 0;
    /* Relaxed, both: whoever waits is told by way of remote_. */
    __atomic_compare_exchange_n(&group->result_, &none, result, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* The pool of all who are in none, or NULL when there is no memory for it. */
static thrum__pool *shared_pool(void) {
    static thrum__pool *shared;
    /* Acquire: pairs with the exchange below. */
    thrum__pool *pool = __atomic_load_n(&shared, __ATOMIC_ACQUIRE), *none = NULL;
    if (pool)
        return pool;
    unsigned cpus = thrum__os_cpus();
    thrum__pool_options options = {
        .max_workers = cpus > 1 ? cpus - 1 : 1, .name_prefix = "task-worker", .daemon = true};
    if (thrum__pool_new(&pool, &options) < 0)
        return NULL;
    /* Release: pairs with the load above. Acquire on failure: another's is used. */
    if (__atomic_compare_exchange_n(&shared, &none, pool, false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
        return pool;
    thrum__pool_close(pool);
    thrum__pool_unref(pool);
    return none;
}

/* The first task: the calling thread is the owner, and needs a deque. */
static void begin(thrum_task_group *group) {
    if (!thrum__worker_self) {
        thrum__pool *pool = shared_pool();
        group->guest_ = pool && thrum__pool_enter(pool);
    }
    group->pool_ = thrum__worker_self ? thrum__worker_self->pool : NULL;
    set_owner(group, ME);
}

static void count_new(thrum_task_group *group) {
    if (owner_of(group) == ME) {
        group->local_++;
        return;
    }
    thrum__point(group, THRUM__POINT_ATOMIC);
    /* Relaxed: the end of the task in which this happens comes later, and the new one is not known before. */
    __atomic_fetch_sub(&group->remote_, ONE, __ATOMIC_RELAXED);
}

static void count_end(thrum_task_group *group) {
    if (owner_of(group) == ME) {
        group->local_--;
        return;
    }
    thrum__point(group, THRUM__POINT_ATOMIC);
    /* Release: pairs with the acquire of who finds that all have ended. Acquire: pairs with the owner's exchange, by
     * which the waiter is seen. */
    if (__atomic_add_fetch(&group->remote_, ONE, __ATOMIC_ACQ_REL) == WAITING)
        thrum__pool_wake(group->pool_, group->waiter_);
}

/* What thrum_task_group_run() has made. */
typedef struct box {
    thrum_task task;
    thrum_target *function;
    void *arg;
} box;

static int call_box(thrum_task *task) {
    box *b = (box *)task;
    thrum_target *function = b->function;
    void *arg = b->arg;
    free(b);
    return function(arg);
}

void thrum_task_run_(thrum__task *queued) {
    thrum_task *task = (thrum_task *)queued;
    thrum_task_group *group = task->group_;
    if (THRUM_UNLIKELY_(result_of(group) < 0)) {
        if (task->function_ == call_box)
            free(task);
    } else {
        int r = task->function_(task); /* the task may be gone */
        if (THRUM_UNLIKELY_(r < 0))
            thrum_task_group_fail_(group, r);
    }
    count_end(group);
}

/* There is no place to put it aside: into the inbox, or done with at once. */
static void hand_over_otherwise(thrum__pool *pool, thrum__task *queued) {
    if (pool && thrum__inbox_push(&pool->inbox, queued)) {
        thrum__pool_add_tokens(pool, -1);
        thrum__pool_call(pool);
    } else {
        thrum_task_run_(queued);
    }
}

/* Somebody is to come, if there is anybody who has nothing to do. */
static void call_helper(thrum__pool *pool) {
    thrum__point(&pool->state, THRUM__POINT_ATOMIC);
    uint64_t state = __atomic_load_n(&pool->state, __ATOMIC_SEQ_CST);
    if (THRUM_LIKELY_((state & ~THRUM__CLOSED) < THRUM__SLEEPING || THRUM__COUNT_SEARCHING(state) > 0))
        return;
    if (THRUM__COUNT_SLEEPING(state) > 0)
        thrum__pool_wake_one(pool);
    else if (thrum__pool_idle(pool) == 0 && thrum__pool_grow(pool) == 0) /* or those who are there will do it */
        thrum__pool_add_tokens(pool, 1);
}

void thrum_task_group_call_helper_(const thrum__workplace *here) {
    call_helper(here->pool_);
}

void thrum_task_group_run_task_slow_(thrum_task_group *group, thrum_task *task, thrum_task_function *function) {
    if (THRUM_UNLIKELY_(!owner_of(group)))
        begin(group);
    thrum__worker *worker = thrum__worker_self;
    task->queued_.run_ = thrum_task_run_;
    task->group_ = group;
    task->function_ = function;
    count_new(group);
    if (THRUM_LIKELY_(worker && thrum__pool_put_aside(worker, &task->queued_)))
        call_helper(worker->pool);
    else
        hand_over_otherwise(group->pool_, &task->queued_);
}

int thrum_task_group_run(thrum_task_group *group, thrum_target *function, void *arg) {
    box *b = thrum__malloc(sizeof *b);
    if (!b)
        return -ENOMEM;
    b->function = function;
    b->arg = arg;
    thrum_task_group_run_task(group, &b->task, call_box);
    return 0;
}

/* All tasks have ended. */
static int finish(thrum_task_group *group) {
    int result = group->result_;
    set_owner(group, NULL);
    group->local_ = group->remote_ = 0;
    group->result_ = 0;
    if (THRUM_UNLIKELY_(group->guest_)) {
        group->guest_ = false;
        thrum__pool_leave();
    }
    return result;
}

/* The time is up: back to counting in two places, unless the last task has just ended. */
static bool stop_waiting(thrum_task_group *group) {
    int64_t remote = __atomic_load_n(&group->remote_, __ATOMIC_RELAXED); /* relaxed: the exchange looks again */
    do {
        if (remote == WAITING)
            return false;
        thrum__point(group, THRUM__POINT_ATOMIC);
        /* Relaxed, both: nothing is handed over. */
    } while (!__atomic_compare_exchange_n(&group->remote_, &remote, remote - WAITING, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    set_owner(group, ME);
    return true;
}

static int wait_for_others(thrum_task_group *group, int64_t deadline, const void *site) {
    thrum__pool_waiter waiter;
    thrum__pool_waiter_init(&waiter);
    int64_t change = WAITING - ONE * group->local_;
    group->waiter_ = &waiter;
    group->local_ = 0;
    set_owner(group, NOBODY);
    thrum__point(group, THRUM__POINT_ATOMIC);
    /* Release: pairs with the acquire of count_end(). Acquire: pairs with its release. */
    if (__atomic_add_fetch(&group->remote_, change, __ATOMIC_ACQ_REL) == WAITING)
        return 0;
    thrum__wait what = thrum__wait_for(THRUM__KIND_GROUP, group, NULL, deadline, site);
    int r = thrum__pool_wait(group->pool_, &waiter, &what, deadline);
    if (r < 0 && stop_waiting(group))
        return r;
    /* Somebody is about to say that the last task has ended. */
    return r < 0 ? thrum__pool_wait(group->pool_, &waiter, &what, THRUM__NEVER) : 0;
}

static bool all_ended(const thrum_task_group *group) {
    thrum__point(group, THRUM__POINT_ATOMIC);
    /* Acquire: pairs with count_end(). */
    return __atomic_load_n(&group->remote_, __ATOMIC_ACQUIRE) == ONE * group->local_;
}

static int wait_until(thrum_task_group *group, int64_t deadline, const void *site) {
    while (!all_ended(group)) {
        thrum__worker *worker = thrum__worker_self;
        bool late = deadline != THRUM__NEVER && deadline <= thrum_monotonic_ns();
        thrum__task *queued = worker && !late ? thrum__deque_pop(&worker->place.deque_) : NULL;
        if (queued) {
            queued->run_(queued);
            continue;
        }
        int r = wait_for_others(group, deadline, site);
        if (r < 0)
            return r;
        break;
    }
    return finish(group);
}

int thrum_task_group_wait_slow_(thrum_task_group *group) {
    return wait_until(group, THRUM__NEVER, __builtin_return_address(0));
}

int thrum_task_group_wait_timed(thrum_task_group *group, thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__REFUSE_NEGATIVE, &deadline);
    return r < 0 ? r : wait_until(group, deadline, __builtin_return_address(0));
}

void thrum_task_group_cancel(thrum_task_group *group) {
    thrum_task_group_fail_(group, THRUM_CANCELLED);
}

bool thrum_task_group_cancelled(const thrum_task_group *group) {
    return result_of(group) < 0;
}
