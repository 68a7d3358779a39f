/* store.h - the items of a queue, by value, in one growing array: what differs between the three kinds.
 *
 * The array has a power of two of places. Of a FIFO or a LIFO the items stand in a ring, from `head` on; of a
 * priority queue they are a heap, and head is 0; where they begin in the block is the heap's wish. The caller
 * serialises all calls.
 */
#ifndef THRUM_STORE_H
#define THRUM_STORE_H

#include <stdbool.h>

#include "base/heap.h"

typedef enum thrum__discipline { THRUM__FIFO, THRUM__LIFO, THRUM__PRIORITY } thrum__discipline;

typedef struct thrum__store {
    thrum__discipline discipline;
    thrum__heap_order order; /* its compare is NULL but for a priority queue; its item_size is everybody's */
    void *block;
    unsigned char *items;
    size_t places, head, count;
} thrum__store;

/* What the heap knows of an order, and in *ret_size how large items are at least that have it. */
thrum__heap_key thrum__store_key(int (*compare)(const void *a, const void *b, void *arg), size_t *ret_size);

/* Add a copy of *item. Returns 0, or -ENOMEM with nothing changed. */
int thrum__store_push(thrum__store *store, const void *item);

/* Take the item whose turn it is out of a store that has one, and copy it to *ret_item. */
void thrum__store_pop(thrum__store *store, void *ret_item);

/* Take everything out of `store`; what is returned is the caller's to discard. */
thrum__store thrum__store_take_all(thrum__store *store);

/* Free the memory, after calling discard, unless it is NULL, for each item. */
void thrum__store_discard(thrum__store *store, void (*discard)(void *item));

#endif
