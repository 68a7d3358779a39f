/* preload_locks.c - mutexes, spin locks, read-write locks, once. */
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "preload.h"

static preload_object *mutex_of(pthread_mutex_t *mutex) {
    bool is_new;
    preload_object *object = preload_object_of(mutex, PRELOAD_MUTEX, &is_new);
    if (is_new) /* statically initialised: its type is where the C library keeps it */
        object->type = mutex->__data.__kind & 3;
    return object;
}

static bool recursive(const preload_object *object) {
    return object->type == PTHREAD_MUTEX_RECURSIVE;
}

/* The library's results as those of the POSIX functions. */
static int posix(int r) {
    return r == 0 ? 0 : r == THRUM_TIMED_OUT ? ETIMEDOUT : r == THRUM_DEADLOCK ? EDEADLK : r > -4096 ? -r : EPERM;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
    NEXT(pthread_mutex_init);
    bool is_new;
    if (!TAKES())
        return next_pthread_mutex_init(mutex, attributes);
    preload_forget(mutex, PRELOAD_MUTEX);
    preload_object *object = preload_object_of(mutex, PRELOAD_MUTEX, &is_new);
    if (attributes)
        pthread_mutexattr_gettype(attributes, &object->type);
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex) {
    NEXT(pthread_mutex_destroy);
    if (!TAKES())
        return next_pthread_mutex_destroy(mutex);
    preload_object *object = mutex_of(mutex);
    if (recursive(object) ? thrum_rlock_locked(&object->rlock) : thrum_lock_locked(&object->lock))
        thrum_explore_fail("  a mutex is destroyed while it is held");
    preload_forget(mutex, PRELOAD_MUTEX);
    return 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    NEXT(pthread_mutex_lock);
    if (!TAKES())
        return next_pthread_mutex_lock(mutex);
    preload_object *object = mutex_of(mutex);
    if (recursive(object))
        thrum_rlock_acquire(&object->rlock);
    else
        thrum_lock_acquire(&object->lock);
    return 0;
}

int pthread_mutex_trylock(pthread_mutex_t *mutex) {
    NEXT(pthread_mutex_trylock);
    if (!TAKES())
        return next_pthread_mutex_trylock(mutex);
    preload_object *object = mutex_of(mutex);
    int r = recursive(object) ? thrum_rlock_try_acquire(&object->rlock) : thrum_lock_try_acquire(&object->lock);
    return r == THRUM_TIMED_OUT ? EBUSY : posix(r);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
    NEXT(pthread_mutex_timedlock);
    if (!TAKES())
        return next_pthread_mutex_timedlock(mutex, until);
    preload_object *object = mutex_of(mutex);
    thrum_timeout left = preload_until(CLOCK_REALTIME, until);
    return posix(recursive(object) ? thrum_rlock_acquire_timed(&object->rlock, left)
                                   : thrum_lock_acquire_timed(&object->lock, left));
}

int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    NEXT(pthread_mutex_unlock);
    if (!TAKES())
        return next_pthread_mutex_unlock(mutex);
    preload_object *object = mutex_of(mutex);
    int r = recursive(object) ? thrum_rlock_release(&object->rlock) : thrum_lock_release(&object->lock);
    if (r < 0)
        thrum_explore_fail("  a mutex is unlocked that is not held");
    return 0;
}

static preload_object *spin_of(pthread_spinlock_t *lock) {
    bool is_new;
    return preload_object_of((const void *)(uintptr_t)lock, PRELOAD_SPIN, &is_new);
}

int pthread_spin_lock(pthread_spinlock_t *lock) {
    NEXT(pthread_spin_lock);
    if (!TAKES())
        return next_pthread_spin_lock(lock);
    thrum_lock_acquire(&spin_of(lock)->lock);
    return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *lock) {
    NEXT(pthread_spin_trylock);
    if (!TAKES())
        return next_pthread_spin_trylock(lock);
    return thrum_lock_try_acquire(&spin_of(lock)->lock) == 0 ? 0 : EBUSY;
}

int pthread_spin_unlock(pthread_spinlock_t *lock) {
    NEXT(pthread_spin_unlock);
    if (!TAKES())
        return next_pthread_spin_unlock(lock);
    if (thrum_lock_release(&spin_of(lock)->lock) < 0)
        thrum_explore_fail("  a spin lock is unlocked that is not held");
    return 0;
}

/* An object with a lock and a condition of its own; the condition is bound to the lock when the object is new. */
static preload_object *monitor_of(const void *address, preload_kind kind) {
    bool is_new;
    preload_object *object = preload_object_of(address, kind, &is_new);
    if (is_new)
        object->condition = (thrum_condition)THRUM_CONDITION_INIT(&object->guard);
    return object;
}

int pthread_once(pthread_once_t *control, void (*routine)(void)) {
    NEXT(pthread_once);
    if (!TAKES())
        return next_pthread_once(control, routine);
    preload_object *object = monitor_of(control, PRELOAD_ONCE);
    THRUM_GUARD(&object->guard);
    while (object->readers == -1)
        thrum_condition_wait(&object->condition);
    if (object->done)
        return 0;
    object->readers = -1; /* somebody is at it */
    thrum_lock_release(&object->guard);
    routine();
    thrum_lock_acquire(&object->guard);
    object->readers = 0;
    object->done = true;
    thrum_condition_notify_all(&object->condition);
    return 0;
}

static bool may_read(void *object) {
    return ((preload_object *)object)->readers >= 0;
}

static bool may_write(void *object) {
    return ((preload_object *)object)->readers == 0;
}

static int enter(pthread_rwlock_t *rwlock, bool (*may)(void *object), thrum_timeout limit) {
    preload_object *object = monitor_of(rwlock, PRELOAD_RWLOCK);
    THRUM_GUARD(&object->guard);
    int r = thrum_condition_wait_for(&object->condition, may, object, limit);
    if (r == 0)
        object->readers = may == may_write ? -1 : object->readers + 1;
    return posix(r);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *rwlock) {
    NEXT(pthread_rwlock_rdlock);
    return TAKES() ? enter(rwlock, may_read, THRUM_FOREVER) : next_pthread_rwlock_rdlock(rwlock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *rwlock) {
    NEXT(pthread_rwlock_wrlock);
    return TAKES() ? enter(rwlock, may_write, THRUM_FOREVER) : next_pthread_rwlock_wrlock(rwlock);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *rwlock) {
    NEXT(pthread_rwlock_tryrdlock);
    if (!TAKES())
        return next_pthread_rwlock_tryrdlock(rwlock);
    return enter(rwlock, may_read, THRUM_NOWAIT) == 0 ? 0 : EBUSY;
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *rwlock) {
    NEXT(pthread_rwlock_trywrlock);
    if (!TAKES())
        return next_pthread_rwlock_trywrlock(rwlock);
    return enter(rwlock, may_write, THRUM_NOWAIT) == 0 ? 0 : EBUSY;
}

int pthread_rwlock_unlock(pthread_rwlock_t *rwlock) {
    NEXT(pthread_rwlock_unlock);
    if (!TAKES())
        return next_pthread_rwlock_unlock(rwlock);
    preload_object *object = monitor_of(rwlock, PRELOAD_RWLOCK);
    THRUM_GUARD(&object->guard);
    if (object->readers == 0)
        thrum_explore_fail("  a read-write lock is unlocked that is not held");
    object->readers = object->readers < 0 ? 0 : object->readers - 1;
    thrum_condition_notify_all(&object->condition);
    return 0;
}
