/* thrum/threading/barrier.h - Barrier: a number of threads meet before any goes on (threading.Barrier).
 *
 * The idea
 *       static thrum_barrier meeting = THRUM_BARRIER_INIT(2, NULL, NULL);
 *
 *       int place = thrum_barrier_wait(&meeting);           returns when both have come
 *       if (place == 0)
 *               ...                                         each of 0..parties-1 is given to one thread
 *
 *   An action, when there is one, is run by the last thread to come, before anybody goes on. A thread that gives up
 *   (its time runs out, its action fails, abort is called) breaks the barrier for all, because the meeting cannot
 *   take place: they get THRUM_BROKEN_BARRIER until somebody calls reset.
 */
#ifndef THRUM_THREADING_BARRIER_H
#define THRUM_THREADING_BARRIER_H

#include <thrum/threading/lock.h>

/* A barrier's action: returns 0, or the error that breaks the barrier. */
typedef int thrum_barrier_action(void *arg);

/* A barrier, by value. Do not copy one in use. */
typedef struct thrum_barrier {
    uint32_t parties_;
    uint64_t meeting_; /* what the barrier is doing, and who is inside: see src/threading/barrier.c */
    thrum_barrier_action *action_;
    void *arg_;
    int64_t timeout_ns_; /* the limit of a bare wait; 0 is none */
} thrum_barrier;

/* Barrier(parties, action), 1 <= parties <= THRUM_BARRIER_MAX; `action` may be NULL. */
#define THRUM_BARRIER_INIT(parties, action, arg)                                                                     \
    { (parties), 0, (action), (arg), 0 }

/* The most threads that can meet. */
#define THRUM_BARRIER_MAX 0x00ffffff

/* Barrier's keyword arguments. Zero is Python's default for each. */
typedef struct thrum_barrier_options {
    thrum_barrier_action *action; /* run once per meeting, by the last thread to come */
    void *arg;                    /* given to action; not freed */
    thrum_timeout timeout;        /* the limit of thrum_barrier_wait(); zero is none */
} thrum_barrier_options;

THRUM_BEGIN_DECLS

/* Barrier(parties, action, timeout) at run time. `options` may be NULL.
 *
 * Returns 0, or THRUM_VALUE_ERROR with *barrier untouched when parties is 0 ("parties must be > 0"), too large, or
 * the time limit is negative or beyond THRUM_TIMEOUT_MAX.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_barrier_init(thrum_barrier *barrier, uint32_t parties,
                                                 const thrum_barrier_options *options);

/* Wait until all parties have come: Barrier.wait(). The barrier's own time limit applies when it has one.
 *
 * Returns this thread's place, 0..parties-1, given to one thread each per meeting; THRUM_BROKEN_BARRIER when the
 * barrier is broken or reset while waiting, or when the time has passed, which breaks it for all; in the thread that
 * runs the action, the action's error, which breaks it as well. A thread that comes while the action of the previous
 * meeting runs waits for its end first; its time limit begins then. THRUM_VALUE_ERROR when the barrier was never
 * given a number of parties.
 * Threads: any.  Signals: unsafe.  Blocks: until all parties have come or the barrier is broken. */
THRUM_API THRUM_NODISCARD int thrum_barrier_wait(thrum_barrier *barrier);

/* As thrum_barrier_wait(), with `timeout` in place of the barrier's own limit: Barrier.wait(timeout).
 *
 * A limit of zero or less has passed at once unless this is the last thread to come. THRUM_OVERFLOW_ERROR beyond
 * THRUM_TIMEOUT_MAX, with nothing changed.
 * Threads: any.  Signals: unsafe.  Blocks: until all parties have come, it is broken or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_barrier_wait_timed(thrum_barrier *barrier, thrum_timeout timeout);

/* Return the barrier to its fresh state: Barrier.reset(). Threads that wait get THRUM_BROKEN_BARRIER.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_barrier_reset(thrum_barrier *barrier);

/* Break the barrier: Barrier.abort(). Present and later waits fail until thrum_barrier_reset().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_barrier_abort(thrum_barrier *barrier);

/* How many threads must come: Barrier.parties.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API uint32_t thrum_barrier_parties(const thrum_barrier *barrier);

/* How many threads wait: Barrier.n_waiting; 0 unless the barrier is filling.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API uint32_t thrum_barrier_n_waiting(const thrum_barrier *barrier);

/* Whether the barrier is broken: Barrier.broken.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_barrier_broken(const thrum_barrier *barrier);

/* Make the barrier fresh in the child of a fork, where the threads that waited are gone.
 *
 * Call it only where no other thread can use the barrier.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_barrier_at_fork_reinit(thrum_barrier *barrier);

/* Write "<thrum_barrier at 0x...: waiters=2/3>", or ": broken>", into `buffer` of `size` bytes.
 *
 * Always ends with a NUL when size > 0. Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_barrier_repr(const thrum_barrier *barrier, char *buffer, size_t size);

THRUM_END_DECLS

#endif
