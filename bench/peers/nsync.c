/* nsync.c - Google's nsync: locks and condition variables of a word or two, with queues in user space. */
#include <nsync.h>

#include "harness/measure.h"

typedef nsync_mu peer_lock;

static inline void peer_lock_init(peer_lock *lock) {
    nsync_mu_init(lock);
}

static inline void peer_lock_acquire(peer_lock *lock) {
    nsync_mu_lock(lock);
}

static inline void peer_lock_release(peer_lock *lock) {
    nsync_mu_unlock(lock);
}

typedef nsync_cv peer_condition;

static inline void peer_condition_init(peer_condition *cond, peer_lock *lock) {
    (void)lock;
    nsync_cv_init(cond);
}

static inline void peer_condition_wait(peer_condition *cond, peer_lock *lock) {
    nsync_cv_wait(cond, lock);
}

static inline void peer_condition_notify(peer_condition *cond, peer_lock *lock) {
    (void)lock;
    nsync_cv_signal(cond);
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
