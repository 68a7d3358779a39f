/* mutexes.c - mutexes of each type, and spin locks. */
#include <errno.h>
#include <sched.h>

#include "scene.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_spinlock_t spin;
static int count;

static void make(pthread_mutex_t *made, int type, int robust) {
    pthread_mutexattr_t attributes;
    EXPECT(pthread_mutexattr_init(&attributes) == 0);
    EXPECT(pthread_mutexattr_settype(&attributes, type) == 0);
    EXPECT(pthread_mutexattr_setrobust(&attributes, robust) == 0);
    EXPECT(pthread_mutex_init(made, &attributes) == 0);
    pthread_mutexattr_destroy(&attributes);
}

/* An increment that another thread can come in between. */
static void increment(void) {
    int before = count;
    sched_yield();
    count = before + 1;
}

static void *with_mutex(void *arg) {
    EXPECT(pthread_mutex_lock(&mutex) == 0);
    increment();
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    return arg;
}

static void *without_mutex(void *arg) {
    increment();
    return arg;
}

SCENE(normal) {
    TOGETHER(with_mutex, with_mutex, with_mutex);
    EXPECT(count == 3);
    EXPECT(pthread_mutex_destroy(&mutex) == 0);
}

SCENE(forgotten) {
    TOGETHER(with_mutex, without_mutex);
    EXPECT(count == 2);
}

SCENE(twice) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
}

static void *first_mutex(void *arg) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&other);
    pthread_mutex_unlock(&other);
    pthread_mutex_unlock(&mutex);
    return arg;
}

static void *second_mutex(void *arg) {
    pthread_mutex_lock(&other);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&other);
    return arg;
}

SCENE(same_order) {
    TOGETHER(first_mutex, first_mutex);
}

SCENE(opposite_order) {
    TOGETHER(first_mutex, second_mutex);
}

static void *recursively(void *arg) {
    EXPECT(pthread_mutex_lock(&mutex) == 0);
    EXPECT(pthread_mutex_trylock(&mutex) == 0);
    with_mutex(arg);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    increment();
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    return arg;
}

static void *once_too_few(void *arg) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(recursive) {
    make(&mutex, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED);
    TOGETHER(recursively, recursively);
    EXPECT(count == 4);
    EXPECT(pthread_mutex_unlock(&mutex) == EPERM);
}

SCENE(recursive_kept) {
    make(&mutex, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED);
    TOGETHER(once_too_few, with_mutex);
}

static void *not_the_owner(void *arg) {
    EXPECT(pthread_mutex_unlock(&mutex) == EPERM);
    EXPECT(pthread_mutex_trylock(&mutex) == EBUSY);
    return arg;
}

