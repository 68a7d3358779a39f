/* thrum/threading/lock.h - Lock: one thread at a time (threading.Lock).
 *
 * The idea
 *   A lock is four bytes. All zero is an unlocked lock, so a static or a cleared one needs no set-up, and there is
 *   nothing to destroy, not even a lock that is held:
 *
 *       static thrum_lock lock;                             or = THRUM_LOCK_INIT
 *       static long balance;
 *
 *       THRUM_WITH(&lock) { balance += 10; }                with lock: balance += 10
 *
 *       thrum_lock_acquire(&lock);                          the same by hand
 *       balance += 10;
 *       thrum_lock_release(&lock);
 *
 *   Without contention, acquire and release are one atomic operation each, inline in the caller.
 *
 * The rules are Python's. A Lock is not recursive: a thread that acquires it twice waits for itself, which is
 * reported (thrum/threading/deadlock.h). Any thread may release it. Waiting threads are served in the order of their
 * arrival, except that a running thread may take a free lock before one that has to wake up first; a thread that has
 * waited for a millisecond is handed the lock.
 *
 * Memory order: acquire and release pair as in C11. What a thread did before release is seen after the next acquire.
 */
#ifndef THRUM_THREADING_LOCK_H
#define THRUM_THREADING_LOCK_H

#include <thrum/time.h>

/* A lock, by value. Do not copy one in use: waiting threads know it by its address. */
typedef struct THRUM_CAPABILITY thrum_lock {
    uint32_t word_; /* 0, or the owner's number, and a bit that says that threads wait: see src/threading/lock.c */
} thrum_lock;

/* An unlocked lock: a name for all-zero bytes. */
#define THRUM_LOCK_INIT                                                                                              \
    { 0 }

THRUM_BEGIN_DECLS

/* The parts of acquire and release that are not worth inlining. Not for direct use. */
THRUM_API void thrum_lock_acquire_slow_(thrum_lock *lock);
THRUM_API int thrum_lock_release_slow_(thrum_lock *lock);

/* Acquire the lock, waiting for as long as it takes: Lock.acquire().
 *
 * A wait that can never end is reported once on stderr, and goes on as in Python, or aborts under the policy `abort`.
 * Threads: any.  Signals: unsafe.  Blocks: until the lock is acquired. */
THRUM_INLINE void thrum_lock_acquire(thrum_lock *lock) THRUM_ACQUIRES(lock);

/* Acquire the lock within a time limit: Lock.acquire(timeout=...).
 *
 * Returns 0 with the lock held; or, with the lock not acquired: THRUM_TIMED_OUT; THRUM_VALUE_ERROR for a negative
 * limit ("timeout value must be a non-negative number"); THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX;
 * THRUM_DEADLOCK under the policy `error` when the wait could never end. THRUM_NOWAIT only tries.
 * Threads: any.  Signals: unsafe.  Blocks: until the lock is acquired or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_lock_acquire_timed(thrum_lock *lock, thrum_timeout timeout)
    THRUM_TRY_ACQUIRES(lock);

/* Acquire the lock if it is free: Lock.acquire(blocking=False).
 *
 * Returns 0 with the lock held, or THRUM_TIMED_OUT with the lock not acquired.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_NODISCARD THRUM_INLINE int thrum_lock_try_acquire(thrum_lock *lock) THRUM_TRY_ACQUIRES(lock);

/* Release the lock: Lock.release(). Any thread may do so.
 *
 * Returns 0, or THRUM_RUNTIME_ERROR with nothing changed when the lock is not locked ("release unlocked lock").
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_INLINE int thrum_lock_release(thrum_lock *lock) THRUM_RELEASES(lock);

/* Whether some thread holds the lock: Lock.locked(). The answer can be out of date when it arrives.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_lock_locked(const thrum_lock *lock);

/* Make the lock unlocked in the child of a fork, whoever held it in the parent: Lock._at_fork_reinit().
 *
 * Call it only where no other thread can use the lock, as in the child before it starts threads.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_lock_at_fork_reinit(thrum_lock *lock);

/* Write what Python's repr() shows, "<locked thrum_lock at 0x55...>" or "<unlocked ...>", into `buffer` of `size`
 * bytes.
 *
 * Always ends with a NUL when size > 0. Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_lock_repr(const thrum_lock *lock, char *buffer, size_t size);

THRUM_INLINE void thrum_lock_acquire(thrum_lock *lock) THRUM_UNCHECKED {
    uint32_t self = thrum_self_, unlocked = 0;
    /* Acquire: pairs with the release store of whoever unlocked the word. */
    if (THRUM_UNLIKELY_(self == 0 || !__atomic_compare_exchange_n(&lock->word_, &unlocked, self, false,
                                                                  __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
        thrum_lock_acquire_slow_(lock);
}

THRUM_INLINE int thrum_lock_try_acquire(thrum_lock *lock) THRUM_UNCHECKED {
    uint32_t self = thrum_self_, unlocked = 0;
    /* Acquire: pairs with the release store of whoever unlocked the word. */
    if (THRUM_LIKELY_(self != 0))
        return __atomic_compare_exchange_n(&lock->word_, &unlocked, self, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
                   ? 0
                   : THRUM_TIMED_OUT;
    return thrum_lock_acquire_timed(lock, THRUM_NOWAIT);
}

THRUM_INLINE int thrum_lock_release(thrum_lock *lock) THRUM_UNCHECKED {
    uint32_t self = thrum_self_, held = self;
    /* Release: pairs with the acquire operation of the next owner. A failure leaves the word as it was: nobody's,
     * somebody else's, or ours with threads waiting. */
    if (THRUM_LIKELY_(self != 0 &&
                      __atomic_compare_exchange_n(&lock->word_, &held, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
        return 0;
    return thrum_lock_release_slow_(lock);
}

THRUM_END_DECLS

#endif
