/* barrier.c - Barrier.
 *
 * The state: how many threads have come in the low bits, and above them what the barrier does. All changes are made
 * under the latch of the barrier's queue; others read it as a snapshot. FILLING    threads come and queue; -> FILLING
 * with none inside when the last has come and there is no action ACTING     all have come, the last one runs the
 * action; newcomers queue behind them; -> FILLING, or BROKEN when it fails BROKEN     somebody gave up; -> FILLING by
 * reset An abort during the action adds ABORTED | BROKEN, of which a reset takes BROKEN away; ACTING stays until the
 * action is over. When a meeting takes place or fails, all its threads are taken out of the queue and told so in the
 * same moment. So there is no state in which it breaks up: Python's draining and resetting last no time here, and
 * nobody has to wait for them.
 */
#include <stdio.h>

#include <thrum/threading/barrier.h>

#include "base/hooks.h"
#include "park/queue.h"
#include "time/time_internal.h"

enum { COUNT = THRUM_BARRIER_MAX, FILLING = 0, ACTING = 0x1000000, BROKEN = 0x2000000, ABORTED = 0x4000000 };

/* What a woken thread is told. */
enum { PASSED, FAILED, ENTER_AGAIN };

static uint32_t state_of(const thrum_barrier *barrier) {
    /* Relaxed: a snapshot, or read under the latch. */
    return __atomic_load_n(&barrier->state_, __ATOMIC_RELAXED);
}

static void set_state(thrum_barrier *barrier, uint32_t state) {
    /* Relaxed: what threads conclude from it they conclude under the latch. */
    __atomic_store_n(&barrier->state_, state, __ATOMIC_RELAXED);
}

/* Take the `n` that came first out of the queue, to be told `token`. */
static void dismiss(thrum__queue *queue, thrum_barrier *barrier, uint32_t n, uint32_t token, thrum__wakes *wakes) {
    thrum__record *record = thrum__queue_first(queue, barrier);
    for (; record && n > 0; n--) {
        thrum__record *next = thrum__queue_next(record, barrier);
        thrum__wakes_add(wakes, queue, record, token);
        record = next;
    }
}

/* End what goes on, in the given state, and tell everybody that it failed. */
static void fail_all(thrum__queue *queue, thrum_barrier *barrier, uint32_t state, thrum__wakes *wakes) {
    dismiss(queue, barrier, UINT32_MAX, FAILED, wakes);
    set_state(barrier, state);
}

/* The last to come, with an action: run it, without the latch, and then let the others go. */
static int act(thrum_barrier *barrier, uint32_t place) {
    int error = barrier->action_(barrier->arg_);
    thrum__wakes wakes;
    thrum__queue *queue = thrum__queue_lock(barrier);
    thrum__wakes_init(&wakes);
    uint32_t state = state_of(barrier);
    if (error) {
        fail_all(queue, barrier, BROKEN, &wakes);
    } else {
        if (!(state & ABORTED))
            dismiss(queue, barrier, place, PASSED, &wakes);
        dismiss(queue, barrier, UINT32_MAX, ENTER_AGAIN, &wakes);
        set_state(barrier, state & BROKEN);
    }
    thrum__queue_unlock(queue);
    thrum__wakes_deliver(&wakes);
    return error ? error : state & ABORTED ? THRUM_BROKEN_BARRIER : (int)place;
}

/* The last to come; called with the latch, returns without it. */
static int meet(thrum__queue *queue, thrum_barrier *barrier, uint32_t place) {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    if (barrier->action_) {
        set_state(barrier, ACTING | (place + 1));
        thrum__queue_unlock(queue);
        return act(barrier, place);
    }
    dismiss(queue, barrier, place, PASSED, &wakes);
    set_state(barrier, FILLING);
    thrum__queue_unlock(queue);
    thrum__wakes_deliver(&wakes);
    return (int)place;
}

/* The time has passed for a thread that waits: the meeting fails for all. When all have come already, the thread
 * waits for the outcome of the action after all. Either way it is told what happened. */
static void give_up(thrum_barrier *barrier, const thrum__record *me) {
    thrum__wakes wakes;
    thrum__queue *queue = thrum__queue_lock(barrier);
    thrum__wakes_init(&wakes);
    /* Relaxed: only under this latch does the key change. Not queued: a delivery, good or bad, is on its way. */
    bool queued = __atomic_load_n(&me->key, __ATOMIC_RELAXED) == barrier;
    if (queued && !(state_of(barrier) & ACTING))
        fail_all(queue, barrier, BROKEN, &wakes); /* tells this thread as well */
    thrum__queue_unlock(queue);
    thrum__wakes_deliver(&wakes);
}

