/* process_wake.h - how long after the end of a child a wait with a time limit returns. The peer has defined
 *     peer_linger_start(program)       start it with an argument and a pipe as its input
 *     peer_linger_release()            close the pipe, upon which it ends
 *     peer_linger_wait()               wait for it, 100 seconds at most
 * The time includes the child's own wake-up and end. */
#ifndef BENCH_WORKLOADS_PROCESS_WAKE_H
#define BENCH_WORKLOADS_PROCESS_WAKE_H

#include <pthread.h>
#include <time.h>

#include "workloads/process.h"

enum { wakes = 100, wake_pause_ns = 3000000 };

static int64_t released_at;

static void *release_later(void *arg) {
    (void)arg;
    nanosleep(&(struct timespec){0, wake_pause_ns}, NULL);
    released_at = now_ns();
    peer_linger_release();
    return NULL;
}

static double wake_once(const char *program) {
    pthread_t thread;
    peer_linger_start(program);
    if (pthread_create(&thread, NULL, release_later, NULL) != 0)
        give_up("pthread_create failed");
    peer_linger_wait();
    int64_t woken = now_ns();
    pthread_join(thread, NULL);
    return (double)(woken - released_at) / 1e3;
}

static void process_wake(const workload *self) {
    double times[wakes];
    for (int i = 0; i < wakes; i++)
        times[i] = wake_once(beside("bench-nothing"));
    report(self, "p50", percentile(times, wakes, 50), "us");
    report(self, "p99", percentile(times, wakes, 99), "us");
}

#define PROCESS_WAKE_WORKLOADS                                                                                       \
    { "process.wake", process_wake, 2, 1 }

#endif
