/* abandoned.c - children whose objects were freed while they ran, kept until somebody has reaped them.
 *
 * The list is a stack with two operations, push one and take all, so that it needs no lock: nothing is ever taken
 * out of its middle, and what nobody else can see can be walked in peace. */
#include <thrum/subprocess/census.h>

#include "subprocess/popen_internal.h"

static thrum_popen *abandoned;

void thrum__popen_abandon(thrum_popen *popen) {
    /* Relaxed: the exchange below publishes, and fails when this guess is out of date. */
    popen->next = __atomic_load_n(&abandoned, __ATOMIC_RELAXED);
    /* Release: pairs with the acquire of the taker, who then sees the object. Relaxed on failure: a new guess. */
    while (!__atomic_compare_exchange_n(&abandoned, &popen->next, popen, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

int thrum__popen_sweep(void) {
    int running = 0;
    /* Relaxed: an empty list is the usual case, and one that is missed now is found at the next call. */
    if (!__atomic_load_n(&abandoned, __ATOMIC_RELAXED))
        return 0;
    /* Acquire: pairs with the release of thrum__popen_abandon(). */
    thrum_popen *list = __atomic_exchange_n(&abandoned, NULL, __ATOMIC_ACQUIRE);
    while (list) {
        thrum_popen *popen = list;
        list = popen->next;
        if (thrum__popen_reap(popen)) {
            thrum__popen_destroy(popen);
        } else {
            thrum__popen_abandon(popen);
            running++;
        }
    }
    return running;
}

int thrum_subprocess_cleanup(void) {
    return thrum__popen_sweep();
}
