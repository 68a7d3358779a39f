/* heap.c - items move into a hole, one copy per level; the one that is looked for a place goes there last.
 *
 * Everything is compiled once for each kind of key, with the comparison inside: what is passed as `kind` is a
 * constant in all that is marked INLINE.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/heap.h"

#define INLINE static inline __attribute__((always_inline))

enum { children = 4, foreseen = 8 * thrum__heap_line };

/* What is known where code is compiled, and the array. */
typedef struct kind {
    thrum__heap_key key;
    size_t size;
} kind;
typedef struct heap {
    const thrum__heap_order *order;
    unsigned char *items;
    size_t count;
} heap;

INLINE unsigned char *at(const heap *h, kind k, size_t index) {
    return h->items + index * k.size;
}

INLINE void copy(kind k, void *to, const void *from) {
    if (k.size == sizeof(void *))
        memcpy(to, from, sizeof(void *)); /* a load and a store */
    else
        memcpy(to, from, k.size);
}

INLINE int64_t signed_number(const void *item) {
    int64_t number;
    memcpy(&number, item, sizeof number);
    return number;
}

INLINE uint64_t unsigned_number(const void *item) {
    uint64_t number;
    memcpy(&number, item, sizeof number);
    return number;
}

INLINE int plain_number(const void *item) {
    int number;
    memcpy(&number, item, sizeof number);
    return number;
}

/* What is not a number comes last, as if it were the largest. */
INLINE bool is_less_double(const void *a, const void *b) {
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y || (x == x && y != y);
}

INLINE bool is_less(const heap *h, kind k, const void *a, const void *b) {
    switch (k.key) {
    case THRUM__HEAP_INT:
        return plain_number(a) < plain_number(b);
    case THRUM__HEAP_INT64:
        return signed_number(a) < signed_number(b);
    case THRUM__HEAP_UINT64:
        return unsigned_number(a) < unsigned_number(b);
    case THRUM__HEAP_DOUBLE:
        return is_less_double(a, b);
    case THRUM__HEAP_ANY:
        break;
    }
    return h->order->compare(a, b, h->order->arg) < 0;
}

/* Move `item` up from the hole at `hole` to where its parent is not larger. */
INLINE void rise(const heap *h, kind k, size_t hole, const void *item) {
    while (hole > 0) {
        size_t parent = (hole - 1) / children;
        if (!is_less(h, k, item, at(h, k, parent)))
            break;
        copy(k, at(h, k, hole), at(h, k, parent));
        hole = parent;
    }
    copy(k, at(h, k, hole), item);
}

/* Ask for the grandchildren of a place, which stand side by side: one of them is looked at next, and with many items
 * they are far away. */
INLINE void foresee(const heap *h, kind k, size_t place) {
    size_t first = (place * children + 1) * children + 1, end = first + children * children;
    if (end > h->count)
        return;
    const unsigned char *from = at(h, k, first), *to = at(h, k, end);
    if (to - from > foreseen)
        to = from + foreseen;
    for (; from < to; from += thrum__heap_line)
        __builtin_prefetch(from);
}

/* The smaller of two places. Chosen by arithmetic: which one it is nobody can foresee, and a branch would be wrong
 * half of the time. */
INLINE size_t lesser(const heap *h, kind k, size_t a, size_t b) {
    size_t b_is_less = is_less(h, k, at(h, k, b), at(h, k, a));
    return a + b_is_less * (b - a);
}

/* The smallest child of `parent`, or count when it has none. Two pairs and their winners, which a CPU can compare at
 * the same time. */
INLINE size_t least_child(const heap *h, kind k, size_t parent) {
    size_t first = parent * children + 1;
    if (first + children <= h->count)
        return lesser(h, k, lesser(h, k, first, first + 1), lesser(h, k, first + 2, first + 3));
    size_t least = first < h->count ? first : h->count;
    for (size_t child = first + 1; child < h->count; child++)
        least = lesser(h, k, least, child);
    return least;
}

/* The hole goes down to the end, and the last item up from there: it is one of the largest and belongs near the end,
 * so it need not be compared at each level. */
INLINE void pop(heap *h, kind k, void *ret_item) {
    size_t hole = 0, child;
    copy(k, ret_item, h->items);
    if (--h->count == 0)
        return;
    for (;; hole = child) {
        foresee(h, k, hole);
        child = least_child(h, k, hole);
        if (child == h->count)
            break;
        copy(k, at(h, k, hole), at(h, k, child));
    }
    rise(h, k, hole, at(h, k, h->count));
}

/* An item that is its key and no more is moved in a register. */
INLINE void push_by(const heap *h, thrum__heap_key key, const void *item) {
    if (h->order->item_size == sizeof(uint64_t))
        rise(h, (kind){key, sizeof(uint64_t)}, h->count, item);
    else
        rise(h, (kind){key, h->order->item_size}, h->count, item);
}

INLINE void pop_by(heap *h, thrum__heap_key key, void *ret_item) {
    if (h->order->item_size == sizeof(uint64_t))
        pop(h, (kind){key, sizeof(uint64_t)}, ret_item);
    else
        pop(h, (kind){key, h->order->item_size}, ret_item);
}

#define BY_KEY(h, move, item)                                                                                        \
    switch ((h).order->key) {                                                                                        \
    case THRUM__HEAP_ANY:                                                                                            \
        move(&(h), THRUM__HEAP_ANY, item);                                                                           \
        break;                                                                                                       \
    case THRUM__HEAP_INT:                                                                                            \
        move(&(h), THRUM__HEAP_INT, item);                                                                           \
        break;                                                                                                       \
    case THRUM__HEAP_INT64:                                                                                          \
        move(&(h), THRUM__HEAP_INT64, item);                                                                         \
        break;                                                                                                       \
    case THRUM__HEAP_UINT64:                                                                                         \
        move(&(h), THRUM__HEAP_UINT64, item);                                                                        \
        break;                                                                                                       \
    case THRUM__HEAP_DOUBLE:                                                                                         \
        move(&(h), THRUM__HEAP_DOUBLE, item);                                                                        \
        break;                                                                                                       \
    }

void thrum__heap_push(const thrum__heap_order *order, void *items, size_t count, const void *item) {
    heap h = {order, items, count};
    BY_KEY(h, push_by, item)
}

void thrum__heap_pop(const thrum__heap_order *order, void *items, size_t count, void *ret_item) {
    heap h = {order, items, count};
    BY_KEY(h, pop_by, ret_item)
}

size_t thrum__heap_offset(const thrum__heap_order *order) {
    bool fit = thrum__heap_line % (children * order->item_size) == 0;
    return fit ? thrum__heap_line - order->item_size : 0;
}
