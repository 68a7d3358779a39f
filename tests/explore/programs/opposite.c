/* opposite.c - a POSIX threads program that hangs once in a while: two mutexes, taken in opposite order. */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutexes[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

static void *take_both(void *first) {
    pthread_mutex_t *a = first, *b = a == &mutexes[0] ? &mutexes[1] : &mutexes[0];
    pthread_mutex_lock(a);
    pthread_mutex_lock(b);
    pthread_mutex_unlock(b);
    pthread_mutex_unlock(a);
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, take_both, &mutexes[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    sleep(3600); /* costs nothing under exploration */
    return 0;
}
