/* preload_waits.c - conditions, semaphores, barriers, sleeps and clocks. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "preload.h"

enum { ns_per_s = 1000000000 };

/* Every clock that the program reads shows virtual time; the wall clock's begins at a fixed day, so that runs
 * repeat. */
static const int64_t wall_start = INT64_C(1700000000) * ns_per_s;

static int64_t now_on(int clock) {
    return thrum_monotonic_ns() + (clock == CLOCK_REALTIME ? wall_start : 0);
}

thrum_timeout preload_until(int clock, const void *timespec) {
    const struct timespec *until = timespec;
    int64_t left = (int64_t)until->tv_sec * ns_per_s + until->tv_nsec - now_on(clock);
    return thrum_nanoseconds(left > 0 ? left : 0);
}

/* A POSIX condition is told its mutex at each wait: the object is bound to the one that it was last waited with. */
static preload_object *condition_of(pthread_cond_t *cond, pthread_mutex_t *mutex) {
    bool is_new;
    preload_object *object = preload_object_of(cond, PRELOAD_CONDITION, &is_new);
    if (mutex) {
        preload_object *lock = preload_object_of(mutex, PRELOAD_MUTEX, &is_new);
        bool recursive = lock->type == PTHREAD_MUTEX_RECURSIVE;
        object->condition.lock_ = recursive ? NULL : &lock->lock;
        object->condition.rlock_ = recursive ? &lock->rlock : NULL;
    }
    return object;
}

static int wait_on(pthread_cond_t *cond, pthread_mutex_t *mutex, thrum_timeout limit) {
    preload_object *object = condition_of(cond, mutex);
    object->waiters++;
    int r = thrum_condition_wait_timed(&object->condition, limit);
    object->waiters--;
    if (r == THRUM_RUNTIME_ERROR)
        thrum_explore_fail("  a condition is waited for without its mutex");
    return r == THRUM_TIMED_OUT ? ETIMEDOUT : 0;
}

int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex) {
    NEXT(pthread_cond_wait);
    return TAKES() ? wait_on(cond, mutex, THRUM_FOREVER) : next_pthread_cond_wait(cond, mutex);
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
    NEXT(pthread_cond_timedwait);
    return TAKES() ? wait_on(cond, mutex, preload_until(CLOCK_REALTIME, until))
                   : next_pthread_cond_timedwait(cond, mutex, until);
}

/* POSIX lets a thread signal without the mutex, which Condition does not: the moment of the signal takes it, if it is
 * free. */
static int signal_to(pthread_cond_t *cond, size_t n) {
    preload_object *object = condition_of(cond, NULL);
    thrum_explore_point(cond, true);
    if (object->waiters == 0)
        return 0;
    bool held = thrum_condition_notify(&object->condition, n) == 0;
    if (!held) {
        thrum_condition_acquire(&object->condition);
        (void)thrum_condition_notify(&object->condition, n); /* cannot fail: the lock is held */
        (void)thrum_condition_release(&object->condition);   /* cannot fail: it is held */
    }
    return 0;
}

int pthread_cond_signal(pthread_cond_t *cond) {
    NEXT(pthread_cond_signal);
    return TAKES() ? signal_to(cond, 1) : next_pthread_cond_signal(cond);
}

int pthread_cond_broadcast(pthread_cond_t *cond) {
    NEXT(pthread_cond_broadcast);
    return TAKES() ? signal_to(cond, SIZE_MAX) : next_pthread_cond_broadcast(cond);
}

int pthread_cond_destroy(pthread_cond_t *cond) {
    NEXT(pthread_cond_destroy);
    if (!TAKES())
        return next_pthread_cond_destroy(cond);
    preload_forget(cond, PRELOAD_CONDITION);
    return 0;
}

static preload_object *semaphore_of(sem_t *sem) {
    bool is_new;
    return preload_object_of(sem, PRELOAD_SEMAPHORE, &is_new);
}

static int fail(int error) {
    errno = error;
    return -1;
}

int sem_init(sem_t *sem, int shared, unsigned value) {
    NEXT(sem_init);
    if (!TAKES())
        return next_sem_init(sem, shared, value);
    preload_forget(sem, PRELOAD_SEMAPHORE);
    return thrum_semaphore_init(&semaphore_of(sem)->semaphore, (int32_t)value) == 0 ? 0 : fail(EINVAL);
}

