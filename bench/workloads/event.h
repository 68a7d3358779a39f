/* event.h - the workload of an event. The peer has defined peer_event and, each of a peer_event *, peer_event_init(),
 * peer_event_wait(), peer_event_set() and peer_event_clear(). */
#ifndef BENCH_WORKLOADS_EVENT_H
#define BENCH_WORKLOADS_EVENT_H

#include <time.h>

#include "harness/measure.h"

enum { event_wakes_most = 2000 };

typedef struct event_wake_run {
    peer_event event;
    long wakes;
    long asleep; /* how often the waiter has said that it is about to wait */
    int64_t set_at;
    double took[event_wakes_most];
} event_wake_run;

static void event_waiter(event_wake_run *run) {
    for (long i = 0; i < run->wakes; i++) {
        __atomic_store_n(&run->asleep, i + 1, __ATOMIC_RELEASE); /* pairs with the load in event_setter() */
        peer_event_wait(&run->event);
        run->took[i] = (double)(now_ns() - run->set_at);
        peer_event_clear(&run->event);
    }
}

/* A wake-up is measured once the waiter sleeps: it has said that it is about to, and has had time to do so. */
static void event_setter(event_wake_run *run) {
    const struct timespec fall_asleep = {0, 80 * 1000};
    for (long i = 0; i < run->wakes; i++) {
        do
            nanosleep(&fall_asleep, NULL);
        while (__atomic_load_n(&run->asleep, __ATOMIC_ACQUIRE) <= i); /* pairs with the store in event_waiter() */
        nanosleep(&fall_asleep, NULL);
        run->set_at = now_ns();
        peer_event_set(&run->event);
    }
}

static void event_side(int index, void *arg) {
    event_wake_run *run = (event_wake_run *)arg;
    if (index == 0)
        event_setter(run);
    else
        event_waiter(run);
}

/* From just before set() to just after wait() in a thread that slept. */
static void event_wake(const workload *self) {
    static event_wake_run run;
    run.wakes = self->count;
    peer_event_init(&run.event);
    run_together(2, is_split(self), event_side, NULL, &run);
    report(self, "p50", percentile(run.took, (int)run.wakes, 50), "ns");
    report(self, "p99", percentile(run.took, (int)run.wakes, 99), "ns");
}

#define EVENT_WORKLOADS                                                                                              \
    {"event.wake", event_wake, 2, 1000}, {                                                                           \
        "event.wake@split", event_wake, 2, 1000                                                                      \
    }

#endif
