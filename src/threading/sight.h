/* sight.h - what can be seen of another thread at one moment.
 *
 * A thread that waits is held in place by its queue's latch: as long as that is held, its record, its name, what it
 * waits for and the memory of that object stay as they are. So all that is to be known is copied under the latch.
 */
#ifndef THRUM_SIGHT_H
#define THRUM_SIGHT_H

#include "park/record.h"

enum { thrum__sight_name_size = 64 };

typedef struct thrum__sight {
    uint32_t id;
    int native_id;
    const void *key;   /* the address that it is queued at, or NULL when it runs */
    uint32_t sequence; /* of this wait */
    uint32_t owner;    /* the number of the thread that it waits for, or 0 */
    thrum__wait wait;
    char name[thrum__sight_name_size]; /* cut; empty when the thread has none */
} thrum__sight;

/* Look at the thread of `record`. Returns whether it waits; otherwise only key, which is NULL then, is filled in. */
bool thrum__sight_of_wait(thrum__record *record, thrum__sight *ret_sight);

/* The same for a thread that may run: then its number, kernel's number and name are filled in as well, which is safe
 * only for a thread that cannot end meanwhile: in a visitor of thrum__record_each(). */
bool thrum__sight_of_thread(thrum__record *record, thrum__sight *ret_sight);

#endif
