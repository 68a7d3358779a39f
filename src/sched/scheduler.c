/* scheduler.c - scheduler: an agenda under a lock, and the loop that works through it.
 *
 * `lock` protects everything but the functions and the clock, which never change. It is an RLock because timefunc
 * is called with it held, but by enter, and may come back. Nothing else is called while it is held but the allocator:
 * an action and a delayfunc run without it. A run() that sleeps does so at `changed`, and whoever makes another event
 * the first wakes all sleepers: each then sleeps for the new one.
 */
#include <errno.h>
#include <stdlib.h>

#include <thrum/threading/condition.h>
#include <thrum/threading/deadlock.h>
#include <thrum/threading/with.h>

#include "base/memory.h"
#include "sched/agenda.h"
#include "time/time_internal.h"

struct thrum_scheduler {
    thrum_rlock lock;
    thrum_condition changed; /* bound to lock: there is another first event, or none */
    uint32_t sleepers;       /* threads at `changed` */
    thrum__agenda agenda;
    thrum_scheduler_options with;
};

static int64_t monotonic(void *clock) {
    (void)clock;
    return thrum_monotonic_ns();
}

int thrum_scheduler_new(thrum_scheduler **ret_scheduler, const thrum_scheduler_options *options) {
    thrum_scheduler *scheduler = thrum__calloc(1, sizeof *scheduler);
    if (!scheduler)
        return -ENOMEM;
    scheduler->changed = (thrum_condition)THRUM_CONDITION_INIT_RLOCK(&scheduler->lock);
    if (options)
        scheduler->with = *options;
    if (!scheduler->with.timefunc)
        scheduler->with.timefunc = monotonic;
    *ret_scheduler = scheduler;
    return 0;
}

thrum_scheduler *thrum_scheduler_free(thrum_scheduler *scheduler) {
    if (scheduler) {
        thrum_lock_order_forget(&scheduler->lock);
        thrum__agenda_free(&scheduler->agenda);
        free(scheduler);
    }
    return NULL;
}

static int64_t now_of(const thrum_scheduler *scheduler) {
    return scheduler->with.timefunc(scheduler->with.clock);
}

static int64_t span(int64_t from, int64_t to) {
    int64_t difference;
    if (!__builtin_sub_overflow(to, from, &difference))
        return difference;
    return to < from ? INT64_MIN : INT64_MAX;
}

static bool too_long(thrum_timeout timeout) {
    return timeout.ns > THRUM_TIMEOUT_MAX.ns && timeout.ns != THRUM_FOREVER.ns;
}

/* `timeout` from now, where FOREVER from any time is never. */
static int64_t later(const thrum_scheduler *scheduler, thrum_timeout timeout) {
    return timeout.ns == THRUM_FOREVER.ns ? THRUM__NEVER : thrum__add_saturated(now_of(scheduler), timeout.ns);
}

/* Under the lock: the first event is another one. */
static void wake_sleepers(thrum_scheduler *scheduler) {
    if (scheduler->sleepers > 0)
        (void)thrum_condition_notify_all(&scheduler->changed); /* cannot fail: the lock is held */
}

int thrum_scheduler_enterabs(thrum_scheduler *scheduler, thrum_deadline time, int priority, thrum_target *action,
                             void *argument, thrum_scheduler_event *ret_event) {
    if (!action)
        return THRUM_VALUE_ERROR;
    thrum_scheduler_event event = {
        .time = time, .priority = priority, .action = action, .argument = argument, .scheduler_ = scheduler};
    THRUM_GUARD(&scheduler->lock);
    int r = thrum__agenda_add(&scheduler->agenda, &event);
    if (r < 0)
        return r;
    if (thrum__agenda_find(&scheduler->agenda, &event) == 0)
        wake_sleepers(scheduler);
    if (ret_event)
        *ret_event = event;
    return 0;
}

int thrum_scheduler_enter(thrum_scheduler *scheduler, thrum_timeout delay, int priority, thrum_target *action,
                          void *argument, thrum_scheduler_event *ret_event) {
    if (too_long(delay))
        return THRUM_OVERFLOW_ERROR;
    thrum_deadline time = {later(scheduler, delay)};
    return thrum_scheduler_enterabs(scheduler, time, priority, action, argument, ret_event);
}

int thrum_scheduler_cancel(thrum_scheduler *scheduler, const thrum_scheduler_event *event) {
    if (event->scheduler_ != scheduler)
        return THRUM_VALUE_ERROR;
    THRUM_GUARD(&scheduler->lock);
    uint32_t place = thrum__agenda_find(&scheduler->agenda, event);
    if (place == scheduler->agenda.count)
        return THRUM_VALUE_ERROR;
    thrum__agenda_remove(&scheduler->agenda, place);
    if (place == 0)
        wake_sleepers(scheduler);
    return 0;
}

bool thrum_scheduler_empty(thrum_scheduler *scheduler) {
    THRUM_GUARD(&scheduler->lock);
    return scheduler->agenda.count == 0;
}

