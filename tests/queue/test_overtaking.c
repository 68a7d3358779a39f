/* test_overtaking.c - what happens between two looks of a thread that comes to a queue where others wait: it stands
 * behind them, although an item, or a place, has just come. */
#include "base/hooks.h"
#include "ints.h"
#include "platform/platform.h"
#include "queue/queue_internal.h"

enum { most_points = 200 };

static thrum_queue *q;
static int points, moment, first_item, first_result;
static __thread bool watched; /* the thread that comes */
static void (*meanwhile)(void);

/* Before the atomic operation number `moment` of the thread that comes: what another thread does. As much of it as
 * that gets done before it waits for the lock of the queue, which the thread that comes has. */
static void at_point(const void *object, thrum__point_kind kind, const char *verb) {
    (void)object, (void)kind, (void)verb;
    if (watched && ++points == moment)
        meanwhile();
}

static int64_t now(void) {
    return 0; /* nobody has a time limit */
}

static const thrum__hooks hooks = {.now = now, .wait = thrum__os_wait, .wake = thrum__os_wake, .point = at_point};

static void put_one(void) {
    int item[2] = {7, 0}; /* as the compiler sees it, a pointer is read */
    CHECK_GE(thrum__ring_try_put(&q->ring, item, false), 0);
}

static void get_one(void) {
    int item[2] = {0, 0};
    CHECK_GE(thrum__ring_try_get(&q->ring, item, false), 0);
    CHECK_EQ(item[0], 1);
}

static void waits_for_item(int index, void *arg) {
    (void)index, (void)arg;
    first_result = thrum_queue_get(q, &first_item);
}

static void waits_for_place(int index, void *arg) {
    (void)index, (void)arg;
    first_result = put_int(q, 7);
}

/* A thread waits, another comes, and at one of its points a third one does what both have come for. Returns whether
 * there was such a point. */
static bool come(crew *c, crew_body *waits, void (*then)(void), int (*comes)(void), int refusal) {
    crew_start(c, 1, waits, NULL);
    until_waiting(q, 1);
    points = 0;
    meanwhile = then;
    watched = true;
    __atomic_store_n(&thrum__hooks_installed, &hooks, __ATOMIC_SEQ_CST); /* the other one sleeps */
    int r = comes();
    __atomic_store_n(&thrum__hooks_installed, NULL, __ATOMIC_SEQ_CST);
    watched = false;
    bool met = points >= moment;
    if (!met)
        then();
    CHECK_EQ(r, refusal);
    thrum__service_call(q); /* the rest of what the third does */
    crew_join(c);
    CHECK_EQ(first_result, 0);
    return met;
}

static int tries_to_get(void) {
    int item;
    return thrum_queue_get_nowait(q, &item);
}

static int tries_to_get_many(void) {
    int two[2];
    size_t count;
    return thrum_queue_get_many_timed(q, 2, two, &count, THRUM_NOWAIT);
}

static int tries_to_put(void) {
    return put_int_now(q, 8);
}

static int tries_to_put_many(void) {
    size_t count;
    return thrum_queue_put_many_timed(q, (int[]){8, 8}, 2, &count, THRUM_NOWAIT);
}

static void try_to_take_before(int (*comes)(void)) {
    bool met = true;
    for (moment = 1; met; moment++) {
        crew c = {0};
        CHECK_LT(moment, most_points);
        q = make_ints(FIFO, 2);
        met = come(&c, waits_for_item, put_one, comes, THRUM_EMPTY);
        CHECK_EQ(first_item, 7);
        CHECK(thrum_queue_empty(q));
        thrum_queue_free(q);
    }
    CHECK_GT(moment, 6);
}

static void try_to_fill_before(int (*comes)(void)) {
    bool met = true;
    for (moment = 1; met; moment++) {
        crew c = {0};
        CHECK_LT(moment, most_points);
        q = make_ints(FIFO, 2);
        CHECK(put_int(q, 1) == 0 && put_int(q, 2) == 0);
        met = come(&c, waits_for_place, get_one, comes, THRUM_FULL);
        CHECK_EQ(get_int(q), 2);
        CHECK_EQ(get_int(q), 7);
        CHECK(thrum_queue_empty(q));
        thrum_queue_free(q);
    }
    CHECK_GT(moment, 6);
}

TEST(a_get_that_does_not_wait_leaves_a_new_item_to_who_waits) {
    try_to_take_before(tries_to_get);
    try_to_take_before(tries_to_get_many);
}

TEST(a_put_that_does_not_wait_leaves_a_new_place_to_who_waits) {
    try_to_fill_before(tries_to_put);
    try_to_fill_before(tries_to_put_many);
}

TEST_MAIN()
