/* test_ring.c - the ring of a bounded Queue at its edges: capacities that are no power of two, of 1 and of 2, items
 * of any size, batches, positions that run over, changes of maxsize, and who waits there. */
#include "ints.h"
#include "turned_ring.h"

static thrum_queue *q;
static int results[CREW_MAX], items[CREW_MAX];

static const size_t capacities[] = {1, 2, 3, 5, 7, 8, 100, 1000};
#define FOR_EACH_CAPACITY(i) for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++)

/* Fill, empty, and go round in between with any number of items in it. */
static void go_round(size_t capacity) {
    int in = 0, out = 0;
    for (size_t level = 0; level <= capacity; level += capacity / 7 + 1) {
        while (in - out < (int)level)
            CHECK_EQ(put_int_now(q, in++), 0);
        for (size_t i = 0; i < 3 * capacity; i++) {
            if (level > 0)
                CHECK_EQ(get_int(q), out++);
            CHECK_EQ(put_int_now(q, in++), 0);
            if (level == 0)
                CHECK_EQ(get_int(q), out++);
            CHECK_EQ(thrum_queue_qsize(q), level);
        }
    }
    while (in - out < (int)capacity)
        CHECK_EQ(put_int_now(q, in++), 0);
    CHECK(thrum_queue_full(q));
    CHECK_EQ(put_int_now(q, 0), THRUM_FULL);
    CHECK_EQ(thrum_queue_unfinished_tasks(q), in);
    while (out < in)
        CHECK_EQ(get_int(q), out++);
    CHECK(thrum_queue_empty(q));
}

TEST(any_capacity_goes_round) {
    FOR_EACH_CAPACITY(i) {
        q = make_ints(FIFO, capacities[i]);
        CHECK(q->uses_ring);
        go_round(capacities[i]);
        CHECK(q->uses_ring);
        thrum_queue_free(q);
    }
}

/* A stamp has half of the bits of a position: it starts again at 0 after 2^32 bytes. */
TEST(positions_run_over_the_stamps) {
    FOR_EACH_CAPACITY(i) for (uint64_t halves = 1; halves <= 1u << 30; halves *= 1u << 15) {
        q = make_ints(FIFO, capacities[i]);
        turn_ring(q, last_lap(q, halves), capacities[i] - 1);
        uint64_t before = q->ring.tail >> 32;
        go_round(capacities[i]);
        CHECK_GT(q->ring.tail >> 32, before);
        thrum_queue_free(q);
    }
}

/* Tasks are counted by the positions, so these are right also behind 2^32 of them. */
TEST(tasks_are_counted_by_positions_that_run_over) {
    q = make_ints(FIFO, 3);
    turn_ring(q, last_lap(q, 1), 2);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(put_int(q, i), 0);
    CHECK_EQ(thrum_queue_unfinished_tasks(q), 3);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(thrum_queue_task_done(q), 0);
    CHECK_EQ(thrum_queue_task_done(q), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_queue_join(q), 0);
    thrum_queue_free(q);
}

TEST(items_of_any_size) {
    static const size_t sizes[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 300};
    unsigned char in[300], out[300];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        thrum_queue_options options = {.item_size = sizes[i], .maxsize = 5};
        q = make_with(FIFO, &options);
        CHECK(q->uses_ring);
        for (int round = 0; round < 40; round++) {
            memset(in, round, sizeof in);
            CHECK_EQ(thrum_queue_put_nowait(q, in), 0);
            if (round < 4)
                continue;
            memset(in, round - 4, sizeof in);
            memset(out, 255, sizeof out);
            CHECK_EQ(thrum_queue_get_nowait(q, out), 0);
            CHECK_EQ(memcmp(in, out, sizes[i]), 0);
            CHECK(sizes[i] == sizeof out || out[sizes[i]] == 255); /* not a byte more */
        }
        thrum_queue_free(q);
    }
}

TEST(places_beyond_a_mebibyte_are_no_ring) {
    thrum_queue_options options = {.item_size = 1024, .maxsize = 1000};
    q = make_with(FIFO, &options);
    CHECK(q->uses_ring);
    thrum_queue_free(q);
    options.maxsize = 1024; /* with their stamps they are more than that */
    q = make_with(FIFO, &options);
    CHECK(!q->uses_ring);
    CHECK_EQ(thrum_queue_maxsize(q), 1024);
    thrum_queue_free(q);
    q = make_ints(FIFO, SIZE_MAX);
    CHECK(!q->uses_ring && !thrum_queue_full(q));
    CHECK_EQ(put_int(q, 1), 0);
    CHECK_EQ(get_int(q), 1);
    thrum_queue_free(q);
}

