/* sched.h - the workloads of an agenda: a million events, entered, and then cancelled or called. The peer has defined
 * peer_events_init(long count), peer_event_enter(long event, int64_t ms from now) and peer_event_cancel(long event),
 * and peer_events_run(), which calls all that are due. In the end there is nothing on the agenda, and it may be used
 * again. */
#ifndef BENCH_WORKLOADS_SCHED_H
#define BENCH_WORKLOADS_SCHED_H

#include <time.h>

#include "harness/measure.h"

/* Times between 2 and 20 minutes, in no order, always the same. */
static int64_t sched_after_ms(long event) {
    return 120000 + (int64_t)((uint32_t)event * UINT32_C(2654435761) % 1080000);
}

static double sched_enter_all(long count) {
    int64_t start = now_ns();
    for (long i = 0; i < count; i++)
        peer_event_enter(i, sched_after_ms(i));
    return (double)(now_ns() - start) / (double)count;
}

/* In the order in which they were entered, which has nothing to do with the order of their times. */
static double sched_cancel_all(long count) {
    int64_t start = now_ns();
    for (long i = 0; i < count; i++)
        peer_event_cancel(i);
    return (double)(now_ns() - start) / (double)count;
}

enum { sched_rounds = 3 };

typedef struct sched_times {
    long count;
    double enter[sched_rounds], cancel[sched_rounds];
} sched_times;

/* The first time is to touch the memory and does not count. */
static void sched_rounds_run(int index, void *arg) {
    sched_times *times = (sched_times *)arg;
    peer_events_init(times->count);
    for (int i = index - 1; i < sched_rounds; i++) {
        double enter = sched_enter_all(times->count), cancel = sched_cancel_all(times->count);
        if (i >= 0) {
            times->enter[i] = enter;
            times->cancel[i] = cancel;
        }
    }
}

static void sched_enter(const workload *self) {
    sched_times times = {self->count, {0}, {0}};
    run_together(1, false, sched_rounds_run, NULL, &times);
    report(self, "time", percentile(times.enter, sched_rounds, 50), "ns");
}

static void sched_cancel(const workload *self) {
    sched_times times = {self->count, {0}, {0}};
    run_together(1, false, sched_rounds_run, NULL, &times);
    report(self, "time", percentile(times.cancel, sched_rounds, 50), "ns");
}

enum { sched_soon_ms = 200 };

/* All are due when they are called, and many at the same time. The second time counts. */
static void sched_run_all(int index, void *arg) {
    sched_times *times = (sched_times *)arg;
    struct timespec until_due = {0, (sched_soon_ms + 1) * 1000000L};
    peer_events_init(times->count);
    for (int i = index; i < 2; i++) {
        for (long event = 0; event < times->count; event++)
            peer_event_enter(event, sched_after_ms(event) % sched_soon_ms);
        nanosleep(&until_due, NULL);
        int64_t start = now_ns();
        peer_events_run();
        times->enter[0] = (double)(now_ns() - start) / (double)times->count;
    }
}

static void sched_run(const workload *self) {
    sched_times times = {self->count, {0}, {0}};
    run_together(1, false, sched_run_all, NULL, &times);
    report(self, "time", times.enter[0], "ns");
}

#define SCHED_WORKLOADS                                                                                              \
    {"sched.enter", sched_enter, 1, 1000000}, {"sched.cancel", sched_cancel, 1, 1000000}, {                          \
        "sched.run", sched_run, 1, 1000000                                                                           \
    }

#endif
