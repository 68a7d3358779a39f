/* test_queue_waiting.c - threads that wait for an item, for a place and for the last task: that they wait, in which
 * order they are served, and what ends their waits. */
#include "ints.h"

static thrum_queue *q;
static int results[CREW_MAX], items[CREW_MAX], order[CREW_MAX], served;

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
    order[index] = add(&served, 1);
}

/* Start n threads, each when those before it wait. */
static void start_in_order(crew *c, int n, crew_body *body, int others) {
    for (int i = 0; i < n; i++) {
        crew_start(c, 1, body, NULL);
        until_waiting(q, others + i + 1);
    }
}

/* An item goes to the getter that has waited longest, whoever runs first. */
TEST(getters_are_served_in_the_order_of_arrival) {
    for (enum kind kind = FIFO; kind < KINDS; kind++) {
        crew c = {0};
        q = make_ints(kind, 0);
        start_in_order(&c, 5, gets, 0);
        for (int i = 0; i < 5; i++)
            CHECK_EQ(put_int(q, 100 - i), 0);
        CHECK(thrum_queue_empty(q)); /* each had its owner as soon as it was put */
        crew_join(&c);
        for (int i = 0; i < 5; i++)
            CHECK(results[i] == 0 && items[i] == 100 - i);
        CHECK_EQ(thrum_queue_unfinished_tasks(q), 5);
        thrum_queue_free(q);
    }
}

TEST(putters_are_let_in_in_the_order_of_arrival) {
    crew c = {0};
    q = make_ints(FIFO, 1);
    CHECK_EQ(put_int(q, -1), 0);
    start_in_order(&c, 5, puts_index, 0);
    CHECK_EQ(thrum_queue_unfinished_tasks(q), 1); /* what waits is not in the queue */
    for (int i = -1; i < 5; i++) {
        CHECK(thrum_queue_full(q));
        CHECK_EQ(put_int_now(q, 99), THRUM_FULL); /* nobody overtakes */
        CHECK_EQ(get_int(q), i);
    }
    crew_join(&c);
    CHECK(thrum_queue_empty(q));
    CHECK_EQ(thrum_queue_unfinished_tasks(q), 6);
    thrum_queue_free(q);
}

TEST(blocked_putters_enter_a_priority_queue_by_arrival_and_leave_it_by_value) {
    crew c = {0};
    q = make_ints(PRIORITY, 1);
    CHECK_EQ(put_int(q, 50), 0);
    start_in_order(&c, 2, puts_index, 0);
    CHECK_EQ(get_int(q), 50);
    CHECK_EQ(get_int(q), 0);
    CHECK_EQ(get_int(q), 1);
    crew_join(&c);
    thrum_queue_free(q);
}

static void gets_within_ages(int index, void *arg) {
    (void)arg;
    results[index] = thrum_queue_get_timed(q, &items[index], AGES);
}
static void puts_within_ages(int index, void *arg) {
    (void)arg;
    results[index] = put_int_timed(q, index, AGES);
}

TEST(a_time_limit_that_does_not_run_out_changes_nothing) {
    crew c = {0};
    q = make_ints(FIFO, 1);
    start_in_order(&c, 1, gets_within_ages, 0);
    CHECK_EQ(put_int(q, 42), 0);
    crew_join(&c);
    CHECK(results[0] == 0 && items[0] == 42);
    CHECK_EQ(put_int(q, 43), 0);
    start_in_order(&c, 1, puts_within_ages, 0);
    CHECK_EQ(get_int(q), 43);
    crew_join(&c);
    CHECK(results[0] == 0);
    CHECK_EQ(get_int(q), 0);
    thrum_queue_free(q);
}

static void gives_up(int index, void *arg) {
    (void)arg;
    put(&results[index], index ? thrum_queue_get_timed(q, &items[index], TINY) : thrum_queue_get(q, &items[index]));
}

