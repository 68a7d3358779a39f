/* fence.c - without help from the system: both sides are seq_cst operations, and there is nothing to choose. */
#include "platform/fence.h"

bool thrum__fences_are_light;

void thrum__fences_choose(void) {
}

void thrum__fence_heavy(void) {
    thrum__point(&thrum__fences_are_light, THRUM__POINT_ATOMIC);
}
