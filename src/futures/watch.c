/* watch.c - see watch.h. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/hooks.h"
#include "futures/watch.h"
#include "threading/deadlock_internal.h"

static void unref(thrum__watches *watches) {
    /* Acquire and release: what everybody did with the block comes before its end. */
    if (__atomic_sub_fetch(&watches->references, 1, __ATOMIC_ACQ_REL) == 0)
        free(watches);
}

/* Put a watch into the list of its future. False when the future is settled already. */
static bool list(thrum__watch *watch) {
    thrum_future *future = watch->future;
    thrum__queue *room = thrum__queue_lock(future);
    bool pending = thrum__future_mark(future, watch->block->enough);
    if (pending) {
        watch->listener.next = future->listeners_;
        future->listeners_ = &watch->listener;
        watch->listed = true;
        /* Relaxed: the maker has a reference. */
        __atomic_add_fetch(&watch->block->references, 1, __ATOMIC_RELAXED);
    }
    thrum__queue_unlock(room);
    return pending;
}

/* Take a watch out of the list of its future, which may be gone when the watch is not there any more. */
static bool unlist(thrum__watch *watch) {
    thrum__queue *room = thrum__queue_lock(watch->future);
    bool listed = watch->listed;
    if (listed) {
        thrum__listener **link = &watch->future->listeners_;
        while (*link != &watch->listener)
            link = &(*link)->next;
        *link = watch->listener.next;
    }
    thrum__queue_unlock(room);
    return listed;
}

/* Under the latch of the block. */
static void add_settled(thrum__watch *watch) {
    thrum__watches *watches = watch->block;
    watch->next_settled = NULL;
    *watches->last_settled = watch;
    watches->last_settled = &watch->next_settled;
}

static void tell(thrum__watch *watch) {
    thrum__watches *watches = watch->block;
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    thrum__queue *room = thrum__queue_lock(&watches->waiting);
    add_settled(watch);
    thrum__record *maker = thrum__queue_first(room, &watches->waiting);
    if (maker)
        thrum__wakes_add(&wakes, room, maker, 0);
    thrum__queue_unlock(room);
    thrum__wakes_deliver(&wakes);
    unref(watches);
}

void thrum__watches_tell(thrum__listener *watches) {
    for (thrum__listener *listener = watches, *next; listener; listener = next) {
        next = listener->next;
        tell(listener->arg);
    }
}

thrum__watches *thrum__watches_new(thrum_future *const *futures, size_t count, bool (*enough)(uint32_t word)) {
    if (count > (SIZE_MAX - sizeof(thrum__watches)) / sizeof(thrum__watch))
        return NULL;
    thrum__watches *watches = thrum__malloc(sizeof *watches + count * sizeof(thrum__watch));
    if (!watches)
        return NULL;
    *watches = (thrum__watches){.references = 1, .enough = enough, .count = count};
    watches->last_settled = &watches->first_settled;
    for (thrum__watch *watch = watches->each; watch < watches->each + count; watch++) {
        *watch = (thrum__watch){.block = watches, .future = *futures++};
        watch->listener.arg = watch;
        if (!list(watch)) {
            thrum__queue *room = thrum__queue_lock(&watches->waiting);
            add_settled(watch);
            thrum__queue_unlock(room);
        }
    }
    return watches;
}

void thrum__watches_free(thrum__watches *watches) {
    size_t unlisted = 0;
    for (thrum__watch *watch = watches->each; watch < watches->each + watches->count; watch++)
        unlisted += unlist(watch);
    while (unlisted-- > 0)
        unref(watches);
    unref(watches);
}

/* Make one of the calls that nobody has begun, if the calling thread may. */
static bool help(thrum__watches *watches) {
    while (watches->helped < watches->count)
        if (thrum__future_help(watches->each[watches->helped++].future))
            return true;
    return false;
}

/* The first one that is settled, or NULL: then the thread is queued to be told. */
static thrum__watch *take_or_queue(thrum__watches *watches, bool may_wait, const thrum__wait *wait) {
    thrum__queue *room = thrum__queue_lock(&watches->waiting);
    thrum__watch *watch = watches->first_settled;
    if (watch) {
        watches->first_settled = watch->next_settled;
        if (!watches->first_settled)
            watches->last_settled = &watches->first_settled;
    } else if (may_wait) {
        thrum__queue_push(room, thrum__record_self(), &watches->waiting, wait);
    }
    thrum__queue_unlock(room);
    return watch;
}

int thrum__watches_take(thrum__watches *watches, int64_t deadline, const void *site, thrum_future **ret_future) {
    thrum__record *me = thrum__record_self();
    thrum__wait wait = thrum__wait_for(THRUM__KIND_FUTURE, &watches->waiting, NULL, deadline, site);
    bool may_help = deadline != INT64_MIN, queues = false;
    for (;;) {
        thrum__watch *watch = take_or_queue(watches, queues, &wait);
        if (watch) {
            *ret_future = watch->future;
            return 0;
        }
        if (queues && thrum__park(me, &watches->waiting, deadline) < 0)
            return THRUM_TIMED_OUT;
        if (deadline == INT64_MIN)
            return THRUM_TIMED_OUT;
        may_help = may_help && help(watches);
        queues = !may_help;
    }
}
