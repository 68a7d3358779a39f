/* record.c - the registry of threads.
 *
 * Locking: registry.latch protects the free list, the number of slots in use, the change of a record's id between 0
 * and not 0, and the change of names. Nothing is called while it is held but thrum__record_each()'s visitor, which
 * may take the latch of a queue; nobody takes it while holding that of a queue.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrum/base.h>

#include "base/hooks.h"
#include "park/latch.h"
#include "park/record.h"
#include "platform/platform.h"

enum {
    slot_bits = 17, /* 131,071 threads at a time */
    reuse_bits = 13,
    chunk_bits = 9,
    chunk_size = 1 << chunk_bits,
    chunk_count = 1 << (slot_bits - chunk_bits)
};

__thread uint32_t thrum_self_ __attribute__((tls_model("initial-exec")));
__thread thrum__record *thrum__me __attribute__((tls_model("initial-exec")));
void (*thrum__record_destroy_locals)(thrum__record *record);
void (*thrum__record_on_leave)(thrum__record *record);

static struct {
    thrum__latch latch;
    int watching;                              /* reasons for new threads to take the slow path */
    uint32_t used;                             /* slots that were ever in use, the unused slot 0 included */
    thrum__record *oldest_free, **newest_free; /* reused in turn, so that a number stays unused for long */
    thrum__record *chunks[chunk_count];        /* allocated when first needed, never freed */
    pthread_key_t leaving;                     /* its destructor runs when a thread ends */
} registry = {.used = 1, .newest_free = &registry.oldest_free};

static thrum__record first_chunk[chunk_size]; /* so that the first threads need no allocation */

static thrum__record *slot_record(uint32_t slot) {
    /* Acquire: pairs with the release store of new_slot(), which fills the chunk's pointer in. */
    thrum__record *chunk = __atomic_load_n(&registry.chunks[slot >> chunk_bits], __ATOMIC_ACQUIRE);
    return chunk ? &chunk[slot & (chunk_size - 1)] : NULL;
}

/* A slot that was never used; called with the latch held. */
static thrum__record *new_slot(uint32_t *ret_slot) {
    uint32_t slot = registry.used;
    if (slot >> slot_bits)
        return NULL;
    if (!registry.chunks[slot >> chunk_bits]) {
        thrum__record *chunk = aligned_alloc(64, chunk_size * sizeof(thrum__record));
        if (!chunk)
            return NULL;
        memset(chunk, 0, chunk_size * sizeof(thrum__record));
        /* Release: pairs with slot_record(). */
        __atomic_store_n(&registry.chunks[slot >> chunk_bits], chunk, __ATOMIC_RELEASE);
    }
    registry.used++;
    *ret_slot = slot;
    return slot_record(slot);
}

/* A recycled record's number, kept in `reported` while it is free, with the count of reuses one higher. */
static uint32_t next_id(uint32_t last_id) {
    return (last_id + (1u << slot_bits)) & THRUM__ID_MASK;
}

static thrum__record *take_free(uint32_t *ret_id) {
    thrum__record *record = registry.oldest_free;
    if (!record)
        return NULL;
    registry.oldest_free = record->next_free;
    if (!registry.oldest_free)
        registry.newest_free = &registry.oldest_free;
    *ret_id = next_id(record->reported);
    return record;
}

static void reset(thrum__record *record) {
    record->word = THRUM__AWAKE;
    record->impatient = false;
    record->spin = (thrum__spin){4, 4, 0};
    record->native_id = 0;
    record->reported = 0;
    record->watched = registry.watching != 0;
    record->thread = NULL;
    /* Relaxed: a report that is late with the thread that had this record before may read these. */
    __atomic_store_n(&record->key, NULL, __ATOMIC_RELAXED);
    __atomic_store_n(&record->name, NULL, __ATOMIC_RELAXED);
    __atomic_store_n(&record->held, NULL, __ATOMIC_RELAXED);
    record->locals = NULL;
}

thrum__record *thrum__record_new(void) {
    uint32_t id = 0;
    thrum__latch_lock(&registry.latch);
    thrum__record *record = take_free(&id);
    if (!record)
        record = new_slot(&id);
    if (record) {
        reset(record);
        /* Release: pairs with thrum__record_find(). */
        __atomic_store_n(&record->id, id, __ATOMIC_RELEASE);
    }
    thrum__latch_unlock(&registry.latch);
    return record;
}

void thrum__record_free(thrum__record *record) {
    thrum__latch_lock(&registry.latch);
    record->reported = record->id;
    /* Relaxed: readers under the latch are ordered by it; others take the record for a hint. */
    __atomic_store_n(&record->id, 0, __ATOMIC_RELAXED);
    record->next_free = NULL;
    *registry.newest_free = record;
    registry.newest_free = &record->next_free;
    thrum__latch_unlock(&registry.latch);
}