SCENE(errorcheck) {
    make(&mutex, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
    EXPECT(pthread_mutex_unlock(&mutex) == EPERM);
    EXPECT(pthread_mutex_lock(&mutex) == 0);
    EXPECT(pthread_mutex_lock(&mutex) == EDEADLK);
    TOGETHER(not_the_owner);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
}

/* Takes the refusal for success, and so gives up the lock of its caller. */
static void *once_too_many(void *arg) {
    pthread_mutex_lock(&mutex);
    (void)pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    increment();
    (void)pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(errorcheck_ignored) {
    make(&mutex, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
    TOGETHER(once_too_many, once_too_many);
    EXPECT(count == 2);
}

static void *in_vain(void *arg) {
    struct timespec wall = after(CLOCK_REALTIME, 2), steady = after(CLOCK_MONOTONIC, 2), never = {0, 1000000000};
    EXPECT(pthread_mutex_trylock(&mutex) == EBUSY);
    EXPECT(pthread_mutex_timedlock(&mutex, &wall) == ETIMEDOUT);
    EXPECT(has_come(CLOCK_REALTIME, &wall));
    EXPECT(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &steady) == ETIMEDOUT);
    EXPECT(has_come(CLOCK_MONOTONIC, &steady));
    EXPECT(pthread_mutex_timedlock(&mutex, &never) == EINVAL);
    EXPECT(pthread_mutex_clocklock(&mutex, CLOCK_PROCESS_CPUTIME_ID, &steady) == EINVAL);
    return arg;
}

SCENE(timed) {
    struct timespec until = after(CLOCK_REALTIME, 60000), past = {0, 0};
    EXPECT(pthread_mutex_timedlock(&mutex, &past) == 0); /* it is free */
    TOGETHER(in_vain);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    EXPECT(pthread_mutex_timedlock(&mutex, &until) == 0);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
}

static void *impatient(void *arg) {
    struct timespec until = after(CLOCK_REALTIME, 60000);
    (void)pthread_mutex_timedlock(&mutex, &until);
    increment();
    pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(timed_ignored) {
    TOGETHER(impatient, impatient);
}

static void *trying(void *arg) {
    while (pthread_mutex_trylock(&mutex) != 0)
        sched_yield();
    increment();
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    return arg;
}

/* Whoever fails to get it goes on as if it had. */
static void *trying_once(void *arg) {
    int busy = pthread_mutex_trylock(&mutex);
    increment();
    if (!busy)
        pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(tried) {
    TOGETHER(trying, with_mutex);
    EXPECT(count == 2);
}

static void *trying_without_rest(void *arg) {
    while (pthread_mutex_trylock(&mutex) != 0)
        continue;
    increment();
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    return arg;
}

SCENE(tried_without_rest) {
    TOGETHER(trying_without_rest, with_mutex);
    EXPECT(count == 2);
}

SCENE(tried_ignored) {
    TOGETHER(trying_once, trying_once);
    EXPECT(count == 2);
}

static void *die_with_it(void *arg) {
    EXPECT(pthread_mutex_lock(&mutex) == 0);
    return arg;
}

SCENE(robust) {
    make(&mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    TOGETHER(die_with_it);
    EXPECT(pthread_mutex_lock(&mutex) == EOWNERDEAD);
    EXPECT(pthread_mutex_consistent(&mutex) == 0);
    EXPECT(pthread_mutex_consistent(&mutex) == EINVAL);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    TOGETHER(with_mutex, with_mutex);
    EXPECT(count == 2);
}

SCENE(robust_lost) {
    make(&mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    TOGETHER(die_with_it);
    EXPECT(pthread_mutex_trylock(&mutex) == EOWNERDEAD);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    EXPECT(pthread_mutex_lock(&mutex) == ENOTRECOVERABLE);
}

/* One thread repairs what it finds; the other does not know that it may have to. */
static void *repairing(void *arg) {
    if (pthread_mutex_lock(&mutex) == EOWNERDEAD)
        EXPECT(pthread_mutex_consistent(&mutex) == 0);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    return arg;
}

SCENE(robust_forgotten) {
    make(&mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    TOGETHER(die_with_it);
    TOGETHER(repairing, with_mutex);
}

SCENE(not_robust) {
    TOGETHER(die_with_it);
}

static void *unlock_foreign(void *arg) {
    pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(foreign) {
    pthread_mutex_lock(&mutex);
    TOGETHER(unlock_foreign);
}

static void *destroy(void *arg) {
    pthread_mutex_destroy(&mutex);
    return arg;
}

SCENE(destroyed) {
    TOGETHER(with_mutex, destroy);
}

static void *with_spin(void *arg) {
    EXPECT(pthread_spin_lock(&spin) == 0);
    increment();
    EXPECT(pthread_spin_unlock(&spin) == 0);
    return arg;
}

static void *with_spin_tried(void *arg) {
    while (pthread_spin_trylock(&spin) == EBUSY)
        sched_yield();
    increment();
    EXPECT(pthread_spin_unlock(&spin) == 0);
    return arg;
}

SCENE(spinning) {
    EXPECT(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE) == 0);
    TOGETHER(with_spin, with_spin_tried);
    EXPECT(count == 2);
    EXPECT(pthread_spin_destroy(&spin) == 0);
}

SCENE(spinning_forgotten) {
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    TOGETHER(with_spin, without_mutex);
    EXPECT(count == 2);
}

SCENE(spinning_twice) {
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&spin);
    pthread_spin_lock(&spin);
}
