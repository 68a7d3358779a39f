/* meetings.c - read-write locks, barriers, once, semaphores. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

#include "scene.h"

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t sem;
static int count;
static int readers; /* atomic */

static void increment(void) {
    int before = count;
    sched_yield();
    count = before + 1;
}

static void *write_it(void *arg) {
    EXPECT(pthread_rwlock_wrlock(&rwlock) == 0);
    EXPECT(__atomic_load_n(&readers, __ATOMIC_SEQ_CST) == 0);
    increment();
    EXPECT(__atomic_load_n(&readers, __ATOMIC_SEQ_CST) == 0);
    EXPECT(pthread_rwlock_unlock(&rwlock) == 0);
    return arg;
}

static void *read_it(void *arg) {
    EXPECT(pthread_rwlock_rdlock(&rwlock) == 0);
    __atomic_fetch_add(&readers, 1, __ATOMIC_SEQ_CST);
    int before = count;
    sched_yield();
    EXPECT(count == before);
    __atomic_fetch_sub(&readers, 1, __ATOMIC_SEQ_CST);
    EXPECT(pthread_rwlock_unlock(&rwlock) == 0);
    return arg;
}

SCENE(reading_and_writing) {
    TOGETHER(write_it, read_it, read_it, write_it);
    EXPECT(count == 2);
    EXPECT(pthread_rwlock_destroy(&rwlock) == 0);
}

static void *write_as_reader(void *arg) {
    pthread_rwlock_rdlock(&rwlock);
    increment();
    pthread_rwlock_unlock(&rwlock);
    return arg;
}

SCENE(writing_as_reader) {
    TOGETHER(write_as_reader, write_as_reader);
    EXPECT(count == 2);
}

static void *upgrade(void *arg) {
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_wrlock(&rwlock); /* waits for itself to go */
    return arg;
}

SCENE(upgrading) {
    TOGETHER(upgrade);
}

/* While another reads, or writes. */
static void *locked_out(void *arg) {
    struct timespec wall = after(CLOCK_REALTIME, 2), steady = after(CLOCK_MONOTONIC, 2), never = {0, 1000000000};
    EXPECT(pthread_rwlock_trywrlock(&rwlock) == EBUSY);
    EXPECT(pthread_rwlock_timedwrlock(&rwlock, &wall) == ETIMEDOUT);
    EXPECT(has_come(CLOCK_REALTIME, &wall));
    EXPECT(pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, &steady) == ETIMEDOUT);
    EXPECT(has_come(CLOCK_MONOTONIC, &steady));
    EXPECT(pthread_rwlock_timedwrlock(&rwlock, &never) == EINVAL);
    return arg;
}

static void *read_locked_out(void *arg) {
    struct timespec wall = after(CLOCK_REALTIME, 2), steady = after(CLOCK_MONOTONIC, 2);
    EXPECT(pthread_rwlock_tryrdlock(&rwlock) == EBUSY);
    EXPECT(pthread_rwlock_timedrdlock(&rwlock, &wall) == ETIMEDOUT);
    EXPECT(pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &steady) == ETIMEDOUT);
    return arg;
}

SCENE(limits_of_rwlocks) {
    EXPECT(pthread_rwlock_tryrdlock(&rwlock) == 0);
    EXPECT(pthread_rwlock_rdlock(&rwlock) == 0);
    TOGETHER(locked_out);
    EXPECT(pthread_rwlock_unlock(&rwlock) == 0);
    EXPECT(pthread_rwlock_unlock(&rwlock) == 0);
    EXPECT(pthread_rwlock_trywrlock(&rwlock) == 0);
    EXPECT(pthread_rwlock_wrlock(&rwlock) == EDEADLK);
    EXPECT(pthread_rwlock_rdlock(&rwlock) == EDEADLK);
    TOGETHER(locked_out, read_locked_out);
    EXPECT(pthread_rwlock_unlock(&rwlock) == 0);
}

static int serial, met;

static void *meet(void *arg) {
    for (int round = 1; round <= 2; round++) {
        __atomic_fetch_add(&met, 1, __ATOMIC_SEQ_CST);
        int r = pthread_barrier_wait(&barrier);
        EXPECT(__atomic_load_n(&met, __ATOMIC_SEQ_CST) >= 3 * round);
        EXPECT(r == 0 || r == PTHREAD_BARRIER_SERIAL_THREAD);
        if (r)
            __atomic_fetch_add(&serial, 1, __ATOMIC_SEQ_CST);
    }
    return arg;
}

