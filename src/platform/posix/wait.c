/* wait.c - sleeping on a word, by POSIX mutexes and condition variables.
 *
 * A word's address chooses one of a few rooms, each a mutex and a condition variable. A waker takes the room's mutex,
 * so it cannot slip in between a sleeper's look at the word and its sleep. Threads that sleep on different words of
 * one room wake up together; the interface allows an early return. thrum__os_wake() is not async-signal-safe here.
 */
#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "platform/platform.h"

typedef struct room {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
} room;

enum { room_count = 64 };
static room rooms[room_count];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_rooms(void) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    for (int i = 0; i < room_count; i++) {
        pthread_mutex_init(&rooms[i].mutex, NULL);
        pthread_cond_init(&rooms[i].cond, &monotonic);
    }
    pthread_condattr_destroy(&monotonic);
}

static room *room_of(const uint32_t *word) {
    pthread_once(&once, make_rooms);
    uintptr_t address = (uintptr_t)word;
    return &rooms[(address >> 6 ^ address >> 12) % room_count];
}

int thrum__os_wait(uint32_t *word, uint32_t expected, int64_t deadline) {
    const int64_t second = 1000000000;
    struct timespec until = {.tv_sec = (time_t)(deadline / second), .tv_nsec = (long)(deadline % second)};
    if (deadline <= 0)
        return -ETIMEDOUT;
    room *r = room_of(word);
    int result = 0;
    pthread_mutex_lock(&r->mutex);
    /* Relaxed: the mutex orders the word's change before the wake-up that follows it. */
    if (__atomic_load_n(word, __ATOMIC_RELAXED) == expected)
        result = deadline == INT64_MAX ? pthread_cond_wait(&r->cond, &r->mutex)
                                       : pthread_cond_timedwait(&r->cond, &r->mutex, &until);
    pthread_mutex_unlock(&r->mutex);
    return result == ETIMEDOUT ? -ETIMEDOUT : 0;
}

void thrum__os_wake(uint32_t *word) {
    room *r = room_of(word);
    pthread_mutex_lock(&r->mutex);
    pthread_cond_broadcast(&r->cond);
    pthread_mutex_unlock(&r->mutex);
}

void thrum__os_at_fork_child(void) {
    make_rooms(); /* their threads are gone, and so is the state that they left */
}
