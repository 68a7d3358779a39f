/* store.c - push and pop, and growing by doubling: a queue that works in a steady state allocates nothing. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "queue/store.h"

enum { first_places = 16, spare = 2 * thrum__heap_line };

static unsigned char *place(const thrum__store *store, size_t index) {
    return store->items + (index & (store->places - 1)) * store->order.item_size;
}

static void copy(const thrum__store *store, void *to, const void *from) {
    if (store->order.item_size == sizeof(void *))
        memcpy(to, from, sizeof(void *)); /* a load and a store */
    else
        memcpy(to, from, store->order.item_size);
}

/* Where the items begin in a block that has `spare` bytes more than they need. */
static unsigned char *beginning(const thrum__store *store, void *block) {
    if (store->discipline != THRUM__PRIORITY)
        return block;
    uintptr_t beyond = (uintptr_t)block % thrum__heap_line;
    return (unsigned char *)block + (beyond ? thrum__heap_line - beyond : 0) + thrum__heap_offset(&store->order);
}

/* Twice the places; the ring is laid straight. */
static int grow(thrum__store *store) {
    size_t size = store->order.item_size, places = store->places ? 2 * store->places : first_places;
    if (places > (PTRDIFF_MAX - (size_t)spare) / size)
        return -ENOMEM;
    void *block = thrum__malloc(places * size + spare);
    if (!block)
        return -ENOMEM;
    unsigned char *items = beginning(store, block);
    size_t straight = store->places - store->head;
    if (store->count > 0) {
        memcpy(items, place(store, store->head), straight * size);
        memcpy(items + straight * size, store->items, store->head * size);
    }
    free(store->block);
    store->block = block;
    store->items = items;
    store->places = places;
    store->head = 0;
    return 0;
}

int thrum__store_push(thrum__store *store, const void *item) {
    if (store->count == store->places && grow(store) < 0)
        return -ENOMEM;
    if (store->discipline == THRUM__PRIORITY)
        thrum__heap_push(&store->order, store->items, store->count, item);
    else
        copy(store, place(store, store->head + store->count), item);
    store->count++;
    return 0;
}

void thrum__store_pop(thrum__store *store, void *ret_item) {
    switch (store->discipline) {
    case THRUM__FIFO:
        copy(store, ret_item, place(store, store->head));
        store->head = (store->head + 1) & (store->places - 1);
        break;
    case THRUM__LIFO:
        copy(store, ret_item, place(store, store->head + store->count - 1));
        break;
    case THRUM__PRIORITY:
        thrum__heap_pop(&store->order, store->items, store->count, ret_item);
        break;
    }
    store->count--;
}

thrum__store thrum__store_take_all(thrum__store *store) {
    thrum__store all = *store;
    store->block = store->items = NULL;
    store->places = store->head = store->count = 0;
    return all;
}

void thrum__store_discard(thrum__store *store, void (*discard)(void *item)) {
    /* Front to back, which for a heap is some order and for the others that of putting. */
    for (size_t i = 0; discard && i < store->count; i++)
        discard(place(store, store->head + i));
    free(store->block);
    store->block = store->items = NULL;
}
