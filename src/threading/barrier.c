/* barrier.c - Barrier: a meeting (park/meeting.h) of a certain number of threads.
 *
 * The meeting's word has who is inside. Its state: how many have come in the low bits, and above them what the
 * barrier does.
 *     FILLING    threads come; -> FILLING with none inside when the last has come and there is no action
 *     ACTING     all have come, the last one runs the action; newcomers are inside too, but not counted; -> FILLING
 *                with none inside, or BROKEN when it fails
 *     BROKEN     somebody gave up; -> FILLING by reset
 * An abort during the action adds ABORTED | BROKEN, of which a reset takes BROKEN away; ACTING stays until the action
 * is over. When a meeting takes place or fails, all its threads are taken out and told so in the same moment. So
 * there is no state in which it breaks up: Python's draining and resetting last no time here, and nobody has to wait
 * for them.
 */
#include <stdio.h>

#include <thrum/threading/barrier.h>

#include "park/meeting.h"
#include "time/time_internal.h"

enum { COUNT = THRUM_BARRIER_MAX, FILLING = 0, ACTING = 0x1000000, BROKEN = 0x2000000, ABORTED = 0x4000000 };

/* What a thread inside is told. */
enum { PASSED, FAILED, ENTER_AGAIN };

static uint32_t state_of(const thrum_barrier *barrier) {
    return (uint32_t)thrum__meeting_look(&barrier->meeting_);
}

/* The last to come, with an action: run it, with everybody inside, and then let them go. */
static int act(thrum_barrier *barrier, uint32_t place) {
    int error = barrier->action_(barrier->arg_);
    uint64_t seen = thrum__meeting_look(&barrier->meeting_);
    while (!thrum__meeting_take(&barrier->meeting_, &seen, error ? BROKEN : (uint32_t)seen & BROKEN))
        ;
    if (error)
        thrum__meeting_disappoint(seen, FAILED);
    else
        thrum__meeting_keep(seen); /* after an abort there are newcomers only */
    return error ? error : (uint32_t)seen & ABORTED ? THRUM_BROKEN_BARRIER : (int)place;
}

/* The last to come. False when the word is not *seen any more. */
static bool complete(thrum_barrier *barrier, uint64_t *seen, uint32_t place, int *ret_result) {
    if (barrier->action_) {
        if (!thrum__meeting_change(&barrier->meeting_, seen, ACTING | (place + 1)))
            return false;
        *ret_result = act(barrier, place);
        return true;
    }
    if (!thrum__meeting_take(&barrier->meeting_, seen, FILLING))
        return false;
    thrum__meeting_keep(*seen);
    *ret_result = (int)place;
    return true;
}

/* The time has passed for a thread that waits: the meeting fails for all, this thread included. When all have come
 * already, it waits for the outcome of the action after all. Either way it is told what happened. */
static void give_up(thrum_barrier *barrier) {
    thrum__queue *queue = thrum__meeting_hold(&barrier->meeting_);
    if (!queue)
        return;
    uint64_t seen = thrum__meeting_look(&barrier->meeting_);
    bool failed = false;
    while (!failed && !((uint32_t)seen & ACTING))
        failed = thrum__meeting_take_held(queue, &barrier->meeting_, &seen, BROKEN);
    thrum__queue_unlock(queue);
    if (failed)
        thrum__meeting_disappoint(seen, FAILED);
}

/* A limit begins when the thread is counted, as in Python: who waits for the end of an action has none yet. */
static int64_t deadline_of(thrum_timeout limit, bool counts) {
    int64_t deadline = THRUM__NEVER;
    if (counts)
        (void)thrum__deadline(limit, THRUM__NEGATIVE_IS_EXPIRED, &deadline); /* cannot fail: it is a good span */
    return deadline;
}

/* Come as one of several. False when the word is not *seen any more. */
static bool join(thrum_barrier *barrier, uint64_t *seen, thrum_timeout limit, const void *site, uint32_t *ret_token) {
    uint32_t state = (uint32_t)*seen;
    bool counts = !(state & ACTING);
    int64_t deadline = deadline_of(limit, counts);
    thrum__wait wait = {
        .kind = THRUM__KIND_BARRIER, .forever = deadline == THRUM__NEVER, .object = barrier, .site = site};
    uint32_t others = barrier->parties_ - 1;
    if (!thrum__meeting_join(&barrier->meeting_, seen, state + counts, counts ? PASSED : ENTER_AGAIN, &wait))
        return false;
    if (!thrum__meeting_wait(&wait, deadline, others)) {
        give_up(barrier);
        thrum__doze_at_once(thrum__me, THRUM__NEVER);
    }
    *ret_token = thrum__me->token;
    return true;
}

static int wait_at(thrum_barrier *barrier, thrum_timeout limit, const void *site) {
    if (barrier->parties_ == 0 || barrier->parties_ > THRUM_BARRIER_MAX)
        return THRUM_VALUE_ERROR;
    uint64_t seen = thrum__meeting_look(&barrier->meeting_);
    for (;;) {
        uint32_t token, state = (uint32_t)seen, place = state & COUNT;
        int result;
        if (state & BROKEN)
            return THRUM_BROKEN_BARRIER;
        if (!(state & ACTING) && place + 1 == barrier->parties_) {
            if (complete(barrier, &seen, place, &result))
                return result;
        } else if (join(barrier, &seen, limit, site, &token)) {
            if (token != ENTER_AGAIN)
                return token == PASSED ? (int)place : THRUM_BROKEN_BARRIER;
            seen = thrum__meeting_look(&barrier->meeting_);
        }
    }
}

int thrum_barrier_wait(thrum_barrier *barrier) {
    thrum_timeout limit = barrier->timeout_ns_ ? (thrum_timeout){barrier->timeout_ns_} : THRUM_FOREVER;
    return wait_at(barrier, limit, __builtin_return_address(0));
}

int thrum_barrier_wait_timed(thrum_barrier *barrier, thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : wait_at(barrier, timeout, __builtin_return_address(0));
}

void thrum_barrier_reset(thrum_barrier *barrier) {
    uint64_t seen = thrum__meeting_look(&barrier->meeting_);
    for (;;) {
        uint32_t state = (uint32_t)seen;
        if (state & ACTING) { /* the meeting takes place, or was aborted before */
            if (thrum__meeting_change(&barrier->meeting_, &seen, state & ~(uint32_t)BROKEN))
                return;
        } else if (thrum__meeting_take(&barrier->meeting_, &seen, FILLING)) {
            thrum__meeting_disappoint(seen, FAILED);
            return;
        }
    }
}

void thrum_barrier_abort(thrum_barrier *barrier) {
    uint64_t seen = thrum__meeting_look(&barrier->meeting_);
    while (!thrum__meeting_take(&barrier->meeting_, &seen, BROKEN | ((uint32_t)seen & ACTING ? ACTING | ABORTED : 0)))
        ;
    thrum__meeting_disappoint(seen, FAILED);
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
    barrier->meeting_ = FILLING;
}

int thrum_barrier_repr(const thrum_barrier *barrier, char *buffer, size_t size) {
    if (thrum_barrier_broken(barrier))
        return snprintf(buffer, size, "<thrum_barrier at %p: broken>", (const void *)barrier);
    return snprintf(buffer, size, "<thrum_barrier at %p: waiters=%u/%u>", (const void *)barrier,
                    thrum_barrier_n_waiting(barrier), barrier->parties_);
}
