/* held.h - which locks each thread holds, while lock order is watched.
 *
 * A list belongs to a thread, which alone adds to it; others read it for their reports, and take a lock out when they
 * release it in the place of its owner. Lists are never freed, so a reader that comes late reads a list and not freed
 * memory; the list of a thread that has ended goes to the next thread that needs one.
 */
#ifndef THRUM_HELD_H
#define THRUM_HELD_H

#include "park/latch.h"
#include "park/record.h"

/* A lock that a thread holds. */
typedef struct thrum__hold {
    thrum__kind kind;
    const void *lock;
    const void *site; /* where it was taken */
    int64_t since;
} thrum__hold;

enum { thrum__held_inline = 16 };

typedef struct thrum__held thrum__held;
struct thrum__held {
    thrum__latch latch; /* protects what follows, but next and owner, which the latch of all lists protects */
    size_t count, size;
    thrum__hold *holds; /* the oldest first; first, or from malloc */
    thrum__hold first[thrum__held_inline];
    uint32_t owner; /* the number of its thread; atomic */
    thrum__held *next;
};

/* The calling thread's list: NULL while it has none; made when `make`, or NULL without memory. */
thrum__held *thrum__held_mine(thrum__record *me, bool make);

/* Add to the calling thread's list. Without memory for that the lock is not known to be held. */
void thrum__held_add(thrum__held *list, const thrum__hold *hold);

/* Take the lock out of the list of the thread with that number, if it is there. */
void thrum__held_remove(uint32_t owner, const void *lock);

/* Copy up to `size` of the locks that the thread with that number holds. Returns how many it holds. */
size_t thrum__held_copy(uint32_t owner, thrum__hold *ret_holds, size_t size);

/* Take everything out of all lists, because locks were taken and released unseen. */
void thrum__held_clear(void);

/* Around a fork. */
void thrum__held_before_fork(void);
void thrum__held_after_fork(void);

#endif