void thrum__record_adopt(thrum__record *record) {
    thrum__me = record;
    thrum_self_ = record->watched ? 0 : record->id;
    /* Release: pairs with the acquire load of whoever waits for a started thread to have a native id. */
    __atomic_store_n(&record->native_id, thrum__os_thread_id(), __ATOMIC_RELEASE);
    pthread_setspecific(registry.leaving, record);
}

void thrum__record_leave(void) {
    thrum__record *record = thrum__me;
    if (!record)
        return;
    if (record->locals)
        thrum__record_destroy_locals(record);
    if (thrum__record_on_leave)
        thrum__record_on_leave(record);
    pthread_setspecific(registry.leaving, NULL);
    thrum_self_ = 0;
    thrum__me = NULL;
    thrum__record_free(record);
}

static void leave_at_exit(void *record) {
    (void)record;
    thrum__record_leave();
}

thrum__record *thrum__record_self(void) {
    if (__builtin_expect(thrum__me != NULL, 1))
        return thrum__me;
    thrum__record *record = thrum__record_new();
    if (!record) {
        fputs("thrum: no memory to register a thread that waits\n", stderr);
        abort();
    }
    thrum__record_adopt(record);
    return record;
}

thrum__record *thrum__record_find(uint32_t id) {
    thrum__record *record = slot_record(id & ((1u << slot_bits) - 1));
    /* Acquire: pairs with the release store of thrum__record_new(). */
    return record && id && __atomic_load_n(&record->id, __ATOMIC_ACQUIRE) == id ? record : NULL;
}

void thrum__record_set_name(uint32_t id, const char *name) {
    thrum__latch_lock(&registry.latch);
    thrum__record *record = thrum__record_find(id);
    /* Release: pairs with the reports that read the name of a thread that waits, under its queue's latch only. */
    if (record)
        __atomic_store_n(&record->name, name, __ATOMIC_RELEASE);
    thrum__latch_unlock(&registry.latch);
}

void thrum__record_each(bool (*visit)(thrum__record *record, void *arg), void *arg) {
    thrum__latch_lock(&registry.latch);
    for (uint32_t slot = 1; slot < registry.used; slot++) {
        thrum__record *record = slot_record(slot);
        if (record->id && !visit(record, arg))
            break;
    }
    thrum__latch_unlock(&registry.latch);
}

void thrum__record_name(uint32_t id, char *buffer, size_t size) {
    buffer[0] = '\0';
    thrum__latch_lock(&registry.latch); /* a thread cannot leave, and take its name with it, meanwhile */
    thrum__record *record = thrum__record_find(id);
    /* Acquire: pairs with the release store of the name. */
    const char *name = record ? __atomic_load_n(&record->name, __ATOMIC_ACQUIRE) : NULL;
    if (name)
        snprintf(buffer, size, "%s", name);
    thrum__latch_unlock(&registry.latch);
}

void thrum__record_watch(int reason, bool on) {
    thrum__record *me = thrum__record_self();
    thrum__latch_lock(&registry.latch);
    registry.watching = on ? registry.watching | reason : registry.watching & ~reason;
    me->watched = registry.watching != 0;
    thrum__latch_unlock(&registry.latch);
    thrum_self_ = me->watched ? 0 : me->id;
}

void thrum__record_before_fork(void) {
    thrum__latch_lock(&registry.latch);
}

void thrum__record_after_fork_parent(void) {
    thrum__latch_unlock(&registry.latch);
}

void thrum__record_after_fork_child(void) {
    registry.latch = (thrum__latch){0};
    for (uint32_t slot = 1; slot < registry.used; slot++) {
        thrum__record *record = slot_record(slot);
        if (!record->id || record == thrum__me)
            continue;
        if (thrum__record_on_vanish)
            thrum__record_on_vanish(record);
        record->key = NULL;
        thrum__record_free(record);
    }
    if (thrum__me)
        thrum__me->native_id = thrum__os_thread_id();
}

void thrum__record_init(void) {
    registry.chunks[0] = first_chunk;
    pthread_key_create(&registry.leaving, leave_at_exit);
    thrum__record_self();
}

/* Before the constructors of the layers above, which have a higher number. It stands in this file because every use
 * of the library refers to it, so that it is there in a program that links the static library, too. */
__attribute__((constructor(200))) static void load(void) {
    thrum__park_load();
}

void thrum__hooks_install(const thrum__hooks *hooks) {
    /* Release: pairs with the creation of the threads that will read it; before that only this thread does. */
    __atomic_store_n(&thrum__hooks_installed, hooks, __ATOMIC_RELEASE);
    thrum__record_watch(THRUM__WATCH_HOOKS, hooks != NULL);
}
