/* adaptive.c - the C library's mutex of the kind that spins before it sleeps. */
#include <pthread.h>

#include "harness/measure.h"

typedef pthread_mutex_t peer_lock;

static inline void peer_lock_init(peer_lock *lock) {
    pthread_mutexattr_t adaptive;
    pthread_mutexattr_init(&adaptive);
    pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(lock, &adaptive);
    pthread_mutexattr_destroy(&adaptive);
}

static inline void peer_lock_acquire(peer_lock *lock) {
    pthread_mutex_lock(lock);
}

static inline void peer_lock_release(peer_lock *lock) {
    pthread_mutex_unlock(lock);
}

#include "workloads/lock.h"

int main(int argc, char **argv) {
    static const workload table[] = {LOCK_WORKLOADS, {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