/* Batches that are larger than the ring, and lie across its end. */
TEST(batches_go_round) {
    static int numbers[2000], out[2000];
    for (int i = 0; i < 2000; i++)
        numbers[i] = i;
    FOR_EACH_CAPACITY(i) {
        size_t capacity = capacities[i], count;
        q = make_ints(FIFO, capacity);
        turn_ring(q, last_lap(q, 1), capacity / 2);
        for (size_t round = 0; round < 8; round++) {
            for (size_t n = 0; n < round % capacity; n++)
                CHECK_EQ(put_int(q, -1), 0);
            CHECK_EQ(thrum_queue_put_many(q, numbers, 2000, &count), 0);
            CHECK_EQ(count, capacity - round % capacity);
            CHECK(thrum_queue_full(q));
            CHECK_EQ(thrum_queue_put_many_timed(q, numbers, 2, &count, THRUM_NOWAIT), THRUM_FULL);
            for (size_t n = 0; n < round % capacity; n++)
                CHECK_EQ(get_int(q), -1);
            CHECK_EQ(thrum_queue_get_many(q, 2000, out, &count), 0);
            CHECK_EQ(count, capacity - round % capacity);
            CHECK_EQ(memcmp(out, numbers, count * sizeof *out), 0);
            CHECK_EQ(thrum_queue_get_many_timed(q, 2, out, &count, THRUM_NOWAIT), THRUM_EMPTY);
            CHECK_EQ(put_int(q, 1), 0); /* so that the next ends a place later, once at the end of the ring */
            CHECK_EQ(get_int(q), 1);
        }
        CHECK(q->uses_ring);
        thrum_queue_free(q);
    }
}

TEST(a_batch_of_one_takes_the_next) {
    int one = 7, out = 0;
    size_t count;
    q = make_ints(FIFO, 1);
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(thrum_queue_put_many_timed(q, &one, 1, &count, AGES), 0);
        CHECK_EQ(count, 1);
        CHECK_EQ(thrum_queue_get_many_timed(q, 1, &out, &count, AGES), 0);
        CHECK(count == 1 && out == 7);
    }
    thrum_queue_free(q);
}

/* From `from` items in the ring to another limit: they come out first, whatever is put meanwhile. */
static void change_maxsize(size_t capacity, size_t from, size_t to) {
    int in = 0, out = 0;
    q = make_ints(FIFO, capacity);
    turn_ring(q, last_lap(q, 1), capacity - 1);
    while (in < (int)from)
        CHECK_EQ(put_int(q, in++), 0);
    thrum_queue_set_maxsize(q, to);
    CHECK(q->uses_ring == (to == capacity));
    CHECK_EQ(thrum_queue_maxsize(q), to);
    CHECK_EQ(thrum_queue_qsize(q), from);
    CHECK_EQ(thrum_queue_full(q), to > 0 && from >= to);
    while (in < 20 && put_int_now(q, in) == 0)
        in++;
    CHECK_EQ(in, to == 0 ? 20 : from > to ? from : to);
    for (; out < in - 1; out++)
        CHECK_EQ(get_int(q), out);
    CHECK_EQ(put_int_now(q, in), to == 1 ? THRUM_FULL : 0);
    CHECK_EQ(get_int(q), out++);
    if (to != 1)
        CHECK_EQ(get_int(q), out++);
    CHECK(thrum_queue_empty(q));
    CHECK_EQ(thrum_queue_unfinished_tasks(q), out);
    while (out-- > 0)
        CHECK_EQ(thrum_queue_task_done(q), 0);
    CHECK_EQ(thrum_queue_task_done(q), THRUM_VALUE_ERROR);
    thrum_queue_free(q);
}

TEST(maxsize_changes_while_items_are_in_the_ring) {
    for (size_t capacity = 1; capacity <= 4; capacity++)
        for (size_t from = 1; from <= capacity; from++)
            for (size_t to = 0; to <= 6; to++)
                change_maxsize(capacity, from, to);
}

static void gets(int index, void *arg) {
    (void)arg;
    items[index] = -1;
    results[index] = thrum_queue_get(q, &items[index]);
}
static void puts_index(int index, void *arg) {
    (void)arg;
    results[index] = put_int(q, index);
}
static void joins(int index, void *arg) {
    (void)arg;
    results[index] = thrum_queue_join(q);
}
static void puts_two(int index, void *arg) {
    size_t count = 0;
    (void)arg;
    results[index] = thrum_queue_put_many(q, (int[]){index, index}, 2, &count);
    items[index] = (int)count;
}
static void gets_two(int index, void *arg) {
    int two[2];
    size_t count = 0;
    (void)arg;
    items[index] = -1;
    results[index] = thrum_queue_get_many(q, 2, two, &count);
}

