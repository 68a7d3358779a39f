/* wheel.c - the timing wheel.
 *
 * What is always true of a node in a slot: its tick lies after `now`; the slot's level is that of the highest digit
 * in which tick and `now` differ, and there the tick's digit is the greater one. So the earliest slot is the first
 * occupied one of the lowest level that is not empty, and a jump in time to before that slot's start leaves every
 * node where it belongs. The one exception is the open slot: `now` is its start, and its nodes are being moved.
 */
#include "base/wheel.h"

enum { most_moves = 64 }; /* per call of advance: about 2 us when memory is slow */

static uint64_t tick_at_or_after(int64_t ns) {
    return ns <= 0 ? 0 : ((uint64_t)ns + (1u << thrum__wheel_tick_bits) - 1) >> thrum__wheel_tick_bits;
}

static uint64_t tick_at_or_before(int64_t ns) {
    return ns <= 0 ? 0 : (uint64_t)ns >> thrum__wheel_tick_bits;
}

/* The last tick begins after the end of int64_t. */
static int64_t ns_of(uint64_t tick) {
    return tick > (uint64_t)INT64_MAX >> thrum__wheel_tick_bits ? INT64_MAX
                                                                : (int64_t)(tick << thrum__wheel_tick_bits);
}

static void append(thrum__wheel *wheel, thrum__wheel_node *node, uint32_t list) {
    thrum__wheel_node *first = wheel->lists[list];
    node->list = list;
    if (!first) {
        wheel->lists[list] = node->next = node->prev = node;
        return;
    }
    node->next = first;
    node->prev = first->prev;
    first->prev->next = node;
    first->prev = node;
}

static unsigned digit(uint64_t tick, unsigned level) {
    return (tick >> (level * thrum__wheel_digit_bits)) % thrum__wheel_slots;
}

static void place(thrum__wheel *wheel, thrum__wheel_node *node) {
    if (node->tick <= wheel->now) {
        append(wheel, node, thrum__wheel_due);
        return;
    }
    unsigned highest_bit = 63 - (unsigned)__builtin_clzll(node->tick ^ wheel->now);
    unsigned level = highest_bit / thrum__wheel_digit_bits;
    unsigned slot = digit(node->tick, level);
    wheel->occupied[level] |= UINT64_C(1) << slot;
    append(wheel, node, thrum__wheel_first_slot + level * thrum__wheel_slots + slot);
}

static void mark_empty(thrum__wheel *wheel, uint32_t list) {
    wheel->lists[list] = NULL;
    if (list >= thrum__wheel_first_slot) {
        uint32_t slot = list - thrum__wheel_first_slot;
        wheel->occupied[slot / thrum__wheel_slots] &= ~(UINT64_C(1) << slot % thrum__wheel_slots);
    }
}

void thrum__wheel_insert(thrum__wheel *wheel, thrum__wheel_node *node, int64_t deadline) {
    node->tick = tick_at_or_after(deadline);
    place(wheel, node);
}

void thrum__wheel_remove(thrum__wheel *wheel, thrum__wheel_node *node) {
    uint32_t list = node->list;
    node->list = 0;
    if (node->next == node) {
        mark_empty(wheel, list);
        return;
    }
    node->prev->next = node->next;
    node->next->prev = node->prev;
    if (wheel->lists[list] == node)
        wheel->lists[list] = node->next;
}

/* The slot that time enters next, or the open one; 0 when there is none. */
static uint32_t earliest(const thrum__wheel *wheel) {
    if (wheel->lists[wheel->open])
        return wheel->open;
    for (uint32_t level = 0; level < thrum__wheel_levels; level++)
        if (wheel->occupied[level])
            return thrum__wheel_first_slot + level * thrum__wheel_slots +
                   (uint32_t)__builtin_ctzll(wheel->occupied[level]);
    return 0;
}

/* The tick with which a slot begins: the present's digits above the slot's level, its own, and zeros. */
static uint64_t start_of(const thrum__wheel *wheel, uint32_t list) {
    unsigned level = (list - thrum__wheel_first_slot) / thrum__wheel_slots;
    uint64_t slot = (list - thrum__wheel_first_slot) % thrum__wheel_slots;
    unsigned below = level * thrum__wheel_digit_bits, above = below + thrum__wheel_digit_bits;
    return wheel->now >> above << above | slot << below;
}

bool thrum__wheel_advance(thrum__wheel *wheel, int64_t now) {
    uint64_t target = tick_at_or_before(now);
    if (target < wheel->now)
        target = wheel->now;
    for (int moves = 0; moves < most_moves; moves++) {
        uint32_t list = earliest(wheel);
        if (list == 0 || start_of(wheel, list) > target) {
            wheel->now = target;
            wheel->open = 0;
            return true;
        }
        wheel->open = list;
        wheel->now = start_of(wheel, list);
        thrum__wheel_node *node = wheel->lists[list];
        thrum__wheel_remove(wheel, node);
        place(wheel, node);
    }
    return false;
}

thrum__wheel_node *thrum__wheel_pop(thrum__wheel *wheel) {
    thrum__wheel_node *node = wheel->lists[thrum__wheel_due];
    if (node)
        thrum__wheel_remove(wheel, node);
    return node;
}

bool thrum__wheel_has_more(const thrum__wheel *wheel) {
    return earliest(wheel) != 0;
}

int64_t thrum__wheel_next(const thrum__wheel *wheel) {
    uint32_t list = earliest(wheel);
    return list ? ns_of(start_of(wheel, list)) : INT64_MAX;
}
