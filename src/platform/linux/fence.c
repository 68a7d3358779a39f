/* fence.c - the heavy side is membarrier(2), Linux 4.14. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/fence.h"
#include "platform/linux/numbers.h"

bool thrum__fences_are_light;

static long membarrier(int command) {
    return syscall(SYS_membarrier, command, 0, 0);
}

/* Both calls: a filter may have been installed between being registered and now. */
void thrum__fences_choose(void) {
    int kept = errno;
    bool light = membarrier(thrum__membarrier_register) == 0 && membarrier(thrum__membarrier_expedited) == 0;
    errno = kept;
    /* Relaxed: see its declaration. */
    __atomic_store_n(&thrum__fences_are_light, light, __ATOMIC_RELAXED);
}

/* Refused after it was granted, by a filter that somebody installed while pools were at work: the others' stores are
 * light already, and there is no other way to wait for them. */
static void give_up(void) {
    perror("thrum: membarrier() is refused, which was allowed when the first pool was made");
    abort();
}

void thrum__fence_heavy(void) {
    thrum__point(&thrum__fences_are_light, THRUM__POINT_ATOMIC);
    /* Relaxed: see its declaration. */
    if (__atomic_load_n(&thrum__fences_are_light, __ATOMIC_RELAXED) && membarrier(thrum__membarrier_expedited) != 0)
        give_up();
}
