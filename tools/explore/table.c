/* table.c - what stands for a POSIX object, by its address; and the queues of some of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "preload.h"

enum { buckets = 1024 };

static preload_object *table[buckets]; /* used by the thread that has its turn only */

static preload_object **place_of(const void *address, preload_kind kind) {
    preload_object **place = &table[((uintptr_t)address >> 3) % buckets];
    while (*place && ((*place)->address != address || (*place)->kind != kind))
        place = &(*place)->next;
    return place;
}

preload_object *preload_object_find(const void *address, preload_kind kind) {
    return *place_of(address, kind);
}

preload_object *preload_object_of(const void *address, preload_kind kind, bool *ret_new) {
    preload_object **place = place_of(address, kind);
    *ret_new = !*place;
    if (*place)
        return *place;
    preload_object *object = calloc(1, sizeof *object);
    if (!object) {
        fputs("thrum explore: no memory\n", stderr);
        abort();
    }
    object->address = address;
    object->kind = kind;
    return *place = object;
}

void preload_forget(const void *address, preload_kind kind) {
    preload_object **place = place_of(address, kind), *object = *place;
    if (!object)
        return;
    *place = object->next;
    free(object);
}

preload_object *preload_object_anew(const void *address, preload_kind kind) {
    bool is_new;
    preload_forget(address, kind);
    return preload_object_of(address, kind, &is_new);
}

void preload_for_each(void (*function)(preload_object *object, void *arg), void *arg) {
    for (unsigned i = 0; i < buckets; i++)
        for (preload_object *object = table[i]; object; object = object->next)
            function(object, arg);
}

void preload_queue(preload_object *object, preload_waiter *waiter) {
    preload_waiter **place = &object->queue;
    while (*place)
        place = &(*place)->next;
    waiter->next = NULL;
    *place = waiter;
}

void preload_leave_queue(preload_object *object, preload_waiter *waiter) {
    preload_waiter **place = &object->queue;
    while (*place && *place != waiter)
        place = &(*place)->next;
    if (*place)
        *place = waiter->next;
}

bool preload_is_woken(void *waiter) {
    return ((preload_waiter *)waiter)->woken;
}

/* The waiter after `skip` others that the wake-up could be meant for as well; counts them. */
static preload_waiter *nth(const preload_object *object, uint32_t bits, uint32_t skip, uint32_t *ret_count) {
    preload_waiter *found = NULL;
    *ret_count = 0;
    for (preload_waiter *waiter = object->queue; waiter; waiter = waiter->next)
        if (waiter->bits & bits && (*ret_count)++ == skip)
            found = waiter;
    return found;
}

preload_waiter *preload_wake_one(preload_object *object, uint32_t bits) {
    uint32_t count;
    preload_waiter *waiter = nth(object, bits, 0, &count);
    if (count > 1)
        waiter = nth(object, bits, thrum_explore_choose(count), &count);
    if (!waiter)
        return NULL;
    preload_leave_queue(object, waiter);
    waiter->woken = true;
    return waiter;
}

int preload_error(int error) {
    errno = error;
    return -1;
}
