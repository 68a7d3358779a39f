/* conditions.c - conditions: waiting, with and without a limit, on either clock. */
#include <errno.h>
#include <sched.h>

#include "scene.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int items, taken;

static void *produce(void *arg) {
    pthread_mutex_lock(&mutex);
    items++;
    EXPECT(pthread_cond_signal(&cond) == 0);
    pthread_mutex_unlock(&mutex);
    return arg;
}

static void *produce_and_tell_later(void *arg) {
    pthread_mutex_lock(&mutex);
    items++;
    pthread_mutex_unlock(&mutex);
    EXPECT(pthread_cond_signal(&cond) == 0);
    return arg;
}

static void *produce_two(void *arg) {
    pthread_mutex_lock(&mutex);
    items += 2;
    EXPECT(pthread_cond_broadcast(&cond) == 0);
    pthread_mutex_unlock(&mutex);
    return arg;
}

static void take(void) {
    EXPECT(items > 0);
    items--;
    taken++;
}

static void *consume(void *arg) {
    pthread_mutex_lock(&mutex);
    while (items == 0)
        EXPECT(pthread_cond_wait(&cond, &mutex) == 0);
    take();
    pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(waiting) {
    TOGETHER(consume, produce, consume, produce_and_tell_later);
    EXPECT(taken == 2 && items == 0);
    EXPECT(pthread_cond_destroy(&cond) == 0);
}

SCENE(broadcast) {
    TOGETHER(consume, consume, produce_two);
    EXPECT(taken == 2);
}

/* Does not look again when it wakes up. */
static void *consume_at_once(void *arg) {
    pthread_mutex_lock(&mutex);
    if (items == 0)
        pthread_cond_wait(&cond, &mutex);
    take();
    pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(waiting_once) {
    TOGETHER(consume_at_once, consume, produce, produce);
}

/* Looks without the mutex: the signal can come in between. */
static void *consume_late(void *arg) {
    while (items == 0) {
        sched_yield();
        pthread_mutex_lock(&mutex);
        pthread_cond_wait(&cond, &mutex);
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

SCENE(lost) {
    TOGETHER(consume_late, produce);
}

static void *produce_two_and_tell_one(void *arg) {
    pthread_mutex_lock(&mutex);
    items += 2;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(too_few_told) {
    TOGETHER(consume, consume, produce_two_and_tell_one);
}

static void wait_in_vain(pthread_cond_t *made, clockid_t clock) {
    struct timespec until = after(clock, 2), never = {0, -1};
    int r = 0;
    pthread_mutex_lock(&mutex);
    while (r == 0)
        r = pthread_cond_timedwait(made, &mutex, &until);
    EXPECT(r == ETIMEDOUT);
    EXPECT(has_come(clock, &until));
    EXPECT(pthread_cond_timedwait(made, &mutex, &never) == EINVAL);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
}

static void make(pthread_cond_t *made, clockid_t clock) {
    pthread_condattr_t attributes;
    EXPECT(pthread_condattr_init(&attributes) == 0);
    EXPECT(pthread_condattr_setclock(&attributes, clock) == 0);
    EXPECT(pthread_cond_init(made, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

SCENE(timed) {
    wait_in_vain(&cond, CLOCK_REALTIME);
}

SCENE(timed_steady) {
    pthread_cond_t steady;
    make(&steady, CLOCK_MONOTONIC);
    wait_in_vain(&steady, CLOCK_MONOTONIC);
    EXPECT(pthread_cond_destroy(&steady) == 0);
}

static void wait_by(clockid_t clock) {
    struct timespec until = after(clock, 2);
    int r = 0;
    pthread_mutex_lock(&mutex);
    while (r == 0)
        r = pthread_cond_clockwait(&cond, &mutex, clock, &until);
    EXPECT(r == ETIMEDOUT);
    EXPECT(has_come(clock, &until));
    EXPECT(pthread_cond_clockwait(&cond, &mutex, CLOCK_PROCESS_CPUTIME_ID, &until) == EINVAL);
    pthread_mutex_unlock(&mutex);
}

SCENE(clocked) {
    wait_by(CLOCK_MONOTONIC);
    wait_by(CLOCK_REALTIME);
}

/* Its limit may pass, or the signal come, or both. */
static void *consume_in_time(void *arg) {
    struct timespec until = after(CLOCK_REALTIME, 60000);
    int r = 0;
    pthread_mutex_lock(&mutex);
    while (items == 0 && r == 0)
        r = pthread_cond_timedwait(&cond, &mutex, &until);
    EXPECT(r == 0 || r == ETIMEDOUT);
    if (items > 0)
        take();
    pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(in_time) {
    TOGETHER(consume_in_time, produce);
    EXPECT(taken + items == 1);
}

/* Believes that the limit never passes. */
SCENE(in_time_always) {
    TOGETHER(consume_in_time, produce);
    EXPECT(taken == 1);
}

/* A limit on the wrong clock has long passed. */
static void *consume_by_the_wrong_clock(void *arg) {
    struct timespec until = after(CLOCK_MONOTONIC, 60000);
    pthread_mutex_lock(&mutex);
    EXPECT(pthread_cond_timedwait(&cond, &mutex, &until) == 0);
    pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(wrong_clock) {
    TOGETHER(consume_by_the_wrong_clock, produce);
}

SCENE(without_mutex) {
    pthread_cond_wait(&cond, &mutex);
}

static void *destroy(void *arg) {
    pthread_cond_destroy(&cond);
    return arg;
}

SCENE(destroyed) {
    TOGETHER(consume, destroy, produce);
}
