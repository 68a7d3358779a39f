/* composed_semaphore.h - peer_semaphore, for peers that have none: a lock, a condition variable and a count, as their
 * users write it. The peer has defined what workloads/condition.h needs. */
#ifndef BENCH_WORKLOADS_COMPOSED_SEMAPHORE_H
#define BENCH_WORKLOADS_COMPOSED_SEMAPHORE_H

typedef struct peer_semaphore {
    peer_lock lock;
    peer_condition more;
    int permits;
} peer_semaphore;

static inline void peer_semaphore_init(peer_semaphore *sem) {
    peer_lock_init(&sem->lock);
    peer_condition_init(&sem->more, &sem->lock);
    sem->permits = 0;
}

static inline void peer_semaphore_acquire(peer_semaphore *sem) {
    peer_lock_acquire(&sem->lock);
    while (sem->permits == 0)
        peer_condition_wait(&sem->more, &sem->lock);
    sem->permits--;
    peer_lock_release(&sem->lock);
}

static inline void peer_semaphore_release(peer_semaphore *sem) {
    peer_lock_acquire(&sem->lock);
    sem->permits++;
    peer_condition_notify(&sem->more, &sem->lock);
    peer_lock_release(&sem->lock);
}

#endif
