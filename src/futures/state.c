/* state.c - how a future goes from state to state: future_internal.h has the table. */
#include "base/hooks.h"
#include "futures/watch.h"

bool thrum__future_exchange(thrum_future *future, uint32_t *word, uint32_t to) {
    thrum__point(future, THRUM__POINT_ATOMIC);
    /* Acquire and release: pairs with itself and with thrum__future_word(); what was written before a change of state
     * is seen after it. Relaxed on failure: looked at again before anything is concluded. */
    return __atomic_compare_exchange_n(&future->word_, word, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

bool thrum__future_mark(thrum_future *future, bool (*enough)(uint32_t word)) {
    uint32_t word = thrum__future_word(future);
    while (!enough(word))
        if (word & THRUM__HEARD || thrum__future_exchange(future, &word, word | THRUM__HEARD))
            return true;
    return false;
}

/* Those who listen, taken out of a future. */
typedef struct audience {
    thrum__listener *callbacks, *watches;
    thrum__wakes wakes;
} audience;

/* Whether the state `to` is one that somebody waits for. */
static bool concerns(const thrum__listener *listener, uint32_t to) {
    if (listener->callback)
        return thrum__is_done(to);
    return ((const thrum__watch *)listener->arg)->block->enough(to);
}

/* Under the latch: take out whom the state `to` concerns. The list is the newest first; what is taken out of it is in
 * the order of arrival. */
static void take_listeners(thrum_future *future, uint32_t to, audience *all) {
    for (thrum__listener **link = &future->listeners_, *listener; (listener = *link);) {
        if (!concerns(listener, to)) {
            link = &listener->next;
            continue;
        }
        thrum__listener **list = listener->callback ? &all->callbacks : &all->watches;
        *link = listener->next;
        listener->next = *list;
        *list = listener;
        if (!listener->callback)
            ((thrum__watch *)listener->arg)->listed = false;
    }
}

/* Under the latch: take out all threads that wait. Each looks again whether this is what it waits for. */
static void take_waiters(thrum__queue *room, const thrum_future *future, thrum__wakes *wakes) {
    for (thrum__record *record; (record = thrum__queue_first(room, future));)
        thrum__wakes_add(wakes, room, record, 0);
}

/* Under the latch, where nobody else changes the state. */
static bool change(thrum_future *future, uint32_t from, uint32_t to, uint32_t drop, audience *all) {
    uint32_t word = thrum__future_word(future), add;
    if ((word & THRUM__STATE) != from)
        return false;
    take_listeners(future, to, all);
    add = all->callbacks ? THRUM__CALLING : 0;
    if (all->callbacks && thrum__future_is_counted(future))
        thrum_future_ref(future); /* for the callbacks: who waits may drop the last one as soon as he knows */
    while (!thrum__future_exchange(future, &word, (word & ~(THRUM__STATE | drop)) | to | add))
        ;
    return true;
}

static void call(thrum__listener *callbacks, thrum_future *future) {
    bool counted = thrum__future_is_counted(future);
    thrum__callbacks_call(callbacks, future);
    thrum__future_unmark(future, THRUM__CALLING);
    if (counted)
        thrum_future_unref(future);
}

static bool move_heard(thrum_future *future, uint32_t from, uint32_t to, uint32_t drop) {
    audience all = {NULL, NULL, {0}};
    thrum__wakes_init(&all.wakes);
    thrum__queue *room = thrum__queue_lock(future);
    bool moved = change(future, from, to, drop, &all);
    if (moved && thrum__is_done(to))
        take_waiters(room, future, &all.wakes);
    thrum__queue_unlock(room); /* from here on the future may be gone, but for its callbacks */
    thrum__wakes_deliver(&all.wakes);
    thrum__watches_tell(all.watches);
    if (all.callbacks)
        call(all.callbacks, future);
    return moved;
}

bool thrum__future_move(thrum_future *future, uint32_t from, uint32_t to, uint32_t drop) {
    uint32_t word = thrum__future_word(future);
    while ((word & THRUM__STATE) == from) {
        if (word & THRUM__HEARD)
            return move_heard(future, from, to, drop);
        if (thrum__future_exchange(future, &word, (word & ~(THRUM__STATE | drop)) | to))
            return true;
    }
    return false;
}

void thrum__future_unmark(thrum_future *future, uint32_t mark) {
    uint32_t state;
    do
        state = thrum__future_word(future) & THRUM__STATE;
    while (!thrum__future_move(future, state, state, mark));
}