/* Who has given up is not given anything, and nobody else loses by it. */
TEST(a_getter_that_gives_up_leaves_no_trace) {
    crew c = {0};
    q = make_ints(FIFO, 0);
    start_in_order(&c, 1, gives_up, 0);
    crew_start(&c, 3, gives_up, NULL);
    for (int i = 1; i <= 3; i++)
        UNTIL(get(&results[i]) == THRUM_EMPTY);
    CHECK_EQ(put_int(q, 7), 0);
    crew_join(&c);
    CHECK(results[0] == 0 && items[0] == 7);
    CHECK_EQ(put_int(q, 8), 0);
    CHECK_EQ(get_int(q), 8);
    thrum_queue_free(q);
}

/* CPython: test_shutdown_get_blocked and its kin. */
TEST(shutdown_wakes_every_getter) {
    for (int immediate = 0; immediate < 2; immediate++) {
        crew c = {0};
        q = make_ints(FIFO, 0);
        start_in_order(&c, 4, gets, 0);
        thrum_queue_shutdown(q, immediate);
        crew_join(&c);
        for (int i = 0; i < 4; i++)
            CHECK(results[i] == THRUM_SHUT_DOWN && items[i] == -1);
        thrum_queue_free(q);
    }
}

TEST(shutdown_wakes_every_putter) {
    for (int immediate = 0; immediate < 2; immediate++) {
        crew c = {0};
        q = make_ints(FIFO, 1);
        CHECK_EQ(put_int(q, 5), 0);
        start_in_order(&c, 4, puts_index, 0);
        thrum_queue_shutdown(q, immediate);
        crew_join(&c);
        for (int i = 0; i < 4; i++)
            CHECK_EQ(results[i], THRUM_SHUT_DOWN);
        CHECK_EQ(thrum_queue_qsize(q), immediate ? 0 : 1); /* and none of their items came in */
        thrum_queue_free(q);
    }
}

TEST(join_waits_for_the_last_task) {
    crew c = {0};
    q = make_ints(FIFO, 0);
    CHECK_EQ(put_int(q, 1), 0);
    CHECK_EQ(put_int(q, 2), 0);
    start_in_order(&c, 3, joins, 0);
    (void)get_int(q);
    (void)get_int(q);
    CHECK_EQ(thrum_queue_task_done(q), 0);
    CHECK_EQ(waiting_for(q), 3);
    CHECK_EQ(thrum_queue_task_done(q), 0);
    crew_join(&c);
    for (int i = 0; i < 3; i++)
        CHECK(results[i] == 0 && order[i] > 0);
    thrum_queue_free(q);
}

/* CPython: test_shutdown_immediate_*_join. */
TEST(immediate_shutdown_ends_a_join_when_nothing_is_left_to_do) {
    crew c = {0};
    q = make_ints(FIFO, 0);
    CHECK_EQ(put_int(q, 1), 0);
    CHECK_EQ(put_int(q, 2), 0);
    start_in_order(&c, 2, joins, 0);
    thrum_queue_shutdown(q, false);
    CHECK_EQ(waiting_for(q), 2);
    (void)get_int(q);
    thrum_queue_shutdown(q, true);
    CHECK_EQ(waiting_for(q), 2); /* the one that was taken is not done */
    CHECK_EQ(thrum_queue_task_done(q), 0);
    crew_join(&c);
    thrum_queue_free(q);
    q = make_ints(FIFO, 0);
    CHECK_EQ(put_int(q, 1), 0);
    start_in_order(&c, 1, joins, 0);
    thrum_queue_shutdown(q, true);
    crew_join(&c);
    CHECK_EQ(results[0], 0);
    thrum_queue_free(q);
}

TEST(a_larger_maxsize_wakes_nobody_until_the_next_get) {
    crew c = {0};
    q = make_ints(FIFO, 1);
    CHECK_EQ(put_int(q, 9), 0);
    start_in_order(&c, 3, puts_index, 0);
    thrum_queue_set_maxsize(q, 3);
    CHECK_EQ(waiting_for(q), 3);
    CHECK_EQ(thrum_queue_qsize(q), 1);
    CHECK_EQ(get_int(q), 9);
    crew_join(&c);
    CHECK_EQ(thrum_queue_qsize(q), 3);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(get_int(q), i);
    thrum_queue_free(q);
}

