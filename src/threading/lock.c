/* lock.c - Lock: the slow halves of acquire and release.
 *
 * What a contended lock costs is mostly moving: its own cache line and the data that it protects go from CPU to CPU,
 * and threads go to sleep and are woken. So a thread that finds the lock taken leaves the owner alone. It looks again
 * after pauses that double, and the owner takes and releases the lock meanwhile as often as it likes, at the speed of
 * its own cache; then it sleeps, and is woken when there is something to get. A woken thread does the same: it stays
 * awake for some microseconds, so that the owner need not wake it again at its next release. One that has been out of
 * luck for a millisecond is handed the lock, so nobody starves.
 */
#include <stdio.h>

#include "base/hooks.h"
#include "threading/deadlock_internal.h"
#include "threading/lock_internal.h"
#include "time/time_internal.h"

enum {
    first_pause_ns = 250, /* between the first two looks; with less the lock only changes hands more often */
    last_pause_ns = 8000, /* before the last: 16 us in all, about what a wake-up across CPUs costs */
    patience_ns = 1000000 /* as long as a thread lets itself be overtaken */
};

static uint32_t word_of(const thrum_lock *lock) {
    /* Relaxed: every decision on it is confirmed by a compare-and-exchange. */
    return __atomic_load_n(&lock->word_, __ATOMIC_RELAXED);
}

static uint32_t owner_of(uint32_t word) {
    return word & THRUM__ID_MASK;
}

static bool exchange(thrum_lock *lock, uint32_t from, uint32_t to, int order) {
    thrum__point(lock, THRUM__POINT_ATOMIC);
    /* Relaxed on failure: nothing is concluded from the word then. */
    return __atomic_compare_exchange_n(&lock->word_, &from, to, false, order, __ATOMIC_RELAXED);
}

static bool take(thrum_lock *lock, uint32_t as) {
    /* Acquire: pairs with the release exchanges of the inline release, thrum__lock_release() and pass_on(). */
    return word_of(lock) == 0 && exchange(lock, 0, as, __ATOMIC_ACQUIRE);
}

/* A pause between two looks; false at once when the limit comes before its end. Where operations are watched it is a
 * place at which others have their turn, and no time. */
static bool pause_for(const thrum__claim *claim, int64_t ns) {
    if (thrum__hooks_get() == NULL)
        return thrum__spin_for(ns, claim->deadline);
    thrum__point(claim->lock, THRUM__POINT_ATOMIC);
    return thrum_monotonic_ns() < claim->deadline;
}

/* Each pause is as long as all before it together, so a thread comes too late by no more than it has waited anyway.
 * Where threads are queued, the next release wakes one, and more of them awake would only be in each other's way.
 * Where operations are watched one pause, on any machine, is enough to see what may come in between. */
static bool look(const thrum__claim *claim, uint32_t as) {
    if (take(claim->lock, as))
        return true;
    bool watched = thrum__hooks_get() != NULL;
    if (!watched && !thrum__spin_pays())
        return false;
    for (int64_t ns = watched ? last_pause_ns : first_pause_ns; ns <= last_pause_ns; ns *= 2) {
        if (word_of(claim->lock) & THRUM__LOCK_WAITERS || !pause_for(claim, ns))
            return false;
        if (take(claim->lock, as))
            return true;
    }
    return false;
}

/* Under the latch: take the lock after all (true), or make its holder's release look at the queue. */
static bool take_or_mark(thrum_lock *lock, const thrum__queue *queue, uint32_t self) {
    for (;;) {
        uint32_t word = word_of(lock);
        if (word == 0) {
            if (take(lock, thrum__queue_first(queue, lock) ? self | THRUM__LOCK_WAITERS : self))
                return true;
        } else if (word & THRUM__LOCK_WAITERS ||
                   /* Relaxed: the bit sends releases under this latch, which orders them. */
                   exchange(lock, word, word | THRUM__LOCK_WAITERS, __ATOMIC_RELAXED)) {
            return false;
        }
    }
}

