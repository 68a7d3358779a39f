/* objects.h - objects by the order in which a schedule meets them: an address is not the same in the next run. */
#ifndef THRUM_EXPLORE_OBJECTS_H
#define THRUM_EXPLORE_OBJECTS_H

#include <stdint.h>

void x_objects_begin(void);

/* The number of an object, from 1; 0 when there are too many. */
uint32_t x_object_number(const void *object);

/* Remember that a wake-up at this object found nobody; and the sentence about it, or NULL when there was none. */
void x_objects_note_unheard(const void *object, uint32_t thread, uint32_t step, const char *verb);
const char *x_objects_unheard(const void *object);

#endif
