/* deadlocks.h - threads that wait for each other on purpose, and what is reported about it. */
#ifndef TEST_DEADLOCKS_H
#define TEST_DEADLOCKS_H

#include "crew.h"

/* What the handler was given. */
static pthread_mutex_t reports_mutex = PTHREAD_MUTEX_INITIALIZER;
static int reports_count;
static char reports_last[40000];

static void reports_take(const char *text, void *arg) {
    (void)arg;
    pthread_mutex_lock(&reports_mutex);
    reports_count++;
    snprintf(reports_last, sizeof reports_last, "%s", text);
    pthread_mutex_unlock(&reports_mutex);
}

static inline int reports_so_far(void) {
    pthread_mutex_lock(&reports_mutex);
    int count = reports_count;
    pthread_mutex_unlock(&reports_mutex);
    return count;
}

/* Count reports instead of printing them; those about lock order are another test's matter. */
static inline void reports_begin(void) {
    (void)thrum_lock_order(false);
    thrum_deadlock_set_handler(reports_take, NULL);
}

static inline pthread_t start(void *(*body)(void *), void *arg) {
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, body, arg), 0);
    return thread;
}

#endif
