/* orders.c - the orders that the heap knows by itself. Each is a function, too: anybody may call it, and what it says
 * is what heap.c does without it. */
#include <string.h>

#include <thrum/queue.h>

#include "queue/store.h"

#define BY(name, type)                                                                                               \
    int thrum_queue_by_##name(const void *a, const void *b, void *arg) {                                             \
        type x, y;                                                                                                   \
        (void)arg;                                                                                                   \
        memcpy(&x, a, sizeof x);                                                                                     \
        memcpy(&y, b, sizeof y);                                                                                     \
        return (x > y) - (x < y);                                                                                    \
    }
BY(int, int)
BY(int64, int64_t)
BY(uint64, uint64_t)

int thrum_queue_by_double(const void *a, const void *b, void *arg) {
    double x, y;
    (void)arg;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (x != x || y != y)
        return (x != x) - (y != y); /* what is not a number is the largest */
    return (x > y) - (x < y);
}

thrum__heap_key thrum__store_key(int (*compare)(const void *a, const void *b, void *arg), size_t *ret_size) {
    static const struct {
        thrum_queue_compare *compare;
        thrum__heap_key key;
        size_t size;
    } known[] = {{thrum_queue_by_int, THRUM__HEAP_INT, sizeof(int)},
                 {thrum_queue_by_int64, THRUM__HEAP_INT64, sizeof(int64_t)},
                 {thrum_queue_by_uint64, THRUM__HEAP_UINT64, sizeof(uint64_t)},
                 {thrum_queue_by_double, THRUM__HEAP_DOUBLE, sizeof(double)}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].compare == compare) {
            *ret_size = known[i].size;
            return known[i].key;
        }
    *ret_size = 0;
    return THRUM__HEAP_ANY;
}
