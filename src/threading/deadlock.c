/* deadlock.c - looking for deadlocks. */
#include "threading/deadlock_internal.h"

bool thrum__order_watching;

int thrum__deadlock_check(thrum__record *me, bool may_fail) {
    (void)me;
    (void)may_fail;
    return 0;
}

void thrum__order_acquiring(thrum__record *me, const void *lock, const void *site) {
    (void)me;
    (void)lock;
    (void)site;
}

void thrum__order_acquired(thrum__record *me, const void *lock, const void *site) {
    (void)me;
    (void)lock;
    (void)site;
}

void thrum__order_released(thrum__record *me, const void *lock) {
    (void)me;
    (void)lock;
}
