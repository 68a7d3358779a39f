/* rlock.c - RLock: a Lock whose owner counts how deep it is in.
 *
 * depth_ and owner_ belong to the owner. Whenever the lock is free both are 0, and owner_ is no other thread's number
 * than that of the lock word. */
#include <stdio.h>
#include <stdlib.h>

#include <thrum/threading/rlock.h>

#include "base/hooks.h"
#include "threading/deadlock_internal.h"
#include "threading/lock_internal.h"
#include "time/time_internal.h"

static thrum__claim claim_of(thrum_rlock *lock, const void *site) {
    return (thrum__claim){&lock->lock_, THRUM__KIND_RLOCK, lock, site, THRUM__NEVER, false};
}

/* The calling thread's number also while its operations are watched, or 0 when the library does not know it. */
static uint32_t self(void) {
    return thrum__me ? thrum__me->id : 0;
}

/* By the lock word, which is right also while owner_ is about to be set or was just cleared. A plain comparison
 * suffices, and relaxed: only the thread itself writes its number into the word or takes it out. */
static bool owned(const thrum_rlock *lock) {
    return self() != 0 && (__atomic_load_n(&lock->lock_.word_, __ATOMIC_RELAXED) & THRUM__ID_MASK) == self();
}

void thrum__rlock_entered(thrum_rlock *lock, uint32_t levels) {
    thrum_rlock_set_owner_(lock, self());
    lock->depth_ = levels - 1;
}

static int leave(thrum_rlock *lock) {
    thrum_rlock_set_owner_(lock, 0);
    lock->depth_ = 0;
    return thrum__lock_release(&lock->lock_, lock);
}

/* Go one level deeper, if that is what this acquire is: 1 when it was, 0 when not, or THRUM_OVERFLOW_ERROR. */
static int reenter(thrum_rlock *lock) {
    if (!owned(lock))
        return 0;
    if (lock->depth_ == UINT32_MAX)
        return THRUM_OVERFLOW_ERROR;
    lock->depth_++;
    return 1;
}

void thrum_rlock_acquire_slow_(thrum_rlock *lock) {
    thrum__claim claim = claim_of(lock, __builtin_return_address(0));
    int r = reenter(lock);
    if (r < 0) {
        fprintf(stderr, "thrum: thrum_rlock_acquire: rlock %p is held more than 2^32 times\n", (void *)lock);
        abort();
    }
    if (r == 0) {
        (void)thrum__lock_acquire(&claim); /* without a limit and not allowed to fail, it cannot */
        thrum__rlock_entered(lock, 1);
    }
}

int thrum_rlock_acquire_timed(thrum_rlock *lock, thrum_timeout timeout) {
    thrum__claim claim = claim_of(lock, __builtin_return_address(0));
    claim.may_fail = true;
    int r = thrum__deadline(timeout, THRUM__REFUSE_NEGATIVE, &claim.deadline);
    if (r == 0)
        r = reenter(lock);
    if (r != 0)
        return r < 0 ? r : 0;
    r = thrum__lock_acquire(&claim);
    if (r == 0)
        thrum__rlock_entered(lock, 1);
    return r;
}

int thrum_rlock_release_slow_(thrum_rlock *lock) {
    if (!owned(lock))
        return THRUM_RUNTIME_ERROR;
    if (lock->depth_ == 0)
        return leave(lock);
    lock->depth_--;
    return 0;
}

bool thrum_rlock_locked(const thrum_rlock *lock) {
    return thrum_lock_locked(&lock->lock_);
}

bool thrum_rlock_is_owned(const thrum_rlock *lock) {
    return owned(lock);
}

uint32_t thrum_rlock_recursion_count(const thrum_rlock *lock) {
    return owned(lock) ? lock->depth_ + 1 : 0;
}

int thrum_rlock_release_save(thrum_rlock *lock, uint32_t *ret_levels) THRUM_UNCHECKED {
    if (!owned(lock))
        return THRUM_RUNTIME_ERROR;
    *ret_levels = lock->depth_ + 1;
    return leave(lock);
}

void thrum_rlock_acquire_restore(thrum_rlock *lock, uint32_t levels) THRUM_UNCHECKED {
    thrum__claim claim = claim_of(lock, __builtin_return_address(0));
    (void)thrum__lock_acquire(&claim); /* without a limit and not allowed to fail, it cannot */
    thrum__rlock_entered(lock, levels > 0 ? levels : 1);
}

void thrum_rlock_at_fork_reinit(thrum_rlock *lock) {
    thrum__lock_reinit(&lock->lock_, lock);
    thrum_rlock_set_owner_(lock, 0);
    lock->depth_ = 0;
}

int thrum_rlock_repr(const thrum_rlock *lock, char *buffer, size_t size) {
    /* Relaxed: a snapshot for people. */
    uint32_t owner = __atomic_load_n(&lock->lock_.word_, __ATOMIC_RELAXED) & THRUM__ID_MASK;
    if (owner == 0)
        return snprintf(buffer, size, "<unlocked thrum_rlock owner=None count=0 at %p>", (const void *)lock);
    char name[128];
    thrum__record_name(owner, name, sizeof name);
    unsigned count = owned(lock) ? lock->depth_ + 1 : 1; /* how deep another thread is in is its secret */
    return snprintf(buffer, size, "<locked thrum_rlock owner='%s' count=%u at %p>", name, count, (const void *)lock);
}