/* Start n threads, each when those before it wait. */
static void start_in_order(crew *c, int n, crew_body *body) {
    int others = waiting_for(q);
    for (int i = 0; i < n; i++) {
        crew_start(c, 1, body, NULL);
        until_waiting(q, others + i + 1);
    }
}

static void make_at_the_edge(size_t capacity, size_t filled) {
    q = make_ints(FIFO, capacity);
    turn_ring(q, last_lap(q, 1), capacity - 1);
    for (size_t i = 0; i < filled; i++)
        CHECK_EQ(put_int(q, 100 + (int)i), 0);
}

TEST(a_larger_maxsize_lets_in_who_waits_at_the_ring_with_the_next_get) {
    for (size_t capacity = 1; capacity <= 3; capacity++) {
        crew c = {0};
        make_at_the_edge(capacity, capacity);
        start_in_order(&c, 3, puts_index);
        thrum_queue_set_maxsize(q, capacity + 2);
        CHECK_EQ(waiting_for(q), 3);
        CHECK_EQ(get_int(q), 100);
        crew_join(&c);
        CHECK_EQ(thrum_queue_qsize(q), capacity + 2);
        for (size_t i = 1; i < capacity; i++)
            CHECK_EQ(get_int(q), 100 + (int)i);
        for (int i = 0; i < 3; i++)
            CHECK(results[i] == 0 && get_int(q) == i);
        thrum_queue_free(q);
    }
}

TEST(who_waits_for_an_item_at_the_ring_gets_it_from_the_store) {
    for (size_t capacity = 1; capacity <= 3; capacity++) {
        crew c = {0};
        make_at_the_edge(capacity, 0);
        start_in_order(&c, 3, gets);
        thrum_queue_set_maxsize(q, 0);
        for (int i = 0; i < 3; i++)
            CHECK_EQ(put_int(q, i), 0);
        CHECK(thrum_queue_empty(q));
        crew_join(&c);
        for (int i = 0; i < 3; i++)
            CHECK(results[i] == 0 && items[i] == i);
        thrum_queue_free(q);
    }
}

/* Otherwise all that come later would have to take the lock. */
TEST(who_gives_up_lets_go_of_the_ring) {
    size_t count;
    make_at_the_edge(2, 0);
    CHECK_EQ(thrum_queue_get_timed(q, &items[0], TINY), THRUM_EMPTY);
    CHECK_EQ(thrum_queue_get_many_timed(q, 1, &items[0], &count, TINY), THRUM_EMPTY);
    CHECK(!((q->ring.head | q->ring.tail) & THRUM__RING_HELD) && q->ring.waiting == 0);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(put_int(q, i), 0);
    CHECK_EQ(put_int_timed(q, 2, TINY), THRUM_FULL);
    CHECK_EQ(thrum_queue_put_many_timed(q, items, 1, &count, TINY), THRUM_FULL);
    CHECK_EQ(thrum_queue_join_timed(q, TINY), THRUM_TIMED_OUT);
    CHECK(!((q->ring.head | q->ring.tail) & THRUM__RING_HELD) && q->ring.waiting == 0);
    thrum_queue_free(q);
}

/* Who comes while another waits stands behind it, although there is a place: the word of that side is held. */
TEST(nobody_overtakes_at_the_ring) {
    crew c = {0};
    make_at_the_edge(2, 2);
    start_in_order(&c, 1, puts_index);
    CHECK(q->ring.tail & THRUM__RING_HELD);
    CHECK_EQ(get_int(q), 100);
    crew_join(&c);
    CHECK(!(q->ring.tail & THRUM__RING_HELD));
    CHECK_EQ(get_int(q), 101);
    CHECK_EQ(get_int(q), 0);
    start_in_order(&c, 1, gets);
    CHECK(q->ring.head & THRUM__RING_HELD);
    CHECK_EQ(put_int(q, 5), 0);
    crew_join(&c);
    CHECK(!(q->ring.head & THRUM__RING_HELD));
    CHECK(results[0] == 0 && items[0] == 5);
    thrum_queue_free(q);
}

static int came;
static void gets_and_says_so(int index, void *arg) {
    gets(index, arg);
    add(&came, 1);
}
static void puts_and_says_so(int index, void *arg) {
    puts_index(index, arg);
    add(&came, 1);
}

