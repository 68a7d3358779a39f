/* futures.h - futures in each state, and what the tests of this folder have in common. */
#ifndef TEST_FUTURES_H
#define TEST_FUTURES_H

#include <errno.h>
#include <pthread.h>

#include "crew.h"

/* A future of the caller's, which a test made by the number of its state. */
static inline thrum_future *new_future(void) {
    thrum_future *future = NULL;
    CHECK_EQ(thrum_future_new(&future), 0);
    return future;
}

static inline thrum_future *running_future(void) {
    thrum_future *future = new_future();
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(future), 1);
    return future;
}

static inline thrum_future *cancelled_future(void) {
    thrum_future *future = new_future();
    CHECK(thrum_future_cancel(future));
    return future;
}

static inline thrum_future *notified_future(void) {
    thrum_future *future = cancelled_future();
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(future), 0);
    return future;
}

static inline thrum_future *failed_future(int error, const char *text) {
    thrum_future *future = new_future();
    CHECK_EQ(thrum_future_set_error(future, error, text), 0);
    return future;
}

static inline thrum_future *finished_future(void *result) {
    thrum_future *future = new_future();
    CHECK_EQ(thrum_future_set_result(future, result), 0);
    return future;
}

/* What was logged, all in one. */
static char logged[4096];
static pthread_mutex_t logged_lock = PTHREAD_MUTEX_INITIALIZER; /* threads that fail at once log at once */
static inline void append_to_log(const char *text, void *arg) {
    (void)arg;
    pthread_mutex_lock(&logged_lock);
    size_t length = strlen(logged);
    snprintf(logged + length, sizeof logged - length, "%s\n", text);
    pthread_mutex_unlock(&logged_lock);
}
static inline void catch_log(void) {
    logged[0] = '\0';
    thrum_futures_set_log(append_to_log, NULL);
}

/* An executor whose only thread is the test: it keeps what is submitted until the test has it run. */
typedef struct shelf {
    thrum_executor executor;
    thrum_future *kept[64];
    int count, refuses;
    bool shut_down;
} shelf;

static inline int shelf_submit(thrum_executor *executor, thrum_future *future) {
    shelf *self = (shelf *)executor;
    if (self->refuses < 0)
        return self->refuses;
    if (self->shut_down)
        return THRUM_RUNTIME_ERROR;
    self->kept[self->count++] = future;
    return 0;
}

/* Run the one that was submitted first. */
static inline bool shelf_help(thrum_executor *executor) {
    shelf *self = (shelf *)executor;
    if (self->count == 0)
        return false;
    thrum_future *first = self->kept[0];
    memmove(self->kept, self->kept + 1, (size_t)--self->count * sizeof *self->kept);
    thrum_future_run(first);
    return true;
}

static inline int shelf_shutdown(thrum_executor *executor, bool cancel_futures, thrum_deadline deadline) {
    shelf *self = (shelf *)executor;
    self->shut_down = true;
    while (cancel_futures && self->count > 0)
        thrum_future_drop(self->kept[--self->count], 0, NULL);
    while (!thrum_deadline_passed(deadline) && shelf_help(executor))
        ;
    return self->count > 0 ? THRUM_TIMED_OUT : 0;
}

static inline void shelf_free(thrum_executor *executor) {
    ((shelf *)executor)->count = -1;
}

static const thrum_executor_ops shelf_ops = {.submit = shelf_submit, .shutdown = shelf_shutdown, .free = shelf_free};

#endif
