/* names.c - the names of objects, beside the objects, so that a lock stays four bytes.
 *
 * Locking: names.latch protects the table. Memory is asked for and given back outside of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrum/threading/deadlock.h>

#include "base/memory.h"
#include "park/latch.h"
#include "threading/deadlock_internal.h"

typedef struct entry entry;
struct entry {
    const void *object;
    entry *next;
    char name[];
};

enum { first_size = 64 };
static entry *first_buckets[first_size];

static struct {
    thrum__latch latch;
    entry **buckets;
    size_t size; /* a power of two */
    size_t count;
} names = {.buckets = first_buckets, .size = first_size};

static entry **bucket_of(const void *object, entry **buckets, size_t size) {
    /* Fibonacci hashing, from the upper half of the product: objects are at least 4 bytes apart. */
    return &buckets[((uintptr_t)object >> 2) * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (size - 1)];
}

/* The place where the entry of `object` hangs, or where it would be hung up. */
static entry **find(const void *object) {
    entry **place = bucket_of(object, names.buckets, names.size);
    while (*place && (*place)->object != object)
        place = &(*place)->next;
    return place;
}

static void move_into(entry **buckets, size_t size) {
    for (size_t i = 0; i < names.size; i++) {
        for (entry *e = names.buckets[i], *next; e; e = next) {
            entry **bucket = bucket_of(e->object, buckets, size);
            next = e->next;
            e->next = *bucket;
            *bucket = e;
        }
    }
    names.buckets = buckets;
    names.size = size;
}

/* Make room when the table is as full as it is long. Without memory for that its chains grow longer. */
static void grow(void) {
    thrum__latch_lock(&names.latch);
    size_t size = names.size * 2;
    bool full = names.count >= names.size;
    thrum__latch_unlock(&names.latch);
    entry **buckets = full ? thrum__calloc(size, sizeof *buckets) : NULL;
    if (!buckets)
        return;
    thrum__latch_lock(&names.latch);
    entry **spare = buckets;
    if (names.size < size) { /* nobody else was faster */
        spare = names.buckets;
        move_into(buckets, size);
    }
    thrum__latch_unlock(&names.latch);
    if (spare != first_buckets)
        free(spare);
}

static entry *new_entry(const void *object, const char *name) {
    size_t size = strlen(name) + 1;
    entry *e = thrum__malloc(sizeof *e + size);
    if (!e)
        return NULL;
    e->object = object;
    memcpy(e->name, name, size);
    return e;
}

/* Put `e`, or nothing when it is NULL, in the place of what there was for `object`. Returns that. */
static entry *replace(const void *object, entry *e) {
    thrum__latch_lock(&names.latch);
    entry **place = find(object);
    entry *old = *place;
    entry *rest = old ? old->next : NULL;
    if (e)
        e->next = rest;
    *place = e ? e : rest;
    names.count += (size_t)(e != NULL) - (size_t)(old != NULL);
    thrum__latch_unlock(&names.latch);
    return old;
}

int thrum_set_object_name(const void *object, const char *name) {
    entry *e = NULL;
    if (name) {
        e = new_entry(object, name);
        if (!e)
            return -ENOMEM;
        grow();
    }
    free(replace(object, e));
    return 0;
}

void thrum__name_copy(char *buffer, size_t size, const char *name) {
    if (memccpy(buffer, name, '\0', size))
        return;
    size_t length = size - 1;
    while (length > 0 && ((unsigned char)buffer[length] & 0xc0) == 0x80)
        length--; /* that byte and those after it belong to a character that does not fit */
    buffer[length] = '\0';
}

void thrum__object_name(const void *object, char *buffer, size_t size) {
    thrum__latch_lock(&names.latch);
    const entry *e = *find(object);
    thrum__name_copy(buffer, size, e ? e->name : "");
    thrum__latch_unlock(&names.latch);
}

void thrum__names_before_fork(void) {
    thrum__latch_lock(&names.latch);
}

void thrum__names_after_fork(void) {
    thrum__latch_unlock(&names.latch);
}
