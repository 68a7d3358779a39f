/* rwlock.c - read-write locks, barriers, once. */
#include <errno.h>
#include <threads.h>

#include "preload.h"

static preload_object *rwlock_of(pthread_rwlock_t *rwlock) {
    bool is_new;
    return preload_object_of(rwlock, PRELOAD_RWLOCK, &is_new);
}

static bool may_read(void *object) {
    return !((preload_object *)object)->owner;
}

static bool may_write(void *object) {
    return may_read(object) && ((preload_object *)object)->count == 0;
}

typedef enum access { READ, WRITE } access;

/* Take it if it is free, or else wait for it: returns 0 or ETIMEDOUT. */
static int enter(pthread_rwlock_t *rwlock, access wanted, thrum_timeout limit) {
    preload_object *object = rwlock_of(rwlock);
    thrum_explore_step(rwlock, true, wanted == WRITE ? "rwlock_wrlock" : "rwlock_rdlock");
    if (object->owner == preload_self())
        return EDEADLK;
    int r = preload_wait_for(&(preload_wait){.object = rwlock,
                                             .what = "read-write lock",
                                             .ready = wanted == WRITE ? may_write : may_read,
                                             .arg = object,
                                             .limit = limit});
    if (r != PRELOAD_READY)
        return ETIMEDOUT;
    if (wanted == WRITE)
        object->owner = preload_self();
    else
        object->count++;
    return 0;
}

static int try(pthread_rwlock_t *rwlock, access wanted) {
    return enter(rwlock, wanted, THRUM_NOWAIT) == 0 ? 0 : preload_in_vain(EBUSY);
}

static int enter_until(pthread_rwlock_t *rwlock, access wanted, clockid_t clock, const struct timespec *until) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    if (!preload_is_time(until))
        return try(rwlock, wanted) == 0 ? 0 : EINVAL;
    return enter(rwlock, wanted, preload_until(clock, until));
}

INSTEAD(int, pthread_rwlock_init, (pthread_rwlock_t * rwlock, const pthread_rwlockattr_t *attributes),
        (rwlock, attributes)) {
    NEXT(pthread_rwlock_init);
    (void)preload_object_anew(rwlock, PRELOAD_RWLOCK);
    return next_pthread_rwlock_init(rwlock, attributes);
}

INSTEAD(int, pthread_rwlock_destroy, (pthread_rwlock_t * rwlock), (rwlock)) {
    if (!may_write(rwlock_of(rwlock)))
        thrum_explore_fail("  a read-write lock is destroyed while it is held");
    preload_forget(rwlock, PRELOAD_RWLOCK);
    return 0;
}

INSTEAD(int, pthread_rwlock_rdlock, (pthread_rwlock_t * rwlock), (rwlock)) {
    return enter(rwlock, READ, THRUM_FOREVER);
}

INSTEAD(int, pthread_rwlock_wrlock, (pthread_rwlock_t * rwlock), (rwlock)) {
    return enter(rwlock, WRITE, THRUM_FOREVER);
}

INSTEAD(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t * rwlock), (rwlock)) {
    return try(rwlock, READ);
}

INSTEAD(int, pthread_rwlock_trywrlock, (pthread_rwlock_t * rwlock), (rwlock)) {
    return try(rwlock, WRITE);
}

INSTEAD(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t * rwlock, const struct timespec *until), (rwlock, until)) {
    return enter_until(rwlock, READ, CLOCK_REALTIME, until);
}

INSTEAD(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t * rwlock, const struct timespec *until), (rwlock, until)) {
    return enter_until(rwlock, WRITE, CLOCK_REALTIME, until);
}

INSTEAD(int, pthread_rwlock_clockrdlock, (pthread_rwlock_t * rwlock, clockid_t clock, const struct timespec *until),
        (rwlock, clock, until)) {
    return enter_until(rwlock, READ, clock, until);
}

INSTEAD(int, pthread_rwlock_clockwrlock, (pthread_rwlock_t * rwlock, clockid_t clock, const struct timespec *until),
        (rwlock, clock, until)) {
    return enter_until(rwlock, WRITE, clock, until);
}

