/* deadlock_internal.h - looking for deadlocks, and watching the order of locks: called by whoever waits for an owner.
 */
#ifndef THRUM_DEADLOCK_INTERNAL_H
#define THRUM_DEADLOCK_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "park/record.h"

/* Called by a thread that has queued itself to wait for something with an owner (wait.owner_word), before it sleeps
 * and without a latch. Looks for a cycle of owners and waits that closes with the caller; reports it, or aborts, as
 * the policy says.
 *
 * `may_fail`: the call can return an error. Returns 0 to sleep, or THRUM_DEADLOCK to give up: the caller then leaves
 * its queue and returns that. */
int thrum__deadlock_check(thrum__record *me, bool may_fail);

/* Whether lock order is being watched; then every operation takes the slow path and tells what it does. */
extern bool thrum__order_watching;
static inline bool thrum__order_on(void) {
    return __atomic_load_n(&thrum__order_watching, __ATOMIC_RELAXED); /* relaxed: a setting */
}

/* The calling thread is about to acquire a lock, at return address `site`, and can wait for it without a limit. */
void thrum__order_acquiring(thrum__record *me, thrum__kind kind, const void *lock, const void *site);

/* The calling thread has acquired it, in whatever way. */
void thrum__order_acquired(thrum__record *me, thrum__kind kind, const void *lock, const void *site);

/* The calling thread is about to release a lock that the thread with the number `owner` acquired. */
void thrum__order_released(uint32_t owner, const void *lock);

/* A lock becomes free without being released. */
void thrum__order_dropped(uint32_t owner, const void *lock);

/* Begin to watch if the environment or the build says so. */
void thrum__order_begin(void);

/* What a thread waits for, in a word. */
const char *thrum__kind_name(thrum__kind kind);

/* The name given to an object by thrum_set_object_name(), copied into `buffer` and cut, or "" when it has none. */
void thrum__object_name(const void *object, char *buffer, size_t size);

/* Copy a name, cut after a whole character when it does not fit. `size` is more than 0. */
void thrum__name_copy(char *buffer, size_t size, const char *name);

/* Around a fork. */
void thrum__names_before_fork(void);
void thrum__names_after_fork(void);

#endif
