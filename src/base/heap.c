/* heap.c - items move into a hole, one copy per level; the one that is looked for a place goes there last. */
#include <string.h>

#include "base/heap.h"

enum { children = 4 };

static unsigned char *at(const thrum__heap_order *order, void *items, size_t index) {
    return (unsigned char *)items + index * order->item_size;
}

static void copy(const thrum__heap_order *order, void *to, const void *from) {
    if (order->item_size == sizeof(void *))
        memcpy(to, from, sizeof(void *)); /* a load and a store */
    else
        memcpy(to, from, order->item_size);
}

void thrum__heap_push(const thrum__heap_order *order, void *items, size_t count, const void *item) {
    size_t hole = count;
    while (hole > 0) {
        size_t parent = (hole - 1) / children;
        if (order->compare(item, at(order, items, parent), order->arg) >= 0)
            break;
        copy(order, at(order, items, hole), at(order, items, parent));
        hole = parent;
    }
    copy(order, at(order, items, hole), item);
}

/* The smallest child of `parent` among `count` items, or count when it has none. */
static size_t least_child(const thrum__heap_order *order, void *items, size_t count, size_t parent) {
    size_t least = parent * children + 1;
    if (least >= count)
        return count;
    size_t end = least + children < count ? least + children : count;
    for (size_t child = least + 1; child < end; child++)
        if (order->compare(at(order, items, child), at(order, items, least), order->arg) < 0)
            least = child;
    return least;
}

void thrum__heap_pop(const thrum__heap_order *order, void *items, size_t count, void *ret_item) {
    size_t hole = 0, left = count - 1;
    const unsigned char *last = at(order, items, left);
    copy(order, ret_item, items);
    if (left == 0)
        return;
    for (size_t child; (child = least_child(order, items, left, hole)) < left; hole = child) {
        if (order->compare(last, at(order, items, child), order->arg) <= 0)
            break;
        copy(order, at(order, items, hole), at(order, items, child));
    }
    copy(order, at(order, items, hole), last);
}
