/* worker.h - running schedules, in a process of their own. */
#ifndef THRUM_EXPLORE_WORKER_H
#define THRUM_EXPLORE_WORKER_H

#include "explore/shared.h"

typedef struct x_test {
    void (*body)(void *arg);
    void *arg;
} x_test;

/* In a new process run one schedule after the other, each as next(shared) orders, until next returns false, one
 * fails, or the process cannot go on. Returns 0, with what happened in shared->outcome, or -errno. */
int x_worker_run(x_shared *shared, const x_test *test, bool (*next)(x_shared *shared),
                 void (*account)(x_shared *shared));

/* The same in as many processes as it takes, until a schedule fails or next returns false. */
int x_worker_run_until_failure(x_shared *shared, const x_test *test, bool (*next)(x_shared *shared),
                               void (*account)(x_shared *shared));

/* Whether this is such a process. */
bool x_worker_inside(void);

#endif
