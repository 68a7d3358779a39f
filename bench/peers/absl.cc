/* absl.cc - Abseil's synchronization library, version of Debian 12. */
#include <absl/synchronization/mutex.h>

#include "harness/measure.h"

typedef absl::Mutex peer_lock;

static inline void peer_lock_init(peer_lock *) {
}

static inline void peer_lock_acquire(peer_lock *lock) {
    lock->Lock();
}

static inline void peer_lock_release(peer_lock *lock) {
    lock->Unlock();
}

typedef absl::CondVar peer_condition;

static inline void peer_condition_init(peer_condition *, peer_lock *) {
}

static inline void peer_condition_wait(peer_condition *cond, peer_lock *lock) {
    cond->Wait(lock);
}

static inline void peer_condition_notify(peer_condition *cond, peer_lock *) {
    cond->Signal();
}

#include "workloads/composed_event.h"
#include "workloads/composed_semaphore.h"

#define PEER_SIZES                                                                                                   \
    {"lock", sizeof(peer_lock)}, {                                                                                   \
        "condition", sizeof(peer_condition)                                                                          \
    }

#include "workloads/lock.h"
#include "workloads/condition.h"
#include "workloads/semaphore.h"
#include "workloads/event.h"
#include "workloads/size.h"

int main(int argc, char **argv) {
    static const workload table[] = {LOCK_WORKLOADS,  CONDITION_WORKLOADS, SEMAPHORE_WORKLOADS,
                                     EVENT_WORKLOADS, SIZE_WORKLOADS,      {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
