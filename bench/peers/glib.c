/* glib.c - GLib: the locks, condition variables and threads of GNOME. */
#include <glib.h>

#include "harness/measure.h"

typedef GMutex peer_lock;

static inline void peer_lock_init(peer_lock *lock) {
    g_mutex_init(lock);
}

static inline void peer_lock_acquire(peer_lock *lock) {
    g_mutex_lock(lock);
}

static inline void peer_lock_release(peer_lock *lock) {
    g_mutex_unlock(lock);
}

typedef GRecMutex peer_rlock;

static inline void peer_rlock_init(peer_rlock *lock) {
    g_rec_mutex_init(lock);
}

static inline void peer_rlock_acquire(peer_rlock *lock) {
    g_rec_mutex_lock(lock);
}

static inline void peer_rlock_release(peer_rlock *lock) {
    g_rec_mutex_unlock(lock);
}

typedef GCond peer_condition;

static inline void peer_condition_init(peer_condition *cond, peer_lock *lock) {
    (void)lock;
    g_cond_init(cond);
}

static inline void peer_condition_wait(peer_condition *cond, peer_lock *lock) {
    g_cond_wait(cond, lock);
}

static inline void peer_condition_notify(peer_condition *cond, peer_lock *lock) {
    (void)lock;
    g_cond_signal(cond);
}

static void *nothing(void *arg) {
    return arg;
}

static inline void peer_thread_start_and_join(void) {
    g_thread_join(g_thread_new("nothing", nothing, NULL));
}

#include "workloads/composed_event.h"
#include "workloads/composed_semaphore.h"

#define PEER_SIZES                                                                                                   \
    {"lock", sizeof(peer_lock)}, {"rlock", sizeof(peer_rlock)}, {"condition", sizeof(peer_condition)}, {             \
        "local", sizeof(GPrivate)                                                                                    \
    }

#include "workloads/lock.h"
#include "workloads/rlock.h"
#include "workloads/condition.h"
#include "workloads/semaphore.h"
#include "workloads/event.h"
#include "workloads/thread.h"
#include "workloads/size.h"

#include "peers/queue/glib.h"
#include "workloads/simple_queue.h"

#include "peers/pool/glib.h"
#include "workloads/pool_submit.h"
#include "workloads/pool_map.h"

#include "peers/process/glib.h"
#include "workloads/process.h"

int main(int argc, char **argv) {
    static const workload table[] = {LOCK_WORKLOADS,      RLOCK_WORKLOADS,        CONDITION_WORKLOADS,
                                     SEMAPHORE_WORKLOADS, EVENT_WORKLOADS,        THREAD_WORKLOADS,
                                     SIZE_WORKLOADS,      SIMPLE_QUEUE_WORKLOADS, POOL_SUBMIT_WORKLOADS,
                                     POOL_MAP_WORKLOADS,  PROCESS_WORKLOADS,      {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
