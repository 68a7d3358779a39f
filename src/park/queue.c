/* queue.c - the table of queues. */
#include "base/hooks.h"
#include "park/queue.h"
#include "park/signal.h"
#include "platform/platform.h"
#include "time/time_internal.h"

enum { table_bits = 10, table_size = 1 << table_bits };
static thrum__queue table[table_size];

static thrum__queue *queue_of(const void *key) {
    /* Objects of one cache line share a queue: whoever touches one has the line, and a condition beside its lock
     * costs one latch to move a waiter and not two. Then Fibonacci hashing: the top bits of a multiple of
     * 2^64/phi. */
    return &table[((uintptr_t)key >> 6) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - table_bits)];
}

thrum__queue *thrum__queue_lock(const void *key) {
    thrum__queue *queue = queue_of(key);
    thrum__point(key, THRUM__POINT_ATOMIC);
    thrum__signal_enter();
    thrum__latch_lock(&queue->latch);
    return queue;
}

void thrum__queue_unlock(thrum__queue *queue) {
    thrum__latch_unlock(&queue->latch);
    thrum__signal_leave();
}

static thrum__record *from(thrum__record *record, const void *key) {
    while (record && record->key != key)
        record = record->next;
    return record;
}

thrum__record *thrum__queue_first(const thrum__queue *queue, const void *key) {
    return from(queue->first, key);
}

thrum__record *thrum__queue_next(const thrum__record *record, const void *key) {
    return from(record->next, key);
}

/* Readers without the latch take key for a hint, and look again under the latch of the queue that it names. A thread
 * that queues itself needs seq_cst: it is about to look whether others wait for it, while they look at it; at least
 * the last of them must see all others. */
static void set_key(thrum__record *record, const void *key, int order) {
    /* Relaxed: the sequence is read under the latch only. */
    __atomic_store_n(&record->sequence, record->sequence + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&record->key, key, order);
}

static void link_last(thrum__queue *queue, thrum__record *record) {
    record->prev = queue->last;
    record->next = NULL;
    *(queue->last ? &queue->last->next : &queue->first) = record;
    queue->last = record;
}

static void link_first(thrum__queue *queue, thrum__record *record) {
    record->prev = NULL;
    record->next = queue->first;
    *(queue->first ? &queue->first->prev : &queue->last) = record;
    queue->first = record;
}

static void be_awake(thrum__record *record) {
    /* Relaxed: wakers find the record through the queue, under its latch. */
    __atomic_store_n(&record->word, THRUM__AWAKE, __ATOMIC_RELAXED);
}

static void begin(thrum__record *record, const void *key, const thrum__wait *wait) {
    record->wait = *wait;
    set_key(record, key, __ATOMIC_SEQ_CST);
}

void thrum__queue_show(thrum__queue *queue, thrum__record *record, const void *key, const thrum__wait *wait) {
    begin(record, key, wait);
    link_last(queue, record);
}

void thrum__queue_push(thrum__queue *queue, thrum__record *record, const void *key, const thrum__wait *wait) {
    be_awake(record);
    thrum__queue_show(queue, record, key, wait);
}

void thrum__queue_push_front(thrum__queue *queue, thrum__record *record, const void *key, const thrum__wait *wait) {
    be_awake(record);
    begin(record, key, wait);
    link_first(queue, record);
}

void thrum__queue_move(thrum__queue *queue, thrum__record *record, const void *key, const thrum__wait *wait) {
    int64_t since = record->wait.since;
    const void *site = record->wait.site;
    record->wait = *wait;
    record->wait.since = since;
    record->wait.site = site;
    set_key(record, key, __ATOMIC_SEQ_CST);
    link_last(queue, record);
}

void thrum__queue_remove(thrum__queue *queue, thrum__record *record) {
    *(record->prev ? &record->prev->next : &queue->first) = record->next;
    *(record->next ? &record->next->prev : &queue->last) = record->prev;
    set_key(record, NULL, __ATOMIC_RELAXED); /* relaxed: who sees it late looks again under the latch */
}

void thrum__wakes_add(thrum__wakes *wakes, thrum__queue *queue, thrum__record *record, uint32_t token) {
    thrum__queue_remove(queue, record);
    record->token = token;
    record->next = NULL;
    *wakes->last = record;
    wakes->last = &record->next;
}

void thrum__wakes_deliver(thrum__wakes *wakes) {
    for (thrum__record *record = wakes->first, *next; record; record = next) {
        next = record->next; /* before the delivery, after which the record is its thread's again */
        thrum__deliver(record, record->token);
    }
}

void thrum__queue_settle_all(void) {
    for (thrum__queue *queue = table; queue < table + table_size; queue++) {
        thrum__wakes wakes;
        thrum__wakes_init(&wakes);
        thrum__signal_enter();
        thrum__latch_lock(&queue->latch);
        for (thrum__record *record = queue->first, *next; record; record = next) {
            thrum__wait wait = record->wait;
            thrum__record **before = wakes.last;
            next = record->next;
            if (wait.settle)
                wait.settle(queue, (void *)(uintptr_t)wait.object, &wakes);
            if (wakes.last != before)
                next = queue->first; /* it took some out, perhaps the next one */
        }
        thrum__queue_unlock(queue);
        thrum__wakes_deliver(&wakes);
    }
}

void thrum__queue_before_fork(void) {
    thrum__signal_enter();
    for (int i = 0; i < table_size; i++)
        thrum__latch_lock(&table[i].latch);
}

void thrum__queue_after_fork_parent(void) {
    for (int i = 0; i < table_size; i++)
        thrum__latch_unlock(&table[i].latch);
    thrum__signal_leave();
}

void thrum__queue_after_fork_child(void) {
    for (int i = 0; i < table_size; i++)
        table[i] = (thrum__queue){{0}, NULL, NULL};
    thrum__signal_leave();
}
