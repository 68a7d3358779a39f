/* thread_pools.h - an executor with threads, and calls for it. */
#ifndef TEST_THREAD_POOLS_H
#define TEST_THREAD_POOLS_H

#include "futures.h"

static thrum_executor *ex;

static inline void open_pool(int max_workers) {
    CHECK_EQ(thrum_thread_pool_executor_new(&ex, &(thrum_thread_pool_options){.max_workers = max_workers}), 0);
}
static inline void close_pool(void) {
    ex = thrum_executor_free(ex);
    CHECK(!ex);
}

static inline thrum_future *submit(thrum_call *call, void *arg) {
    thrum_future *f = NULL;
    CHECK_EQ(thrum_executor_submit(ex, call, arg, &f), 0);
    return f;
}

/* The result of a call that does not fail, and an end of its future. */
static inline void *result_of(thrum_future *f) {
    void *result = NULL;
    CHECK_EQ(thrum_future_result(f, &result), 0);
    thrum_future_unref(f);
    return result;
}

static inline int nothing(void *arg, void **ret_result) {
    *ret_result = arg;
    return 0;
}
static inline int counts(void *arg, void **ret_result) {
    (void)ret_result;
    add(arg, 1);
    return 0;
}
static inline int waits_for_event(void *arg, void **ret_result) {
    (void)ret_result;
    return thrum_event_wait(arg);
}
/* The caller frees the name. */
static inline int gives_its_name(void *arg, void **ret_result) {
    (void)arg;
    *ret_result = strdup(thrum_thread_name(thrum_current_thread()));
    return *ret_result ? 0 : -ENOMEM;
}

/* Threads of the executor that are alive: those with its prefix. */
static inline int workers_alive(const char *prefix) {
    thrum_thread *threads[64];
    int found = 0;
    size_t n = thrum_enumerate(threads, 64);
    CHECK_LE(n, 64);
    for (size_t i = 0; i < n; i++) {
        found += strncmp(thrum_thread_name(threads[i]), prefix, strlen(prefix)) == 0;
        thrum_thread_unref(threads[i]);
    }
    return found;
}

#endif