/* The first is told to serve the others when it runs, and finds nothing for them: what comes later is for them. */
TEST(the_others_are_served_when_their_turn_comes) {
    for (int rounds = 0; rounds < 20; rounds++) {
        crew c = {0};
        put(&came, 0);
        make_at_the_edge(3, 0);
        start_in_order(&c, 3, gets_and_says_so);
        for (int i = 0; i < 3; i++) {
            CHECK_EQ(put_int(q, i), 0);
            UNTIL(get(&came) == i + 1);
            CHECK(results[i] == 0 && items[i] == i);
        }
        crew_join(&c);
        put(&came, 0);
        for (int i = 0; i < 3; i++)
            CHECK_EQ(put_int(q, 100 + i), 0);
        start_in_order(&c, 3, puts_and_says_so);
        for (int i = 0; i < 3; i++) {
            CHECK_EQ(get_int(q), 100 + i);
            UNTIL(get(&came) == i + 1);
            CHECK_EQ(results[i], 0);
        }
        crew_join(&c);
        thrum_queue_free(q);
    }
}

/* What is put while the first is on its way is for the others, and the first has to hand it on. */
TEST(the_first_serves_the_others) {
    for (int rounds = 0; rounds < 200; rounds++) {
        crew c = {0};
        make_at_the_edge(3, 0);
        start_in_order(&c, 3, gets);
        for (int i = 0; i < 3; i++)
            CHECK_EQ(put_int(q, i), 0);
        crew_join(&c);
        for (int i = 0; i < 3; i++)
            CHECK(results[i] == 0 && items[i] == i);
        thrum_queue_free(q);
    }
}

TEST(shutdown_at_an_empty_ring) {
    for (size_t capacity = 1; capacity <= 3; capacity++)
        for (int immediate = 0; immediate < 2; immediate++) {
            crew c = {0};
            make_at_the_edge(capacity, 0);
            start_in_order(&c, 2, gets);
            start_in_order(&c, 2, gets_two);
            thrum_queue_shutdown(q, immediate);
            crew_join(&c);
            for (int i = 0; i < 4; i++)
                CHECK(results[i] == THRUM_SHUT_DOWN && items[i] == -1);
            CHECK_EQ(put_int_now(q, 1), THRUM_SHUT_DOWN);
            CHECK_EQ(thrum_queue_join(q), 0);
            thrum_queue_free(q);
        }
}

TEST(shutdown_at_a_full_ring) {
    for (size_t capacity = 1; capacity <= 3; capacity++)
        for (int immediate = 0; immediate < 2; immediate++) {
            crew c = {0};
            make_at_the_edge(capacity, capacity);
            start_in_order(&c, 2, puts_index);
            start_in_order(&c, 1, puts_two);
            start_in_order(&c, 1, joins);
            thrum_queue_shutdown(q, immediate);
            CHECK_EQ(thrum_queue_qsize(q), immediate ? 0 : capacity);
            for (size_t i = 0; i < capacity && !immediate; i++) {
                CHECK_EQ(get_int(q), 100 + (int)i);
                CHECK_EQ(waiting_for(q), 1);
                CHECK_EQ(thrum_queue_task_done(q), 0);
            }
            crew_join(&c);
            for (int i = 0; i < 3; i++)
                CHECK_EQ(results[i], THRUM_SHUT_DOWN);
            CHECK_EQ(results[3], 0);
            CHECK_EQ(thrum_queue_get_nowait(q, &items[0]), THRUM_SHUT_DOWN);
            CHECK_EQ(thrum_queue_task_done(q), THRUM_VALUE_ERROR);
            thrum_queue_free(q);
        }
}

static int discarded[8], discards;
static void note_discard(void *item) {
    discarded[discards++] = *(int *)item;
}

/* What lies across the ring's end is discarded once and in order, by shutdown or by free. */
TEST(what_is_in_the_ring_is_discarded_in_order) {
    thrum_queue_options options = {.item_size = sizeof(int), .maxsize = 3, .discard = note_discard};
    for (int by_free = 0; by_free < 2; by_free++) {
        discards = 0;
        q = make_with(FIFO, &options);
        turn_ring(q, last_lap(q, 1), 2);
        for (int i = 0; i < 3; i++)
            CHECK_EQ(put_int(q, i), 0);
        CHECK_EQ(get_int(q), 0);
        if (!by_free)
            thrum_queue_shutdown(q, true);
        thrum_queue_free(q);
        CHECK(discards == 2 && discarded[0] == 1 && discarded[1] == 2);
    }
}

/* An item of the ring, and one of the store behind it. */
TEST(ring_and_store_are_discarded_together) {
    thrum_queue_options options = {.item_size = sizeof(int), .maxsize = 2, .discard = note_discard};
    discards = 0;
    q = make_with(FIFO, &options);
    CHECK_EQ(put_int(q, 1), 0);
    thrum_queue_set_maxsize(q, 3);
    CHECK_EQ(put_int(q, 2), 0);
    thrum_queue_shutdown(q, true);
    CHECK(discards == 2 && discarded[0] == 1 && discarded[1] == 2);
    CHECK_EQ(thrum_queue_join(q), 0);
    thrum_queue_free(q);
}

TEST_MAIN()
