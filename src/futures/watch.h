/* watch.h - wait for several futures: a block of watches, one for each future, and a list of those that are settled.
 *
 * Ownership: the block is counted. Its maker has a reference, and so has each watch that is in the list of a future;
 * whoever takes a watch out of there, the one who settles the future or the maker, has its reference from then on. So
 * a future may be settled while its watcher goes home.
 *
 * Locking: the latch at a future's address protects its list and, of its watches, `listed`; the latch at the block's
 * address protects the list of settled ones. No thread holds two of them.
 */
#ifndef THRUM_WATCH_H
#define THRUM_WATCH_H

#include "futures/future_internal.h"

struct thrum__watches;

typedef struct thrum__watch {
    thrum__listener listener;
    struct thrum__watches *block;
    struct thrum__watch *next_settled;
    thrum_future *future;
    bool listed;
} thrum__watch;

typedef struct thrum__watches {
    uint32_t references; /* atomic */
    uint32_t waiting;    /* its address is where the maker waits */
    thrum__watch *first_settled, **last_settled;
    bool (*enough)(uint32_t word); /* what is watched for */
    size_t count, helped;          /* the watches before `helped` are of futures that need no help any more */
    thrum__watch each[];
} thrum__watches;

/* Watch `count` futures until each is settled in the sense of enough(word). Those that are so now are in the list at
 * once, in the order of the array. Returns NULL without memory. */
thrum__watches *thrum__watches_new(thrum_future *const *futures, size_t count, bool (*enough)(uint32_t word));

/* Take the one that was settled first, waiting for one. Returns 0 or THRUM_TIMED_OUT. */
int thrum__watches_take(thrum__watches *watches, int64_t deadline, const void *site, thrum_future **ret_future);

/* Stop watching. */
void thrum__watches_free(thrum__watches *watches);

/* Tell the makers of the watches in a list that was taken out of a future. */
void thrum__watches_tell(thrum__listener *watches);

#endif
