/* heap.h - a 4-ary heap of items by value, in an array that somebody else owns.
 *
 * Each item has up to four children behind it, none of which is smaller, so the first is the smallest of all. Four
 * and not two: half the levels, and the four that are compared stand beside each other.
 */
#ifndef THRUM_HEAP_H
#define THRUM_HEAP_H

#include <stddef.h>

/* What is known of the order: an item begins with a number, and the smaller number comes first. Then the heap looks
 * at it by itself, which takes a fraction of the time of a call. */
typedef enum thrum__heap_key {
    THRUM__HEAP_ANY, /* nothing: call compare */
    THRUM__HEAP_INT,
    THRUM__HEAP_INT64,
    THRUM__HEAP_UINT64,
    THRUM__HEAP_DOUBLE
} thrum__heap_key;

/* How items are compared, and how large each is. */
typedef struct thrum__heap_order {
    int (*compare)(const void *a, const void *b, void *arg);
    void *arg;
    size_t item_size;
    thrum__heap_key key; /* does not contradict compare */
} thrum__heap_order;

/* Add a copy of *item to the heap of `count` items in `items`, which has room for one more. */
void thrum__heap_push(const thrum__heap_order *order, void *items, size_t count, const void *item);

/* Take the smallest out of the heap of `count` items, 1 or more, and copy it to *ret_item. */
void thrum__heap_pop(const thrum__heap_order *order, void *items, size_t count, void *ret_item);

/* Where the first item is best laid in memory that is aligned to a line: so many bytes behind the beginning. The four
 * children of an item are then in one line, if they fit. */
enum { thrum__heap_line = 64 };
size_t thrum__heap_offset(const thrum__heap_order *order);

#endif
