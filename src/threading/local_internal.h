/* local_internal.h - the keys of thread-local variables.
 *
 * A local's key is a number that is its own for as long as it is in use: an index in the low 32 bits, and above them
 * the generation of the index, which is counted up when the local is cleared. Each thread has a table of values by
 * index; an entry whose key is not its index's current one is of a local that was cleared.
 */
#ifndef THRUM_LOCAL_INTERNAL_H
#define THRUM_LOCAL_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

/* Give *key a number if it has none, whoever else is about to do so. Returns false when there is no memory. */
bool thrum__local_key_assign(uint64_t *key);

/* End the use of a number. Values stored under it are stale from now on. */
void thrum__local_key_retire(uint64_t key);

bool thrum__local_key_is_current(uint64_t key);

/* Counts the calls of retire, so that a thread sees whether it may have stale values. */
uint32_t thrum__local_keys_retired(void);

static inline uint32_t thrum__local_key_index(uint64_t key) {
    return (uint32_t)key;
}

#endif
