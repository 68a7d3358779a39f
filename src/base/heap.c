/* heap.c - items move into a hole, one copy per level; the one that is looked for a place goes there last. */
#include <string.h>

#include "base/heap.h"

enum { children = 4, line = 64, foreseen = 8 * line };

static unsigned char *at(const thrum__heap_order *order, void *items, size_t index) {
    return (unsigned char *)items + index * order->item_size;
}

static void copy(const thrum__heap_order *order, void *to, const void *from) {
    if (order->item_size == sizeof(void *))
        memcpy(to, from, sizeof(void *)); /* a load and a store */
    else
        memcpy(to, from, order->item_size);
}

/* Move `item` up from the hole at `hole` to where its parent is not larger. */
static void rise(const thrum__heap_order *order, void *items, size_t hole, const void *item) {
    while (hole > 0) {
        size_t parent = (hole - 1) / children;
        if (order->compare(item, at(order, items, parent), order->arg) >= 0)
            break;
        copy(order, at(order, items, hole), at(order, items, parent));
        hole = parent;
    }
    copy(order, at(order, items, hole), item);
}

void thrum__heap_push(const thrum__heap_order *order, void *items, size_t count, const void *item) {
    rise(order, items, count, item);
}

/* Ask for the grandchildren of a place, which stand side by side: one of them is looked at next, and with many items
 * they are far away. Always inline, as gcc leaves out calls of a function that only fetches. */
__attribute__((always_inline)) static inline void foresee(const thrum__heap_order *order, void *items, size_t count,
                                                          size_t place) {
    size_t first = (place * children + 1) * children + 1, end = first + children * children;
    if (end > count)
        return;
    const unsigned char *from = at(order, items, first), *to = at(order, items, end);
    if (to - from > foreseen)
        to = from + foreseen;
    for (; from < to; from += line)
        __builtin_prefetch(from);
}

/* The smaller of two places. Chosen by arithmetic: which one it is nobody can foresee, and a branch would be wrong
 * half of the time. */
static size_t lesser(const thrum__heap_order *order, void *items, size_t a, size_t b) {
    size_t b_is_less = order->compare(at(order, items, b), at(order, items, a), order->arg) < 0;
    return a + b_is_less * (b - a);
}

/* The smallest child of `parent` among `count` items, or count when it has none. Two pairs and their winners, which a
 * CPU can compare at the same time. */
static size_t least_child(const thrum__heap_order *order, void *items, size_t count, size_t parent) {
    size_t first = parent * children + 1;
    if (first + children <= count)
        return lesser(order, items, lesser(order, items, first, first + 1),
                      lesser(order, items, first + 2, first + 3));
    size_t least = first < count ? first : count;
    for (size_t child = first + 1; child < count; child++)
        least = lesser(order, items, least, child);
    return least;
}

/* The hole goes down to the end, and the last item up from there: it is one of the largest and belongs near the end,
 * so it need not be compared at each level. */
void thrum__heap_pop(const thrum__heap_order *order, void *items, size_t count, void *ret_item) {
    size_t hole = 0, left = count - 1;
    copy(order, ret_item, items);
    if (left == 0)
        return;
    for (;;) {
        foresee(order, items, left, hole);
        size_t child = least_child(order, items, left, hole);
        if (child == left)
            break;
        copy(order, at(order, items, hole), at(order, items, child));
        hole = child;
    }
    rise(order, items, hole, at(order, items, left));
}
