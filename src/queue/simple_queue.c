/* simple_queue.c - SimpleQueue: a stack into which everybody puts, a list from which one at a time takes, and a
 * semaphore that counts.
 *
 * `inbox` is the number of the node that was put last, each linked to the one before; 0 is none. It changes by put,
 * to a node whose link is the former number, and by get, to 0: the whole stack becomes, turned round, the list that
 * starts at `oldest`. A node that comes back to the top of the stack between the two halves of a put is at its top
 * again, so the put is right to succeed.
 *
 * The semaphore has a permit for each item, given after the item was put; so whoever has a permit finds an item. Its
 * release is async-signal-safe, its waiters get permits in the order of arrival.
 *
 * Locking: `lock` protects the list at `oldest`. It is taken by get alone, which no handler calls; a put inside it
 * works. It is held for as many steps as there are items in the stack, once for each of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrum/queue/simple_queue.h>
#include <thrum/threading/lock.h>
#include <thrum/threading/semaphore.h>

#include "base/memory.h"
#include "base/hooks.h"
#include "queue/nodes.h"

struct thrum_simple_queue {
    thrum_semaphore items; /* first, so that reports of who waits show the address of the queue */
    thrum_lock lock;
    uint32_t oldest; /* a node, or 0 */
    uint32_t inbox;
    size_t item_size;
    thrum__nodes nodes;
};

enum { largest_item = 1 << 30 };

int thrum_simple_queue_new(thrum_simple_queue **ret_queue, size_t item_size) {
    if (item_size >= largest_item)
        return THRUM_OVERFLOW_ERROR;
    thrum_simple_queue *queue = thrum__calloc(1, sizeof *queue);
    if (!queue)
        return -ENOMEM;
    queue->item_size = item_size ? item_size : sizeof(void *);
    queue->nodes.node_size = (thrum__node_header + queue->item_size + 7) / 8 * 8;
    *ret_queue = queue;
    return 0;
}

thrum_simple_queue *thrum_simple_queue_free(thrum_simple_queue *queue) {
    if (queue) {
        thrum__nodes_free(&queue->nodes);
        free(queue);
    }
    return NULL;
}

static void push(thrum_simple_queue *queue, uint32_t number) {
    uint32_t *link = thrum__node_link(&queue->nodes, number);
    thrum__point(queue, THRUM__POINT_ATOMIC);
    /* Relaxed: nothing is read through it. */
    uint32_t last = __atomic_load_n(&queue->inbox, __ATOMIC_RELAXED);
    do {
        /* Relaxed: the exchange makes it visible. */
        __atomic_store_n(link, last, __ATOMIC_RELAXED);
        thrum__point(queue, THRUM__POINT_ATOMIC);
        /* Release: pairs with the exchange of turn_round(), which sees the item and the link. */
    } while (!__atomic_compare_exchange_n(&queue->inbox, &last, number, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

int thrum_simple_queue_put(thrum_simple_queue *queue, const void *item) {
    uint32_t number = thrum__node_take(&queue->nodes);
    if (number == 0)
        return -ENOMEM;
    memcpy(thrum__node_item(&queue->nodes, number), item, queue->item_size);
    push(queue, number);
    /* There are fewer nodes than a semaphore can count. From here on the queue may be gone. */
    (void)thrum_semaphore_release(&queue->items, 1);
    return 0;
}

/* With the lock held: make the stack the list. */
static void turn_round(thrum_simple_queue *queue) {
    uint32_t next = 0;
    thrum__point(queue, THRUM__POINT_ATOMIC);
    /* Acquire: pairs with push(). */
    uint32_t number = __atomic_exchange_n(&queue->inbox, 0, __ATOMIC_ACQUIRE);
    while (number != 0) {
        uint32_t *link = thrum__node_link(&queue->nodes, number);
        /* Relaxed, both: the nodes are this thread's, but for readers of old links in nodes.c. */
        uint32_t before = __atomic_load_n(link, __ATOMIC_RELAXED);
        __atomic_store_n(link, next, __ATOMIC_RELAXED);
        next = number;
        number = before;
    }
    queue->oldest = next;
}

/* With a permit, so that there is an item. */
static void take_oldest(thrum_simple_queue *queue, void *ret_item) {
    thrum_lock_acquire(&queue->lock);
    if (queue->oldest == 0)
        turn_round(queue);
    uint32_t number = queue->oldest;
    /* Relaxed: the lock orders it. */
    queue->oldest = __atomic_load_n(thrum__node_link(&queue->nodes, number), __ATOMIC_RELAXED);
    (void)thrum_lock_release(&queue->lock); /* cannot fail: it is held */
    memcpy(ret_item, thrum__node_item(&queue->nodes, number), queue->item_size);
    thrum__node_give(&queue->nodes, number);
}

int thrum_simple_queue_get(thrum_simple_queue *queue, void *ret_item) {
    (void)thrum_semaphore_acquire(&queue->items); /* without a limit it cannot fail */
    take_oldest(queue, ret_item);
    return 0;
}

int thrum_simple_queue_get_timed(thrum_simple_queue *queue, void *ret_item, thrum_timeout timeout) {
    if (timeout.ns < 0)
        return THRUM_VALUE_ERROR;
    int r = thrum_semaphore_acquire_timed(&queue->items, timeout);
    if (r < 0)
        return r == THRUM_TIMED_OUT ? THRUM_EMPTY : r;
    take_oldest(queue, ret_item);
    return 0;
}

size_t thrum_simple_queue_qsize(const thrum_simple_queue *queue) {
    return thrum_semaphore_value(&queue->items);
}

bool thrum_simple_queue_empty(const thrum_simple_queue *queue) {
    return thrum_simple_queue_qsize(queue) == 0;
}

extern inline int thrum_simple_queue_put_nowait(thrum_simple_queue *queue, const void *item);
extern inline int thrum_simple_queue_get_nowait(thrum_simple_queue *queue, void *ret_item);
