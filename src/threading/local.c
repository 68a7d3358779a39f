/* local.c - local: each thread's table of values.
 *
 * A table belongs to its thread, and nobody else reads it, but the child of a fork: it frees the tables of threads
 * that it does not have. So a table is in the record before its predecessor is freed, and out of it before it is
 * freed itself.
 *
 * User functions run only while the table is in order, and may change it: what was read before is read again after.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrum/threading/local.h>

#include "base/memory.h"
#include "park/record.h"
#include "threading/local_internal.h"

enum { least_size = 8, rounds = 4 };

typedef struct entry {
    uint64_t key; /* 0: empty */
    void *value;
    void (*destroy)(void *value); /* a copy, for the local may be gone when the thread ends */
} entry;

typedef struct table {
    uint32_t size;
    uint32_t swept; /* how many keys were retired when it was last searched for stale values */
    entry entries[];
} table;

static uint64_t key_of(const thrum_local *local) {
    /* Acquire: pairs with the release store of thrum__local_key_assign(). */
    return __atomic_load_n(&local->key_, __ATOMIC_ACQUIRE);
}

/* The calling thread's entry for a key, or NULL. */
static entry *find(uint64_t key) {
    table *mine = thrum__me ? thrum__me->locals : NULL;
    uint32_t index = thrum__local_key_index(key);
    if (key == 0 || !mine || index >= mine->size || mine->entries[index].key != key)
        return NULL;
    return &mine->entries[index];
}

static void set_table(thrum__record *record, table *new_table) {
    table *old = record->locals;
    /* Release: what the child of a fork finds here is complete. */
    __atomic_store_n(&record->locals, (void *)new_table, __ATOMIC_RELEASE);
    free(old);
}

static entry take(entry *from) {
    entry taken = *from;
    *from = (entry){0};
    return taken;
}

static void destroy(const entry *taken) {
    if (taken->value && taken->destroy)
        taken->destroy(taken->value);
}

/* The calling thread's record, or NULL when there is no memory for one. */
static thrum__record *self(void) {
    thrum__record *record = thrum__me;
    if (!record && (record = thrum__record_new()))
        thrum__record_adopt(record);
    return record;
}

/* See to it that the calling thread has an entry for `index`. */
static int make_room(uint32_t index) {
    thrum__record *me = self();
    if (!me)
        return -ENOMEM;
    table *old = me->locals;
    uint32_t old_size = old ? old->size : 0, size = old ? old->size : least_size;
    if (index < old_size)
        return 0;
    while (size <= index)
        size *= 2;
    table *larger = thrum__calloc(1, sizeof *larger + size * sizeof(entry));
    if (!larger)
        return -ENOMEM;
    if (old)
        memcpy(larger, old, sizeof *old + old_size * sizeof(entry));
    else
        larger->swept = thrum__local_keys_retired();
    larger->size = size;
    set_table(me, larger);
    return 0;
}

/* Give the local a key and the thread an entry for it. */
static int prepare(thrum_local *local, uint64_t *ret_key) {
    if (key_of(local) == 0 && !thrum__local_key_assign(&local->key_))
        return -ENOMEM;
    uint64_t key = key_of(local);
    int r = make_room(thrum__local_key_index(key));
    if (r == 0)
        *ret_key = key;
    return r;
}

/* Destroy the calling thread's values of locals that were cleared since it last looked. */
static void sweep(void) {
    table *mine = thrum__me->locals;
    uint32_t retired = thrum__local_keys_retired();
    if (mine->swept == retired)
        return;
    mine->swept = retired;
    for (uint32_t i = 0; i < mine->size; i++) {
        if (mine->entries[i].key == 0 || thrum__local_key_is_current(mine->entries[i].key))
            continue;
        entry stale = take(&mine->entries[i]);
        destroy(&stale);
        mine = thrum__me->locals;
    }
}

/* Store into an entry for which there is room. */
static void store(uint64_t key, void *value, void (*destroy_value)(void *value)) {
    table *mine = thrum__me->locals;
    entry *e = &mine->entries[thrum__local_key_index(key)];
    entry old = *e;
    *e = (entry){key, value, destroy_value};
    if (old.key != key || old.value != value)
        destroy(&old);
    sweep();
}

static void *create(thrum_local *local) {
    uint64_t key;
    if (prepare(local, &key) < 0)
        return NULL;
    void *value = local->create_(local->arg_);
    if (value)
        store(key, value, local->destroy_);
    return value;
}

void *thrum_local_get(thrum_local *local) {
    const entry *e = find(key_of(local));
    if (__builtin_expect(e != NULL, 1))
        return e->value;
    return local->create_ ? create(local) : NULL;
}

int thrum_local_set(thrum_local *local, void *value) {
    uint64_t key;
    int r = prepare(local, &key);
    if (r == 0)
        store(key, value, local->destroy_);
    return r;
}

void thrum_local_clear(thrum_local *local) {
    uint64_t key = key_of(local);
    if (key == 0)
        return;
    entry *e = find(key);
    entry mine = e ? take(e) : (entry){0};
    local->key_ = 0; /* the caller serialises */
    thrum__local_key_retire(key);
    destroy(&mine);
}

/* Destroy every value that is there now, those of the locals that came last first. Returns whether there was one. */
static bool destroy_all(thrum__record *record) {
    table *mine = record->locals;
    bool any = false;
    for (uint32_t i = mine ? mine->size : 0; i-- > 0;) {
        entry taken = take(&mine->entries[i]);
        any = any || taken.key != 0;
        destroy(&taken);
        mine = record->locals;
    }
    return any;
}

/* The thread is about to end. A destructor may use locals; what it stores is destroyed in the next round. */
static void destroy_locals(thrum__record *record) {
    for (int round = 0; round < rounds && destroy_all(record); round++)
        ;
    set_table(record, NULL);
}

/* The thread does not exist in this child of a fork. Its values are not destroyed: it may have been in the middle of
 * changing them. */
static void abandon_locals(thrum__record *record) {
    set_table(record, NULL);
}

__attribute__((constructor(201))) static void load(void) {
    thrum__record_destroy_locals = destroy_locals;
    thrum__record_on_vanish = abandon_locals;
}
