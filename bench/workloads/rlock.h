/* rlock.h - the workload of a recursive lock. The peer has defined peer_rlock and, each of a peer_rlock *,
 * peer_rlock_init(), peer_rlock_acquire() and peer_rlock_release(). */
#ifndef BENCH_WORKLOADS_RLOCK_H
#define BENCH_WORKLOADS_RLOCK_H

#include "harness/measure.h"

static void rlock_levels_batch(long count, void *arg) {
    peer_rlock *lock = (peer_rlock *)arg;
    for (long i = 0; i < count; i++) {
        peer_rlock_acquire(lock);
        peer_rlock_acquire(lock);
        peer_rlock_release(lock);
        peer_rlock_release(lock);
    }
}

/* Two levels deep and out again, without contention. */
static void rlock_levels(const workload *self) {
    static peer_rlock lock;
    peer_rlock_init(&lock);
    report(self, "time", ns_per_operation(rlock_levels_batch, self->count, &lock), "ns");
}

#define RLOCK_WORKLOADS                                                                                              \
    { "rlock.levels", rlock_levels, 1, 200000 }

#endif
