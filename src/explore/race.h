/* race.h - which accesses to memory nothing orders: vector clocks, and what was last done to each word.
 *
 * Used by the thread that has its turn only, like all of the engine's state.
 */
#ifndef THRUM_EXPLORE_RACE_H
#define THRUM_EXPLORE_RACE_H

#include <thrum/explore/access.h>

#include "explore/shared.h"

/* From the next schedule on, keep clocks. */
void x_race_watch(void);

/* Begin a schedule with thread 0. `wanted` false: keep no clocks. */
void x_race_begin(bool wanted);

/* `parent` has created `child`. */
void x_race_thread(uint32_t parent, uint32_t child);

/* What `thread` did so far comes before what others do after they take from `object`. */
void x_race_give(uint32_t thread, const void *object);
void x_race_take(uint32_t thread, const void *object);

/* As the functions of the public header, after the operation or fence. */
void x_race_ordered(uint32_t thread, const void *object, thrum_explore_atomic operation, int order);
void x_race_fence(uint32_t thread, int order);

/* An access is about to be made: when it is a race, true, and the earlier one in *ret_other. Else it is remembered;
 * memory that is given back only where there was one before. */
bool x_race_access(const x_access *access, x_access *ret_other);

/* Forget what was done to this memory. */
void x_race_allocated(const void *address, size_t size);

#endif
