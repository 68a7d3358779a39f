/* thrum/threading/with.h - Python's with statement for locks.
 *
 *     THRUM_WITH(&lock) {                     with lock:
 *             balance += 10;                      balance += 10
 *     }
 *
 *     THRUM_GUARD(&lock);                     held from here to the end of the enclosing block
 *
 * Both take a pointer to a lock, an rlock, a condition or a semaphore, and let go of it however the block is left: by
 * its end, return, break, continue or goto. A break inside THRUM_WITH leaves the THRUM_WITH block and not a loop
 * around it; in the body of a loop that wants to break, use THRUM_GUARD.
 *
 * clang's thread-safety analysis sees acquire and release, and not these two: what cleans up behind a block is the
 * same function for every kind of lock, and says of none that it is released. A function that touches data marked
 * with THRUM_GUARDED_BY below THRUM_WITH or THRUM_GUARD is marked THRUM_UNCHECKED.
 */
#ifndef THRUM_THREADING_WITH_H
#define THRUM_THREADING_WITH_H

#include <thrum/threading/condition.h>
#include <thrum/threading/lock.h>
#include <thrum/threading/rlock.h>
#include <thrum/threading/semaphore.h>

/* What a guard holds, so that its cleanup knows what to release. */
typedef struct thrum_guard_ {
    void *object;
    void (*release)(void *object);
} thrum_guard_;

/* Inline without optimisation, too: the place that reports name is the user's, and not in one of these. */
#define THRUM_GUARD_INLINE_ __attribute__((always_inline)) static inline

THRUM_BEGIN_DECLS

static inline void thrum_guard_release_lock_(void *object) THRUM_UNCHECKED {
    (void)thrum_lock_release((thrum_lock *)object);
}
static inline void thrum_guard_release_rlock_(void *object) THRUM_UNCHECKED {
    (void)thrum_rlock_release((thrum_rlock *)object);
}
static inline void thrum_guard_release_condition_(void *object) {
    (void)thrum_condition_release((thrum_condition *)object);
}
static inline void thrum_guard_release_semaphore_(void *object) {
    (void)thrum_semaphore_release((thrum_semaphore *)object, 1);
}

THRUM_GUARD_INLINE_ thrum_guard_ thrum_guard_lock_(thrum_lock *lock) THRUM_UNCHECKED {
    thrum_guard_ guard = {lock, thrum_guard_release_lock_};
    thrum_lock_acquire(lock);
    return guard;
}
THRUM_GUARD_INLINE_ thrum_guard_ thrum_guard_rlock_(thrum_rlock *lock) THRUM_UNCHECKED {
    thrum_guard_ guard = {lock, thrum_guard_release_rlock_};
    thrum_rlock_acquire(lock);
    return guard;
}
THRUM_GUARD_INLINE_ thrum_guard_ thrum_guard_condition_(thrum_condition *cond) {
    thrum_guard_ guard = {cond, thrum_guard_release_condition_};
    thrum_condition_acquire(cond);
    return guard;
}
THRUM_GUARD_INLINE_ thrum_guard_ thrum_guard_semaphore_(thrum_semaphore *sem) {
    thrum_guard_ guard = {sem, thrum_guard_release_semaphore_};
    (void)thrum_semaphore_acquire(sem);
    return guard;
}

static inline void thrum_guard_leave_(thrum_guard_ *guard) {
    guard->release(guard->object);
}

THRUM_END_DECLS

#ifdef __cplusplus
THRUM_GUARD_INLINE_ thrum_guard_ thrum_guard_enter_(thrum_lock *lock) {
    return thrum_guard_lock_(lock);
}
THRUM_GUARD_INLINE_ thrum_guard_ thrum_guard_enter_(thrum_rlock *lock) {
    return thrum_guard_rlock_(lock);
}
THRUM_GUARD_INLINE_ thrum_guard_ thrum_guard_enter_(thrum_condition *cond) {
    return thrum_guard_condition_(cond);
}
THRUM_GUARD_INLINE_ thrum_guard_ thrum_guard_enter_(thrum_semaphore *sem) {
    return thrum_guard_semaphore_(sem);
}
#define THRUM_GUARD_ENTER_(object) thrum_guard_enter_(object)
#else
#define THRUM_GUARD_ENTER_(object)                                                                                   \
    _Generic((object), thrum_lock *                                                                                  \
             : thrum_guard_lock_, thrum_rlock *                                                                      \
             : thrum_guard_rlock_, thrum_condition *                                                                 \
             : thrum_guard_condition_, thrum_semaphore *                                                             \
             : thrum_guard_semaphore_)(object)
#endif

#define THRUM_PASTE2_(a, b) a##b
#define THRUM_PASTE_(a, b) THRUM_PASTE2_(a, b)

/* Hold `object` until the end of the enclosing block. */
#define THRUM_GUARD(object)                                                                                          \
    thrum_guard_ THRUM_PASTE_(thrum_guard_, __COUNTER__) __attribute__((cleanup(thrum_guard_leave_), unused)) =      \
        THRUM_GUARD_ENTER_(object)

/* with object: { ... }: a loop that runs once. Each use has its own names, so that nested ones do not shadow each
 * other. */
#define THRUM_WITH(object)                                                                                           \
    THRUM_WITH_AS_(object, THRUM_PASTE_(thrum_with_, __COUNTER__), THRUM_PASTE_(thrum_once_, __COUNTER__))
#define THRUM_WITH_AS_(object, guard, once)                                                                          \
    for (thrum_guard_ guard __attribute__((cleanup(thrum_guard_leave_))) = THRUM_GUARD_ENTER_(object),               \
                            *once = &guard;                                                                          \
         once; once = NULL)

#endif
