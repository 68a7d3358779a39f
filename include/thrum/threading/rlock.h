/* thrum/threading/rlock.h - RLock: a lock that its owner may acquire again (threading.RLock).
 *
 * The idea
 *   Methods that lock can call each other when the lock counts how deep its owner is in:
 *
 *       static thrum_rlock lock;                            or = THRUM_RLOCK_INIT; all zero is unlocked
 *
 *       void deposit(long n)  { THRUM_WITH(&lock) { balance += n; } }
 *       void pay_rent(void)   { THRUM_WITH(&lock) { deposit(-900); } }
 *
 *   The inner level costs no atomic operation. Only the owner may release, as often as it acquired. Because an RLock
 *   has an owner for certain, a deadlock among RLocks is certain as well: a _timed acquire that could never succeed
 *   returns THRUM_DEADLOCK at once, so that the caller can back off (thrum/threading/deadlock.h).
 */
#ifndef THRUM_THREADING_RLOCK_H
#define THRUM_THREADING_RLOCK_H

#include <thrum/threading/lock.h>

/* A recursive lock, by value, 12 bytes. Do not copy one in use. */
typedef struct THRUM_CAPABILITY THRUM_REENTRANT thrum_rlock {
    thrum_lock lock_;
    uint32_t owner_; /* the owner's number once more, or 0; written by the owner only */
    uint32_t depth_; /* how many more times than once the owner holds it; written by the owner only */
} thrum_rlock;

/* An unlocked RLock: a name for all-zero bytes. */
#define THRUM_RLOCK_INIT                                                                                             \
    { {0}, 0, 0 }

THRUM_BEGIN_DECLS

/* The parts of acquire and release that are not worth inlining. Not for direct use. */
THRUM_API void thrum_rlock_acquire_slow_(thrum_rlock *lock);
THRUM_API int thrum_rlock_release_slow_(thrum_rlock *lock);

/* Acquire the lock, or go one level deeper when the caller holds it: RLock.acquire().
 *
 * A wait that can never end is reported once on stderr, and goes on as in Python, or aborts under the policy `abort`;
 * use the _timed form with THRUM_FOREVER to be told instead. More than 2^32 levels abort.
 * Threads: any.  Signals: unsafe.  Blocks: until the lock is acquired. */
THRUM_INLINE void thrum_rlock_acquire(thrum_rlock *lock) THRUM_ACQUIRES(lock);

/* Acquire the lock within a time limit: RLock.acquire(timeout=...). A re-entry succeeds with any limit.
 *
 * Returns 0 with the lock held; or, with nothing changed: THRUM_TIMED_OUT; THRUM_DEADLOCK at once when the wait could
 * never end because its owner waits, perhaps through others, for this thread; THRUM_VALUE_ERROR for a negative limit;
 * THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX or beyond 2^32 levels.
 * Threads: any.  Signals: unsafe.  Blocks: until the lock is acquired, the time has passed or a deadlock is found. */
THRUM_API THRUM_NODISCARD int thrum_rlock_acquire_timed(thrum_rlock *lock, thrum_timeout timeout)
    THRUM_TRY_ACQUIRES(lock);

/* Acquire the lock if it is free or the caller's: RLock.acquire(blocking=False).
 *
 * Returns 0 with the lock held, or THRUM_TIMED_OUT.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_NODISCARD THRUM_INLINE int thrum_rlock_try_acquire(thrum_rlock *lock) THRUM_TRY_ACQUIRES(lock);

/* Go up one level; at the outermost, release the lock: RLock.release().
 *
 * Returns 0, or THRUM_RUNTIME_ERROR with nothing changed when the caller does not hold it ("cannot release
 * un-acquired lock").
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_INLINE int thrum_rlock_release(thrum_rlock *lock) THRUM_RELEASES(lock);

/* Whether some thread holds the lock: RLock.locked(). The answer can be out of date when it arrives.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_rlock_locked(const thrum_rlock *lock);

/* Whether the calling thread holds the lock: RLock._is_owned().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_rlock_is_owned(const thrum_rlock *lock);

/* How often the calling thread holds the lock, 0 when it does not: RLock._recursion_count().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API uint32_t thrum_rlock_recursion_count(const thrum_rlock *lock);

/* Release all levels at once, for a wait that must not hold the lock: RLock._release_save(). An advanced call.
 *
 * Stores the number of levels in *ret_levels, for thrum_rlock_acquire_restore(). Returns 0, or THRUM_RUNTIME_ERROR
 * with nothing changed when the caller does not hold the lock.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_rlock_release_save(thrum_rlock *lock, uint32_t *ret_levels) THRUM_RELEASES(lock);

/* Acquire the lock and be `levels` deep, as before thrum_rlock_release_save(): RLock._acquire_restore(). An advanced
 * call.
 *
 * `levels` of 0 acquires one level. The caller must not hold the lock.
 * Threads: any.  Signals: unsafe.  Blocks: until the lock is acquired. */
