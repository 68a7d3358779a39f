/* pthread.c - the C library: POSIX threads and semaphores. */
#include <pthread.h>
#include <semaphore.h>

#include "harness/measure.h"

typedef pthread_mutex_t peer_lock;

static inline void peer_lock_init(peer_lock *lock) {
    pthread_mutex_init(lock, NULL);
}

static inline void peer_lock_acquire(peer_lock *lock) {
    pthread_mutex_lock(lock);
}

static inline void peer_lock_release(peer_lock *lock) {
    pthread_mutex_unlock(lock);
}

typedef pthread_mutex_t peer_rlock;

static inline void peer_rlock_init(peer_rlock *lock) {
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
}

static inline void peer_rlock_acquire(peer_rlock *lock) {
    pthread_mutex_lock(lock);
}

static inline void peer_rlock_release(peer_rlock *lock) {
    pthread_mutex_unlock(lock);
}

typedef pthread_cond_t peer_condition;

static inline void peer_condition_init(peer_condition *cond, peer_lock *lock) {
    (void)lock;
    pthread_cond_init(cond, NULL);
}

static inline void peer_condition_wait(peer_condition *cond, peer_lock *lock) {
    pthread_cond_wait(cond, lock);
}

static inline void peer_condition_notify(peer_condition *cond, peer_lock *lock) {
    (void)lock;
    pthread_cond_signal(cond);
}

typedef sem_t peer_semaphore;

static inline void peer_semaphore_init(peer_semaphore *sem) {
    sem_init(sem, 0, 0);
}

static inline void peer_semaphore_acquire(peer_semaphore *sem) {
    sem_wait(sem);
}

static inline void peer_semaphore_release(peer_semaphore *sem) {
    sem_post(sem);
}

typedef pthread_barrier_t peer_barrier;

static inline void peer_barrier_init(peer_barrier *barrier, int parties) {
    pthread_barrier_init(barrier, NULL, (unsigned)parties);
}

static inline void peer_barrier_wait(peer_barrier *barrier) {
    pthread_barrier_wait(barrier);
}

static void *nothing(void *arg) {
    return arg;
}

static inline void peer_thread_start_and_join(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) != 0)
        give_up("pthread_create failed");
    pthread_join(thread, NULL);
}

#include "workloads/composed_event.h"

#define PEER_SIZES                                                                                                   \
    {"lock", sizeof(peer_lock)}, {"rlock", sizeof(peer_rlock)}, {"condition", sizeof(peer_condition)},               \
        {"semaphore", sizeof(peer_semaphore)}, {"barrier", sizeof(peer_barrier)}, {                                  \
        "local", sizeof(pthread_key_t)                                                                               \
    }

#include "workloads/lock.h"
#include "workloads/rlock.h"
#include "workloads/condition.h"
#include "workloads/semaphore.h"
#include "workloads/event.h"
#include "workloads/barrier.h"
#include "workloads/thread.h"
#include "workloads/size.h"

#include "peers/queue/pthread.h"
#include "workloads/queue.h"
#include "workloads/simple_queue.h"

#include "peers/process/pthread.h"
#include "workloads/process.h"

int main(int argc, char **argv) {
    static const workload table[] = {LOCK_WORKLOADS,         RLOCK_WORKLOADS,   CONDITION_WORKLOADS,
                                     SEMAPHORE_WORKLOADS,    EVENT_WORKLOADS,   BARRIER_WORKLOADS,
                                     THREAD_WORKLOADS,       SIZE_WORKLOADS,    QUEUE_WORKLOADS,
                                     SIMPLE_QUEUE_WORKLOADS, PROCESS_WORKLOADS, {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
