/* pool.h - the threads behind executors and task groups.
 *
 * A pool runs tasks: structs that the submitter embeds in its own, so that handing one over allocates nothing.
 *
 *     typedef struct job { thrum__task task; ... } job;
 *     static void run(thrum__task *task) { job *j = (job *)task; ... }
 *
 *     thrum__pool_submit(pool, &j->task)      j is the pool's from here on, until run is called with it, once;
 *                                             run owns it again, and may free it
 *
 * Tasks are begun in the order in which they were submitted. A thread is started when a task comes and no worker is
 * idle, as in Python, until there are max_workers of them.
 *
 * A worker that must wait for something that its own pool will do runs queued tasks meanwhile: thrum__pool_wait().
 *
 * Lifetime: a pool is counted. The owner has one reference, each worker one. The pool is to be closed before its last
 * owner lets go of it.
 */
#ifndef THRUM_POOL_H
#define THRUM_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include <thrum/base.h>
#include <thrum/futures/task_group.h>

#include "park/queue.h"

typedef struct thrum__pool thrum__pool;

typedef struct thrum__pool_options {
    uint32_t max_workers;    /* at least 1 */
    const char *name_prefix; /* copied; the workers are PREFIX_0, PREFIX_1, ... */
    /* Called in each worker before its first task; a negative code breaks the pool. Such a worker runs no part of
     * what another has begun, and tasks that are submitted while it breaks may come to it: they are to know. May be
     * NULL. */
    int (*on_start)(void *arg);
    /* Called in each worker after its last task. May be NULL. */
    void (*on_end)(void *arg);
    /* Called once, in that worker, when the pool is broken and refuses tasks: what is queued is to be taken with
     * thrum__pool_take_all(), or will be run. May be NULL. */
    void (*on_broken)(void *arg, int code);
    /* Called when the pool is freed: no worker uses arg any more. May be NULL. */
    void (*on_free)(void *arg);
    void *arg;
    bool daemon; /* the workers are daemons; the end of the process waits for them all the same */
} thrum__pool_options;

/* 0; -ENOMEM; THRUM_VALUE_ERROR for no workers. No thread is started yet. */
THRUM_NODISCARD int thrum__pool_new(thrum__pool **ret_pool, const thrum__pool_options *options);
thrum__pool *thrum__pool_ref(thrum__pool *pool);
/* Takes NULL. Returns NULL. */
thrum__pool *thrum__pool_unref(thrum__pool *pool);

/* Hand over a task, from any thread. On failure it is the caller's as before: the pool's own code when it is broken
 * (THRUM_BROKEN_THREAD_POOL); THRUM_SHUT_DOWN when it is closed; -EAGAIN, -ENOMEM or THRUM_RUNTIME_ERROR when it has
 * no worker and none can be started. */
THRUM_NODISCARD int thrum__pool_submit(thrum__pool *pool, thrum__task *task);

/* Take back a task that was submitted and is not to be run any more. False when somebody has taken it out. */
bool thrum__pool_withdraw(thrum__pool *pool, thrum__task *task);

/* Take out what was submitted and not begun, in its order, linked by next_. NULL when there is nothing. */
thrum__task *thrum__pool_take_all(thrum__pool *pool);

/* Whether something was submitted and not begun. */
bool thrum__pool_has_tasks(thrum__pool *pool);

/* Refuse tasks from now on; workers end when nothing is queued. Idempotent. */
void thrum__pool_close(thrum__pool *pool);
bool thrum__pool_is_closed(const thrum__pool *pool);

/* Refuse tasks as broken, with `code`. Done by the pool itself when on_start fails. */
void thrum__pool_break(thrum__pool *pool, int code);

/* Whether the end of the process has closed all pools. */
bool thrum__pools_are_over(void);

/* Wait for the end of all workers of a closed pool, until `deadline`. 0; THRUM_TIMED_OUT; THRUM_RUNTIME_ERROR when
 * the caller is one of them; THRUM_DEADLOCK by policy. */
THRUM_NODISCARD int thrum__pool_join(thrum__pool *pool, int64_t deadline);

/* Call visit for each worker that runs a task, with its thread. */
void thrum__pool_each_busy(thrum__pool *pool, void (*visit)(thrum_thread *thread, void *arg), void *arg);

/* How many workers were started; and how many of them are idle and not meant for a task that is queued, which is
 * known until there are max_workers. */
uint32_t thrum__pool_started(const thrum__pool *pool);
uint32_t thrum__pool_idle(const thrum__pool *pool);

/* The pool of which the calling thread is a worker, or NULL. */
thrum__pool *thrum__pool_of_caller(void);

/* In a task that is about to end: its worker counts as idle from here on, so that whoever sees what the task has
 * done, and submits the next, does not start another thread. Outside a worker it does nothing. */
void thrum__pool_settle(void);

/* Somebody who waits for an event and works for a pool meanwhile. All zero to begin with; it lives in the waiting
 * thread's frame. */
typedef struct thrum__pool_waiter {
    uint32_t done;         /* atomic; written by the waker, as the last that it does with the waiter */
    thrum__record *record; /* the waiting thread; written before anybody else knows the waiter */
} thrum__pool_waiter;

/* Prepare a waiter: the calling thread will wait. */
void thrum__pool_waiter_init(thrum__pool_waiter *waiter);

/* Run tasks of `pool`, and sleep when there are none, until thrum__pool_wake() was called for the waiter or the time
 * has passed. `what` says what the thread waits for; when its owner_word is not NULL, who that is, so that a deadlock
 * is found. 0; THRUM_TIMED_OUT, or THRUM_DEADLOCK by policy: then wake may still be called, until the caller has seen
 * to it that it will not. A task that was begun is finished, however long it takes. */
THRUM_NODISCARD int thrum__pool_wait(thrum__pool *pool, thrum__pool_waiter *waiter, const thrum__wait *what,
                                     int64_t deadline);

/* End the wait: once, from any thread. The waiter may be gone when it returns. */
void thrum__pool_wake(thrum__pool *pool, thrum__pool_waiter *waiter);

#endif
