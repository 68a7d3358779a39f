/* thread.h - the workload of a thread. The peer has defined peer_thread_start_and_join(), which runs an empty
 * function in a thread and waits for its end. */
#ifndef BENCH_WORKLOADS_THREAD_H
#define BENCH_WORKLOADS_THREAD_H

#include "harness/measure.h"

static void thread_batch(long count, void *arg) {
    (void)arg;
    for (long i = 0; i < count; i++)
        peer_thread_start_and_join();
}

static void thread_start_join(const workload *self) {
    report(self, "time", ns_per_operation(thread_batch, self->count, NULL) / 1e3, "us");
}

#define THREAD_WORKLOADS                                                                                             \
    { "thread.start_join", thread_start_join, 1, 200 }

#endif
