/* mutex.c - mutexes of all types, and spin locks. A Lock is what is waited for: the explorer knows who holds it. */
#include <errno.h>
#include <limits.h>

#include "preload.h"

enum state { SOUND, OWNER_DIED, LOST }; /* of a robust mutex */

enum { kind_bits = 3, robust_bit = 16 }; /* of what glibc keeps in a mutex */

static preload_object *mutex_of(pthread_mutex_t *mutex) {
    bool is_new;
    preload_object *object = preload_object_of(mutex, PRELOAD_MUTEX, &is_new);
    if (is_new) { /* statically initialised, or before main(): its type is where the C library keeps it */
        object->type = mutex->__data.__kind & kind_bits;
        object->robust = mutex->__data.__kind & robust_bit;
    }
    return object;
}

INSTEAD(int, pthread_mutex_init, (pthread_mutex_t * mutex, const pthread_mutexattr_t *attributes),
        (mutex, attributes)) {
    NEXT(pthread_mutex_init);
    preload_forget(mutex, PRELOAD_MUTEX);
    int r = next_pthread_mutex_init(mutex, attributes);
    if (r == 0)
        (void)mutex_of(mutex);
    return r;
}

int preload_mutex_destroy(void *mutex) {
    if (mutex_of(mutex)->owner)
        thrum_explore_fail("  a mutex is destroyed while it is held");
    preload_forget(mutex, PRELOAD_MUTEX);
    return 0;
}

INSTEAD(int, pthread_mutex_destroy, (pthread_mutex_t * mutex), (mutex)) {
    return preload_mutex_destroy(mutex);
}

/* The owner locks once more. */
static int lock_again(preload_object *object, thrum_timeout limit) {
    if (object->type == PTHREAD_MUTEX_RECURSIVE) {
        object->count++;
        return 0;
    }
    if (limit.ns == 0)
        return EBUSY;
    if (object->type == PTHREAD_MUTEX_ERRORCHECK)
        return EDEADLK;
    return thrum_lock_acquire_timed(&object->lock, limit) == 0 ? 0 : ETIMEDOUT; /* it waits for itself */
}

static int lock(pthread_mutex_t *mutex, thrum_timeout limit) {
    preload_object *object = mutex_of(mutex);
    preload_thread *me = preload_self();
    if (object->owner == me)
        return lock_again(object, limit);
    if (thrum_lock_acquire_timed(&object->lock, limit) < 0)
        return limit.ns == 0 ? preload_in_vain(EBUSY) : ETIMEDOUT;
    if (object->state == LOST) {
        (void)thrum_lock_release(&object->lock); /* cannot fail: we hold it */
        return ENOTRECOVERABLE;
    }
    object->owner = me;
    object->count = 1;
    return object->state == OWNER_DIED ? EOWNERDEAD : 0;
}

static int unlock(pthread_mutex_t *mutex) {
    preload_object *object = mutex_of(mutex);
    bool checked = object->type == PTHREAD_MUTEX_ERRORCHECK || object->type == PTHREAD_MUTEX_RECURSIVE;
    if (object->owner != preload_self()) {
        if (checked || object->robust)
            return EPERM;
        thrum_explore_fail("  a mutex is unlocked by a thread that does not hold it");
    }
    if (--object->count > 0)
        return 0;
    object->owner = NULL;
    object->state = object->state == SOUND ? SOUND : LOST; /* nobody made it consistent */
    (void)thrum_lock_release(&object->lock);               /* cannot fail: we hold it */
    return 0;
}

int preload_mutex_lock(void *mutex) {
    return lock(mutex, THRUM_FOREVER);
}

int preload_mutex_trylock(void *mutex) {
    return lock(mutex, THRUM_NOWAIT);
}

int preload_mutex_unlock(void *mutex) {
    return unlock(mutex);
}

INSTEAD(int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex)) {
    return lock(mutex, THRUM_FOREVER);
}

INSTEAD(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex)) {
    return lock(mutex, THRUM_NOWAIT);
}

/* A limit that is no time matters only to one that has to wait. */
int preload_mutex_lock_until(void *mutex, clockid_t clock, const struct timespec *until) {
    int r = preload_is_time(until) ? lock(mutex, preload_until(clock, until)) : lock(mutex, THRUM_NOWAIT);
    if (r != EBUSY)
        return r;
    return preload_is_time(until) ? ETIMEDOUT : EINVAL;
}

INSTEAD(int, pthread_mutex_timedlock, (pthread_mutex_t * mutex, const struct timespec *until), (mutex, until)) {
    return preload_mutex_lock_until(mutex, CLOCK_REALTIME, until);
}

INSTEAD(int, pthread_mutex_clocklock, (pthread_mutex_t * mutex, clockid_t clock, const struct timespec *until),
        (mutex, clock, until)) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    return preload_mutex_lock_until(mutex, clock, until);
}

INSTEAD(int, pthread_mutex_unlock, (pthread_mutex_t * mutex), (mutex)) {
    return unlock(mutex);
}

INSTEAD(int, pthread_mutex_consistent, (pthread_mutex_t * mutex), (mutex)) {
    preload_object *object = mutex_of(mutex);
    if (!object->robust || object->state != OWNER_DIED || object->owner != preload_self())
        return EINVAL;
    object->state = SOUND;
    return 0;
}

static void abandon(preload_object *object, void *owner) {
    if (object->kind != PRELOAD_MUTEX || object->owner != owner || !object->robust)
        return;
    object->owner = NULL;
    object->state = OWNER_DIED;
    (void)thrum_lock_release(&object->lock); /* cannot fail: the owner holds it */
}

void preload_abandon_mutexes(void) {
    preload_for_each(abandon, preload_self());
}

static preload_object *spin_of(pthread_spinlock_t *lock) {
    bool is_new;
    return preload_object_of((const void *)(uintptr_t)lock, PRELOAD_SPIN, &is_new);
}

INSTEAD(int, pthread_spin_init, (pthread_spinlock_t * lock, int shared), (lock, shared)) {
    NEXT(pthread_spin_init);
    (void)preload_object_anew((const void *)(uintptr_t)lock, PRELOAD_SPIN);
    return next_pthread_spin_init(lock, shared);
}

INSTEAD(int, pthread_spin_destroy, (pthread_spinlock_t * lock), (lock)) {
    if (thrum_lock_locked(&spin_of(lock)->lock))
        thrum_explore_fail("  a spin lock is destroyed while it is held");
    preload_forget((const void *)(uintptr_t)lock, PRELOAD_SPIN);
    return 0;
}

INSTEAD(int, pthread_spin_lock, (pthread_spinlock_t * lock), (lock)) {
    thrum_lock_acquire(&spin_of(lock)->lock);
    return 0;
}

INSTEAD(int, pthread_spin_trylock, (pthread_spinlock_t * lock), (lock)) {
    return thrum_lock_try_acquire(&spin_of(lock)->lock) == 0 ? 0 : preload_in_vain(EBUSY);
}

INSTEAD(int, pthread_spin_unlock, (pthread_spinlock_t * lock), (lock)) {
    if (thrum_lock_release(&spin_of(lock)->lock) < 0)
        thrum_explore_fail("  a spin lock is unlocked that is not held");
    return 0;
}
