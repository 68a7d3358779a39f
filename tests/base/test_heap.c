/* test_heap.c - src/base/heap.h: the smallest comes first, whatever was put in. */
#include "base/heap.h"
#include "test.h"

enum { most = 1000 };

static int compare(const void *a, const void *b, void *arg) {
    ++*(int *)arg;
    long x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static int comparisons;

/* An item whose tail tells whether it was moved whole. */
typedef struct item {
    long key, tail[3];
} item;

static void check_sorts(size_t size, size_t count, unsigned seed, long range) {
    thrum__heap_order order = {compare, &comparisons, size};
    static unsigned char items[most * sizeof(item)];
    long before = -1;
    for (size_t i = 0; i < count; i++) {
        long key = rand_r(&seed) % range;
        item in = {key, {key, key, key}};
        thrum__heap_push(&order, items, i, &in);
    }
    for (size_t left = count; left > 0; left--) {
        item out = {-1, {-1, -1, -1}};
        thrum__heap_pop(&order, items, left, &out);
        CHECK_LE(before, out.key);
        CHECK_EQ(out.tail[2], size == sizeof out ? out.key : -1);
        before = out.key;
    }
}

TEST(what_is_put_in_comes_out_sorted) {
    for (unsigned seed = 0; seed < 50; seed++)
        for (size_t count = 1; count < 40; count++) {
            check_sorts(sizeof(long), count, seed, 20);
            check_sorts(sizeof(item), count, seed, 1000);
        }
    check_sorts(sizeof(item), most, 7, 1000000);
}

TEST(pushes_and_pops_in_any_order) {
    thrum__heap_order order = {compare, &comparisons, sizeof(long)};
    static long items[most];
    static int present[100];
    unsigned seed = 3;
    size_t count = 0;
    for (int step = 0; step < 20000; step++) {
        if (count == 0 || (count < most && rand_r(&seed) % 2)) {
            long key = rand_r(&seed) % 100;
            thrum__heap_push(&order, items, count++, &key);
            present[key]++;
            continue;
        }
        long out;
        thrum__heap_pop(&order, items, count--, &out);
        for (long key = 0; key < out; key++)
            CHECK_EQ(present[key], 0);
        CHECK_GT(present[out]--, 0);
    }
}

TEST(cost_grows_with_the_levels) {
    static long items[most];
    thrum__heap_order order = {compare, &comparisons, sizeof(long)};
    for (long i = most; i > 0; i--) {
        long key = i;
        comparisons = 0;
        thrum__heap_push(&order, items, (size_t)(most - i), &key);
        CHECK_LE(comparisons, 5); /* 4^5 > 1000 */
    }
    for (size_t left = most; left > 0; left--) {
        long out;
        comparisons = 0;
        thrum__heap_pop(&order, items, left, &out);
        CHECK_EQ(out, most - (long)left + 1);
        CHECK_LE(comparisons, 5 * 4);
    }
}

TEST_MAIN()
