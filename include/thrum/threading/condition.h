/* thrum/threading/condition.h - Condition: wait until something is true (threading.Condition).
 *
 * The idea
 *   A condition belongs to a lock. The lock guards some state; a thread that needs the state to be different waits,
 *   which releases the lock while it sleeps; a thread that changes the state notifies:
 *
 *       static thrum_condition ready;                       Condition(): with an RLock of its own
 *       static int items;
 *
 *       THRUM_WITH(&ready) {                                the consumer
 *               while (items == 0)
 *                       thrum_condition_wait(&ready);
 *               items--;
 *       }
 *       THRUM_WITH(&ready) {                                the producer
 *               items++;
 *               thrum_condition_notify(&ready, 1);
 *       }
 *
 *   Conditions can share a lock:
 *
 *       static thrum_lock lock;
 *       static thrum_condition not_empty = THRUM_CONDITION_INIT(&lock), not_full = THRUM_CONDITION_INIT(&lock);
 *
 * The promises are CPython's, which are stronger than POSIX's: notify(n) wakes exactly the min(n, waiting) threads
 * that have waited longest; nobody wakes up without a notify; a waiter whose time ran out does not swallow a later
 * notify; a notify when nobody waits is not remembered. A notified thread is not woken merely to bump into the lock:
 * it is moved to the lock's own queue, so notify_all starts no stampede.
 */
#ifndef THRUM_THREADING_CONDITION_H
#define THRUM_THREADING_CONDITION_H

#include <thrum/threading/lock.h>
#include <thrum/threading/rlock.h>

/* A condition, by value. All zero is a condition with an RLock of its own. Do not copy one in use. */
typedef struct thrum_condition {
    thrum_rlock own_;
    thrum_lock *lock_;   /* the Lock it was bound to, or NULL */
    thrum_rlock *rlock_; /* the RLock it was bound to, or NULL; when both are NULL, own_ */
    uint32_t waiting_;   /* 1 while threads may wait; its address is where they wait */
} thrum_condition;

/* Condition(): an RLock of its own; a name for all-zero bytes. */
#define THRUM_CONDITION_INIT_OWN                                                                                     \
    { {{0}, 0, 0}, NULL, NULL, 0 }
/* Condition(lock), for a thrum_lock. */
#define THRUM_CONDITION_INIT(lock)                                                                                   \
    { {{0}, 0, 0}, (lock), NULL, 0 }
/* Condition(rlock), for a thrum_rlock. */
#define THRUM_CONDITION_INIT_RLOCK(rlock)                                                                            \
    { {{0}, 0, 0}, NULL, (rlock), 0 }

THRUM_BEGIN_DECLS

/* Acquire the condition's lock: Condition.acquire().
 * Threads: any.  Signals: unsafe.  Blocks: until the lock is acquired. */
THRUM_API void thrum_condition_acquire(thrum_condition *cond);

/* Acquire the condition's lock within a time limit: the codes are those of thrum_lock_acquire_timed() or
 * thrum_rlock_acquire_timed(), after which kind of lock it is.
 * Threads: any.  Signals: unsafe.  Blocks: until the lock is acquired or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_condition_acquire_timed(thrum_condition *cond, thrum_timeout timeout);

/* Release the condition's lock: Condition.release(). Returns 0, or THRUM_RUNTIME_ERROR with nothing changed when it
 * is not acquired.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_condition_release(thrum_condition *cond);

/* Whether the condition's lock is held by some thread: Condition.locked().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_condition_locked(const thrum_condition *cond);

/* Release the lock, wait for a notify, and acquire the lock again: Condition.wait().
 *
 * The caller must hold the lock; all levels of an RLock are released and restored. Returns 0 after a notify, or
 * THRUM_RUNTIME_ERROR with nothing changed when the lock is not held ("cannot wait on un-acquired lock").
 * Threads: owner.  Signals: unsafe.  Blocks: until notified and the lock is acquired again. */
THRUM_API int thrum_condition_wait(thrum_condition *cond);

/* As thrum_condition_wait(), for at most `timeout`: Condition.wait(timeout).
 *
 * Returns 0 when notified; THRUM_TIMED_OUT when not, also at once (after releasing and acquiring the lock) for a
 * limit of zero or less; THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX and THRUM_RUNTIME_ERROR when the lock is not
 * held, both with nothing changed. The lock is held on return in every case in which it was held before.
 * Threads: owner.  Signals: unsafe.  Blocks: until notified or timed out, and the lock is acquired again. */
THRUM_API THRUM_NODISCARD int thrum_condition_wait_timed(thrum_condition *cond, thrum_timeout timeout);

/* Wait until predicate(arg) is true: Condition.wait_for(). The time limit is one for the whole wait.
 *
 * The predicate runs with the lock held, first before any waiting and before the time begins. A limit of zero or less
 * lets others have the lock once and asks again. Returns 0 when the predicate returned true; THRUM_TIMED_OUT when it
 * was still false at the end; and the errors of thrum_condition_wait_timed().
 * Threads: owner.  Signals: unsafe.  Blocks: until the predicate is true or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_condition_wait_for(thrum_condition *cond, bool (*predicate)(void *arg), void *arg,
                                                       thrum_timeout timeout);

/* Wake the `n` threads that have waited longest, or all when fewer wait: Condition.notify(n).
 *
 * They go on once the caller has released the lock. Returns 0, or THRUM_RUNTIME_ERROR with nothing changed when the
 * lock is not held ("cannot notify on un-acquired lock").
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_condition_notify(thrum_condition *cond, size_t n);

/* Wake every waiting thread: Condition.notify_all(). Returns as thrum_condition_notify() does.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_condition_notify_all(thrum_condition *cond);

/* Make the condition's lock unlocked and its queue empty in the child of a fork: Condition._at_fork_reinit().
 *
 * Call it only where no other thread can use the condition or its lock.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_condition_at_fork_reinit(thrum_condition *cond);

/* Write "<thrum_condition(<locked thrum_lock at 0x...>, waiters=2)>" into `buffer` of `size` bytes.
 *
 * Always ends with a NUL when size > 0. Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_condition_repr(const thrum_condition *cond, char *buffer, size_t size);

THRUM_END_DECLS

#endif
