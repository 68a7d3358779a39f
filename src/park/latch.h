/* latch.h - the short lock of the library's own tables: buckets, registry, names.
 *
 * State of the word:
 *     0  free        -> 1 by the thread that takes it
 *     1  held        -> 0 by its holder, -> 2 by a thread that is about to sleep
 *     2  held, threads may sleep -> 0 by its holder, who wakes one; that one takes it as 2, for it cannot know of
 * others
 *
 * A latch is held for some tens of nanoseconds, during which its holder calls nobody, allocates nothing and does not
 * sleep; so it needs no owner and no queue. A signal handler must not take one that its own thread may hold: see
 * signal.h.
 */
#ifndef THRUM_LATCH_H
#define THRUM_LATCH_H

#include <stdbool.h>
#include <stdint.h>

typedef struct thrum__latch {
    uint32_t word;
} thrum__latch;

void thrum__latch_lock_slow(thrum__latch *latch);
void thrum__latch_unlock_slow(thrum__latch *latch);

static inline void thrum__latch_lock(thrum__latch *latch) {
    uint32_t unlocked = 0;
    /* Acquire: pairs with the release exchange of unlock. */
    if (!__atomic_compare_exchange_n(&latch->word, &unlocked, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        thrum__latch_lock_slow(latch);
}

static inline void thrum__latch_unlock(thrum__latch *latch) {
    /* Release: pairs with the acquire of the next lock. */
    if (__atomic_exchange_n(&latch->word, 0, __ATOMIC_RELEASE) == 2)
        thrum__latch_unlock_slow(latch);
}

#endif
