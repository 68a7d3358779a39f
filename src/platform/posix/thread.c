/* thread.c - POSIX has no number for a thread and no name: a number is made up, and names are not shown. */
#include <unistd.h>

#include "platform/platform.h"

static int last;
static __thread int mine;

int thrum__os_thread_id(void) {
    /* Relaxed: the numbers need to be different, nothing is ordered by them. */
    if (mine == 0)
        mine = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
    return mine;
}

bool thrum__os_is_main_thread(void) {
    return thrum__os_thread_id() == 1;
}

void thrum__os_set_thread_name(int thread_id, const char *name) {
    (void)thread_id;
    (void)name;
}

unsigned thrum__os_cpus(void) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}
