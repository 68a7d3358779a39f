/* thrum/threading/semaphore.h - Semaphore and BoundedSemaphore: a counter of permits (threading.Semaphore).
 *
 * The idea
 *   acquire takes a permit and waits while there is none; release gives one back, from any thread:
 *
 *       static thrum_semaphore places = THRUM_SEMAPHORE_INIT(13);
 *
 *       thrum_semaphore_acquire(&places);                   P
 *       ...
 *       thrum_semaphore_release(&places, 1);                V
 *
 *   A BoundedSemaphore refuses to hold more permits than it started with, which catches a release too many.
 *
 *   Waiting threads get permits in the order of their arrival: a release hands its permits to them, and only what is
 *   left over is there for others to take. release may be called in a signal handler.
 */
#ifndef THRUM_THREADING_SEMAPHORE_H
#define THRUM_THREADING_SEMAPHORE_H

#include <thrum/time.h>

/* A semaphore, by value, 8 bytes. All zero is Semaphore(0). Do not copy one in use. */
typedef struct thrum_semaphore {
    uint32_t word_;  /* the permits, and a bit that says that threads wait: see src/threading/semaphore.c */
    uint32_t bound_; /* the most permits that it may hold, plus one; 0 when unbounded */
} thrum_semaphore;

/* The largest number of permits. */
#define THRUM_SEMAPHORE_MAX INT32_MAX

/* Semaphore(value) and BoundedSemaphore(value), 0 <= value <= THRUM_SEMAPHORE_MAX; Python's default is 1. */
#define THRUM_SEMAPHORE_INIT(value)                                                                                  \
    { (value), 0 }
#define THRUM_BOUNDED_SEMAPHORE_INIT(value)                                                                          \
    { (value), (value) + 1u }

THRUM_BEGIN_DECLS

/* The parts of acquire and release that are not worth inlining. Not for direct use. */
THRUM_API void thrum_semaphore_acquire_slow_(thrum_semaphore *sem);
THRUM_API int thrum_semaphore_release_slow_(thrum_semaphore *sem, uint32_t n);

/* Semaphore(value) at run time. Returns 0, or THRUM_VALUE_ERROR with *sem untouched when value < 0 ("semaphore
 * initial value must be >= 0").
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_semaphore_init(thrum_semaphore *sem, int32_t value);

/* BoundedSemaphore(value) at run time. Returns as thrum_semaphore_init() does.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_bounded_semaphore_init(thrum_semaphore *sem, int32_t value);

/* Take a permit, waiting for as long as it takes: Semaphore.acquire(). Returns 0.
 * Threads: any.  Signals: unsafe.  Blocks: until there is a permit. */
THRUM_INLINE int thrum_semaphore_acquire(thrum_semaphore *sem);

/* Take a permit within a time limit: Semaphore.acquire(timeout=...).
 *
 * Returns 0, THRUM_TIMED_OUT with nothing taken (a negative limit has already passed, as in Python), or
 * THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: until there is a permit or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_semaphore_acquire_timed(thrum_semaphore *sem, thrum_timeout timeout);

/* Take a permit if there is one: Semaphore.acquire(blocking=False). Returns 0 or THRUM_TIMED_OUT.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_NODISCARD THRUM_INLINE int thrum_semaphore_try_acquire(thrum_semaphore *sem);

/* Give `n` permits: Semaphore.release(n). Wakes up to n waiting threads, the longest waiting first.
 *
 * Returns 0; THRUM_VALUE_ERROR with nothing changed when n is 0 ("n must be one or more") or when a bounded semaphore
 * would hold more than it started with ("Semaphore released too many times"); THRUM_OVERFLOW_ERROR with nothing
 * changed beyond THRUM_SEMAPHORE_MAX.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_INLINE int thrum_semaphore_release(thrum_semaphore *sem, uint32_t n);

/* The number of permits that are there to be taken. The answer can be out of date when it arrives.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API uint32_t thrum_semaphore_value(const thrum_semaphore *sem);

/* Set the permits in the child of a fork, where the threads that waited are gone. `value` as for
 * thrum_semaphore_init(); the bound stays. Call it only where no other thread can use the semaphore.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_semaphore_at_fork_reinit(thrum_semaphore *sem, uint32_t value);

/* Write "<thrum_semaphore at 0x...: value=3>", for a bounded one "value=2/3", into `buffer` of `size` bytes.
 *
 * Always ends with a NUL when size > 0. Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_semaphore_repr(const thrum_semaphore *sem, char *buffer, size_t size);

/* Take a permit if the word says that there are some and nobody waits; false says nothing was changed. */
THRUM_INLINE bool thrum_semaphore_take_(thrum_semaphore *sem) {
    uint32_t word = __atomic_load_n(&sem->word_, __ATOMIC_RELAXED); /* a hint: the exchange below decides */
    while ((int32_t)word > 0) {
        /* Acquire: pairs with the release operation that gave the permit. */
        if (THRUM_LIKELY_(
                __atomic_compare_exchange_n(&sem->word_, &word, word - 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
            return true;
    }
    return false;
}

THRUM_INLINE int thrum_semaphore_acquire(thrum_semaphore *sem) {
    if (THRUM_UNLIKELY_(thrum_self_ == 0 || !thrum_semaphore_take_(sem)))
        thrum_semaphore_acquire_slow_(sem);
    return 0;
}

THRUM_INLINE int thrum_semaphore_try_acquire(thrum_semaphore *sem) {
    if (THRUM_LIKELY_(thrum_self_ != 0) && thrum_semaphore_take_(sem))
        return 0;
    return thrum_semaphore_acquire_timed(sem, THRUM_NOWAIT);
}

THRUM_INLINE int thrum_semaphore_release(thrum_semaphore *sem, uint32_t n) {
    uint32_t word = __atomic_load_n(&sem->word_, __ATOMIC_RELAXED); /* a hint: the exchange below decides */
    /* Without waiters, bound or instrumentation a release is one exchange.
     * Release: pairs with the acquire operation of whoever takes the permit. */
    if (THRUM_LIKELY_(
            thrum_self_ != 0 && n - 1 < 0x10000 && sem->bound_ == 0 && word < 0x7fff0000u &&
            __atomic_compare_exchange_n(&sem->word_, &word, word + n, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
        return 0;
    return thrum_semaphore_release_slow_(sem, n);
}

THRUM_END_DECLS

#endif