/* Wait for the others, queued; called with the latch, returns without it. Returns what the thread is told. */
static uint32_t wait_for_others(thrum__queue *queue, thrum_barrier *barrier, uint32_t others, int64_t deadline,
                                const void *site) {
    thrum__record *me = thrum__record_self();
    thrum__wait wait = thrum__wait_for(THRUM__KIND_BARRIER, barrier, NULL, deadline, site);
    thrum__queue_push(queue, me, barrier, &wait);
    thrum__queue_unlock(queue);
    if (!thrum__doze(me, deadline, others)) {
        give_up(barrier, me);
        thrum__doze_at_once(me, THRUM__NEVER);
    }
    return me->token;
}

static int wait_at(thrum_barrier *barrier, int64_t deadline, const void *site) {
    if (barrier->parties_ == 0 || barrier->parties_ > THRUM_BARRIER_MAX)
        return THRUM_VALUE_ERROR;
    uint32_t token = ENTER_AGAIN, place = 0;
    while (token == ENTER_AGAIN) {
        thrum__point(barrier, THRUM__POINT_WRITE);
        thrum__queue *queue = thrum__queue_lock(barrier);
        thrum__note(barrier, THRUM__NOTE_GIVES); /* to the last, who gives it to all */
        thrum__note(barrier, THRUM__NOTE_TAKES);
        uint32_t state = state_of(barrier);
        if (state & BROKEN) {
            thrum__queue_unlock(queue);
            return THRUM_BROKEN_BARRIER;
        }
        place = state & COUNT;
        if (!(state & ACTING) && place + 1 == barrier->parties_)
            return meet(queue, barrier, place);
        if (!(state & ACTING))
            set_state(barrier, state + 1);
        token = wait_for_others(queue, barrier, barrier->parties_ - 1, deadline, site);
    }
    return token == PASSED ? (int)place : THRUM_BROKEN_BARRIER;
}

int thrum_barrier_wait(thrum_barrier *barrier) {
    thrum_timeout limit = barrier->timeout_ns_ ? (thrum_timeout){barrier->timeout_ns_} : THRUM_FOREVER;
    return wait_at(barrier, thrum_deadline_after(limit).ns, __builtin_return_address(0));
}

int thrum_barrier_wait_timed(thrum_barrier *barrier, thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : wait_at(barrier, deadline, __builtin_return_address(0));
}

void thrum_barrier_reset(thrum_barrier *barrier) {
    thrum__wakes wakes;
    thrum__point(barrier, THRUM__POINT_WRITE);
    thrum__queue *queue = thrum__queue_lock(barrier);
    thrum__wakes_init(&wakes);
    if (state_of(barrier) & ACTING)
        set_state(barrier,
                  state_of(barrier) & ~(uint32_t)BROKEN); /* the meeting takes place, or was aborted before */
    else
        fail_all(queue, barrier, FILLING, &wakes);
    thrum__queue_unlock(queue);
    thrum__wakes_deliver(&wakes);
}

void thrum_barrier_abort(thrum_barrier *barrier) {
    thrum__wakes wakes;
    thrum__point(barrier, THRUM__POINT_WRITE);
    thrum__queue *queue = thrum__queue_lock(barrier);
    thrum__wakes_init(&wakes);
    fail_all(queue, barrier, BROKEN | (state_of(barrier) & ACTING ? ACTING | ABORTED : 0), &wakes);
    thrum__queue_unlock(queue);
    thrum__wakes_deliver(&wakes);
}

int thrum_barrier_init(thrum_barrier *barrier, uint32_t parties, const thrum_barrier_options *options) {
    static const thrum_barrier_options defaults;
    int64_t deadline, limit;
    if (!options)
        options = &defaults;
    limit = options->timeout.ns == THRUM__NEVER ? 0 : options->timeout.ns;
    if (parties == 0 || parties > THRUM_BARRIER_MAX ||
        thrum__deadline(options->timeout, THRUM__REFUSE_NEGATIVE, &deadline) < 0)
        return THRUM_VALUE_ERROR;
    *barrier = (thrum_barrier){parties, FILLING, options->action, options->arg, limit};
    return 0;
}

uint32_t thrum_barrier_parties(const thrum_barrier *barrier) {
    return barrier->parties_;
}

uint32_t thrum_barrier_n_waiting(const thrum_barrier *barrier) {
    return state_of(barrier) & COUNT;
}

bool thrum_barrier_broken(const thrum_barrier *barrier) {
    return state_of(barrier) & BROKEN;
}

void thrum_barrier_at_fork_reinit(thrum_barrier *barrier) {
    barrier->state_ = FILLING;
}

int thrum_barrier_repr(const thrum_barrier *barrier, char *buffer, size_t size) {
    if (thrum_barrier_broken(barrier))
        return snprintf(buffer, size, "<thrum_barrier at %p: broken>", (const void *)barrier);
    return snprintf(buffer, size, "<thrum_barrier at %p: waiters=%u/%u>", (const void *)barrier,
                    thrum_barrier_n_waiting(barrier), barrier->parties_);
}
