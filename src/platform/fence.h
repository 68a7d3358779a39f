/* fence.h - an order between a store and a later load, of which one side pays nearly all.
 *
 * Two threads, each of which says something and then looks at what the other says, need at least one of them to see
 * the other:
 *
 *     the frequent side                              the rare side
 *     thrum__fence_light_store(&mine, value)         store yours, seq_cst
 *                                                    thrum__fence_heavy()
 *     load yours, seq_cst                            load mine, seq_cst
 *
 * A CPU lets a load pass an earlier store, so by the rules the frequent side would write its word with an exchange: 7
 * ns, for something that an owner does a million times for each time that another thread comes by. Where the system
 * allows, it makes a plain store instead, and the rare side has the kernel interrupt every CPU that runs a thread of
 * the process. An interrupted thread has passed a full fence either before its store, and then its load comes after
 * the rare side's store and sees it; or after its store, and then the rare side's load sees that.
 *
 * Where the system does not, both sides are seq_cst operations of their own words, thrum__fence_heavy() does nothing,
 * and the rules of C alone give the order. So it is, too, in a build for ThreadSanitizer.
 *
 * What shows that it holds. Under exploration one thread runs at a time, so what was stored is seen: the explorer
 * goes through every order of the steps, each of these a step, and so checks the algorithm on top; it cannot show
 * that a load does not pass a store. tests/stress/stress_fence.c looks at that, on real CPUs, for both forms, beside
 * a control without any fence, which counts how often the bad outcome then occurs. ThreadSanitizer sees the other
 * form only.
 */
#ifndef THRUM_PLATFORM_FENCE_H
#define THRUM_PLATFORM_FENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hooks.h"

/* Atomic: the frequent side makes plain stores. It changes only while no two threads rely on the fences. */
extern bool thrum__fences_are_light;

/* Find out what the system allows. Cheap in a process of one thread, so it is done when the library is loaded; then
 * before the fences are first relied on, for the process may have renounced it meanwhile; and in the child of a
 * fork. */
void thrum__fences_choose(void);

/* On the rare side, between the store and the load. Up to a few microseconds, for all running threads: so only when
 * there is something to be had. */
void thrum__fence_heavy(void);

/* On the frequent side: the store, which comes before the caller's later seq_cst loads. */
static inline void thrum__fence_light_store(int64_t *word, int64_t value) {
    thrum__point(word, THRUM__POINT_ATOMIC);
    /* Relaxed: whoever relies on it came to know of the other side after the choice. */
    if (__builtin_expect(__atomic_load_n(&thrum__fences_are_light, __ATOMIC_RELAXED), 1)) {
        /* Release: pairs with the rare side's load of the word, so that what was written before is seen with it. */
        __atomic_store_n(word, value, __ATOMIC_RELEASE);
        __atomic_signal_fence(__ATOMIC_SEQ_CST); /* for the compiler; the CPU's pairs with thrum__fence_heavy() */
    } else {
        __atomic_store_n(word, value, __ATOMIC_SEQ_CST); /* pairs with the rare side's load, and the caller's next */
    }
}

#endif
