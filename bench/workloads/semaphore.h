/* semaphore.h - the workloads of a semaphore. The peer has defined peer_semaphore and, each of a peer_semaphore *,
 * peer_semaphore_init() with no permits, peer_semaphore_acquire() and peer_semaphore_release(). */
#ifndef BENCH_WORKLOADS_SEMAPHORE_H
#define BENCH_WORKLOADS_SEMAPHORE_H

#include "workloads/pingpong.h"

static void semaphore_pair_batch(long count, void *arg) {
    peer_semaphore *sem = (peer_semaphore *)arg;
    for (long i = 0; i < count; i++) {
        peer_semaphore_release(sem);
        peer_semaphore_acquire(sem);
    }
}

/* Give a permit and take it, without anybody who waits. */
static void semaphore_pair(const workload *self) {
    static peer_semaphore sem;
    peer_semaphore_init(&sem);
    report(self, "time", ns_per_operation(semaphore_pair_batch, self->count, &sem), "ns");
}

static void semaphore_round(int side, void *arg) {
    peer_semaphore *your_turn = (peer_semaphore *)arg;
    if (side == 0) {
        peer_semaphore_release(&your_turn[1]);
        peer_semaphore_acquire(&your_turn[0]);
    } else {
        peer_semaphore_acquire(&your_turn[1]);
        peer_semaphore_release(&your_turn[0]);
    }
}

static void semaphore_pingpong(const workload *self) {
    static peer_semaphore your_turn[2];
    peer_semaphore_init(&your_turn[0]);
    peer_semaphore_init(&your_turn[1]);
    pingpong_play(self, semaphore_round, your_turn);
}

#define SEMAPHORE_WORKLOADS                                                                                          \
    {"semaphore.pair", semaphore_pair, 1, 100000}, {"semaphore.pingpong", semaphore_pingpong, 2, 10000},             \
        {"semaphore.pingpong@1cpu", semaphore_pingpong, 2, 40000}, {                                                 \
        "semaphore.pingpong@split", semaphore_pingpong, 2, 10000                                                     \
    }

#endif
