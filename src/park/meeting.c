/* meeting.c - joining, waiting, and being told. */
#include "base/hooks.h"
#include "park/meeting.h"
#include "time/time_internal.h"

enum { number_shift = 32 };
static const uint64_t TIMED = UINT64_C(1) << 62;

static uint32_t newest(uint64_t word) {
    return (uint32_t)(word >> number_shift) & THRUM__ID_MASK;
}

static bool move(uint64_t *word, uint64_t *seen, uint64_t to) {
    thrum__point(word, THRUM__POINT_ATOMIC);
    /* Release: a thread that takes sees the records of all who joined before it, and what they did before. Acquire:
     * the taker's half of that; on failure as in thrum__meeting_look(). */
    bool moved = __atomic_compare_exchange_n(word, seen, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    thrum__note(word, THRUM__NOTE_TAKES);
    if (moved)
        thrum__note(word, THRUM__NOTE_GIVES);
    return moved;
}

static bool join_with_limit(uint64_t *word, uint64_t *seen, uint64_t to, thrum__record *me, thrum__wait wait) {
    wait.since = thrum_monotonic_ns();
    thrum__queue *queue = thrum__queue_lock(word);
    bool joined = move(word, seen, to | TIMED);
    if (joined)
        thrum__queue_show(queue, me, word, &wait);
    thrum__queue_unlock(queue);
    return joined;
}

bool thrum__meeting_join(uint64_t *word, uint64_t *seen, uint32_t state, uint32_t promise, const thrum__wait *wait) {
    thrum__record *me = thrum__record_self();
    uint64_t to = (uint64_t)me->id << number_shift | (*seen & TIMED) | state;
    /* Relaxed: who tells this thread finds the record by the word. */
    __atomic_store_n(&me->word, THRUM__AWAKE, __ATOMIC_RELAXED);
    me->token = promise;
    me->behind = newest(*seen);
    return wait->forever ? move(word, seen, to) : join_with_limit(word, seen, to, me, *wait);
}

/* Stand in a queue while asleep, to be seen there by reports: at its own address. At the object's, whose memory may
 * be another object by the time the thread leaves, it would be taken for one that waits for that. */
static void sleep_in_sight(thrum__record *me, thrum__wait wait) {
    wait.since = thrum_monotonic_ns();
    thrum__queue *queue = thrum__queue_lock(me);
    thrum__queue_show(queue, me, me, &wait);
    thrum__queue_unlock(queue);
    (void)thrum__doze_at_once(me, THRUM__NEVER);
    (void)thrum__queue_leave(me, me);
}

bool thrum__meeting_wait(const thrum__wait *wait, int64_t deadline, uint32_t others) {
    thrum__record *me = thrum__record_self();
    if (thrum__doze_awake(me, deadline, others))
        return true;
    if (!wait->forever)
        return thrum__doze_at_once(me, deadline);
    sleep_in_sight(me, *wait);
    return true;
}

bool thrum__meeting_change(uint64_t *word, uint64_t *seen, uint32_t state) {
    return move(word, seen, (*seen & ~(uint64_t)UINT32_MAX) | state);
}

bool thrum__meeting_take_held(thrum__queue *queue, uint64_t *word, uint64_t *seen, uint32_t state) {
    if (!move(word, seen, state))
        return false;
    thrum__record *record = thrum__record_find(newest(*seen));
    for (; record; record = thrum__record_find(record->behind))
        /* Relaxed: only under this latch does the key change from `word` to another, or from another to it. */
        if (__atomic_load_n(&record->key, __ATOMIC_RELAXED) == word)
            thrum__queue_remove(queue, record);
    return true;
}

bool thrum__meeting_take(uint64_t *word, uint64_t *seen, uint32_t state) {
    if (!(*seen & TIMED))
        return move(word, seen, state);
    thrum__queue *queue = thrum__queue_lock(word);
    bool taken = thrum__meeting_take_held(queue, word, seen, state);
    thrum__queue_unlock(queue);
    return taken;
}

/* In the child of a fork the list may lead to a thread that is not there: it ends before that. */
void thrum__meeting_keep(uint64_t taken) {
    for (thrum__record *record = thrum__record_find(newest(taken)), *next; record; record = next) {
        next = thrum__record_find(record->behind); /* before the delivery, after which the record is its thread's */
        thrum__deliver(record, record->token);
    }
}

void thrum__meeting_disappoint(uint64_t taken, uint32_t token) {
    for (thrum__record *record = thrum__record_find(newest(taken)), *next; record; record = next) {
        next = thrum__record_find(record->behind); /* as above */
        thrum__deliver(record, token);
    }
}

thrum__queue *thrum__meeting_hold(uint64_t *word) {
    thrum__queue *queue = thrum__queue_lock(word);
    /* Relaxed: only under this latch does the key change from `word` to another. */
    if (__atomic_load_n(&thrum__record_self()->key, __ATOMIC_RELAXED) == word)
        return queue;
    thrum__queue_unlock(queue);
    return NULL;
}
