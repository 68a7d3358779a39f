/* ints.h - queues of int for the tests, of each kind. */
#ifndef TEST_INTS_H
#define TEST_INTS_H

#include "crew.h"

enum kind { FIFO, LIFO, PRIORITY, KINDS };

static inline int by_value(const void *a, const void *b, void *arg) {
    (void)arg;
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static inline thrum_queue *make_with(enum kind kind, const thrum_queue_options *options) {
    thrum_queue *q = NULL;
    int r = kind == FIFO   ? thrum_queue_new(&q, options)
            : kind == LIFO ? thrum_lifo_queue_new(&q, options)
                           : thrum_priority_queue_new(&q, options, by_value, NULL);
    CHECK_EQ(r, 0);
    CHECK(q);
    return q;
}

static inline thrum_queue *make_ints(enum kind kind, size_t maxsize) {
    thrum_queue_options options = {.item_size = sizeof(int), .maxsize = maxsize};
    return make_with(kind, &options);
}

static inline int put_int(thrum_queue *q, int item) {
    return thrum_queue_put(q, &item);
}

static inline int put_int_now(thrum_queue *q, int item) {
    return thrum_queue_put_nowait(q, &item);
}

static inline int put_int_timed(thrum_queue *q, int item, thrum_timeout timeout) {
    return thrum_queue_put_timed(q, &item, timeout);
}

/* The item; fails the test when there is none. */
static inline int get_int(thrum_queue *q) {
    int item = -1;
    CHECK_EQ(thrum_queue_get_nowait(q, &item), 0);
    return item;
}

#endif
