/* record.h - what a schedule does, written to the memory that the process that directs sees, too. */
#ifndef THRUM_EXPLORE_RECORD_H
#define THRUM_EXPLORE_RECORD_H

#include "explore/turns.h"

/* Begin a schedule: nothing has happened. */
void x_record_begin(void);

/* One operation: time passes by it. Fails the schedule when it has more than it may. */
void x_record_step(const x_step *step);

/* A decision that is not the ordinary one. */
void x_record_switch(uint32_t decision, enum x_kind kind, uint32_t number);

/* What tells this schedule from others. */
void x_record_hash(uint64_t value);

/* How the thread and the object that it is about to use are called. A repetition is for people, who want to know also
 * when it crashes. */
void x_record_names(const x_thread *t, const void *object);

#endif
