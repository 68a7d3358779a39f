/* semaphore.c - Semaphore and BoundedSemaphore.
 *
 * The word:
 *     n                    n permits, nobody waits
 *     WAITERS              no permit, threads may be queued
 *     n | WAITERS          permits that are about to be handed to the threads queued; or nobody is queued any more
 * Moves: n -> n - 1 by acquire; n -> n + k by release, with WAITERS or without; 0 -> WAITERS under the latch of the
 * semaphore's queue, by a thread about to queue itself; n | WAITERS -> m [| WAITERS] under the latch, by settle(),
 * which hands each permit to the thread that has waited longest; n | WAITERS -> n - 1 under the latch when nobody is
 * queued. Permits go to those who wait, and only the rest to those who come: so nobody is overtaken.
 */
#include <stdio.h>

#include <thrum/threading/semaphore.h>

#include "base/hooks.h"
#include "park/queue.h"
#include "park/signal.h"
#include "time/time_internal.h"

#define WAITERS 0x80000000u

static uint32_t word_of(const thrum_semaphore *sem) {
    /* Relaxed: every decision on it is confirmed by a compare-and-exchange. */
    return __atomic_load_n(&sem->word_, __ATOMIC_RELAXED);
}

static bool exchange(thrum_semaphore *sem, uint32_t from, uint32_t to) {
    thrum__point(sem, THRUM__POINT_ATOMIC);
    thrum__note(sem, to > from ? THRUM__NOTE_GIVES : THRUM__NOTE_TAKES);
    /* Acquire and release: a permit given here pairs with the acquire that takes it, and what acquires pairs with
     * what gave. Relaxed on failure: nothing is concluded then. */
    return __atomic_compare_exchange_n(&sem->word_, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Under the latch: hand permits to waiting threads. Touches the semaphore only when some wait, or the caller keeps it
 * alive. */
static void hand_out(thrum__queue *queue, thrum_semaphore *sem, thrum__wakes *wakes) {
    uint32_t permits, taken = 0, word = word_of(sem);
    thrum__record *record = thrum__queue_first(queue, sem);
    for (permits = word & ~WAITERS; record && taken < permits; taken++) {
        thrum__record *next = thrum__queue_next(record, sem);
        thrum__wakes_add(wakes, queue, record, 0);
        record = next;
    }
    uint32_t waiters = record ? WAITERS : 0;
    while (!exchange(sem, word, ((word & ~WAITERS) - taken) | waiters))
        word = word_of(sem); /* a signal handler gave more; while WAITERS is set nobody else takes or gives */
}

/* Who waits at the address may wait for something else: what was a semaphore when a release gave a permit can be
 * another object by the time that release comes to look. */
static void settle(thrum__queue *queue, void *object, thrum__wakes *wakes) {
    const thrum__record *first = thrum__queue_first(queue, object);
    if (first && first->wait.kind == THRUM__KIND_SEMAPHORE)
        hand_out(queue, object, wakes);
}

/* Under the latch: take a permit after all (true), or see to it that release looks at the queue. The bit can be left
 * over from threads whose time ran out, in front of permits that were given since; where threads are queued the
 * permits are theirs. */
static bool take_or_mark(const thrum__queue *queue, thrum_semaphore *sem) {
    for (;;) {
        uint32_t word = word_of(sem), permits = word & ~WAITERS;
        if (permits > 0 && thrum__queue_first(queue, sem))
            return false;
        if (permits > 0 && exchange(sem, word, permits - 1))
            return true;
        if (permits == 0 && exchange(sem, word, WAITERS))
            return false;
    }
}

/* At once: permits behind a bit that threads left over whose time ran out are free all the same. A handler that has
 * interrupted the waiting room cannot look, and does without. */
static int take_left_over(thrum_semaphore *sem) {
    if ((word_of(sem) & ~WAITERS) == 0 || thrum__signal_inside)
        return THRUM_TIMED_OUT;
    thrum__queue *queue = thrum__queue_lock(sem);
    uint32_t word = word_of(sem);
    bool taken = false;
    while (!taken && (word & ~WAITERS) > 0 && !thrum__queue_first(queue, sem)) {
        taken = exchange(sem, word, (word & ~WAITERS) - 1);
        word = word_of(sem);
    }
    thrum__queue_unlock(queue);
    return taken ? 0 : THRUM_TIMED_OUT;
}

/* The time has passed. A permit that was given meanwhile and not handed on yet belongs to whoever has waited longest,
 * also to this thread: whoever has seen it, and was refused because threads are queued, was refused rightly only if
 * one of them takes it. */
static int give_up(thrum_semaphore *sem, thrum__record *me) {
    thrum__wakes wakes;
    thrum__queue *queue = thrum__queue_lock(sem);
    settle(queue, sem, thrum__wakes_init(&wakes));
    /* Relaxed: only under this latch does the key change from `sem` to another. */
    bool queued = __atomic_load_n(&me->key, __ATOMIC_RELAXED) == sem;
    if (queued)
        thrum__queue_remove(queue, me);
    thrum__queue_unlock(queue);
    thrum__wakes_deliver(&wakes);
    if (queued)
        return THRUM_TIMED_OUT;
    thrum__doze_at_once(me, THRUM__NEVER);
    return 0;
}

static int wait_for_permit(thrum_semaphore *sem, int64_t deadline, const void *site) {
    thrum__record *me = thrum__record_self();
    thrum__wait wait = thrum__wait_for(THRUM__KIND_SEMAPHORE, sem, NULL, deadline, site);
    wait.settle = settle;
    thrum__queue *queue = thrum__queue_lock(sem);
    if (take_or_mark(queue, sem)) {
        thrum__queue_unlock(queue);
        return 0;
    }
    thrum__queue_push(queue, me, sem, &wait);
    thrum__queue_unlock(queue);
    return thrum__doze(me, deadline, 1) ? 0 : give_up(sem, me);
}

static int acquire(thrum_semaphore *sem, int64_t deadline, const void *site) {
    thrum__point(sem, THRUM__POINT_WRITE);
    if (thrum_semaphore_take_(sem)) {
        thrum__note(sem, THRUM__NOTE_TAKES);
        return 0;
    }
    return deadline == INT64_MIN ? take_left_over(sem) : wait_for_permit(sem, deadline, site);
}

/* A thread that the library did not know is known from here on, and takes the fast path. Release and try_acquire
 * cannot see to that: signal handlers may call them. */
void thrum_semaphore_acquire_slow_(thrum_semaphore *sem) {
    (void)thrum__record_self();
    (void)acquire(sem, THRUM__NEVER, __builtin_return_address(0)); /* without a limit it cannot fail */
}

int thrum_semaphore_acquire_timed(thrum_semaphore *sem, thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : acquire(sem, deadline, __builtin_return_address(0));
}

int thrum_semaphore_release_slow_(thrum_semaphore *sem, uint32_t n) {
    thrum__point(sem, THRUM__POINT_WRITE);
    if (n == 0)
        return THRUM_VALUE_ERROR;
    uint32_t word, permits, bound = sem->bound_;
    do {
        word = word_of(sem);
        permits = word & ~WAITERS;
        if (bound != 0 && (uint64_t)permits + n >= bound)
            return THRUM_VALUE_ERROR;
        if (n > THRUM_SEMAPHORE_MAX - permits)
            return THRUM_OVERFLOW_ERROR;
    } while (!exchange(sem, word, word + n));
    /* From here on the semaphore may be gone: whoever took a permit may have freed it. settle() looks for waiters
     * first. */
    if (word & WAITERS)
        thrum__signal_settle(settle, sem);
    return 0;
}

static int init(thrum_semaphore *sem, int32_t value, uint32_t bound) {
    if (value < 0)
        return THRUM_VALUE_ERROR;
    *sem = (thrum_semaphore){(uint32_t)value, bound};
    return 0;
}

int thrum_semaphore_init(thrum_semaphore *sem, int32_t value) {
    return init(sem, value, 0);
}

int thrum_bounded_semaphore_init(thrum_semaphore *sem, int32_t value) {
    return init(sem, value, (uint32_t)value + 1);
}

uint32_t thrum_semaphore_value(const thrum_semaphore *sem) {
    return word_of(sem) & ~WAITERS;
}

void thrum_semaphore_at_fork_reinit(thrum_semaphore *sem, uint32_t value) {
    sem->word_ = value & ~WAITERS;
}

int thrum_semaphore_repr(const thrum_semaphore *sem, char *buffer, size_t size) {
    unsigned value = thrum_semaphore_value(sem);
    if (sem->bound_ == 0)
        return snprintf(buffer, size, "<thrum_semaphore at %p: value=%u>", (const void *)sem, value);
    return snprintf(buffer, size, "<thrum_semaphore at %p: value=%u/%u>", (const void *)sem, value, sem->bound_ - 1);
}
