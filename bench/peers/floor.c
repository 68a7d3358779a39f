/* floor.c - a futex and nothing around it: not a library to pick, but what one cannot beat by sleeping better. */
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/measure.h"

static inline void futex_wait(uint32_t *word, uint32_t value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static inline void futex_wake(uint32_t *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* An event: 1 is set. The waiter sleeps until it is, the setter always wakes. */
typedef uint32_t peer_event;

static inline void peer_event_init(peer_event *event) {
    *event = 0;
}

static inline void peer_event_wait(peer_event *event) {
    /* Acquire: pairs with the release store of peer_event_set(). */
    while (!__atomic_load_n(event, __ATOMIC_ACQUIRE))
        futex_wait(event, 0);
}

static inline void peer_event_set(peer_event *event) {
    __atomic_store_n(event, 1, __ATOMIC_RELEASE); /* pairs with the load in peer_event_wait() */
    futex_wake(event, INT_MAX);
}

static inline void peer_event_clear(peer_event *event) {
    __atomic_store_n(event, 0, __ATOMIC_RELAXED); /* by the only waiter */
}

/* A semaphore of one permit, which is all that a game of two needs. */
typedef uint32_t peer_semaphore;

static inline void peer_semaphore_init(peer_semaphore *sem) {
    *sem = 0;
}

static inline void peer_semaphore_acquire(peer_semaphore *sem) {
    peer_event_wait(sem);
    peer_event_clear(sem);
}

static inline void peer_semaphore_release(peer_semaphore *sem) {
    peer_event_set(sem);
}

/* The floor of a condition variable's game is the same game without the lock. */
static void turn_round(int side, void *arg) {
    peer_semaphore *your_turn = (peer_semaphore *)arg;
    peer_semaphore_acquire(&your_turn[side]);
    peer_semaphore_release(&your_turn[!side]);
}

/* A barrier. Its threads yield before they sleep: with more of them than CPUs that is the cheapest way to let the
 * others come. */
typedef struct peer_barrier {
    uint32_t meetings, inside, sleepers, parties;
} peer_barrier;

static inline void peer_barrier_init(peer_barrier *barrier, int parties) {
    *barrier = (peer_barrier){0, 0, 0, (uint32_t)parties};
}

static inline void peer_barrier_wait(peer_barrier *barrier) {
    enum { yields = 28 };
    uint32_t before = __atomic_load_n(&barrier->meetings, __ATOMIC_SEQ_CST);
    if (__atomic_add_fetch(&barrier->inside, 1, __ATOMIC_SEQ_CST) == barrier->parties) {
        __atomic_store_n(&barrier->inside, 0, __ATOMIC_SEQ_CST);
        __atomic_store_n(&barrier->meetings, before + 1, __ATOMIC_SEQ_CST);
        if (__atomic_exchange_n(&barrier->sleepers, 0, __ATOMIC_SEQ_CST))
            futex_wake(&barrier->meetings, INT_MAX);
        return;
    }
    for (int i = 0; i < yields; i++) {
        sched_yield();
        if (__atomic_load_n(&barrier->meetings, __ATOMIC_SEQ_CST) != before)
            return;
    }
    __atomic_store_n(&barrier->sleepers, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&barrier->meetings, __ATOMIC_SEQ_CST) == before)
        futex_wait(&barrier->meetings, before);
}

#include "workloads/barrier.h"
#include "workloads/event.h"
#include "workloads/pingpong.h"

static void turn_pingpong(const workload *self) {
    static peer_semaphore your_turn[2] = {1, 0};
    pingpong_play(self, turn_round, your_turn);
}

#define TURN_WORKLOADS(family)                                                                                       \
    {family ".pingpong", turn_pingpong, 2, 10000}, {family ".pingpong@1cpu", turn_pingpong, 2, 40000}, {             \
        family ".pingpong@split", turn_pingpong, 2, 10000                                                            \
    }

#include "peers/process/floor.h"
#include "workloads/process.h"
#include "workloads/process_wake.h"

#include "workloads/pool.h"
#include "peers/pool/floor.h"
#include "workloads/pool_map.h"
#include "workloads/pool_fib.h"

int main(int argc, char **argv) {
    static const workload table[] = {TURN_WORKLOADS("condition"), TURN_WORKLOADS("semaphore"), EVENT_WORKLOADS,
                                     BARRIER_WORKLOADS,           PROCESS_WORKLOADS,           PROCESS_WAKE_WORKLOADS,
                                     POOL_MAP_WORKLOADS,          POOL_FIB_WORKLOADS,          {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