THRUM_API void thrum_rlock_acquire_restore(thrum_rlock *lock, uint32_t levels) THRUM_ACQUIRES(lock);

/* Make the lock unlocked in the child of a fork: RLock._at_fork_reinit().
 *
 * Call it only where no other thread can use the lock.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_rlock_at_fork_reinit(thrum_rlock *lock);

/* Write "<locked thrum_rlock owner='Thread-1' count=2 at 0x55...>" or "<unlocked thrum_rlock owner=None count=0 at
 * ...>" into `buffer` of `size` bytes. The count of a lock that another thread holds is shown as 1.
 *
 * Always ends with a NUL when size > 0. Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_rlock_repr(const thrum_rlock *lock, char *buffer, size_t size);

/* Whether `self`, which is not 0, owns the lock, as far as the fast path knows. Only the thread itself writes its
 * number there or takes it out, so the answer about oneself is stable; relaxed for the same reason. The lock word
 * says the same, but reading that just after the atomic operation on it would cost as much as half of the
 * operation. */
THRUM_INLINE bool thrum_rlock_owned_by_(const thrum_rlock *lock, uint32_t self) {
    return __atomic_load_n(&lock->owner_, __ATOMIC_RELAXED) == self;
}

/* Note whose the lock is, in the thread that holds it. Relaxed: others only compare it with their own numbers. */
THRUM_INLINE void thrum_rlock_set_owner_(thrum_rlock *lock, uint32_t owner) {
    __atomic_store_n(&lock->owner_, owner, __ATOMIC_RELAXED);
}

THRUM_INLINE void thrum_rlock_acquire(thrum_rlock *lock) THRUM_UNCHECKED {
    uint32_t self = thrum_self_, unlocked = 0;
    if (THRUM_LIKELY_(self != 0)) {
        if (thrum_rlock_owned_by_(lock, self) && THRUM_LIKELY_(lock->depth_ != UINT32_MAX)) {
            lock->depth_++;
            return;
        }
        /* Acquire: pairs with the release store of whoever unlocked the word. */
        if (THRUM_LIKELY_(__atomic_compare_exchange_n(&lock->lock_.word_, &unlocked, self, false, __ATOMIC_ACQUIRE,
                                                      __ATOMIC_RELAXED))) {
            thrum_rlock_set_owner_(lock, self);
            return;
        }
    }
    thrum_rlock_acquire_slow_(lock);
}

THRUM_INLINE int thrum_rlock_try_acquire(thrum_rlock *lock) THRUM_UNCHECKED {
    return thrum_rlock_acquire_timed(lock, THRUM_NOWAIT);
}

THRUM_INLINE int thrum_rlock_release(thrum_rlock *lock) THRUM_UNCHECKED {
    uint32_t self = thrum_self_, held = self;
    if (THRUM_LIKELY_(self != 0 && thrum_rlock_owned_by_(lock, self))) {
        if (lock->depth_ > 0) {
            lock->depth_--;
            return 0;
        }
        thrum_rlock_set_owner_(lock, 0);
        /* Release: pairs with the acquire operation of the next owner. Fails when threads wait. */
        if (THRUM_LIKELY_(
                __atomic_compare_exchange_n(&lock->lock_.word_, &held, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
            return 0;
    }
    return thrum_rlock_release_slow_(lock);
}

THRUM_END_DECLS

#endif
