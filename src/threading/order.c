/* order.c - the order in which locks are taken. */
#include "threading/deadlock_internal.h"
#include "threading/report.h"

bool thrum__order_watching;

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

void thrum__text_add_held(thrum__text *text, uint32_t id, int64_t now) {
    (void)text;
    (void)id;
    (void)now;
}

bool thrum_lock_order(bool on) {
    return __atomic_exchange_n(&thrum__order_watching, on, __ATOMIC_SEQ_CST);
}

void thrum_lock_order_forget(const void *lock) {
    (void)lock;
}
