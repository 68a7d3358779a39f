/* waiting.c - see waiting.h. */
#include <thrum/explore.h>

#include "park/record.h"
#include "waiting.h"

int get(const int *count) {
    return __atomic_load_n(count, __ATOMIC_SEQ_CST);
}

void add(int *count, int n) {
    __atomic_add_fetch(count, n, __ATOMIC_SEQ_CST);
}

/* Which thread of the crew is which in the waiting room. Relaxed, here and below: only
 * one thread runs at a time, and nothing is concluded about other memory. */
static thrum__record *waiters[3];

void be(intptr_t index) {
    __atomic_store_n(&waiters[index], thrum__record_self(), __ATOMIC_RELAXED);
}

bool waits_at(int index, const void *key) {
    const thrum__record *waiter = __atomic_load_n(&waiters[index], __ATOMIC_RELAXED);
    return waiter && __atomic_load_n(&waiter->key, __ATOMIC_RELAXED) == key;
}

bool sleeps_in_sight(int index) {
    return waits_at(index, __atomic_load_n(&waiters[index], __ATOMIC_RELAXED));
}

void forget_waiters(void) {
    for (int i = 0; i < 3; i++)
        waiters[i] = NULL;
}

void wait_until(bool (*ready)(void *arg), void *arg) {
    THRUM_EXPLORE_CHECK_THAT(thrum_explore_await(NULL, "the situation", ready, arg, THRUM_FOREVER) == 0);
}
