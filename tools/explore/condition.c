/* condition.c - conditions and semaphores. */
#include <errno.h>
#include <limits.h>
#include <semaphore.h>

#include "preload.h"

static preload_object *condition_of(pthread_cond_t *cond) {
    bool is_new;
    preload_object *object = preload_object_of(cond, PRELOAD_CONDITION, &is_new);
    if (is_new) /* statically initialised, or before main(): glibc's second bit is its clock */
        object->clock = cond->__data.__wrefs & 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
    return object;
}

INSTEAD(int, pthread_cond_init, (pthread_cond_t * cond, const pthread_condattr_t *attributes), (cond, attributes)) {
    NEXT(pthread_cond_init);
    int r = next_pthread_cond_init(cond, attributes);
    if (r != 0)
        return r;
    preload_object *object = preload_object_anew(cond, PRELOAD_CONDITION);
    if (attributes)
        pthread_condattr_getclock(attributes, &object->clock);
    return 0;
}

int preload_cond_destroy(void *cond) {
    if (condition_of(cond)->queue)
        thrum_explore_fail("  a condition is destroyed while a thread waits for it");
    preload_forget(cond, PRELOAD_CONDITION);
    return 0;
}

INSTEAD(int, pthread_cond_destroy, (pthread_cond_t * cond), (cond)) {
    return preload_cond_destroy(cond);
}

/* From mutex held to mutex held. */
static int wait_on(pthread_cond_t *cond, pthread_mutex_t *mutex, thrum_timeout limit) {
    preload_object *object = condition_of(cond);
    preload_waiter me = {.bits = UINT32_MAX};
    const preload_object *lock = preload_object_find(mutex, PRELOAD_MUTEX);
    thrum_explore_step(cond, true, "cond_wait");
    if (!lock || lock->owner != preload_self())
        thrum_explore_fail("  a condition is waited for without its mutex");
    preload_queue(object, &me);
    (void)preload_mutex_unlock(mutex); /* cannot fail: we hold it */
    int r = preload_wait_for(&(preload_wait){.object = cond,
                                             .what = "condition",
                                             .ready = preload_is_woken,
                                             .arg = &me,
                                             .limit = limit,
                                             .cancellable = true});
    preload_leave_queue(object, &me);
    int locked = preload_mutex_lock(mutex);
    if (r == PRELOAD_CANCELLED)
        preload_act_on_cancel();
    return locked != 0 ? locked : r == PRELOAD_TIMED_OUT ? ETIMEDOUT : 0;
}

int preload_cond_wait(void *cond, void *mutex, clockid_t clock, const struct timespec *until) {
    if (!until)
        return wait_on(cond, mutex, THRUM_FOREVER);
    if (!preload_is_time(until) || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return EINVAL;
    return wait_on(cond, mutex, preload_until(clock, until));
}

INSTEAD(int, pthread_cond_wait, (pthread_cond_t * cond, pthread_mutex_t *mutex), (cond, mutex)) {
    return wait_on(cond, mutex, THRUM_FOREVER);
}

INSTEAD(int, pthread_cond_timedwait, (pthread_cond_t * cond, pthread_mutex_t *mutex, const struct timespec *until),
        (cond, mutex, until)) {
    return preload_cond_wait(cond, mutex, condition_of(cond)->clock, until);
}

INSTEAD(int, pthread_cond_clockwait,
        (pthread_cond_t * cond, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until),
        (cond, mutex, clock, until)) {
    return preload_cond_wait(cond, mutex, clock, until);
}

int preload_cond_wake(void *cond, bool all) {
    const char *verb = all ? "cond_broadcast" : "cond_signal";
    preload_object *object = condition_of(cond);
    thrum_explore_step(cond, true, verb);
    if (!object->queue)
        thrum_explore_unheard(cond, verb);
    if (!all)
        (void)preload_wake_one(object, UINT32_MAX);
    for (; all && object->queue; object->queue = object->queue->next)
        object->queue->woken = true;
    return 0;
}

INSTEAD(int, pthread_cond_signal, (pthread_cond_t * cond), (cond)) {
    return preload_cond_wake(cond, false);
}

INSTEAD(int, pthread_cond_broadcast, (pthread_cond_t * cond), (cond)) {
    return preload_cond_wake(cond, true);
}

static preload_object *semaphore_of(sem_t *sem) {
    NEXT(sem_getvalue);
    bool is_new;
    int value;
    preload_object *object = preload_object_of(sem, PRELOAD_SEMAPHORE, &is_new);
    if (is_new && next_sem_getvalue(sem, &value) == 0) /* made before main(), or by sem_open() */
        object->count = (unsigned)value;
    return object;
}

INSTEAD(int, sem_init, (sem_t * sem, int shared, unsigned value), (sem, shared, value)) {
    NEXT(sem_init);
    if (next_sem_init(sem, shared, value) < 0)
        return -1;
    preload_object_anew(sem, PRELOAD_SEMAPHORE)->count = value;
    return 0;
}

INSTEAD(int, sem_destroy, (sem_t * sem), (sem)) {
    if (semaphore_of(sem)->waiting > 0)
        thrum_explore_fail("  a semaphore is destroyed while a thread waits for it");
    preload_forget(sem, PRELOAD_SEMAPHORE);
    return 0;
}

static bool is_positive(void *object) {
    return ((preload_object *)object)->count > 0;
}

static int take(sem_t *sem, thrum_timeout limit, int error) {
    preload_object *object = semaphore_of(sem);
    thrum_explore_step(sem, true, "sem_wait");
    object->waiting++;
    int r = preload_wait_for(&(preload_wait){.object = sem,
                                             .what = "semaphore",
                                             .ready = is_positive,
                                             .arg = object,
                                             .limit = limit,
                                             .cancellable = limit.ns != 0,
                                             .interruptible = "sem_wait"});
    object->waiting--;
    if (r == PRELOAD_CANCELLED)
        preload_act_on_cancel();
    if (r == PRELOAD_INTERRUPTED)
        return -1;
    if (r != PRELOAD_READY)
        return preload_error(limit.ns == 0 ? preload_in_vain(error) : error);
    object->count--;
    return 0;
}

static int take_until(sem_t *sem, clockid_t clock, const struct timespec *until) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return preload_error(EINVAL);
    if (!preload_is_time(until)) /* matters only to one that has to wait */
        return take(sem, THRUM_NOWAIT, EINVAL);
    return take(sem, preload_until(clock, until), ETIMEDOUT);
}

INSTEAD(int, sem_wait, (sem_t * sem), (sem)) {
    return take(sem, THRUM_FOREVER, 0);
}

INSTEAD(int, sem_trywait, (sem_t * sem), (sem)) {
    return take(sem, THRUM_NOWAIT, EAGAIN);
}

INSTEAD(int, sem_timedwait, (sem_t * sem, const struct timespec *until), (sem, until)) {
    return take_until(sem, CLOCK_REALTIME, until);
}

INSTEAD(int, sem_clockwait, (sem_t * sem, clockid_t clock, const struct timespec *until), (sem, clock, until)) {
    return take_until(sem, clock, until);
}

INSTEAD(int, sem_post, (sem_t * sem), (sem)) {
    preload_object *object = semaphore_of(sem);
    thrum_explore_step(sem, true, "sem_post");
    if (object->count >= SEM_VALUE_MAX)
        return preload_error(EOVERFLOW);
    object->count++;
    return 0;
}

INSTEAD(int, sem_getvalue, (sem_t * sem, int *value), (sem, value)) {
    thrum_explore_step(sem, false, "sem_getvalue");
    *value = (int)semaphore_of(sem)->count;
    return 0;
}