static void puts_many(int index, void *arg) {
    static const int three[] = {10, 11, 12};
    size_t count = 0;
    (void)arg;
    results[index] = thrum_queue_put_many(q, three, 3, &count);
    items[index] = (int)count;
}
static void gets_many(int index, void *arg) {
    int three[3];
    size_t count = 0;
    (void)arg;
    results[index] = thrum_queue_get_many(q, 3, three, &count);
    items[index] = (int)count * 100 + three[0];
}

TEST(many_wait_for_the_first_only) {
    crew c = {0};
    q = make_ints(FIFO, 1);
    start_in_order(&c, 1, gets_many, 0);
    CHECK_EQ(put_int(q, 5), 0);
    crew_join(&c);
    CHECK(results[0] == 0 && items[0] == 105);
    CHECK_EQ(put_int(q, 6), 0);
    start_in_order(&c, 1, puts_many, 0);
    CHECK_EQ(get_int(q), 6);
    crew_join(&c);
    CHECK(results[0] == 0 && items[0] == 1);
    CHECK_EQ(get_int(q), 10);
    thrum_queue_free(q);
}

/* get_many makes places as it goes: whoever is let in meanwhile is served, too. */
TEST(get_many_takes_from_those_who_wait) {
    crew c = {0};
    int out[4];
    size_t count;
    q = make_ints(FIFO, 1);
    CHECK_EQ(put_int(q, 9), 0);
    start_in_order(&c, 3, puts_index, 0);
    CHECK_EQ(thrum_queue_get_many(q, 3, out, &count), 0);
    CHECK(count == 3 && out[0] == 9 && out[1] == 0 && out[2] == 1);
    crew_join(&c);
    CHECK_EQ(get_int(q), 2);
    thrum_queue_free(q);
}

TEST(put_many_serves_all_who_wait) {
    static const int three[] = {10, 11, 12};
    crew c = {0};
    size_t count;
    q = make_ints(FIFO, 1);
    start_in_order(&c, 2, gets, 0);
    CHECK_EQ(thrum_queue_put_many(q, three, 3, &count), 0);
    CHECK_EQ(count, 3);
    crew_join(&c);
    CHECK(items[0] == 10 && items[1] == 11);
    CHECK_EQ(get_int(q), 12);
    thrum_queue_free(q);
}

TEST(the_dump_says_who_waits_for_a_queue) {
    crew c = {0};
    q = make_ints(FIFO, 0);
    start_in_order(&c, 1, gets, 0);
    CHECK_EQ(dump_lines("waiting", "queue"), 1);
    CHECK_EQ(put_int(q, 1), 0);
    crew_join(&c);
    thrum_queue_free(q);
}

enum { producers = 4, consumers = 3, each = 2000 };
static int sum, got_count;

static void produce_or_consume(int index, void *arg) {
    (void)arg;
    int item;
    if (index < producers) {
        for (int i = 0; i < each; i++)
            CHECK_EQ(put_int(q, i), 0);
        return;
    }
    while (thrum_queue_get(q, &item) == 0) {
        add(&sum, item);
        add(&got_count, 1);
        CHECK_EQ(thrum_queue_task_done(q), 0);
    }
}

/* CPython: test_many_threads, and shutdown of a working system. */
TEST(nothing_is_lost_or_doubled) {
    static const size_t limits[] = {0, 1, 2, 64};
    for (enum kind kind = FIFO; kind < KINDS; kind++)
        for (int i = 0; i < 4; i++) {
            crew putters = {0}, all = {0};
            put(&sum, 0);
            put(&got_count, 0);
            q = make_ints(kind, limits[i]);
            crew_start(&putters, producers, produce_or_consume, NULL);
            all.size = producers;
            crew_start(&all, consumers, produce_or_consume, NULL);
            crew_join(&putters);
            CHECK_EQ(thrum_queue_join(q), 0);
            thrum_queue_shutdown(q, false);
            while (all.size > producers)
                CHECK_EQ(pthread_join(all.members[--all.size].thread, NULL), 0);
            CHECK_EQ(get(&got_count), producers * each);
            CHECK_EQ(get(&sum), producers * (each * (each - 1) / 2));
            thrum_queue_free(q);
        }
}

TEST_MAIN()
