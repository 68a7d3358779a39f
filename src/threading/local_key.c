/* local_key.c - the keys of thread-local variables.
 *
 * A local's key_:
 *     0    not used yet, or cleared     -> its key, under the latch, by the first thread that uses it
 *     key  generation << 32 | index     -> 0 by clear, whose caller sees to it that nobody else uses the local
 *
 * Locking: the latch protects the free list, the number of indices in use, and the moves of key_ from 0. Nothing is
 * called while it is held. Slots of indices live in chunks that are never freed, each as large as all before it and
 * the first together, so that they can be read without the latch.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "park/latch.h"
#include "threading/local_internal.h"

enum { first_chunk_size = 64, chunk_count = 20 }; /* 67 million locals at a time */

typedef struct slot {
    uint32_t generation; /* of the index's current key; atomic. 0 when it is used up */
    uint32_t next_free;  /* an index + 1, or 0 */
} slot;

static struct {
    thrum__latch latch;
    uint32_t used, first_free; /* first_free is an index + 1, or 0 */
    uint32_t retired;          /* atomic */
    slot *chunks[chunk_count];
} keys;

static uint32_t chunk_of(uint32_t index) {
    return 31 - (uint32_t)__builtin_clz(index / first_chunk_size + 1);
}

static uint32_t chunk_size(uint32_t chunk) {
    return (uint32_t)first_chunk_size << chunk;
}

static slot *slot_of(uint32_t index) {
    uint32_t chunk = chunk_of(index);
    /* Acquire: pairs with the release store of add_chunk(). */
    slot *slots = __atomic_load_n(&keys.chunks[chunk], __ATOMIC_ACQUIRE);
    return &slots[index - (chunk_size(chunk) - first_chunk_size)];
}

static uint32_t generation_of(const slot *s) {
    /* Relaxed: who asks about a key got it, or the count of keys retired, by an acquire, which orders this load. */
    return __atomic_load_n(&s->generation, __ATOMIC_RELAXED);
}

static void set_generation(slot *s, uint32_t generation) {
    /* Relaxed: published by the release store of the key, or by the release increment of `retired`. */
    __atomic_store_n(&s->generation, generation, __ATOMIC_RELAXED);
}

/* Make room for the next index that was never used. */
static bool add_chunk(uint32_t chunk) {
    slot *slots = chunk < chunk_count ? thrum__calloc(chunk_size(chunk), sizeof *slots) : NULL;
    if (!slots)
        return false;
    thrum__latch_lock(&keys.latch);
    if (!keys.chunks[chunk]) {
        /* Release: pairs with slot_of(). */
        __atomic_store_n(&keys.chunks[chunk], slots, __ATOMIC_RELEASE);
        slots = NULL;
    }
    thrum__latch_unlock(&keys.latch);
    free(slots); /* another thread was faster */
    return true;
}

/* Under the latch: a new key, or 0 when a chunk is needed first. */
static uint64_t take(void) {
    uint32_t index = keys.first_free - 1;
    if (keys.first_free) {
        keys.first_free = slot_of(index)->next_free;
        return (uint64_t)generation_of(slot_of(index)) << 32 | index;
    }
    index = keys.used;
    if (chunk_of(index) >= chunk_count || !keys.chunks[chunk_of(index)])
        return 0;
    keys.used++;
    set_generation(slot_of(index), 1);
    return UINT64_C(1) << 32 | index;
}

bool thrum__local_key_assign(uint64_t *key) {
    for (;;) {
        thrum__latch_lock(&keys.latch);
        /* Relaxed: under the latch, which orders it after the store of whoever was here first. */
        uint64_t found = __atomic_load_n(key, __ATOMIC_RELAXED);
        uint64_t made = found ? 0 : take();
        uint32_t chunk = chunk_of(keys.used);
        if (made)
            /* Release: pairs with the acquire load of key_ in local.c. */
            __atomic_store_n(key, made, __ATOMIC_RELEASE);
        thrum__latch_unlock(&keys.latch);
        if (found || made)
            return true;
        if (!add_chunk(chunk))
            return false;
    }
}

void thrum__local_key_retire(uint64_t key) {
    uint32_t index = thrum__local_key_index(key);
    thrum__latch_lock(&keys.latch);
    slot *s = slot_of(index);
    set_generation(s, generation_of(s) + 1);
    if (generation_of(s) != 0) {
        s->next_free = keys.first_free;
        keys.first_free = index + 1;
    }
    /* Release: pairs with thrum__local_keys_retired(). */
    __atomic_fetch_add(&keys.retired, 1, __ATOMIC_RELEASE);
    thrum__latch_unlock(&keys.latch);
}

bool thrum__local_key_is_current(uint64_t key) {
    return generation_of(slot_of(thrum__local_key_index(key))) == key >> 32;
}

uint32_t thrum__local_keys_retired(void) {
    /* Acquire: pairs with the increment in retire. */
    return __atomic_load_n(&keys.retired, __ATOMIC_ACQUIRE);
}

static void before_fork(void) {
    thrum__latch_lock(&keys.latch);
}

static void after_fork_parent(void) {
    thrum__latch_unlock(&keys.latch);
}

static void after_fork_child(void) {
    keys.latch = (thrum__latch){0};
}

__attribute__((constructor(201))) static void load(void) {
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}
