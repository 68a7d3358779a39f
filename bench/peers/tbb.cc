/* tbb.cc - oneTBB: tbb::mutex, which spins, yields and then sleeps. */
#include <oneapi/tbb/mutex.h>

#include "harness/measure.h"

typedef tbb::mutex peer_lock;

static inline void peer_lock_init(peer_lock *) {
}

static inline void peer_lock_acquire(peer_lock *lock) {
    lock->lock();
}

static inline void peer_lock_release(peer_lock *lock) {
    lock->unlock();
}

#define PEER_SIZES                                                                                                   \
    { "lock", sizeof(peer_lock) }

#include "workloads/lock.h"
#include "workloads/size.h"

int main(int argc, char **argv) {
    static const workload table[] = {LOCK_WORKLOADS, SIZE_WORKLOADS, {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
