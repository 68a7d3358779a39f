/* timer.h - the workloads of a timer. The peer has defined peer_timer, peer_timer_make(peer_timer *, int64_t ms),
 * peer_timer_start(), peer_timer_cancel() and peer_timer_free(), each of a peer_timer *. A timer is started once, as
 * in Python. None of them fires: the times are minutes. */
#ifndef BENCH_WORKLOADS_TIMER_H
#define BENCH_WORKLOADS_TIMER_H

#include "harness/measure.h"

enum { timers_at_once = 10000, timer_rounds = 11 };

/* Times between 2 and 20 minutes, in no order, always the same. */
static int64_t timer_after_ms(int timer) {
    return 120000 + (int64_t)((uint32_t)timer * UINT32_C(2654435761) % 1080000);
}

static peer_timer timers[timers_at_once];

static void timers_make(void) {
    for (int i = 0; i < timers_at_once; i++)
        peer_timer_make(&timers[i], timer_after_ms(i));
}

/* Both return the time that each timer took. */
static double timers_start(void) {
    int64_t start = now_ns();
    for (int i = 0; i < timers_at_once; i++)
        peer_timer_start(&timers[i]);
    return (double)(now_ns() - start) / timers_at_once;
}

static double timers_cancel(void) {
    int64_t start = now_ns();
    for (int i = 0; i < timers_at_once; i++)
        peer_timer_cancel(&timers[i]);
    return (double)(now_ns() - start) / timers_at_once;
}

static void timers_free(void) {
    for (int i = 0; i < timers_at_once; i++)
        peer_timer_free(&timers[i]);
}

typedef struct timer_times {
    double start[timer_rounds], cancel[timer_rounds];
} timer_times;

static void timer_rounds_run(int index, void *arg) {
    timer_times *times = (timer_times *)arg;
    for (int i = index; i < timer_rounds; i++) {
        timers_make();
        times->start[i] = timers_start();
        times->cancel[i] = timers_cancel();
        timers_free();
    }
}

/* Start 10,000 timers, each made before. */
static void timer_start(const workload *self) {
    timer_times times;
    run_together(1, false, timer_rounds_run, NULL, &times);
    report(self, "time", percentile(times.start, timer_rounds, 50), "ns");
}

/* Cancel them, in the order of their start, which has nothing to do with the order of their times. */
static void timer_cancel(const workload *self) {
    timer_times times;
    run_together(1, false, timer_rounds_run, NULL, &times);
    report(self, "time", percentile(times.cancel, timer_rounds, 50), "ns");
}

/* How many threads more there are while 10,000 timers run. */
static void timer_threads(const workload *self) {
    int before = count_tasks();
    timers_make();
    timers_start();
    report(self, "threads", count_tasks() - before, "threads");
    timers_cancel();
    timers_free();
}

#define TIMER_WORKLOADS                                                                                              \
    {"timer.start", timer_start, 1, 0}, {"timer.cancel", timer_cancel, 1, 0}, {                                      \
        "timer.threads", timer_threads, 1, 0                                                                         \
    }

#endif
