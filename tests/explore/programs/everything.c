/* everything.c - a correct POSIX threads program that uses each kind of object that `thrum explore` stands in for. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, recursive;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static sem_t taken;
static int items, taken_items, inits, spun;

static void init(void) {
    inits++;
}

static void meet(void) {
    pthread_spin_lock(&spin);
    spun++;
    pthread_spin_unlock(&spin);
    sched_yield();
    pthread_barrier_wait(&barrier);
}

static void *consume(void *arg) {
    (void)arg;
    pthread_once(&once, init);
    pthread_mutex_lock(&mutex);
    while (items == 0)
        pthread_cond_wait(&not_empty, &mutex);
    items--;
    taken_items++;
    pthread_mutex_unlock(&mutex);
    sem_post(&taken);
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    meet();
    return (void *)7;
}

static void *produce(void *arg) {
    (void)arg;
    pthread_once(&once, init);
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&mutex);
        items++;
        pthread_mutex_unlock(&mutex);
        pthread_cond_signal(&not_empty);
    }
    pthread_mutex_unlock(&recursive);
    pthread_mutex_unlock(&recursive);
    pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    meet();
    pthread_exit((void *)9);
}

int main(void) {
    pthread_t threads[3];
    pthread_mutexattr_t attributes;
    intptr_t sum = 0;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    pthread_barrier_init(&barrier, NULL, 3);
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    sem_init(&taken, 0, 0);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, i < 2 ? consume : produce, NULL);
    sem_wait(&taken);
    sem_wait(&taken);
    for (int i = 0; i < 3; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (intptr_t)result;
    }
    printf("%d items, %d init, sum %d\n", taken_items, inits, (int)sum);
    /* A wait for what does not come ends when its time does. */
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec = until.tv_nsec > 998000000 ? 999999999 : until.tv_nsec + 1000000;
    if (sem_timedwait(&taken, &until) == 0 || errno != ETIMEDOUT)
        return 2;
    return !(taken_items == 2 && inits == 1 && sum == 7 + 7 + 9 && spun == 3);
}
