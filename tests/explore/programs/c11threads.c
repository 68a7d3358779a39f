/* c11threads.c - <threads.h>. */
#include <sched.h>
#include <threads.h>

#include "scene.h"

static mtx_t mutex;
static cnd_t cond;
static once_flag once = ONCE_FLAG_INIT;
static tss_t key;
static int count;

static void increment(void) {
    int before = count;
    thrd_yield();
    count = before + 1;
}

static int with_mutex(void *arg) {
    EXPECT(mtx_lock(&mutex) == thrd_success);
    increment();
    EXPECT(mtx_unlock(&mutex) == thrd_success);
    return arg ? 7 : 8;
}

static int without_mutex(void *arg) {
    (void)arg;
    increment();
    return 0;
}

/* Run two at the same time. Returns the sum of what they return. */
static int both(thrd_start_t first, thrd_start_t second) {
    thrd_t threads[2];
    int results[2];
    EXPECT(thrd_create(&threads[0], first, NULL) == thrd_success);
    EXPECT(thrd_create(&threads[1], second, &count) == thrd_success);
    for (int i = 0; i < 2; i++)
        EXPECT(thrd_join(threads[i], &results[i]) == thrd_success);
    return results[0] + results[1];
}

SCENE(mutex) {
    EXPECT(mtx_init(&mutex, mtx_plain) == thrd_success);
    EXPECT(both(with_mutex, with_mutex) == 7 + 8);
    EXPECT(count == 2);
    mtx_destroy(&mutex);
}

SCENE(mutex_forgotten) {
    EXPECT(mtx_init(&mutex, mtx_plain) == thrd_success);
    both(with_mutex, without_mutex);
    EXPECT(count == 2);
}

static int recursively(void *arg) {
    EXPECT(mtx_lock(&mutex) == thrd_success);
    EXPECT(mtx_trylock(&mutex) == thrd_success);
    with_mutex(arg);
    EXPECT(mtx_unlock(&mutex) == thrd_success);
    increment();
    EXPECT(mtx_unlock(&mutex) == thrd_success);
    return 0;
}

SCENE(recursive) {
    EXPECT(mtx_init(&mutex, mtx_plain | mtx_recursive) == thrd_success);
    both(recursively, recursively);
    EXPECT(count == 4);
}

static int in_vain(void *arg) {
    struct timespec until = after(CLOCK_REALTIME, 2);
    (void)arg;
    EXPECT(mtx_trylock(&mutex) == thrd_busy);
    EXPECT(mtx_timedlock(&mutex, &until) == thrd_timedout);
    EXPECT(has_come(CLOCK_REALTIME, &until));
    return 0;
}

SCENE(timed) {
    struct timespec until = after(CLOCK_REALTIME, 60000);
    EXPECT(mtx_init(&mutex, mtx_timed) == thrd_success);
    EXPECT(mtx_timedlock(&mutex, &until) == thrd_success);
    both(in_vain, in_vain);
    EXPECT(mtx_unlock(&mutex) == thrd_success);
}

static int tell(void *arg) {
    (void)arg;
    EXPECT(mtx_lock(&mutex) == thrd_success);
    count++;
    EXPECT(cnd_signal(&cond) == thrd_success);
    EXPECT(cnd_broadcast(&cond) == thrd_success);
    EXPECT(mtx_unlock(&mutex) == thrd_success);
    return 0;
}

static int be_told(void *arg) {
    (void)arg;
    EXPECT(mtx_lock(&mutex) == thrd_success);
    while (count == 0)
        EXPECT(cnd_wait(&cond, &mutex) == thrd_success);
    EXPECT(mtx_unlock(&mutex) == thrd_success);
    return 0;
}

static int be_told_blindly(void *arg) {
    (void)arg;
    mtx_lock(&mutex);
    cnd_wait(&cond, &mutex);
    mtx_unlock(&mutex);
    return 0;
}

SCENE(condition) {
    struct timespec until = after(CLOCK_REALTIME, 2);
    EXPECT(mtx_init(&mutex, mtx_plain) == thrd_success && cnd_init(&cond) == thrd_success);
    both(tell, be_told);
    EXPECT(mtx_lock(&mutex) == thrd_success);
    EXPECT(cnd_timedwait(&cond, &mutex, &until) == thrd_timedout);
    EXPECT(has_come(CLOCK_REALTIME, &until));
    EXPECT(mtx_unlock(&mutex) == thrd_success);
    cnd_destroy(&cond);
    mtx_destroy(&mutex);
}

SCENE(condition_lost) {
    EXPECT(mtx_init(&mutex, mtx_plain) == thrd_success && cnd_init(&cond) == thrd_success);
    both(tell, be_told_blindly);
}

static int run_once(void *arg) {
    (void)arg;
    call_once(&once, increment);
    EXPECT(count == 1);
    return 0;
}

SCENE(once_for_all) {
    both(run_once, run_once);
}

static void add_value(void *value) {
    count += *(int *)value;
}

static int keep_value(void *arg) {
    static _Thread_local int value;
    value = arg ? 10 : 20;
    EXPECT(tss_get(key) == NULL);
    EXPECT(tss_set(key, &value) == thrd_success);
    thrd_yield();
    EXPECT(tss_get(key) == &value);
    return 0;
}

SCENE(values) {
    EXPECT(tss_create(&key, add_value) == thrd_success);
    both(keep_value, keep_value);
    EXPECT(count == 30);
    tss_delete(key);
}

static int end_early(void *arg) {
    EXPECT(thrd_equal(thrd_current(), *(thrd_t *)arg));
    thrd_exit(5);
}

SCENE(ends) {
    static thrd_t thread, apart;
    int result;
    EXPECT(mtx_init(&mutex, mtx_plain) == thrd_success);
    mtx_lock(&mutex);
    EXPECT(thrd_create(&apart, with_mutex, NULL) == thrd_success);
    EXPECT(!thrd_equal(thrd_current(), apart));
    EXPECT(thrd_detach(apart) == thrd_success);
    mtx_unlock(&mutex);
    mtx_lock(&mutex);
    EXPECT(thrd_create(&thread, end_early, &thread) == thrd_success);
    EXPECT(thrd_join(thread, &result) == thrd_success && result == 5);
    mtx_unlock(&mutex);
}

static int sleep_a_little(void *arg) {
    (void)arg;
    return thrd_sleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

SCENE(sleeping) {
    EXPECT(both(sleep_a_little, sleep_a_little) == 0);
    EXPECT(thrd_sleep(&(struct timespec){.tv_nsec = -1}, NULL) < 0);
}

/* main() comes to its end, and this one waits. */
SCENE(left_waiting) {
    thrd_t thread;
    mtx_init(&mutex, mtx_plain);
    cnd_init(&cond);
    thrd_create(&thread, be_told, NULL);
}
