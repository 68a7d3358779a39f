/* access.h - data races in words. */
#ifndef THRUM_EXPLORE_ACCESS_INTERNAL_H
#define THRUM_EXPLORE_ACCESS_INTERNAL_H

#include "explore/shared.h"

/* Write what outcome->race says into outcome->text. Not in a process whose threads are explored. */
void x_access_describe(x_outcome *outcome);

#endif