static thrum__wait wait_of(const thrum__claim *claim) {
    return thrum__wait_for(claim->kind, claim->object, &claim->lock->word_, claim->deadline, claim->site);
}

/* Queue up, sleep, and be woken: 0 and *ret_token, HANDED also when the lock was free after all; or an error. A
 * thread that was queued before goes to the front, where it was. */
static int wait_turn(const thrum__claim *claim, thrum__record *me, bool again, uint32_t *ret_token) {
    thrum__wait wait = wait_of(claim);
    thrum__queue *queue = thrum__queue_lock(claim->lock);
    if (take_or_mark(claim->lock, queue, me->id)) {
        thrum__queue_unlock(queue);
        *ret_token = THRUM__LOCK_HANDED;
        return 0;
    }
    (again ? thrum__queue_push_front : thrum__queue_push)(queue, me, claim->lock, &wait);
    thrum__queue_unlock(queue);
    int r = thrum__deadlock_check(me, claim->may_fail);
    if (r < 0 && thrum__queue_leave(me, claim->lock))
        return r;
    r = (claim->may_spin ? thrum__park : thrum__park_at_once)(me, claim->lock, claim->deadline);
    if (r == 0)
        *ret_token = me->token;
    return r;
}

/* Compete for the lock as a woken thread, and sleep again as long as others are faster. */
static int compete(const thrum__claim *claim, thrum__record *me, uint32_t token) {
    int64_t begun = 0; /* when it was overtaken for the first time */
    int r = 0;
    while (r == 0 && !(token & THRUM__LOCK_HANDED)) {
        if (look(claim, token & THRUM__LOCK_MORE ? me->id | THRUM__LOCK_WAITERS : me->id))
            break;
        int64_t now = thrum_monotonic_ns();
        begun = begun ? begun : now;
        me->impatient = now - begun > patience_ns;
        r = wait_turn(claim, me, true, &token);
    }
    me->impatient = false;
    return r;
}

static int wait_for_lock(const thrum__claim *claim, thrum__record *me) {
    uint32_t token;
    int r = wait_turn(claim, me, false, &token);
    return r < 0 ? r : compete(claim, me, token);
}

static void acquired(const thrum__claim *claim, thrum__record *me) {
    thrum__note_at(claim->object, THRUM__NOTE_ACQUIRED, "acquire");
    if (thrum__order_on())
        thrum__order_acquired(me, claim->kind, claim->object, claim->site);
}

int thrum__lock_acquire(const thrum__claim *claim) {
    thrum__record *me = thrum__record_self();
    thrum__point(claim->object, THRUM__POINT_WRITE);
    if (thrum__order_on() && claim->deadline == THRUM__NEVER)
        thrum__order_acquiring(me, claim->kind, claim->object, claim->site);
    int r = 0;
    if (claim->deadline == INT64_MIN)
        r = take(claim->lock, me->id) ? 0 : THRUM_TIMED_OUT;
    else if (!look(claim, me->id))
        r = wait_for_lock(claim, me);
    if (r == 0)
        acquired(claim, me);
    return r;
}

void thrum__lock_resume(const thrum__claim *claim, uint32_t token) {
    thrum__record *me = thrum__record_self();
    if (thrum__order_on())
        thrum__order_acquiring(me, claim->kind, claim->object, claim->site);
    (void)compete(claim, me, token); /* without a limit and not allowed to fail, it cannot */
    acquired(claim, me);
}

/* A lock that is the caller's stays so while it is in here. Any other wakes the thread, which then queues by itself
 * and looks for a deadlock: nobody else would, as the lock's holder may wait already. */
