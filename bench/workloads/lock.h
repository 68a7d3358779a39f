/* lock.h - the workloads of a lock. The peer has defined the type peer_lock and, as static inline functions,
 * peer_lock_init(), peer_lock_acquire() and peer_lock_release(), each of a peer_lock *. */
#ifndef BENCH_WORKLOADS_LOCK_H
#define BENCH_WORKLOADS_LOCK_H

#include <stdalign.h>

#include "harness/measure.h"
#include "workloads/section.h"

enum { line = 128 }; /* what a CPU may fetch at a time: things that this distance apart do not meet in a cache line */

static void lock_pair_batch(long count, void *arg) {
    peer_lock *lock = (peer_lock *)arg;
    for (long i = 0; i < count; i++) {
        peer_lock_acquire(lock);
        peer_lock_release(lock);
    }
}

/* Acquire and release without contention. */
static void lock_pair(const workload *self) {
    alignas(line) static peer_lock lock;
    peer_lock_init(&lock);
    report(self, "time", ns_per_operation(lock_pair_batch, self->count, &lock), "ns");
}

/* Threads that do nothing but take the lock in turn, for a fixed time: how often, and how evenly. */
typedef struct lock_share {
    alignas(line) long done;
} lock_share;

typedef struct lock_contest {
    alignas(line) stopwatch watch;
    bool work;
    alignas(line) peer_lock lock;
    alignas(line) section guarded;
    lock_share shares[8];
} lock_contest;

static void lock_contest_empty(int index, void *arg) {
    lock_contest *contest = (lock_contest *)arg;
    long done = 0;
    /* Relaxed: the flag ends the loop and orders nothing. */
    while (!__atomic_load_n(&contest->watch.stop, __ATOMIC_RELAXED)) {
        peer_lock_acquire(&contest->lock);
        peer_lock_release(&contest->lock);
        done++;
    }
    contest->shares[index].done = done;
}

static void lock_contest_work(int index, void *arg) {
    lock_contest *contest = (lock_contest *)arg;
    long done = 0;
    /* Relaxed: the flag ends the loop and orders nothing. */
    while (!__atomic_load_n(&contest->watch.stop, __ATOMIC_RELAXED)) {
        peer_lock_acquire(&contest->lock);
        section_work(&contest->guarded);
        peer_lock_release(&contest->lock);
        done++;
    }
    contest->shares[index].done = done;
}

static void lock_contest_meanwhile(void *arg) {
    stopwatch_run(&((lock_contest *)arg)->watch);
}

static void lock_contest_report(const workload *self, const lock_contest *contest) {
    long all = 0, least = contest->shares[0].done, most = least;
    for (int i = 0; i < self->threads; i++) {
        long done = contest->shares[i].done;
        all += done;
        least = done < least ? done : least;
        most = done > most ? done : most;
    }
    if (contest->work && contest->guarded.entries != all)
        give_up("two threads were inside the lock at once");
    report(self, "rate", (double)all / contest->watch.seconds / 1e6, "M/s");
    report(self, "fairness", most > 0 ? (double)least / (double)most : 0, "share");
}

static void lock_contended(const workload *self) {
    static lock_contest contest;
    contest.work = self->count != 0;
    peer_lock_init(&contest.lock);
    run_together(self->threads, is_split(self), contest.work ? lock_contest_work : lock_contest_empty,
                 lock_contest_meanwhile, &contest);
    lock_contest_report(self, &contest);
}

#define LOCK_WORKLOADS                                                                                               \
    {"lock.pair", lock_pair, 1, 200000}, {"lock.empty.1", lock_contended, 1, 0},                                     \
        {"lock.empty.2", lock_contended, 2, 0}, {"lock.empty.4", lock_contended, 4, 0},                              \
        {"lock.empty.8", lock_contended, 8, 0}, {"lock.empty.2@split", lock_contended, 2, 0},                        \
        {"lock.work.2", lock_contended, 2, 1}, {"lock.work.8", lock_contended, 8, 1}, {                              \
        "lock.work.2@split", lock_contended, 2, 1                                                                    \
    }

#endif
