/* condition.c - Condition: a queue beside a lock.
 *
 * waiting_ is 1 while threads may be queued at its address: set by a waiter, who holds the lock, and cleared under
 * the latch of the queue when it is found empty. A notify moves threads from this queue to the lock's queue, where
 * the lock's release finds them; it wakes nobody, because the lock is held. A moved thread has been notified, and has
 * no time limit any more.
 */
#include <stdio.h>

#include <thrum/threading/condition.h>

#include "base/hooks.h"
#include "park/queue.h"
#include "threading/lock_internal.h"
#include "time/time_internal.h"

static thrum_rlock *rlock_of(const thrum_condition *cond) {
    if (cond->lock_)
        return NULL;
    return cond->rlock_ ? cond->rlock_ : (thrum_rlock *)(uintptr_t)&cond->own_;
}

/* The wish to have the condition's lock back. Its holder is the thread that notified, most of the time, and about to
 * let go of it: a moment's look at the own word is shorter than a sleep. */
static thrum__claim claim_of(const thrum_condition *cond, const void *site) {
    thrum_rlock *rlock = rlock_of(cond);
    if (rlock)
        return (thrum__claim){&rlock->lock_, THRUM__KIND_RLOCK, rlock, site, THRUM__NEVER, .may_spin = true};
    return (thrum__claim){cond->lock_, THRUM__KIND_LOCK, cond->lock_, site, THRUM__NEVER, .may_spin = true};
}

/* Python's _is_owned(): a Lock does not say whose it is, so that it is locked must do. */
static bool is_owned(const thrum_condition *cond) {
    return cond->lock_ ? thrum_lock_locked(cond->lock_) : thrum_rlock_is_owned(rlock_of(cond));
}

/* Unchecked, like the calls below: which lock a condition has, clang cannot know. */
static void release_all(thrum_condition *cond, uint32_t *ret_levels) THRUM_UNCHECKED {
    if (cond->lock_)
        (void)thrum_lock_release(cond->lock_); /* cannot fail: it is locked */
    else
        (void)thrum_rlock_release_save(rlock_of(cond), ret_levels); /* cannot fail: it is owned */
}

static void join_queue(thrum_condition *cond, thrum__record *me, int64_t deadline, const void *site) {
    thrum__wait wait = thrum__wait_for(THRUM__KIND_CONDITION, cond, NULL, deadline, site);
    thrum__queue *queue = thrum__queue_lock(&cond->waiting_);
    __atomic_store_n(&cond->waiting_, 1, __ATOMIC_RELAXED); /* relaxed: notify holds the lock that we hold now */
    thrum__queue_push(queue, me, &cond->waiting_, &wait);
    thrum__queue_unlock(queue);
}

/* The wait proper, from lock held to lock held. After the notify a condition with a lock of somebody else's may be
 * gone. */
static int wait_at(thrum_condition *cond, int64_t deadline, const void *site) {
    thrum__record *me = thrum__record_self();
    thrum_rlock *rlock = rlock_of(cond);
    thrum__claim claim = claim_of(cond, site);
    uint32_t levels = 1;
    join_queue(cond, me, deadline, site);
    release_all(cond, &levels);
    int r = thrum__park(me, &cond->waiting_, deadline);
    if (r == 0)
        thrum__lock_resume(&claim, me->token);
    else
        (void)thrum__lock_acquire(&claim); /* without a limit and not allowed to fail, it cannot */
    if (rlock)
        thrum__rlock_entered(rlock, levels);
    return r;
}

int thrum_condition_wait(thrum_condition *cond) {
    if (!is_owned(cond))
        return THRUM_RUNTIME_ERROR;
    return wait_at(cond, THRUM__NEVER, __builtin_return_address(0));
}

int thrum_condition_wait_timed(thrum_condition *cond, thrum_timeout timeout) {
    int64_t deadline;
    if (!is_owned(cond))
        return THRUM_RUNTIME_ERROR;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : wait_at(cond, deadline, __builtin_return_address(0));
}

