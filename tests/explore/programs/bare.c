/* bare.c - two threads increment a counter without a lock, and without a word to the explorer. */
#include <pthread.h>

static int counter;

static void *increment(void *arg) {
    (void)arg;
    counter++;
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, increment, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return counter != 2;
}
