/* wheel.h - a timing wheel: deadlines kept so that adding and removing one costs the same however many there are.
 *
 * The idea
 *   Time is counted in ticks of 2^16 ns (66 us). A deadline's tick, written in base 64, differs from the present in
 *   some digits; the highest of these is its level, and its own digit there is its slot. So the 64 slots of level 0
 *   are the next ticks one by one, those of level 1 are spans of 64 ticks, and so on; eight levels hold every
 *   deadline that an int64_t can express. When time enters a slot of a higher level, its nodes move down. A bitmap
 *   per level tells which slots hold something, so that empty time is skipped, however much there is.
 *
 *       thrum__wheel_insert(&wheel, &job->node, deadline);
 *       ...
 *       while (!thrum__wheel_advance(&wheel, now))             a bounded piece of work each time, so that a latch
 *               ...                                            around it can be let go of in between
 *       while ((node = thrum__wheel_pop(&wheel)))
 *               ...                                            due, in the order of ticks
 *       sleep until thrum__wheel_next(&wheel);
 *
 * Promises: a node is never due before its deadline, and at most a tick after it. Nodes of one tick become due in the
 * order in which they were inserted, unless one was inserted while an advance was not finished. All zero is an empty
 * wheel and a node that is in none; nothing is allocated, and the caller serialises all calls.
 */
#ifndef THRUM_WHEEL_H
#define THRUM_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    thrum__wheel_tick_bits = 16,
    thrum__wheel_digit_bits = 6,
    thrum__wheel_slots = 1 << thrum__wheel_digit_bits,
    thrum__wheel_levels = 8, /* 8 * 6 bits hold the 47 bits of the latest tick, and one that rounds up to beyond it */
    thrum__wheel_due = 1,    /* the list of what is due */
    thrum__wheel_first_slot = 2,
    thrum__wheel_lists = thrum__wheel_first_slot + thrum__wheel_levels * thrum__wheel_slots
};

/* Part of whatever has a deadline. The fields are the wheel's. */
typedef struct thrum__wheel_node {
    struct thrum__wheel_node *next, *prev; /* a ring */
    uint64_t tick;
    uint32_t list; /* 0 when it is in no wheel */
} thrum__wheel_node;

typedef struct thrum__wheel {
    uint64_t now;                                 /* the tick up to which nodes were moved */
    uint32_t open;                                /* the slot that is being emptied, or 0 */
    uint64_t occupied[thrum__wheel_levels];       /* bit s: slot s of the level is not empty */
    thrum__wheel_node *lists[thrum__wheel_lists]; /* the first of each ring, or NULL; [0] is always NULL */
} thrum__wheel;

/* Add `node`, which is in no wheel, with a deadline in nanoseconds. One that has passed is due at once; INT64_MAX
 * never is. */
void thrum__wheel_insert(thrum__wheel *wheel, thrum__wheel_node *node, int64_t deadline);

/* Take `node` out, which is in this wheel, due or not. */
void thrum__wheel_remove(thrum__wheel *wheel, thrum__wheel_node *node);

/* Let time go on to `now`, in nanoseconds; a time before the last one changes nothing. Returns false when it has done
 * as much as it does at once and is to be called again. */
bool thrum__wheel_advance(thrum__wheel *wheel, int64_t now);

/* Take out the first node that is due, or return NULL. */
thrum__wheel_node *thrum__wheel_pop(thrum__wheel *wheel);

/* Whether something is due. */
static inline bool thrum__wheel_has_due(const thrum__wheel *wheel) {
    return wheel->lists[thrum__wheel_due] != NULL;
}

/* Whether something else is in it than what is due. */
bool thrum__wheel_has_more(const thrum__wheel *wheel);

/* When to advance next, for the sake of what is not due yet; INT64_MAX when there is no such thing. Never after the
 * earliest deadline's tick; for one far away it is earlier, at most once per level, because its slot has to be
 * emptied. */
int64_t thrum__wheel_next(const thrum__wheel *wheel);

#endif