/* As in Python it waits at least once, which gives others the lock, and the time begins before the first wait. */
int thrum_condition_wait_for(thrum_condition *cond, bool (*predicate)(void *arg), void *arg, thrum_timeout timeout) {
    int64_t deadline;
    if (!is_owned(cond))
        return THRUM_RUNTIME_ERROR;
    if (predicate(arg))
        return 0;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    while (r == 0) {
        r = wait_at(cond, deadline, __builtin_return_address(0));
        if (predicate(arg))
            return 0;
        if (thrum_deadline_passed((thrum_deadline){deadline}))
            r = THRUM_TIMED_OUT;
    }
    return r;
}

/* Take the `n` oldest out of the queue, linked by next. They are in no queue then; if their time runs out meanwhile,
 * they find that and go on waiting for what was decided about them. */
static thrum__record *take_oldest(thrum_condition *cond, size_t n) {
    thrum__wakes taken;
    thrum__wakes_init(&taken);
    thrum__queue *queue = thrum__queue_lock(&cond->waiting_);
    thrum__record *record = thrum__queue_first(queue, &cond->waiting_);
    for (; record && n > 0; n--) {
        thrum__record *next = thrum__queue_next(record, &cond->waiting_);
        thrum__wakes_add(&taken, queue, record, 0);
        record = next;
    }
    if (!record)
        __atomic_store_n(&cond->waiting_, 0, __ATOMIC_RELAXED); /* relaxed: those who set and read it hold the lock */
    thrum__queue_unlock(queue);
    return taken.first;
}

static int notify(thrum_condition *cond, size_t n, const void *site) {
    thrum__point(cond, THRUM__POINT_WRITE);
    if (!is_owned(cond))
        return THRUM_RUNTIME_ERROR;
    /* Relaxed: the lock, which is held, orders it. */
    bool waiting = __atomic_load_n(&cond->waiting_, __ATOMIC_RELAXED) != 0;
    thrum__claim claim = claim_of(cond, site);
    thrum__record *record = n > 0 && waiting ? take_oldest(cond, n) : NULL;
    if (!record && n > 0)
        thrum__note(cond, THRUM__NOTE_UNHEARD);
    for (thrum__record *next; record; record = next) {
        next = record->next;
        thrum__lock_requeue(&claim, record);
    }
    return 0;
}

int thrum_condition_notify(thrum_condition *cond, size_t n) {
    return notify(cond, n, __builtin_return_address(0));
}

int thrum_condition_notify_all(thrum_condition *cond) {
    return notify(cond, SIZE_MAX, __builtin_return_address(0));
}

void thrum_condition_acquire(thrum_condition *cond) THRUM_UNCHECKED {
    if (cond->lock_)
        thrum_lock_acquire(cond->lock_);
    else
        thrum_rlock_acquire(rlock_of(cond));
}

int thrum_condition_acquire_timed(thrum_condition *cond, thrum_timeout timeout) {
    return cond->lock_ ? thrum_lock_acquire_timed(cond->lock_, timeout)
                       : thrum_rlock_acquire_timed(rlock_of(cond), timeout);
}

int thrum_condition_release(thrum_condition *cond) THRUM_UNCHECKED {
    return cond->lock_ ? thrum_lock_release(cond->lock_) : thrum_rlock_release(rlock_of(cond));
}

bool thrum_condition_locked(const thrum_condition *cond) {
    return cond->lock_ ? thrum_lock_locked(cond->lock_) : thrum_rlock_locked(rlock_of(cond));
}

void thrum_condition_at_fork_reinit(thrum_condition *cond) {
    if (cond->lock_)
        thrum_lock_at_fork_reinit(cond->lock_);
    else
        thrum_rlock_at_fork_reinit(rlock_of(cond));
    cond->waiting_ = 0;
}

static unsigned count_waiters(const thrum_condition *cond) {
    unsigned count = 0;
    thrum__queue *queue = thrum__queue_lock(&cond->waiting_);
    for (thrum__record *record = thrum__queue_first(queue, &cond->waiting_); record;
         record = thrum__queue_next(record, &cond->waiting_))
        count++;
    thrum__queue_unlock(queue);
    return count;
}

int thrum_condition_repr(const thrum_condition *cond, char *buffer, size_t size) {
    char lock[128];
    if (cond->lock_)
        thrum_lock_repr(cond->lock_, lock, sizeof lock);
    else
        thrum_rlock_repr(rlock_of(cond), lock, sizeof lock);
    return snprintf(buffer, size, "<thrum_condition(%s, waiters=%u)>", lock, count_waiters(cond));
}
