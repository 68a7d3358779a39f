/* queue.c - Queue, LifoQueue and PriorityQueue but for put, get and tasks: making, asking, shutdown. */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "queue/queue_internal.h"

static int make(thrum_queue **ret_queue, const thrum_queue_options *options, thrum__discipline discipline,
                thrum_queue_compare *compare, void *arg) {
    static const thrum_queue_options defaults = {0};
    const thrum_queue_options *o = options ? options : &defaults;
    size_t size = o->item_size ? o->item_size : sizeof(void *), least;
    thrum__heap_key key = thrum__store_key(compare, &least);
    if (size > PTRDIFF_MAX)
        return THRUM_OVERFLOW_ERROR;
    if (size < least)
        return THRUM_TYPE_ERROR;
    thrum_queue *queue = thrum__calloc(1, sizeof *queue);
    if (!queue || thrum__ring_init(&queue->ring, size, discipline == THRUM__FIFO ? o->maxsize : 0) < 0) {
        free(queue);
        return -ENOMEM;
    }
    queue->uses_ring = queue->ring.slots != NULL;
    queue->maxsize = o->maxsize;
    queue->getters.bit = THRUM__GETTERS_WAIT;
    queue->putters.bit = THRUM__PUTTERS_WAIT;
    queue->joiners.bit = THRUM__JOINERS_WAIT;
    queue->discard = o->discard;
    queue->store.discipline = discipline;
    queue->store.order = (thrum__heap_order){compare, arg, size, key};
    *ret_queue = queue;
    return 0;
}

int thrum_queue_new(thrum_queue **ret_queue, const thrum_queue_options *options) {
    return make(ret_queue, options, THRUM__FIFO, NULL, NULL);
}

int thrum_lifo_queue_new(thrum_queue **ret_queue, const thrum_queue_options *options) {
    return make(ret_queue, options, THRUM__LIFO, NULL, NULL);
}

int thrum_priority_queue_new(thrum_queue **ret_queue, const thrum_queue_options *options,
                             thrum_queue_compare *compare, void *arg) {
    return compare ? make(ret_queue, options, THRUM__PRIORITY, compare, arg) : THRUM_TYPE_ERROR;
}

/* What was in a queue, the oldest first. */
typedef struct contents {
    uint64_t place; /* in the ring */
    size_t in_ring;
    thrum__store store;
} contents;

static contents take_all(thrum_queue *queue) {
    contents all;
    all.place = thrum__ring_take_all(&queue->ring, &all.in_ring);
    all.store = thrum__store_take_all(&queue->store);
    return all;
}

static void discard_all(thrum_queue *queue, contents *all) {
    for (size_t i = 0; queue->discard && i < all->in_ring; i++) {
        queue->discard(thrum__ring_item(&queue->ring, all->place));
        all->place = thrum__ring_next(&queue->ring, all->place);
    }
    thrum__store_discard(&all->store, queue->discard);
}

thrum_queue *thrum_queue_free(thrum_queue *queue) {
    if (queue) {
        contents all = take_all(queue);
        discard_all(queue, &all);
        free(queue->ring.slots);
        free(queue);
    }
    return NULL;
}

/* For the calls that only look: what is served is no change that a caller could see. */
static thrum_queue *enter(const thrum_queue *queue, thrum__wakes *wakes) {
    thrum_queue *inside = (thrum_queue *)(uintptr_t)queue;
    thrum__service_enter(inside, 0, wakes);
    return inside;
}

size_t thrum_queue_qsize(const thrum_queue *queue) {
    bool held;
    thrum__wakes wakes;
    size_t count = thrum__ring_count(&queue->ring, &held);
    if (!held)
        return count;
    thrum_queue *inside = enter(queue, &wakes);
    count = thrum__queue_count(inside);
    thrum__service_leave(inside, &wakes);
    return count;
}

bool thrum_queue_empty(const thrum_queue *queue) {
    return thrum_queue_qsize(queue) == 0;
}

bool thrum_queue_full(const thrum_queue *queue) {
    bool held;
    thrum__wakes wakes;
    bool full = thrum__ring_count(&queue->ring, &held) == queue->ring.capacity;
    if (!held)
        return full;
    thrum_queue *inside = enter(queue, &wakes);
    full = thrum__queue_is_full(inside);
    thrum__service_leave(inside, &wakes);
    return full;
}

size_t thrum_queue_maxsize(const thrum_queue *queue) {
    thrum__wakes wakes;
    thrum_queue *inside = enter(queue, &wakes);
    size_t maxsize = inside->maxsize;
    thrum__service_leave(inside, &wakes);
    return maxsize;
}

void thrum_queue_set_maxsize(thrum_queue *queue, size_t maxsize) {
    thrum__wakes wakes;
    thrum__service_enter(queue, THRUM__HOLD_TAIL | THRUM__HOLD_HEAD, &wakes);
    if (maxsize != queue->maxsize)
        queue->uses_ring = false; /* so that its words stay held */
    queue->maxsize = maxsize;
    thrum__service_leave(queue, &wakes);
}

bool thrum_queue_is_shutdown(const thrum_queue *queue) {
    thrum__wakes wakes;
    thrum_queue *inside = enter(queue, &wakes);
    bool shut_down = inside->shut_down;
    thrum__service_leave(inside, &wakes);
    return shut_down;
}

void thrum_queue_shutdown(thrum_queue *queue, bool immediate) {
    thrum__wakes wakes;
    contents left = {0};
    thrum__service_enter(queue, THRUM__HOLD_TAIL | (immediate ? THRUM__HOLD_HEAD : 0), &wakes);
    queue->shut_down = true; /* so that tail stays held */
    if (immediate) {
        left = take_all(queue);
        thrum__queue_finish(queue, left.in_ring + left.store.count, &wakes);
    }
    thrum__side_take_all(&queue->getters, &wakes, THRUM_SHUT_DOWN);
    thrum__side_take_all(&queue->putters, &wakes, THRUM_SHUT_DOWN);
    thrum__service_leave(queue, &wakes);
    discard_all(queue, &left);
}

extern inline int thrum_queue_put_nowait(thrum_queue *queue, const void *item);
extern inline int thrum_queue_get_nowait(thrum_queue *queue, void *ret_item);
