/* tbb.cc - oneTBB: tbb::mutex, which spins, yields and then sleeps, its queue, and its tasks. */
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

#include "peers/queue/tbb.h"
#include "workloads/queue.h"
#include "workloads/simple_queue.h"

#include "peers/pool/tbb.h"
#include "workloads/pool_submit.h"
#include "workloads/pool_map.h"
#include "workloads/pool_fib.h"

int main(int argc, char **argv) {
    static const workload table[] = {LOCK_WORKLOADS,        QUEUE_WORKLOADS,    SIMPLE_QUEUE_WORKLOADS,
                                     POOL_SUBMIT_WORKLOADS, POOL_MAP_WORKLOADS, POOL_FIB_WORKLOADS,
                                     SIZE_WORKLOADS,        {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
