/* park.c - going to sleep and being woken: the only place in the library in which a thread blocks for another. */
#include <errno.h>

#include "base/hooks.h"
#include "park/queue.h"
#include "park/sleep.h"
#include "platform/platform.h"
#include "time/time_internal.h"

static bool delivered(const thrum__record *me) {
    /* Acquire: pairs with the exchange of thrum__deliver(). What the waker did before is seen from here on. */
    bool is = __atomic_load_n(&me->word, __ATOMIC_ACQUIRE) == THRUM__DELIVERED;
    if (is)
        thrum__note(me, THRUM__NOTE_TAKES);
    return is;
}

bool thrum__doze_at_once(thrum__record *me, int64_t deadline) {
    uint32_t awake = THRUM__AWAKE;
    thrum__point(me, THRUM__POINT_ATOMIC);
    /* Relaxed: failure means DELIVERED (or ASLEEP, when this is a second doze in one wait), which delivered() reads.
     */
    __atomic_compare_exchange_n(&me->word, &awake, THRUM__ASLEEP, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    while (!delivered(me))
        if (thrum__wait_on(&me->word, THRUM__ASLEEP, deadline) == -ETIMEDOUT)
            return delivered(me);
    return true;
}

bool thrum__doze_awake(thrum__record *me, int64_t deadline, uint32_t others) {
    bool may_spin = deadline > 0 && thrum__hooks_get() == NULL;
    return may_spin && thrum__spin_while(&me->word, THRUM__AWAKE, &me->spin, others) && delivered(me);
}

bool thrum__doze(thrum__record *me, int64_t deadline, uint32_t others) {
    return thrum__doze_awake(me, deadline, others) || thrum__doze_at_once(me, deadline);
}

bool thrum__queue_leave(thrum__record *me, const void *key) {
    thrum__queue *queue = thrum__queue_lock(key);
    /* Relaxed: only under this latch does the key change from `key` to another. */
    bool queued = __atomic_load_n(&me->key, __ATOMIC_RELAXED) == key;
    if (queued)
        thrum__queue_remove(queue, me);
    thrum__queue_unlock(queue);
    return queued;
}

/* The time has passed, unless a delivery is on its way. */
static int give_up(thrum__record *me, const void *key) {
    if (thrum__queue_leave(me, key))
        return THRUM_TIMED_OUT;
    thrum__doze_at_once(me, THRUM__NEVER);
    return 0;
}

int thrum__park(thrum__record *me, const void *key, int64_t deadline) {
    return thrum__doze(me, deadline, 1) ? 0 : give_up(me, key);
}

int thrum__park_at_once(thrum__record *me, const void *key, int64_t deadline) {
    return thrum__doze_at_once(me, deadline) ? 0 : give_up(me, key);
}

void thrum__deliver(thrum__record *record, uint32_t token) {
    thrum__point(record, THRUM__POINT_ATOMIC);
    record->token = token;
    thrum__note(record, THRUM__NOTE_GIVES);
    /* Release: pairs with delivered(). After it the record is its thread's; the wake-up touches its address only, and
     * records are never unmapped. */
    if (__atomic_exchange_n(&record->word, THRUM__DELIVERED, __ATOMIC_RELEASE) == THRUM__ASLEEP)
        thrum__wake_on(&record->word);
}

thrum__wait thrum__wait_for(thrum__kind kind, const void *object, const uint32_t *owner_word, int64_t deadline,
                            const void *site) {
    return (thrum__wait){.kind = kind,
                         .forever = deadline == THRUM__NEVER,
                         .object = object,
                         .owner_word = owner_word,
                         .site = site,
                         .since = thrum_monotonic_ns()};
}

int thrum_sleep(thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__REFUSE_NEGATIVE, &deadline);
    if (r < 0)
        return r;
    thrum__record *me = thrum__record_self();
    thrum__wait wait = thrum__wait_for(THRUM__KIND_SLEEP, NULL, NULL, deadline, __builtin_return_address(0));
    thrum__queue *queue = thrum__queue_lock(me);
    thrum__queue_push(queue, me, me, &wait);
    thrum__queue_unlock(queue);
    (void)thrum__park_at_once(me, me, deadline); /* nobody delivers at a thread's own record: only time ends it */
    return 0;
}
