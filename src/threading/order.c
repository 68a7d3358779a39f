/* order.c - watching the order in which locks are taken.
 *
 * While it is on, every lock operation of a watched thread takes the slow path and comes by here. What a thread holds
 * stands in its list (held.c). When it asks for one more, each pair (held, asked for) belongs into the graph
 * (order_graph.c); but nearly always the thread has done just that before, which a table of hashes of what it holds
 * and asks for knows without a latch on the graph.
 *
 * An acquire with a time limit ends by itself, so it can be no part of a deadlock: it adds to what is held, but no
 * pair.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrum/threading/deadlock.h>
#include <thrum/time.h>

#include "threading/deadlock_internal.h"
#include "threading/order_graph.h"
#include "threading/report.h"

bool thrum__order_watching;

enum { cache_bits = 12 };
static uint64_t cache[1 << cache_bits]; /* of what went into the graph; atomic */
static uint32_t generation;             /* counts what was forgotten; atomic */

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static uint64_t hash_of(uint32_t thread, const thrum__hold *holds, size_t count, const void *wanted) {
    /* Relaxed: whoever forgets a lock does so while nobody uses it. */
    uint64_t hash = mix(__atomic_load_n(&generation, __ATOMIC_RELAXED), thread);
    for (size_t i = 0; i < count; i++)
        hash = mix(hash, (uintptr_t)holds[i].lock);
    return mix(hash, (uintptr_t)wanted);
}

static uint64_t *cached(uint64_t hash) {
    return &cache[hash >> (64 - cache_bits)];
}

static void report_ring(const thrum__order_ring *ring) {
    char bytes[4096];
    thrum__text text;
    thrum__text_init(&text, bytes, sizeof bytes);
    thrum__text_add_order(&text, ring);
    thrum__text_end(&text);
    thrum__report_send(bytes);
}

/* Put each pair into the graph. */
static void learn(const thrum__record *me, const thrum__hold *holds, size_t count, const thrum__hold *wanted) {
    const void *locks[thrum__order_nested];
    thrum__order_step step = {.thread = me->id, .native_id = me->native_id, .wanted = *wanted};
    /* Acquire: pairs with the release store of thrum__record_set_name(). It is the caller's own name. */
    const char *name = __atomic_load_n(&me->name, __ATOMIC_ACQUIRE);
    thrum__name_copy(step.name, sizeof step.name, name ? name : "");
    for (size_t i = 0; i < count; i++)
        locks[i] = holds[i].lock;
    for (size_t i = 0; i < count; i++) {
        thrum__order_ring ring;
        step.held = holds[i];
        /* A lock that is asked for by its holder is a deadlock, and no matter of order. */
        if (holds[i].lock != wanted->lock && thrum__order_graph_learn(&step, locks, count, &ring))
            report_ring(&ring);
    }
}

void thrum__order_acquiring(thrum__record *me, thrum__kind kind, const void *lock, const void *site) {
    thrum__hold holds[thrum__order_nested];
    if (!me->watched || !me->held)
        return;
    size_t count = thrum__held_copy(me->id, holds, thrum__order_nested);
    /* Who holds that many may hold a gate among those that were not copied. */
    if (count == 0 || count > thrum__order_nested)
        return;
    uint64_t hash = hash_of(me->id, holds, count, lock);
    /* Relaxed, twice: the thread's number is in the hash, so it can only be found by whoever stored it. */
    if (__atomic_load_n(cached(hash), __ATOMIC_RELAXED) == hash)
        return;
    learn(me, holds, count, &(thrum__hold){kind, lock, site, 0});
    __atomic_store_n(cached(hash), hash, __ATOMIC_RELAXED);
}

void thrum__order_acquired(thrum__record *me, thrum__kind kind, const void *lock, const void *site) {
    thrum__held *list = me->watched ? thrum__held_mine(me, true) : NULL;
    if (list)
        thrum__held_add(list, &(thrum__hold){kind, lock, site, thrum_monotonic_ns()});
}

void thrum__order_dropped(uint32_t owner, const void *lock) {
    thrum__held_remove(owner, lock);
}

void thrum__order_released(uint32_t owner, const void *lock) {
    thrum__order_dropped(owner, lock);
    if (!thrum__me || owner != thrum__me->id)
        thrum__order_graph_ignore(lock);
}

void thrum__text_add_held(thrum__text *text, uint32_t id, int64_t now) {
    thrum__hold holds[thrum__order_nested];
    size_t count = thrum__order_on() ? thrum__held_copy(id, holds, thrum__order_nested) : 0;
    for (size_t i = 0; i < count && i < thrum__order_nested; i++) {
        thrum__text_add(text, "    holds ");
        thrum__text_add_object(text, holds[i].kind, holds[i].lock);
        thrum__text_add(text, ", taken ");
        thrum__text_add_span(text, now - holds[i].since);
        thrum__text_add(text, " ago at ");
        thrum__text_add_site(text, holds[i].site);
        thrum__text_add(text, "\n");
    }
    if (count > thrum__order_nested)
        thrum__text_add(text, "    holds %zu more\n", count - thrum__order_nested);
}

bool thrum_lock_order(bool on) {
    bool before = thrum__order_on();
    if (on && !before)
        thrum__held_clear();
    thrum__record_watch(THRUM__WATCH_ORDER, on);
    __atomic_store_n(&thrum__order_watching, on, __ATOMIC_RELAXED); /* relaxed: no other threads yet, or later */
    return before;
}

void thrum_lock_order_forget(const void *lock) {
    __atomic_fetch_add(&generation, 1, __ATOMIC_RELAXED); /* relaxed: as in hash_of() */
    thrum__order_graph_forget(lock);
}

void thrum__order_begin(void) {
    const char *word = getenv("THRUM_LOCK_ORDER");
    bool on = THRUM__LOCK_ORDER_DEFAULT;
    if (word && (strcmp(word, "0") == 0 || strcmp(word, "1") == 0))
        on = word[0] == '1';
    else if (word)
        fprintf(stderr, "thrum: THRUM_LOCK_ORDER is '%s', which is neither 0 nor 1: it stays %d\n", word, on);
    if (on)
        (void)thrum_lock_order(true);
}
