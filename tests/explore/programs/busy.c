/* busy.c - a thread that computes for ever. */
#include <pthread.h>

static void *compute(void *arg) {
    volatile int *end = arg;
    while (!*end)
        continue;
    return NULL;
}

int main(void) {
    static volatile int end;
    pthread_t thread;
    pthread_create(&thread, NULL, compute, (void *)&end);
    return pthread_join(thread, NULL);
}
