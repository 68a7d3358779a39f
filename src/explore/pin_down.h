/* pin_down.h - a failure that was found, again and as small as it can be. */
#ifndef THRUM_EXPLORE_PIN_DOWN_H
#define THRUM_EXPLORE_PIN_DOWN_H

#include "explore/worker.h"

/* Run the schedule in shared->order once. Returns 0, with what happened in shared->outcome, or -errno. */
int x_repeat(x_shared *shared, const x_test *test);

/* Repeat the failure in shared->outcome, and reduce it: it is in shared->order then, and its last repetition in
 * shared->outcome. Returns what it is in the end, or a negative code. */
int x_pin_down(x_shared *shared, const x_test *test);

#endif
