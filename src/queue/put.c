/* put.c - Queue.put and its kin.
 *
 * Three ways, each for what the one before cannot do: without a lock, if there is a place and nobody waits for one;
 * after looking for a while; with the lock, and then waiting. A queue without a ring has the lock for the first. The
 * last two put as many of `count` items as there are places for, and wait for the first place only. A thread that
 * waits is relieved of its first item by whoever has a place for it.
 */
#include <errno.h>

#include "queue/queue_internal.h"

enum { looks = 16 };

/* Whether there is no place for the caller. One that has come since others were served is theirs, as long as there
 * are such; but the places that a larger maxsize gives to a store are for who comes first, as in Python. */
static bool is_full(thrum_queue *queue, thrum__wakes *wakes) {
    thrum__service_serve(queue, wakes);
    return (queue->uses_ring && queue->putters.waited_at) || thrum__queue_is_full(queue);
}

/* What a put finds, in Python's order: 0, THRUM_FULL, or why it fails. */
static int look(thrum_queue *queue, const thrum__patience *patience, thrum__wakes *wakes) {
    if (queue->shut_down)
        return THRUM_SHUT_DOWN;
    if (queue->maxsize > 0 && patience->error < 0)
        return patience->error;
    return is_full(queue, wakes) ? THRUM_FULL : 0;
}

/* Put while there are places. Returns how many were put; with none, *ret_error says why. */
static size_t put_some(thrum_queue *queue, const unsigned char *items, size_t count, thrum__wakes *wakes,
                       int *ret_error) {
    size_t done = 0;
    for (; done < count && !thrum__queue_is_full(queue); done++) {
        int r = thrum__queue_add(queue, items + done * queue->store.order.item_size, wakes);
        if (r < 0) {
            *ret_error = r;
            break;
        }
    }
    return done;
}

static int put_inside(thrum_queue *queue, const void *items, size_t count, size_t *ret_count,
                      const thrum__patience *patience) {
    thrum__wakes wakes;
    thrum__service_enter(queue, THRUM__HOLD_TAIL, &wakes);
    int r = look(queue, patience, &wakes);
    if (r == THRUM_FULL && patience->deadline != INT64_MIN) {
        thrum__service_announce(queue, &queue->putters);
        r = look(queue, patience, &wakes);
        if (r == THRUM_FULL) {
            *ret_count = 1;
            /* Whoever takes the item only reads it. */
            return thrum__service_wait(queue, &queue->putters, &wakes, patience, (void *)(uintptr_t)items);
        }
    }
    size_t done = r == 0 ? put_some(queue, items, count, &wakes, &r) : 0;
    thrum__service_leave(queue, &wakes);
    *ret_count = done;
    return done > 0 ? 0 : r;
}

/* Those who wait for items are to be told of new ones. */
static void tell(thrum_queue *queue, int waiting) {
    if (__builtin_expect(waiting & THRUM__GETTERS_WAIT, 0))
        thrum__service_call(queue);
}

/* After all else: wait, and look a last time when the time is up. */
static int put_or_wait(thrum_queue *queue, const void *items, size_t count, size_t *ret_count,
                       const thrum__patience *patience) {
    size_t done;
    int r = put_inside(queue, items, count, &done, patience);
    if (r == THRUM_TIMED_OUT) {
        thrum__patience none = thrum__no_patience();
        r = put_inside(queue, items, count, &done, &none);
    }
    if (r == 0)
        *ret_count = done;
    return r;
}

/* Whether it is worth another try. */
static bool look_again(thrum_queue *queue, const thrum__patience *patience) {
    return patience->deadline != INT64_MIN && thrum__ring_look_for_place(&queue->ring);
}

static int put_many(thrum_queue *queue, const void *items, size_t count, size_t *ret_count,
                    const thrum__patience *patience) {
    for (int i = 0; patience->error == 0 && i < looks; i++) {
        int waiting;
        size_t done = thrum__ring_try_put_many(&queue->ring, items, count, &waiting);
        if (done > 0) {
            tell(queue, waiting);
            *ret_count = done;
            return 0;
        }
        if (!look_again(queue, patience))
            break;
    }
    return put_or_wait(queue, items, count, ret_count, patience);
}

/* Without a ring, and with nothing in the way: that nobody waits for an item, and there is a place. Returns 0,
 * -ENOMEM, or THRUM_FULL with nothing done when something is. */
static int put_stored(thrum_queue *queue, const void *item, thrum_timeout timeout) THRUM_UNCHECKED {
    int r = THRUM_FULL;
    thrum_lock_acquire(&queue->lock);
    bool allowed = queue->maxsize == 0 || (thrum__patience_is_valid(timeout) && queue->store.count < queue->maxsize);
    if (allowed && !queue->shut_down && !queue->getters.waited_at) {
        r = thrum__store_push(&queue->store, item);
        queue->put_past += r == 0;
    }
    (void)thrum_lock_release(&queue->lock); /* cannot fail: it is held */
    return r;
}

static __attribute__((noinline)) int put_one(thrum_queue *queue, const void *item, thrum_timeout timeout,
                                             const void *site) {
    size_t one;
    thrum__patience patience = thrum__patience_of(timeout, site);
    for (int i = 0; patience.error == 0 && i < looks; i++) {
        int waiting = thrum__ring_try_put(&queue->ring, item, true);
        if (waiting >= 0) {
            tell(queue, waiting);
            return 0;
        }
        if (!look_again(queue, &patience))
            break;
    }
    return put_or_wait(queue, item, 1, &one, &patience);
}

/* What the shortest way could not do. */
static int put_otherwise(thrum_queue *queue, const void *item, thrum_timeout timeout, const void *site) {
    int r = queue->ring.slots ? THRUM_FULL : put_stored(queue, item, timeout);
    return r == THRUM_FULL ? put_one(queue, item, timeout, site) : r;
}

int thrum_queue_put(thrum_queue *queue, const void *item) {
    int waiting = thrum__hooks_get() ? -1 : thrum__ring_try_put(&queue->ring, item, false);
    if (__builtin_expect(waiting < 0, 0))
        return put_otherwise(queue, item, THRUM_FOREVER, __builtin_return_address(0));
    tell(queue, waiting);
    return 0;
}

int thrum_queue_put_timed(thrum_queue *queue, const void *item, thrum_timeout timeout) {
    bool quick = !thrum__hooks_get() && thrum__patience_is_valid(timeout);
    int waiting = quick ? thrum__ring_try_put(&queue->ring, item, false) : -1;
    if (__builtin_expect(waiting < 0, 0))
        return put_otherwise(queue, item, timeout, __builtin_return_address(0));
    tell(queue, waiting);
    return 0;
}

int thrum_queue_put_many(thrum_queue *queue, const void *items, size_t count, size_t *ret_count) {
    thrum__patience patience = thrum__patience_of(THRUM_FOREVER, __builtin_return_address(0));
    return count > 0 ? put_many(queue, items, count, ret_count, &patience) : THRUM_VALUE_ERROR;
}

int thrum_queue_put_many_timed(thrum_queue *queue, const void *items, size_t count, size_t *ret_count,
                               thrum_timeout timeout) {
    thrum__patience patience = thrum__patience_of(timeout, __builtin_return_address(0));
    return count > 0 ? put_many(queue, items, count, ret_count, &patience) : THRUM_VALUE_ERROR;
}