static int in_order(const void *a, const void *b) {
    const thrum_scheduler_event *x = a, *y = b;
    if (x->time.ns != y->time.ns)
        return x->time.ns < y->time.ns ? -1 : 1;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* All events as they stand in the heap. */
static int copy_events(thrum_scheduler *scheduler, thrum_scheduler_event **ret_events, size_t *ret_count) {
    THRUM_GUARD(&scheduler->lock);
    uint32_t count = scheduler->agenda.count;
    thrum_scheduler_event *events = thrum__calloc((size_t)count + 1, sizeof *events); /* one more: never of size 0 */
    if (!events)
        return -ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        events[i] = thrum__agenda_at(&scheduler->agenda, i);
        events[i].scheduler_ = scheduler;
    }
    *ret_events = events;
    *ret_count = count;
    return 0;
}

int thrum_scheduler_queue(thrum_scheduler *scheduler, thrum_scheduler_event **ret_events, size_t *ret_count) {
    int r = copy_events(scheduler, ret_events, ret_count);
    if (r == 0)
        qsort(*ret_events, *ret_count, sizeof **ret_events, in_order);
    return r;
}

typedef enum next { NOTHING, LATER, DUE } next;

/* Under the lock: take the first event out when it is due and not after `end`. Otherwise *ret_delay is how long it is
 * until it or until the end, whichever comes first. */
static next look(thrum_scheduler *scheduler, int64_t end, thrum_scheduler_event *ret_event, int64_t *ret_delay) {
    if (scheduler->agenda.count == 0)
        return NOTHING;
    int64_t now = now_of(scheduler);
    if (scheduler->agenda.count == 0) /* timefunc may have cancelled it */
        return NOTHING;
    int64_t time = scheduler->agenda.entries[0].time;
    if (time > now || time > end) {
        *ret_delay = span(now, time < end ? time : end);
        return LATER;
    }
    *ret_event = thrum__agenda_at(&scheduler->agenda, 0);
    thrum__agenda_remove(&scheduler->agenda, 0);
    wake_sleepers(scheduler);
    return DUE;
}

/* Unchecked: called with the lock held, and holding it on return; in between it is free. */
static int call(thrum_scheduler *scheduler, const thrum_scheduler_event *event) THRUM_UNCHECKED {
    (void)thrum_rlock_release(&scheduler->lock); /* cannot fail: it is held */
    int r = event->action(event->argument);
    if (r == 0 && scheduler->with.delayfunc)
        r = scheduler->with.delayfunc(scheduler->with.clock, THRUM_NOWAIT);
    thrum_rlock_acquire(&scheduler->lock);
    return r;
}

/* Likewise: let time pass. A span beyond what one wait can take is waited for in parts. */
static int delay_for(thrum_scheduler *scheduler, int64_t delay) THRUM_UNCHECKED {
    thrum_timeout timeout = {delay < THRUM_TIMEOUT_MAX.ns ? delay : THRUM_TIMEOUT_MAX.ns};
    if (!scheduler->with.delayfunc) {
        scheduler->sleepers++;
        (void)!thrum_condition_wait_timed(&scheduler->changed, timeout); /* woken or not, the caller looks again */
        scheduler->sleepers--;
        return 0;
    }
    (void)thrum_rlock_release(&scheduler->lock);
    int r = scheduler->with.delayfunc(scheduler->with.clock, timeout);
    thrum_rlock_acquire(&scheduler->lock);
    return r;
}

/* Call what is due at its time, up to `end`. */
static int run_until(thrum_scheduler *scheduler, int64_t end) {
    thrum_scheduler_event event;
    int64_t delay = 0;
    next what;
    int r = 0;
    THRUM_GUARD(&scheduler->lock);
    while (r == 0 && (what = look(scheduler, end, &event, &delay)) != NOTHING) {
        if (what == DUE)
            r = call(scheduler, &event);
        else
            r = delay > 0 ? delay_for(scheduler, delay) : THRUM_TIMED_OUT;
    }
    return r;
}

int thrum_scheduler_run(thrum_scheduler *scheduler) {
    return run_until(scheduler, THRUM__NEVER);
}

int thrum_scheduler_run_timed(thrum_scheduler *scheduler, thrum_timeout timeout) {
    if (too_long(timeout))
        return THRUM_OVERFLOW_ERROR;
    return run_until(scheduler, later(scheduler, timeout.ns < 0 ? THRUM_NOWAIT : timeout));
}

int thrum_scheduler_run_nowait(thrum_scheduler *scheduler, thrum_timeout *ret_delay) {
    thrum_scheduler_event event;
    int64_t delay = THRUM__NEVER;
    next what;
    int r = 0;
    THRUM_GUARD(&scheduler->lock);
    while (r == 0 && (what = look(scheduler, THRUM__NEVER, &event, &delay)) == DUE)
        r = call(scheduler, &event);
    if (r == 0)
        ret_delay->ns = what == LATER ? delay : THRUM__NEVER;
    return r;
}
