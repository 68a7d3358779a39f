/* event.c - Event.
 *
 * The word:
 *     0                unset, nobody waits
 *     WAITERS          unset, threads may be queued
 *     SET              set; nobody needs to wait
 *     SET | WAITERS    set, and the threads queued are about to be woken
 *     SET | WAITERS | CLEARED    the same, but for all others it is unset again
 * Moves: 0 -> WAITERS under the latch of the event's queue, by a thread about to queue itself. 0 -> SET and WAITERS
 * [| SET | CLEARED] -> SET | WAITERS by set. SET | WAITERS -> SET and, with CLEARED, -> 0 under the latch, by
 * settle(), which takes out everybody queued. SET -> 0 by clear; from SET | WAITERS clear settles first, so that a
 * thread that queues after it is not woken by the set before it. In a signal handler that has interrupted the waiting
 * room it cannot settle and adds CLEARED; then a thread that comes to queue itself settles, and -> WAITERS.
 */
#include <stdio.h>

#include <thrum/threading/event.h>

#include "base/hooks.h"
#include "park/queue.h"
#include "park/signal.h"
#include "time/time_internal.h"

enum { SET = 1, WAITERS = 2, CLEARED = 4 };

static bool exchange(thrum_event *event, uint32_t from, uint32_t to) {
    thrum__point(event, THRUM__POINT_ATOMIC);
    /* Acquire and release: what came before set is seen by whoever finds it set. Relaxed on failure: looked at again.
     */
    return __atomic_compare_exchange_n(&event->word_, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static uint32_t word_of(const thrum_event *event) {
    /* Acquire: pairs with the exchange in set. */
    return __atomic_load_n(&event->word_, __ATOMIC_ACQUIRE);
}

static bool is_set(uint32_t word) {
    return (word & (SET | CLEARED)) == SET;
}

static bool found_set(const thrum_event *event) {
    bool set = is_set(word_of(event));
    if (set)
        thrum__note(event, THRUM__NOTE_TAKES);
    return set;
}

/* Under the latch: take out everybody queued, to be woken. */
static void take_all(thrum__queue *queue, const thrum_event *event, thrum__wakes *wakes) {
    for (thrum__record *record; (record = thrum__queue_first(queue, event)) != NULL;)
        thrum__wakes_add(wakes, queue, record, 0);
}

/* Under the latch: wake everybody queued if the event was set. Without anybody queued it is not touched, for nothing
 * keeps it alive; and who waits at the address may wait for something else, which it has become. */
static void settle(thrum__queue *queue, void *object, thrum__wakes *wakes) {
    thrum_event *event = object;
    const thrum__record *first = thrum__queue_first(queue, event);
    if (!first || first->wait.kind != THRUM__KIND_EVENT)
        return;
    /* While somebody is queued WAITERS stays as it is, and SET goes only by way of clear, which settles first. */
    for (uint32_t word; (word = word_of(event)) & SET;) {
        if (exchange(event, word, word & CLEARED ? 0 : SET)) {
            take_all(queue, event, wakes);
            return;
        }
    }
}

/* Under the latch: false when the event is set after all. Those whom a set before the last clear is about to wake are
 * taken out: they are not to be mixed with who comes now. */
static bool mark(thrum__queue *queue, thrum_event *event, thrum__wakes *wakes) {
    for (;;) {
        uint32_t word = word_of(event);
        if (found_set(event))
            return false;
        if (word == WAITERS)
            return true;
        if (word & CLEARED)
            take_all(queue, event, wakes);
        if (!is_set(word) && exchange(event, word, WAITERS))
            return true;
    }
}

static int wait_until_set(thrum_event *event, int64_t deadline, const void *site) {
    thrum__record *me = thrum__record_self();
    thrum__wait wait = thrum__wait_for(THRUM__KIND_EVENT, event, NULL, deadline, site);
    wait.settle = settle;
    thrum__wakes wakes;
    thrum__queue *queue = thrum__queue_lock(event);
    bool must_wait = mark(queue, event, thrum__wakes_init(&wakes));
    if (must_wait)
        thrum__queue_push(queue, me, event, &wait);
    thrum__queue_unlock(queue);
    thrum__wakes_deliver(&wakes);
    return must_wait ? thrum__park(me, event, deadline) : 0;
}

static int wait_at(thrum_event *event, int64_t deadline, const void *site) {
    thrum__point(event, THRUM__POINT_READ);
    if (found_set(event))
        return 0;
    return deadline == INT64_MIN ? THRUM_TIMED_OUT : wait_until_set(event, deadline, site);
}

bool thrum_event_is_set(const thrum_event *event) {
    thrum__point(event, THRUM__POINT_READ);
    return found_set(event);
}

void thrum_event_set(thrum_event *event) {
    thrum__point(event, THRUM__POINT_WRITE);
    thrum__note(event, THRUM__NOTE_GIVES);
    for (;;) {
        uint32_t word = word_of(event);
        if (word == SET)
            return;
        if (exchange(event, word, (word & WAITERS) | SET)) {
            /* From here on the event may be gone: a thread that saw it set may have freed it. */
            if (word & WAITERS)
                thrum__signal_settle(settle, event);
            return;
        }
    }
}

/* Wake those whom a set that has not come so far yet is about to wake, or take away a bit that nobody needs any more.
 */
static void settle_before_clear(thrum_event *event) {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    thrum__queue *queue = thrum__queue_lock(event);
    settle(queue, event, &wakes);
    exchange(event, SET | WAITERS, SET);
    thrum__queue_unlock(queue);
    thrum__wakes_deliver(&wakes);
}

void thrum_event_clear(thrum_event *event) {
    thrum__point(event, THRUM__POINT_WRITE);
    for (;;) {
        uint32_t word = word_of(event);
        if (!is_set(word) || (word == SET && exchange(event, SET, 0)))
            return;
        if (thrum__signal_inside && exchange(event, SET | WAITERS, SET | WAITERS | CLEARED))
            return; /* whoever set it is about to settle */
        if (word == (SET | WAITERS) && !thrum__signal_inside)
            settle_before_clear(event);
    }
}

int thrum_event_wait(thrum_event *event) {
    return wait_at(event, THRUM__NEVER, __builtin_return_address(0));
}

int thrum_event_wait_timed(thrum_event *event, thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : wait_at(event, deadline, __builtin_return_address(0));
}

void thrum_event_at_fork_reinit(thrum_event *event) {
    event->word_ = is_set(event->word_) ? SET : 0;
}

int thrum_event_repr(const thrum_event *event, char *buffer, size_t size) {
    return snprintf(buffer, size, "<thrum_event at %p: %s>", (const void *)event,
                    is_set(word_of(event)) ? "set" : "unset");
}
