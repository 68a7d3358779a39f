/* std.cc - the C++20 standard library. Its mutexes and condition variables are the C library's; its semaphore, barrier
 * and atomic wait are its own. */
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <semaphore>
#include <thread>

#include "harness/measure.h"

typedef std::mutex peer_lock;

static inline void peer_lock_init(peer_lock *) {
}

static inline void peer_lock_acquire(peer_lock *lock) {
    lock->lock();
}

static inline void peer_lock_release(peer_lock *lock) {
    lock->unlock();
}

typedef std::recursive_mutex peer_rlock;

static inline void peer_rlock_init(peer_rlock *) {
}

static inline void peer_rlock_acquire(peer_rlock *lock) {
    lock->lock();
}

static inline void peer_rlock_release(peer_rlock *lock) {
    lock->unlock();
}

typedef std::condition_variable peer_condition;

static inline void peer_condition_init(peer_condition *, peer_lock *) {
}

static inline void peer_condition_wait(peer_condition *cond, peer_lock *lock) {
    std::unique_lock<std::mutex> held(*lock, std::adopt_lock);
    cond->wait(held);
    held.release();
}

static inline void peer_condition_notify(peer_condition *cond, peer_lock *) {
    cond->notify_one();
}

struct peer_semaphore {
    std::counting_semaphore<> permits{0};
};

static inline void peer_semaphore_init(peer_semaphore *) {
}

static inline void peer_semaphore_acquire(peer_semaphore *sem) {
    sem->permits.acquire();
}

static inline void peer_semaphore_release(peer_semaphore *sem) {
    sem->permits.release();
}

typedef std::atomic<int> peer_event;

static inline void peer_event_init(peer_event *event) {
    event->store(0);
}

static inline void peer_event_wait(peer_event *event) {
    event->wait(0);
}

static inline void peer_event_set(peer_event *event) {
    event->store(1);
    event->notify_all();
}

static inline void peer_event_clear(peer_event *event) {
    event->store(0);
}

typedef std::optional<std::barrier<>> peer_barrier;

static inline void peer_barrier_init(peer_barrier *barrier, int parties) {
    barrier->emplace(parties);
}

static inline void peer_barrier_wait(peer_barrier *barrier) {
    (*barrier)->arrive_and_wait();
}

static inline void peer_thread_start_and_join() {
    std::thread([] {}).join();
}

#define PEER_SIZES                                                                                                   \
    {"lock", sizeof(peer_lock)}, {"rlock", sizeof(peer_rlock)}, {"condition", sizeof(peer_condition)},               \
        {"semaphore", sizeof(peer_semaphore)}, {"event", sizeof(peer_event)}, {                                      \
        "barrier", sizeof(std::barrier<>)                                                                            \
    }

#include "workloads/lock.h"
#include "workloads/rlock.h"
#include "workloads/condition.h"
#include "workloads/semaphore.h"
#include "workloads/event.h"
#include "workloads/barrier.h"
#include "workloads/thread.h"
#include "workloads/size.h"

#include "peers/queue/std.h"
#include "workloads/priority.h"

#include "peers/sched/std.h"
#include "workloads/sched.h"

int main(int argc, char **argv) {
    static const workload table[] = {LOCK_WORKLOADS,  RLOCK_WORKLOADS,   CONDITION_WORKLOADS, SEMAPHORE_WORKLOADS,
                                     EVENT_WORKLOADS, BARRIER_WORKLOADS, THREAD_WORKLOADS,    PRIORITY_WORKLOADS,
                                     SCHED_WORKLOADS, SIZE_WORKLOADS,    {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