INSTEAD(int, pthread_rwlock_unlock, (pthread_rwlock_t * rwlock), (rwlock)) {
    preload_object *object = rwlock_of(rwlock);
    thrum_explore_step(rwlock, true, "rwlock_unlock");
    if (object->owner == preload_self())
        object->owner = NULL;
    else if (object->count > 0)
        object->count--;
    else
        thrum_explore_fail("  a read-write lock is unlocked by a thread that does not hold it");
    return 0;
}

enum { glibc_limit = 2 }; /* where glibc keeps it, counted in words */

static preload_object *barrier_of(pthread_barrier_t *barrier) {
    bool is_new;
    preload_object *object = preload_object_of(barrier, PRELOAD_BARRIER, &is_new);
    if (is_new) /* made before main() */
        object->limit = ((const unsigned *)(const void *)barrier)[glibc_limit];
    return object;
}

INSTEAD(int, pthread_barrier_init,
        (pthread_barrier_t * barrier, const pthread_barrierattr_t *attributes, unsigned count),
        (barrier, attributes, count)) {
    NEXT(pthread_barrier_init);
    int r = next_pthread_barrier_init(barrier, attributes, count);
    if (r == 0)
        preload_object_anew(barrier, PRELOAD_BARRIER)->limit = count;
    return r;
}

typedef struct barrier_meeting {
    const preload_object *barrier;
    unsigned generation;
} barrier_meeting;

static bool is_over(void *arg) {
    const barrier_meeting *meeting = arg;
    return meeting->barrier->generation != meeting->generation;
}

INSTEAD(int, pthread_barrier_wait, (pthread_barrier_t * barrier), (barrier)) {
    preload_object *object = barrier_of(barrier);
    thrum_explore_step(barrier, true, "barrier_wait");
    if (++object->count == object->limit) {
        object->count = 0;
        object->generation++;
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    barrier_meeting meeting = {object, object->generation};
    object->waiting++;
    (void)preload_wait_for(&(preload_wait){
        .object = barrier, .what = "barrier", .ready = is_over, .arg = &meeting, .limit = THRUM_FOREVER});
    object->waiting--;
    return 0;
}

static bool is_left(void *object) {
    return ((preload_object *)object)->waiting == 0;
}

/* Waits for those who are on their way out; for one that nobody joins any more it would wait for ever. */
INSTEAD(int, pthread_barrier_destroy, (pthread_barrier_t * barrier), (barrier)) {
    preload_object *object = barrier_of(barrier);
    if (object->count > 0)
        thrum_explore_fail("  a barrier is destroyed while a thread waits at it");
    (void)preload_wait_for(&(preload_wait){
        .object = barrier, .what = "barrier", .ready = is_left, .arg = object, .limit = THRUM_FOREVER});
    preload_forget(barrier, PRELOAD_BARRIER);
    return 0;
}

enum { at_it = 1, done = 2 }; /* a once control, as glibc keeps it */

static bool is_nobody_at_it(void *object) {
    return ((preload_object *)object)->state != at_it;
}

INSTEAD(int, pthread_once, (pthread_once_t * control, void (*routine)(void)), (control, routine)) {
    bool is_new;
    preload_object *object = preload_object_of(control, PRELOAD_ONCE, &is_new);
    thrum_explore_step(control, true, "once");
    (void)preload_wait_for(&(preload_wait){
        .object = control, .what = "once", .ready = is_nobody_at_it, .arg = object, .limit = THRUM_FOREVER});
    if (*control == done)
        return 0;
    object->state = at_it;
    routine();
    thrum_explore_step(control, true, "once_done");
    object->state = *control = done;
    return 0;
}

/* The same in C11; a once_flag is what pthread_once_t is. */
void call_once(once_flag *flag, void (*routine)(void));
void call_once(once_flag *flag, void (*routine)(void)) {
    NEXT(call_once);
    if (TAKES())
        (void)taken_pthread_once((pthread_once_t *)(void *)flag, routine);
    else
        next_call_once(flag, routine);
}