int sem_destroy(sem_t *sem) {
    NEXT(sem_destroy);
    if (!TAKES())
        return next_sem_destroy(sem);
    preload_forget(sem, PRELOAD_SEMAPHORE);
    return 0;
}

int sem_wait(sem_t *sem) {
    NEXT(sem_wait);
    return TAKES() ? thrum_semaphore_acquire(&semaphore_of(sem)->semaphore) : next_sem_wait(sem);
}

int sem_trywait(sem_t *sem) {
    NEXT(sem_trywait);
    if (!TAKES())
        return next_sem_trywait(sem);
    return thrum_semaphore_try_acquire(&semaphore_of(sem)->semaphore) == 0 ? 0 : fail(EAGAIN);
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until) {
    NEXT(sem_timedwait);
    if (!TAKES())
        return next_sem_timedwait(sem, until);
    thrum_timeout left = preload_until(CLOCK_REALTIME, until);
    return thrum_semaphore_acquire_timed(&semaphore_of(sem)->semaphore, left) == 0 ? 0 : fail(ETIMEDOUT);
}

int sem_post(sem_t *sem) {
    NEXT(sem_post);
    if (!TAKES())
        return next_sem_post(sem);
    return thrum_semaphore_release(&semaphore_of(sem)->semaphore, 1) == 0 ? 0 : fail(EOVERFLOW);
}

int sem_getvalue(sem_t *restrict sem, int *restrict value) {
    NEXT(sem_getvalue);
    if (!TAKES())
        return next_sem_getvalue(sem, value);
    *value = (int)thrum_semaphore_value(&semaphore_of(sem)->semaphore);
    return 0;
}

int pthread_barrier_init(pthread_barrier_t *restrict barrier, const pthread_barrierattr_t *restrict attributes,
                         unsigned count) {
    NEXT(pthread_barrier_init);
    bool is_new;
    if (!TAKES())
        return next_pthread_barrier_init(barrier, attributes, count);
    preload_object *object = preload_object_of(barrier, PRELOAD_BARRIER, &is_new);
    return thrum_barrier_init(&object->barrier, count, NULL) == 0 ? 0 : EINVAL;
}

int pthread_barrier_wait(pthread_barrier_t *barrier) {
    NEXT(pthread_barrier_wait);
    bool is_new;
    if (!TAKES())
        return next_pthread_barrier_wait(barrier);
    int place = thrum_barrier_wait(&preload_object_of(barrier, PRELOAD_BARRIER, &is_new)->barrier);
    return place == 0 ? PTHREAD_BARRIER_SERIAL_THREAD : place > 0 ? 0 : EINVAL;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier) {
    NEXT(pthread_barrier_destroy);
    if (!TAKES())
        return next_pthread_barrier_destroy(barrier);
    preload_forget(barrier, PRELOAD_BARRIER);
    return 0;
}

int nanosleep(const struct timespec *span, struct timespec *left) {
    NEXT(nanosleep);
    if (!TAKES())
        return next_nanosleep(span, left);
    return thrum_sleep(thrum_nanoseconds((int64_t)span->tv_sec * ns_per_s + span->tv_nsec)) == 0 ? 0 : fail(EINVAL);
}

unsigned sleep(unsigned seconds) {
    NEXT(sleep);
    return TAKES() ? (unsigned)thrum_sleep(thrum_seconds(seconds)) : next_sleep(seconds);
}

int usleep(useconds_t microseconds) {
    NEXT(usleep);
    return TAKES() ? thrum_sleep(thrum_nanoseconds((int64_t)microseconds * 1000)) : next_usleep(microseconds);
}

int sched_yield(void) {
    NEXT(sched_yield);
    static char everybody;
    if (!TAKES())
        return next_sched_yield();
    thrum_explore_point(&everybody, false);
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    NEXT(clock_gettime);
    if (!TAKES())
        return next_clock_gettime(clock, now);
    int64_t ns = now_on(clock);
    *now = (struct timespec){.tv_sec = (time_t)(ns / ns_per_s), .tv_nsec = (long)(ns % ns_per_s)};
    return 0;
}

time_t time(time_t *ret_now) {
    NEXT(time);
    if (!TAKES())
        return next_time(ret_now);
    time_t now = (time_t)(now_on(CLOCK_REALTIME) / ns_per_s);
    if (ret_now)
        *ret_now = now;
    return now;
}
