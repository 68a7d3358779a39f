/* lock_internal.h - what RLock and Condition need of Lock, and Condition of RLock. */
#ifndef THRUM_LOCK_INTERNAL_H
#define THRUM_LOCK_INTERNAL_H

#include <thrum/threading/rlock.h>

#include "park/queue.h"

/* The word of a lock:
 *     0                    free
 *     id                   held, nobody waits
 *     id | WAITERS         held; threads may be queued, and release has to look
 * Moves: 0 -> id by acquire. 0 -> id | WAITERS by a woken thread that knows of others. id -> id | WAITERS by a thread
 * about to queue itself, under the latch of the lock's queue. id -> 0 by release. id | WAITERS -> 0 by release, under
 * the latch, when a thread is woken or none is there. id | WAITERS -> other id [| WAITERS] by release, under the
 * latch: handed over. While threads are queued and the word has no WAITERS, one woken thread is on its way: it sets
 * the bit when it takes the lock or queues itself again. So a release that finds no bit may be quick, and never more
 * than one thread is being woken. */
#define THRUM__LOCK_WAITERS 0x80000000u

/* What a woken thread is told, as its token. */
enum {
    THRUM__LOCK_HANDED = 1, /* the lock is yours already */
    THRUM__LOCK_MORE = 2    /* others were queued behind you */
};

/* A wish for a lock. */
typedef struct thrum__claim {
    thrum_lock *lock;
    thrum__kind kind;   /* LOCK or RLOCK */
    const void *object; /* what reports name: the lock, or the rlock around it */
    const void *site;   /* the caller's return address */
    int64_t deadline;   /* INT64_MIN only tries */
    bool may_fail;      /* a _timed form: can return THRUM_DEADLOCK */
    bool may_spin;      /* look at its own word for a while before it sleeps */
} thrum__claim;

/* Acquire: 0, THRUM_TIMED_OUT or THRUM_DEADLOCK. */
int thrum__lock_acquire(const thrum__claim *claim);

/* Go on after a delivery at the lock's queue, with what was said. Returns when the lock is acquired. */
void thrum__lock_resume(const thrum__claim *claim, uint32_t token);

/* Release a lock that somebody holds. 0, or THRUM_RUNTIME_ERROR when nobody does. */
int thrum__lock_release(thrum_lock *lock, const void *object);

/* Make a lock free that no other thread can use. */
void thrum__lock_reinit(thrum_lock *lock, const void *object);

/* Put a thread that was taken out of another queue into the lock's, if the caller holds that; otherwise wake it. */
void thrum__lock_requeue(const thrum__claim *claim, thrum__record *record);

/* Note that the calling thread has acquired the lock of an RLock, and is so many levels deep. */
void thrum__rlock_entered(thrum_rlock *lock, uint32_t levels);

#endif
