/* composed_event.h - peer_event, for peers that have none: a lock, a condition variable and a flag, as their users
 * write it. The peer has defined what workloads/condition.h needs. */
#ifndef BENCH_WORKLOADS_COMPOSED_EVENT_H
#define BENCH_WORKLOADS_COMPOSED_EVENT_H

#include <stdbool.h>

typedef struct peer_event {
    peer_lock lock;
    peer_condition changed;
    bool set;
} peer_event;

static inline void peer_event_init(peer_event *event) {
    peer_lock_init(&event->lock);
    peer_condition_init(&event->changed, &event->lock);
    event->set = false;
}

static inline void peer_event_wait(peer_event *event) {
    peer_lock_acquire(&event->lock);
    while (!event->set)
        peer_condition_wait(&event->changed, &event->lock);
    peer_lock_release(&event->lock);
}

static inline void peer_event_set(peer_event *event) {
    peer_lock_acquire(&event->lock);
    event->set = true;
    peer_condition_notify(&event->changed, &event->lock);
    peer_lock_release(&event->lock);
}

static inline void peer_event_clear(peer_event *event) {
    peer_lock_acquire(&event->lock);
    event->set = false;
    peer_lock_release(&event->lock);
}

#endif