SCENE(meeting) {
    EXPECT(pthread_barrier_init(&barrier, NULL, 0) == EINVAL);
    EXPECT(pthread_barrier_init(&barrier, NULL, 3) == 0);
    TOGETHER(meet, meet, meet);
    EXPECT(serial == 2);
    EXPECT(pthread_barrier_destroy(&barrier) == 0);
}

SCENE(one_too_few) {
    pthread_barrier_init(&barrier, NULL, 3);
    TOGETHER(meet, meet);
}

/* Whoever comes to a second meeting before all have left the first. */
static void *meet_and_count(void *arg) {
    pthread_barrier_wait(&barrier);
    increment();
    return arg;
}

SCENE(counting_after_the_meeting) {
    pthread_barrier_init(&barrier, NULL, 2);
    TOGETHER(meet_and_count, meet_and_count);
    EXPECT(count == 2);
}

static void *init_once(void *arg) {
    EXPECT(pthread_once(&once, increment) == 0);
    EXPECT(count == 1); /* it is over when anybody comes back */
    return arg;
}

SCENE(once_for_all) {
    TOGETHER(init_once, init_once, init_once);
}

static void *init_by_hand(void *arg) {
    if (count == 0) {
        increment();
        readers++;
    }
    return arg;
}

SCENE(once_by_hand) {
    TOGETHER(init_by_hand, init_by_hand);
    EXPECT(readers == 1);
}

static void *count_with_sem(void *arg) {
    EXPECT(sem_wait(&sem) == 0);
    increment();
    EXPECT(sem_post(&sem) == 0);
    return arg;
}

SCENE(semaphore) {
    int value;
    EXPECT(sem_init(&sem, 0, 1) == 0);
    TOGETHER(count_with_sem, count_with_sem, count_with_sem);
    EXPECT(count == 3);
    EXPECT(sem_getvalue(&sem, &value) == 0 && value == 1);
    EXPECT(sem_destroy(&sem) == 0);
}

SCENE(semaphore_for_two) {
    sem_init(&sem, 0, 2);
    TOGETHER(count_with_sem, count_with_sem);
    EXPECT(count == 2);
}

SCENE(limits_of_semaphores) {
    struct timespec wall = after(CLOCK_REALTIME, 2), steady = after(CLOCK_MONOTONIC, 2), never = {0, -1};
    EXPECT(sem_init(&sem, 0, 0) == 0);
    EXPECT(sem_trywait(&sem) == -1 && errno == EAGAIN);
    EXPECT(sem_timedwait(&sem, &wall) == -1 && errno == ETIMEDOUT);
    EXPECT(has_come(CLOCK_REALTIME, &wall));
    EXPECT(sem_clockwait(&sem, CLOCK_MONOTONIC, &steady) == -1 && errno == ETIMEDOUT);
    EXPECT(has_come(CLOCK_MONOTONIC, &steady));
    EXPECT(sem_timedwait(&sem, &never) == -1 && errno == EINVAL);
    EXPECT(sem_post(&sem) == 0);
    EXPECT(sem_timedwait(&sem, &wall) == 0); /* its time is over, but it is there */
}

static void *wait_for_post(void *arg) {
    sem_wait(&sem);
    return arg;
}

static void *post(void *arg) {
    sem_post(&sem);
    return arg;
}

SCENE(one_post_for_two) {
    sem_init(&sem, 0, 0);
    TOGETHER(wait_for_post, wait_for_post, post);
}

SCENE(named_semaphore) {
    char name[64];
    snprintf(name, sizeof name, "/thrum-scene-%d", (int)getpid());
    sem_t *named = sem_open(name, O_CREAT | O_EXCL, 0600, 2);
    EXPECT(named != SEM_FAILED);
    EXPECT(sem_unlink(name) == 0);
    EXPECT(sem_wait(named) == 0 && sem_trywait(named) == 0);
    EXPECT(sem_trywait(named) == -1 && errno == EAGAIN);
    EXPECT(sem_close(named) == 0);
}
