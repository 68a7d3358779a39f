/* thrum.c - the library itself: its public headers and the shared library, as its users have them. */
#include <thrum.h>

#include "harness/measure.h"

/* What cannot fail in these workloads is checked all the same: a call that did nothing would be fast. */
static inline void must(int result) {
    if (__builtin_expect(result < 0, 0))
        give_up(thrum_strerror(result));
}

typedef thrum_lock peer_lock;

static inline void peer_lock_init(peer_lock *lock) {
    *lock = (thrum_lock)THRUM_LOCK_INIT;
}

static inline void peer_lock_acquire(peer_lock *lock) {
    thrum_lock_acquire(lock);
}

static inline void peer_lock_release(peer_lock *lock) {
    must(thrum_lock_release(lock));
}

typedef thrum_rlock peer_rlock;

static inline void peer_rlock_init(peer_rlock *lock) {
    *lock = (thrum_rlock)THRUM_RLOCK_INIT;
}

static inline void peer_rlock_acquire(peer_rlock *lock) {
    thrum_rlock_acquire(lock);
}

static inline void peer_rlock_release(peer_rlock *lock) {
    must(thrum_rlock_release(lock));
}

typedef thrum_condition peer_condition;

static inline void peer_condition_init(peer_condition *cond, peer_lock *lock) {
    *cond = (thrum_condition)THRUM_CONDITION_INIT(lock);
}

static inline void peer_condition_wait(peer_condition *cond, peer_lock *lock) {
    (void)lock;
    must(thrum_condition_wait(cond));
}

static inline void peer_condition_notify(peer_condition *cond, peer_lock *lock) {
    (void)lock;
    must(thrum_condition_notify(cond, 1));
}

typedef thrum_semaphore peer_semaphore;

static inline void peer_semaphore_init(peer_semaphore *sem) {
    *sem = (thrum_semaphore)THRUM_SEMAPHORE_INIT(0);
}

static inline void peer_semaphore_acquire(peer_semaphore *sem) {
    must(thrum_semaphore_acquire(sem));
}

static inline void peer_semaphore_release(peer_semaphore *sem) {
    must(thrum_semaphore_release(sem, 1));
}

typedef thrum_event peer_event;

static inline void peer_event_init(peer_event *event) {
    *event = (thrum_event)THRUM_EVENT_INIT;
}

static inline void peer_event_wait(peer_event *event) {
    must(thrum_event_wait(event));
}

static inline void peer_event_set(peer_event *event) {
    thrum_event_set(event);
}

static inline void peer_event_clear(peer_event *event) {
    thrum_event_clear(event);
}

typedef thrum_barrier peer_barrier;

static inline void peer_barrier_init(peer_barrier *barrier, int parties) {
    must(thrum_barrier_init(barrier, (uint32_t)parties, NULL));
}

static inline void peer_barrier_wait(peer_barrier *barrier) {
    must(thrum_barrier_wait(barrier));
}

static int nothing(void *arg) {
    (void)arg;
    return 0;
}

static inline void peer_thread_start_and_join(void) {
    thrum_thread *thread;
    must(thrum_thread_new(&thread, nothing, NULL, NULL));
    must(thrum_thread_start(thread));
    must(thrum_thread_join(thread));
    thrum_thread_unref(thread);
}

typedef thrum_timer *peer_timer;

static inline void peer_timer_make(peer_timer *timer, int64_t ms) {
    must(thrum_timer_new(timer, thrum_milliseconds(ms), nothing, NULL, NULL));
}

static inline void peer_timer_start(peer_timer *timer) {
    must(thrum_timer_start(*timer));
}

static inline void peer_timer_cancel(peer_timer *timer) {
    thrum_timer_cancel(*timer);
}

static inline void peer_timer_free(peer_timer *timer) {
    *timer = thrum_timer_unref(*timer);
}

#define PEER_SIZES                                                                                                   \
    {"lock", sizeof(thrum_lock)}, {"rlock", sizeof(thrum_rlock)}, {"condition", sizeof(thrum_condition)},            \
        {"semaphore", sizeof(thrum_semaphore)}, {"event", sizeof(thrum_event)}, {"barrier", sizeof(thrum_barrier)},  \
    {                                                                                                                \
        "local", sizeof(thrum_local)                                                                                 \
    }

#include "workloads/lock.h"
#include "workloads/rlock.h"
#include "workloads/condition.h"
#include "workloads/semaphore.h"
#include "workloads/event.h"
#include "workloads/barrier.h"
#include "workloads/thread.h"
#include "workloads/timer.h"
#include "workloads/size.h"

#include "peers/queue/thrum.h"
#include "workloads/queue.h"
#include "workloads/simple_queue.h"
#include "workloads/priority.h"

#include "peers/sched/thrum.h"
#include "workloads/sched.h"

#include "peers/pool/thrum.h"
#include "workloads/pool_submit.h"
#include "workloads/pool_map.h"
#include "workloads/pool_fib.h"

#include "peers/process/thrum.h"
#include "workloads/process.h"
#include "workloads/process_wake.h"

int main(int argc, char **argv) {
    static const workload table[] = {
        LOCK_WORKLOADS,         RLOCK_WORKLOADS,    CONDITION_WORKLOADS,    SEMAPHORE_WORKLOADS, EVENT_WORKLOADS,
        BARRIER_WORKLOADS,      THREAD_WORKLOADS,   TIMER_WORKLOADS,        SIZE_WORKLOADS,      PROCESS_WORKLOADS,
        PROCESS_WAKE_WORKLOADS, QUEUE_WORKLOADS,    SIMPLE_QUEUE_WORKLOADS, PRIORITY_WORKLOADS,  SCHED_WORKLOADS,
        POOL_SUBMIT_WORKLOADS,  POOL_MAP_WORKLOADS, POOL_FIB_WORKLOADS,     {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
