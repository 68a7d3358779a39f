/* threads.c - the life of threads: create, join, detach, cancel, and what is destroyed at their end. */
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "scene.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_key_t key, second_key;
static int count, go;

static void *give_back(void *arg) {
    sched_yield();
    return arg;
}

static pthread_t create(void *(*function)(void *arg), void *arg) {
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, function, arg) == 0);
    return thread;
}

static void *join(pthread_t thread) {
    void *result;
    EXPECT(pthread_join(thread, &result) == 0);
    return result;
}

SCENE(results) {
    int values[3];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = create(give_back, &values[i]);
    for (int i = 0; i < 3; i++)
        EXPECT(join(threads[i]) == &values[i]);
    EXPECT(pthread_join(pthread_self(), NULL) == EDEADLK);
}

/* All get the address of one variable, which goes on changing. */
static void *add(void *arg) {
    pthread_mutex_lock(&mutex);
    count += *(int *)arg;
    pthread_mutex_unlock(&mutex);
    return NULL;
}

SCENE(shared_argument) {
    pthread_t threads[2];
    int i;
    for (i = 0; i < 2; i++)
        threads[i] = create(add, &i);
    join(threads[0]);
    join(threads[1]);
    EXPECT(count == 0 + 1);
}

static void exit_deep_down(void) {
    pthread_exit(&count);
}

static void note_cleanup(void *amount) {
    count += *(int *)amount;
}

static void *exit_early(void *arg) {
    int one = 1, ten = 10;
    pthread_cleanup_push(note_cleanup, &one);
    pthread_cleanup_push(note_cleanup, &ten);
    exit_deep_down();
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return arg;
}

SCENE(exits) {
    EXPECT(join(create(exit_early, NULL)) == &count);
    EXPECT(count == 11);
}

static pthread_t itself;

static void *compare_self(void *arg) {
    pthread_mutex_lock(&mutex);
    EXPECT(pthread_equal(itself, pthread_self()));
    pthread_mutex_unlock(&mutex);
    return arg;
}

SCENE(selves) {
    char name[16];
    pthread_mutex_lock(&mutex);
    itself = create(compare_self, NULL);
    EXPECT(!pthread_equal(itself, pthread_self()));
    EXPECT(pthread_setname_np(itself, "scene") == 0);
    EXPECT(pthread_getname_np(itself, name, sizeof name) == 0 && strcmp(name, "scene") == 0);
    pthread_mutex_unlock(&mutex);
    join(itself);
}

static void *wait_for_go(void *arg) {
    pthread_mutex_lock(&mutex);
    while (!go)
        pthread_cond_wait(&cond, &mutex);
    pthread_mutex_unlock(&mutex);
    return arg;
}

static void let_go(void) {
    pthread_mutex_lock(&mutex);
    go = 1;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
}

SCENE(joins_with_limits) {
    pthread_t thread = create(wait_for_go, NULL);
    struct timespec wall = after(CLOCK_REALTIME, 2), steady = after(CLOCK_MONOTONIC, 2);
    EXPECT(pthread_tryjoin_np(thread, NULL) == EBUSY);
    EXPECT(pthread_timedjoin_np(thread, NULL, &wall) == ETIMEDOUT);
    EXPECT(has_come(CLOCK_REALTIME, &wall));
    EXPECT(pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &steady) == ETIMEDOUT);
    EXPECT(has_come(CLOCK_MONOTONIC, &steady));
    let_go();
    join(thread);
}

static pthread_t pair[2];

static void *join_other(void *arg) {
    pthread_mutex_lock(&mutex); /* both are known */
    pthread_mutex_unlock(&mutex);
    pthread_join(*(pthread_t *)arg, NULL);
    return NULL;
}

SCENE(joining_each_other) {
    pthread_mutex_lock(&mutex);
    pair[0] = create(join_other, &pair[1]);
    pair[1] = create(join_other, &pair[0]);
    pthread_mutex_unlock(&mutex);
    wait_for_go(NULL);
}

static void *announce(void *arg) {
    let_go();
    return arg;
}

SCENE(detached) {
    pthread_t late = create(wait_for_go, NULL), thread;
    pthread_attr_t attributes;
    EXPECT(pthread_detach(late) == 0);
    EXPECT(pthread_attr_init(&attributes) == 0);
    EXPECT(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0);
    EXPECT(pthread_create(&thread, &attributes, announce, NULL) == 0);
    pthread_attr_destroy(&attributes);
    wait_for_go(NULL);
}