void thrum__lock_requeue(const thrum__claim *claim, thrum__record *record) {
    uint32_t self = thrum__record_self()->id;
    thrum__wait wait = wait_of(claim);
    thrum__queue *queue = thrum__queue_lock(claim->lock);
    uint32_t word = word_of(claim->lock);
    /* Relaxed: the bit sends releases under this latch, which orders them. */
    while (owner_of(word) == self && !(word & THRUM__LOCK_WAITERS) &&
           !exchange(claim->lock, word, word | THRUM__LOCK_WAITERS, __ATOMIC_RELAXED))
        word = word_of(claim->lock);
    bool mine = owner_of(word) == self;
    if (mine)
        thrum__queue_move(queue, record, claim->lock, &wait);
    thrum__queue_unlock(queue);
    if (!mine)
        thrum__deliver(record, 0);
}

/* Release a lock for which threads may be queued: wake the one that has waited longest, or hand it the lock when it
 * has lost patience. False when the word changed meanwhile, because a Lock may be released by two threads at once. */
static bool pass_on(thrum_lock *lock, uint32_t word) {
    thrum__queue *queue = thrum__queue_lock(lock);
    thrum__record *first = thrum__queue_first(queue, lock);
    bool more = first && thrum__queue_next(first, lock);
    bool hand = first && first->impatient;
    uint32_t next = !hand ? 0 : more ? first->id | THRUM__LOCK_WAITERS : first->id;
    /* Release: pairs with take(), and by way of the delivery with the thread that the lock is handed to. */
    bool released = exchange(lock, word, next, __ATOMIC_RELEASE);
    if (released && first)
        thrum__queue_remove(queue, first);
    thrum__queue_unlock(queue);
    if (released && first)
        thrum__deliver(first, (hand ? THRUM__LOCK_HANDED : 0) | (more ? THRUM__LOCK_MORE : 0));
    return released;
}

int thrum__lock_release(thrum_lock *lock, const void *object) {
    thrum__point(object, THRUM__POINT_WRITE);
    for (;;) {
        uint32_t word = word_of(lock);
        if (word == 0)
            return THRUM_RUNTIME_ERROR;
        /* Before the release: afterwards the lock may be gone, and its memory another lock. */
        thrum__note_at(object, THRUM__NOTE_RELEASED, "release");
        if (thrum__order_on())
            thrum__order_released(owner_of(word), object);
        /* Release: pairs with take(). */
        if (word & THRUM__LOCK_WAITERS ? pass_on(lock, word) : exchange(lock, word, 0, __ATOMIC_RELEASE))
            return 0;
    }
}

void thrum_lock_acquire_slow_(thrum_lock *lock) {
    thrum__claim claim = {lock, THRUM__KIND_LOCK, lock, __builtin_return_address(0), THRUM__NEVER, .may_fail = false};
    (void)thrum__lock_acquire(&claim); /* without a limit and not allowed to fail, it cannot */
}

int thrum_lock_acquire_timed(thrum_lock *lock, thrum_timeout timeout) {
    thrum__claim claim = {lock, THRUM__KIND_LOCK, lock, __builtin_return_address(0), 0, .may_fail = true};
    int r = thrum__deadline(timeout, THRUM__REFUSE_NEGATIVE, &claim.deadline);
    return r < 0 ? r : thrum__lock_acquire(&claim);
}

int thrum_lock_release_slow_(thrum_lock *lock) {
    return thrum__lock_release(lock, lock);
}

bool thrum_lock_locked(const thrum_lock *lock) {
    return word_of(lock) != 0;
}

void thrum__lock_reinit(thrum_lock *lock, const void *object) {
    if (thrum__order_on())
        thrum__order_dropped(owner_of(lock->word_), object);
    lock->word_ = 0;
}

void thrum_lock_at_fork_reinit(thrum_lock *lock) {
    thrum__lock_reinit(lock, lock);
}

int thrum_lock_repr(const thrum_lock *lock, char *buffer, size_t size) {
    return snprintf(buffer, size, "<%s thrum_lock at %p>", thrum_lock_locked(lock) ? "locked" : "unlocked",
                    (const void *)lock);
}
