/* test_heap.c - src/base/heap.h: the smallest comes first, whatever was put in. */
#include <limits.h>
#include <math.h>

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
    thrum__heap_order order = {compare, &comparisons, size, THRUM__HEAP_ANY};
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
    thrum__heap_order order = {compare, &comparisons, sizeof(long), THRUM__HEAP_ANY};
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

/* Keys that the heap looks at by itself, of each kind: those below 0, at the ends, and what is not a number. */
static int never(const void *a, const void *b, void *arg) {
    (void)a, (void)b, (void)arg;
    TEST_FAIL("a key that is known was compared by a call");
}

static const double numbers[] = {-1e300, -1, 0, 0.5, 1, 1e300, INFINITY, NAN};
static const int64_t integers[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT32_MAX, INT64_MAX - 1, INT64_MAX};
static const uint64_t naturals[] = {0,         1, 2, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX - 2, UINT64_MAX - 1,
                                    UINT64_MAX};
static const int ints[] = {INT_MIN, INT_MIN + 1, -1, 0, 1, 2, INT_MAX - 1, INT_MAX};
enum { kinds_of_value = 8 };

/* The values are in order; each is put in ten times, with its number behind it where there is room. */
static void check_key(thrum__heap_key key, const void *values, size_t value_size, size_t item_size, unsigned seed) {
    thrum__heap_order order = {never, NULL, item_size, key};
    static unsigned char items[kinds_of_value * 10 * 32];
    int left[kinds_of_value] = {10, 10, 10, 10, 10, 10, 10, 10};
    for (size_t count = 0; count < kinds_of_value * 10;) {
        int which = rand_r(&seed) % kinds_of_value;
        unsigned char one[32];
        memset(one, which, sizeof one);
        memcpy(one, (const unsigned char *)values + (size_t)which * value_size, value_size);
        if (left[which]-- > 0)
            thrum__heap_push(&order, items, count++, one);
    }
    for (size_t i = 0; i < kinds_of_value * 10; i++) {
        unsigned char one[32] = {0};
        thrum__heap_pop(&order, items, kinds_of_value * 10 - i, one);
        CHECK_EQ(memcmp(one, (const unsigned char *)values + i / 10 * value_size, value_size), 0);
        CHECK(item_size == value_size || one[item_size - 1] == i / 10);
    }
}

TEST(known_keys_are_compared_without_a_call) {
    for (unsigned seed = 1; seed < 20; seed++)
        for (size_t size = 8; size <= 32; size += 4) {
            check_key(THRUM__HEAP_INT, ints, sizeof(int), size - 4, seed);
            check_key(THRUM__HEAP_INT64, integers, 8, size, seed);
            check_key(THRUM__HEAP_UINT64, naturals, 8, size, seed);
            check_key(THRUM__HEAP_DOUBLE, numbers, 8, size, seed);
        }
}

TEST(the_children_of_an_item_are_in_one_line) {
    for (size_t size = 1; size <= 40; size++) {
        thrum__heap_order order = {never, NULL, size, THRUM__HEAP_ANY};
        size_t offset = thrum__heap_offset(&order);
        CHECK(offset < thrum__heap_line);
        CHECK_EQ(offset % (size & -size), 0); /* as aligned as an array */
        for (size_t first = 1; offset > 0 && first < 100; first += 4)
            CHECK_EQ((offset + first * size) / thrum__heap_line,
                     (offset + (first + 4) * size - 1) / thrum__heap_line);
        CHECK_EQ(offset > 0, size == 1 || size == 2 || size == 4 || size == 8 || size == 16);
    }
}

TEST(cost_grows_with_the_levels) {
    static long items[most];
    thrum__heap_order order = {compare, &comparisons, sizeof(long), THRUM__HEAP_ANY};
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