SCENE(detached_too_early) {
    pthread_t thread = create(give_back, NULL);
    pthread_detach(thread);
    pthread_join(thread, NULL);
    EXPECT(pthread_join(thread, NULL) == 0);
}

static void unlock(void *arg) {
    pthread_mutex_unlock(arg);
    count++;
}

static void *wait_with_cleanup(void *arg) {
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    while (!go)
        pthread_cond_wait(&cond, &mutex);
    pthread_cleanup_pop(1);
    return arg;
}

SCENE(cancelled) {
    pthread_t thread = create(wait_with_cleanup, NULL);
    EXPECT(pthread_cancel(thread) == 0);
    EXPECT(join(thread) == PTHREAD_CANCELED);
    EXPECT(pthread_mutex_trylock(&mutex) == 0);
    EXPECT(count == 1);
    pthread_mutex_unlock(&mutex);
}

SCENE(cancelled_without_cleanup) {
    pthread_t thread = create(wait_for_go, NULL);
    pthread_cancel(thread);
    join(thread);
    let_go();
}

/* It may not be cancelled before it says so. */
static void *be_stubborn(void *arg) {
    int before;
    EXPECT(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0 && before == PTHREAD_CANCEL_ENABLE);
    let_go();
    sched_yield();
    pthread_testcancel();
    count = 1;
    EXPECT(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before) == 0 && before == PTHREAD_CANCEL_DISABLE);
    for (;;)
        pause();
    return arg;
}

SCENE(cancelled_late) {
    pthread_t thread = create(be_stubborn, NULL);
    wait_for_go(NULL);
    EXPECT(pthread_cancel(thread) == 0);
    EXPECT(join(thread) == PTHREAD_CANCELED);
    EXPECT(count == 1);
}

static void *sleep_long(void *arg) {
    sleep(1000);
    return arg;
}

SCENE(cancelled_asleep) {
    pthread_t thread = create(sleep_long, NULL);
    EXPECT(pthread_cancel(thread) == 0);
    (void)join(thread); /* it may have slept enough */
}

static void destroy(void *value) {
    count += *(int *)value;
}

/* Gives the key a value again, once. */
static void destroy_and_set(void *value) {
    int *number = value;
    count += *number;
    if (*number == 100)
        return;
    *number = 100;
    EXPECT(pthread_setspecific(second_key, number) == 0);
}

static void *keep_values(void *arg) {
    static __thread int first, second;
    first = 1;
    second = 10;
    EXPECT(pthread_getspecific(key) == NULL);
    EXPECT(pthread_setspecific(key, &first) == 0);
    EXPECT(pthread_setspecific(second_key, &second) == 0);
    sched_yield();
    EXPECT(pthread_getspecific(key) == &first);
    return arg;
}

SCENE(values) {
    EXPECT(pthread_key_create(&key, destroy) == 0);
    EXPECT(pthread_key_create(&second_key, destroy_and_set) == 0);
    join(create(keep_values, NULL));
    EXPECT(count == 1 + 10 + 100);
    join(create(keep_values, NULL));
    EXPECT(count == 2 * (1 + 10 + 100));
    EXPECT(pthread_key_delete(key) == 0);
}

/* A value that points to a variable of main's, which may be gone. */
SCENE(ends_before_its_threads) {
    create(wait_for_go, NULL);
    exit(0);
}

SCENE(waits_for_its_threads) {
    create(announce, NULL);
    create(wait_for_go, NULL);
    pthread_exit(NULL);
}

static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;

static void *lock_both(void *reversed) {
    pthread_mutex_lock(reversed ? &other : &mutex);
    pthread_mutex_lock(reversed ? &mutex : &other);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&other);
    return NULL;
}

/* main() ends well, whatever becomes of them. */
SCENE(detached_and_stuck) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &attributes, lock_both, NULL);
    pthread_create(&thread, &attributes, lock_both, &count);
    pthread_attr_destroy(&attributes);
    sleep(1);
}

SCENE(detached_late_and_stuck) {
    pthread_detach(create(lock_both, NULL));
    pthread_detach(create(lock_both, &count));
    sleep(1);
}

static void *exit_with_3(void *arg) {
    exit(3);
    return arg;
}

SCENE(exits_in_a_thread) {
    join(create(exit_with_3, NULL));
}

static void *crash(void *arg) {
    abort();
    return arg;
}

SCENE(crashes) {
    join(create(crash, NULL));
}
