/* test_queue.c - Queue, LifoQueue and PriorityQueue in one thread: section 3 of the semantics, and what thrum/queue.h
 * promises beyond it. */
#include <errno.h>

#include "ints.h"

#define FOR_EACH_KIND(kind) for (enum kind kind = FIFO; kind < KINDS; kind++)

/* CPython: BaseQueueTestMixin.basic_queue_test. */
TEST(each_kind_gives_in_its_order) {
    static const int put_in[] = {111, 333, 222}, out[KINDS][3] = {
                                                     [FIFO] = {111, 333, 222},
                                                     [LIFO] = {222, 333, 111},
                                                     [PRIORITY] = {111, 222, 333},
                                                 };
    FOR_EACH_KIND(kind) {
        thrum_queue *q = make_ints(kind, 0);
        for (int i = 0; i < 3; i++)
            CHECK_EQ(put_int(q, put_in[i]), 0);
        for (int i = 0; i < 3; i++)
            CHECK_EQ(get_int(q), out[kind][i]);
        CHECK(!thrum_queue_free(q));
    }
}

TEST(size_and_limits_are_told) {
    FOR_EACH_KIND(kind) {
        thrum_queue *q = make_ints(kind, 2);
        CHECK(thrum_queue_empty(q) && !thrum_queue_full(q));
        CHECK_EQ(thrum_queue_maxsize(q), 2);
        CHECK_EQ(put_int(q, 1), 0);
        CHECK(!thrum_queue_empty(q) && !thrum_queue_full(q));
        CHECK_EQ(put_int(q, 2), 0);
        CHECK(!thrum_queue_empty(q) && thrum_queue_full(q));
        CHECK_EQ(thrum_queue_qsize(q), 2);
        CHECK_EQ(put_int_now(q, 3), THRUM_FULL);
        CHECK_EQ(put_int_timed(q, 3, TINY), THRUM_FULL);
        CHECK_EQ(thrum_queue_qsize(q), 2);
        (void)get_int(q);
        CHECK_EQ(put_int_timed(q, 3, AGES), 0);
        thrum_queue_free(q);
    }
}

TEST(an_empty_queue_gives_nothing_and_leaves_the_item_alone) {
    FOR_EACH_KIND(kind) {
        int item = 77;
        thrum_queue *q = make_ints(kind, 0);
        CHECK_EQ(thrum_queue_get_nowait(q, &item), THRUM_EMPTY);
        CHECK_EQ(thrum_queue_get_timed(q, &item, TINY), THRUM_EMPTY);
        CHECK_EQ(item, 77);
        thrum_queue_free(q);
    }
}

TEST(a_time_limit_is_waited_for) {
    int item;
    thrum_queue *q = make_ints(FIFO, 1);
    int64_t before = thrum_monotonic_ns();
    CHECK_EQ(thrum_queue_get_timed(q, &item, TINY), THRUM_EMPTY);
    CHECK_GE(thrum_monotonic_ns() - before, TINY.ns);
    CHECK_EQ(put_int(q, 1), 0);
    before = thrum_monotonic_ns();
    CHECK_EQ(put_int_timed(q, 2, TINY), THRUM_FULL);
    CHECK_GE(thrum_monotonic_ns() - before, TINY.ns);
    thrum_queue_free(q);
}

TEST(without_a_limit_it_is_never_full) {
    FOR_EACH_KIND(kind) {
        thrum_queue *q = make_ints(kind, 0);
        for (int i = 0; i < 10000; i++)
            CHECK_EQ(put_int_now(q, 9999 - i), 0);
        CHECK(!thrum_queue_full(q));
        for (int i = 0; i < 10000; i++)
            CHECK_EQ(get_int(q), kind == FIFO ? 9999 - i : i);
        CHECK(thrum_queue_empty(q));
        thrum_queue_free(q);
    }
}

/* CPython: test_negative_timeout_raises_exception, and its order of checks. */
TEST(a_negative_limit_is_refused) {
    FOR_EACH_KIND(kind) {
        int item;
        thrum_queue *q = make_ints(kind, 1);
        CHECK_EQ(put_int_timed(q, 1, thrum_seconds(-1)), THRUM_VALUE_ERROR); /* although there is a place */
        CHECK_EQ(thrum_queue_get_timed(q, &item, thrum_seconds(-1)), THRUM_VALUE_ERROR);
        CHECK_EQ(put_int(q, 1), 0);
        CHECK_EQ(put_int_timed(q, 1, thrum_seconds(-1)), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_queue_get_timed(q, &item, thrum_seconds(-1)), THRUM_VALUE_ERROR); /* although there is one */
        CHECK_EQ(thrum_queue_qsize(q), 1);
        thrum_queue_shutdown(q, false);
        CHECK_EQ(put_int_timed(q, 1, thrum_seconds(-1)), THRUM_SHUT_DOWN);
        CHECK_EQ(thrum_queue_get_timed(q, &item, thrum_seconds(-1)), THRUM_VALUE_ERROR);
        (void)get_int(q);
        CHECK_EQ(thrum_queue_get_timed(q, &item, thrum_seconds(-1)), THRUM_SHUT_DOWN);
        thrum_queue_free(q);
    }
}

TEST(a_put_without_a_limit_of_items_does_not_look_at_that_of_time) {
    thrum_queue *q = make_ints(FIFO, 0);
    CHECK_EQ(put_int_timed(q, 1, thrum_seconds(-1)), 0);
    CHECK_EQ(put_int_timed(q, 1, thrum_seconds(1e10)), 0);
    thrum_queue_free(q);
}

TEST(a_limit_beyond_the_maximum_is_refused) {
    int item;
    thrum_queue *q = make_ints(FIFO, 1);
    CHECK_EQ(put_int_timed(q, 1, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_queue_get_timed(q, &item, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_queue_join_timed(q, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(put_int_timed(q, 1, THRUM_TIMEOUT_MAX), 0);
    CHECK_EQ(thrum_queue_get_timed(q, &item, THRUM_FOREVER), 0);
    thrum_queue_free(q);
}

/* CPython: test_maxsize is an attribute; shrinking makes full() true. */
TEST(maxsize_is_live) {
    thrum_queue *q = make_ints(FIFO, 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(put_int(q, i), 0);
    thrum_queue_set_maxsize(q, 2);
    CHECK(thrum_queue_full(q));
    CHECK_EQ(thrum_queue_qsize(q), 3); /* nothing is lost */
    CHECK_EQ(put_int_now(q, 3), THRUM_FULL);
    (void)get_int(q);
    CHECK_EQ(put_int_now(q, 3), THRUM_FULL);
    (void)get_int(q);
    CHECK_EQ(put_int_now(q, 3), 0);
    thrum_queue_set_maxsize(q, 3);
    CHECK(!thrum_queue_full(q));
    CHECK_EQ(put_int_now(q, 4), 0);
    CHECK(thrum_queue_full(q));
    thrum_queue_set_maxsize(q, 0);
    CHECK(!thrum_queue_full(q));
    CHECK_EQ(thrum_queue_maxsize(q), 0);
    thrum_queue_free(q);
}

TEST(items_are_copied_in_and_out) {
    struct big {
        char bytes[300];
    } in, out;
    thrum_queue_options options = {.item_size = sizeof in};
    for (enum kind kind = FIFO; kind <= LIFO; kind++) {
        thrum_queue *q = make_with(kind, &options);
        for (int i = 0; i < 50; i++) {
            memset(&in, i, sizeof in);
            CHECK_EQ(thrum_queue_put(q, &in), 0);
        }
        memset(&in, 255, sizeof in);
        for (int i = 0; i < 50; i++) {
            CHECK_EQ(thrum_queue_get(q, &out), 0);
            CHECK(out.bytes[0] == (kind == FIFO ? i : 49 - i) && out.bytes[299] == out.bytes[0]);
        }
        thrum_queue_free(q);
    }
}

TEST(the_default_item_is_a_pointer) {
    int number = 5;
    void *in = &number, *out = NULL;
    thrum_queue *q = make_with(FIFO, NULL);
    CHECK_EQ(thrum_queue_maxsize(q), 0);
    CHECK_EQ(thrum_queue_put(q, &in), 0);
    CHECK_EQ(thrum_queue_get(q, &out), 0);
    CHECK(out == &number);
    thrum_queue_free(q);
}

TEST(constructors_refuse_what_makes_no_sense) {
    thrum_queue *q = NULL;
    thrum_queue_options options = {.item_size = SIZE_MAX};
    CHECK_EQ(thrum_queue_new(&q, &options), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_priority_queue_new(&q, NULL, NULL, NULL), THRUM_TYPE_ERROR);
    CHECK(!q);
    CHECK(!thrum_queue_free(NULL));
    options.item_size = PTRDIFF_MAX; /* acceptable in itself, but no memory has a place for one */
    CHECK_EQ(thrum_queue_new(&q, &options), 0);
    CHECK_EQ(thrum_queue_put(q, q), -ENOMEM);
    CHECK_EQ(thrum_queue_qsize(q), 0);
    CHECK_EQ(thrum_queue_unfinished_tasks(q), 0);
    thrum_queue_free(q);
}

/* The ring goes round and grows while its items go over the end. */
TEST(the_order_survives_growth) {
    thrum_queue *q = make_ints(FIFO, 0);
    int in = 0, out = 0;
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 7 + round % 5; i++)
            CHECK_EQ(put_int(q, in++), 0);
        for (int i = 0; i < 7; i++)
            CHECK_EQ(get_int(q), out++);
    }
    while (out < in)
        CHECK_EQ(get_int(q), out++);
    CHECK(thrum_queue_empty(q));
    thrum_queue_free(q);
}

typedef struct job {
    int priority, number;
} job;
static int by_priority(const job *a, const job *b) {
    return a->priority - b->priority;
}
THRUM_QUEUE_TYPED(jobs, job)

/* The orders that a queue knows: what they say is what it does. */
TEST(the_orders_of_numbers) {
    int i = -1, j = 1;
    int64_t k = INT64_MIN, l = 0;
    uint64_t m = 1, n = UINT64_MAX;
    double x = -0.5, y = 2e9, none = 0.0 / 0.0;
    CHECK(thrum_queue_by_int(&i, &j, NULL) < 0 && thrum_queue_by_int(&j, &i, NULL) > 0);
    CHECK(thrum_queue_by_int64(&k, &l, NULL) < 0 && thrum_queue_by_int64(&l, &k, NULL) > 0);
    CHECK(thrum_queue_by_uint64(&m, &n, NULL) < 0 && thrum_queue_by_uint64(&n, &m, NULL) > 0);
    CHECK(thrum_queue_by_double(&x, &y, NULL) < 0 && thrum_queue_by_double(&y, &x, NULL) > 0);
    CHECK(thrum_queue_by_double(&none, &y, NULL) > 0 && thrum_queue_by_double(&y, &none, NULL) < 0);
    CHECK_EQ(thrum_queue_by_int(&i, &i, NULL), 0);
    CHECK_EQ(thrum_queue_by_int64(&k, &k, NULL), 0);
    CHECK_EQ(thrum_queue_by_uint64(&n, &n, NULL), 0);
    CHECK_EQ(thrum_queue_by_double(&y, &y, NULL), 0);
    CHECK_EQ(thrum_queue_by_double(&none, &none, NULL), 0);
}

TEST(an_order_of_numbers_is_that_of_items_that_begin_with_one) {
    thrum_queue *q = NULL;
    thrum_queue_options options = {.item_size = sizeof(job)};
    CHECK_EQ(thrum_priority_queue_new(&q, &options, thrum_queue_by_int, NULL), 0);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(thrum_queue_put(q, &(job){i * 37 % 100 - 50, i}), 0);
    for (int i = 0; i < 100; i++) {
        job item;
        CHECK_EQ(thrum_queue_get(q, &item), 0);
        CHECK_EQ(item.priority, i - 50);
        CHECK_EQ(item.number * 37 % 100, i);
    }
    thrum_queue_free(q);
}

TEST(items_smaller_than_their_number_are_refused) {
    static thrum_queue_compare *const orders[] = {thrum_queue_by_int, thrum_queue_by_int64, thrum_queue_by_uint64,
                                                  thrum_queue_by_double};
    static const size_t sizes[] = {sizeof(int), sizeof(int64_t), sizeof(uint64_t), sizeof(double)};
    for (int i = 0; i < 4; i++) {
        thrum_queue *q = NULL;
        thrum_queue_options options = {.item_size = sizes[i] - 1};
        CHECK_EQ(thrum_priority_queue_new(&q, &options, orders[i], NULL), THRUM_TYPE_ERROR);
        CHECK(!q);
        options.item_size++;
        CHECK_EQ(thrum_priority_queue_new(&q, &options, orders[i], NULL), 0);
        thrum_queue_free(q);
    }
}

TEST(equal_priorities_lose_nothing) {
    jobs q;
    bool seen[1000] = {false};
    CHECK_EQ(jobs_priority_new(&q, 0, by_priority), 0);
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(jobs_put(q, (job){i % 3, i}), 0);
    job item, before = {0, 0};
    for (int i = 0; i < 1000; i++, before = item) {
        CHECK_EQ(jobs_get(q, &item), 0);
        CHECK_LE(before.priority, item.priority);
        CHECK(!seen[item.number]);
        seen[item.number] = true;
    }
    jobs_free(&q);
    CHECK(!q.untyped);
}

TEST(typed_queues_have_every_call) {
    jobs q;
    job item, three[3] = {{1, 1}, {2, 2}, {3, 3}};
    size_t count;
    CHECK_EQ(jobs_new(&q, 4), 0);
    CHECK_EQ(jobs_put_timed(q, three[0], AGES), 0);
    CHECK_EQ(jobs_put_nowait(q, three[1]), 0);
    CHECK_EQ(jobs_put_many(q, three, 3, &count), 0);
    CHECK_EQ(count, 2);
    CHECK_EQ(jobs_put_nowait(q, three[1]), THRUM_FULL);
    CHECK_EQ(jobs_get_timed(q, &item, AGES), 0);
    CHECK_EQ(item.number, 1);
    CHECK_EQ(jobs_get_nowait(q, &item), 0);
    CHECK_EQ(item.number, 2);
    CHECK_EQ(jobs_get_many(q, 3, three, &count), 0);
    CHECK(count == 2 && three[0].number == 1 && three[1].number == 2 && three[2].number == 3);
    jobs_free(&q);
    CHECK_EQ(jobs_lifo_new(&q, 4), 0);
    CHECK_EQ(jobs_put(q, three[0]), 0);
    CHECK_EQ(jobs_put(q, three[1]), 0);
    CHECK_EQ(jobs_get(q, &item), 0);
    CHECK_EQ(item.number, 2);
    jobs_free(&q);
    CHECK_EQ(jobs_priority_new(&q, 0, NULL), THRUM_TYPE_ERROR);
}

TEST(many_at_once_are_those_that_there_is_room_for) {
    FOR_EACH_KIND(kind) {
        static const int in[5] = {5, 1, 4, 2, 3}, order[KINDS][4] = {{5, 1, 4, 2}, {2, 4, 1, 5}, {1, 2, 4, 5}};
        int out[5] = {0};
        size_t count = 99;
        thrum_queue *q = make_ints(kind, 4);
        CHECK_EQ(thrum_queue_put_many(q, in, 0, &count), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_queue_put_many_timed(q, in, 0, &count, AGES), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_queue_get_many(q, 0, out, &count), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_queue_get_many_timed(q, 0, out, &count, AGES), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_queue_get_many_timed(q, 5, out, &count, THRUM_NOWAIT), THRUM_EMPTY);
        CHECK_EQ(count, 99);
        CHECK_EQ(thrum_queue_put_many(q, in, 5, &count), 0);
        CHECK_EQ(count, 4);
        CHECK_EQ(thrum_queue_unfinished_tasks(q), 4);
        CHECK_EQ(thrum_queue_put_many_timed(q, in, 5, &count, TINY), THRUM_FULL);
        CHECK_EQ(thrum_queue_get_many(q, 5, out, &count), 0);
        CHECK_EQ(count, 4);
        CHECK_EQ(memcmp(out, order[kind], sizeof order[kind]), 0);
        thrum_queue_shutdown(q, false);
        CHECK_EQ(thrum_queue_put_many(q, in, 5, &count), THRUM_SHUT_DOWN);
        CHECK_EQ(thrum_queue_get_many(q, 5, out, &count), THRUM_SHUT_DOWN);
        CHECK_EQ(count, 4);
        thrum_queue_free(q);
    }
}

/* CPython: test_queue_task_done, queue_join_test. */
TEST(task_done_is_called_once_per_put) {
    FOR_EACH_KIND(kind) {
        thrum_queue *q = make_ints(kind, 0);
        CHECK_EQ(thrum_queue_task_done(q), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_queue_join(q), 0); /* nothing to wait for */
        CHECK_EQ(put_int(q, 1), 0);
        CHECK_EQ(put_int(q, 2), 0);
        CHECK_EQ(thrum_queue_unfinished_tasks(q), 2);
        (void)get_int(q);
        CHECK_EQ(thrum_queue_unfinished_tasks(q), 2);
        CHECK_EQ(thrum_queue_join_timed(q, TINY), THRUM_TIMED_OUT);
        CHECK_EQ(thrum_queue_join_timed(q, THRUM_NOWAIT), THRUM_TIMED_OUT);
        CHECK_EQ(thrum_queue_join_timed(q, thrum_seconds(-1)), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_queue_task_done(q), 0);
        CHECK_EQ(thrum_queue_task_done(q), 0);
        CHECK_EQ(thrum_queue_task_done(q), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_queue_join(q), 0);
        CHECK_EQ(thrum_queue_join_timed(q, THRUM_NOWAIT), 0); /* again */
        thrum_queue_free(q);
    }
}

/* CPython: test_shutdown_empty, _nonempty, _repeated, and what works afterwards. */
TEST(shutdown_lets_get_drain) {
    FOR_EACH_KIND(kind) {
        int item = 77;
        thrum_queue *q = make_ints(kind, 3);
        CHECK(!thrum_queue_is_shutdown(q));
        CHECK_EQ(put_int(q, 5), 0);
        CHECK_EQ(put_int(q, 5), 0);
        thrum_queue_shutdown(q, false);
        CHECK(thrum_queue_is_shutdown(q));
        CHECK_EQ(put_int(q, 6), THRUM_SHUT_DOWN);
        CHECK_EQ(put_int_now(q, 6), THRUM_SHUT_DOWN);
        CHECK_EQ(put_int_timed(q, 6, AGES), THRUM_SHUT_DOWN);
        CHECK_EQ(thrum_queue_qsize(q), 2);
        CHECK(!thrum_queue_full(q) && !thrum_queue_empty(q));
        CHECK_EQ(get_int(q), 5);
        thrum_queue_shutdown(q, false);
        CHECK_EQ(thrum_queue_get(q, &item), 0);
        item = 77;
        CHECK_EQ(thrum_queue_get(q, &item), THRUM_SHUT_DOWN);
        CHECK_EQ(thrum_queue_get_nowait(q, &item), THRUM_SHUT_DOWN);
        CHECK_EQ(thrum_queue_get_timed(q, &item, AGES), THRUM_SHUT_DOWN);
        CHECK_EQ(item, 77);
        CHECK_EQ(thrum_queue_join_timed(q, THRUM_NOWAIT), THRUM_TIMED_OUT);
        CHECK_EQ(thrum_queue_task_done(q), 0);
        CHECK_EQ(thrum_queue_task_done(q), 0);
        CHECK_EQ(thrum_queue_join(q), 0);
        thrum_queue_free(q);
    }
}

/* CPython: test_shutdown_immediate_*. */
TEST(immediate_shutdown_discards_what_is_there) {
    FOR_EACH_KIND(kind) {
        int item = 77;
        thrum_queue *q = make_ints(kind, 0);
        for (int i = 0; i < 3; i++)
            CHECK_EQ(put_int(q, i), 0);
        (void)get_int(q);
        thrum_queue_shutdown(q, true);
        CHECK(thrum_queue_empty(q) && thrum_queue_is_shutdown(q));
        CHECK_EQ(thrum_queue_get(q, &item), THRUM_SHUT_DOWN);
        CHECK_EQ(put_int(q, 5), THRUM_SHUT_DOWN);
        CHECK_EQ(thrum_queue_unfinished_tasks(q), 1); /* the one that was taken is still to be done */
        CHECK_EQ(thrum_queue_join_timed(q, THRUM_NOWAIT), THRUM_TIMED_OUT);
        thrum_queue_shutdown(q, false); /* keeps what immediate did */
        CHECK(thrum_queue_empty(q));
        CHECK_EQ(thrum_queue_task_done(q), 0);
        CHECK_EQ(thrum_queue_task_done(q), THRUM_VALUE_ERROR);
        CHECK_EQ(thrum_queue_join(q), 0);
        thrum_queue_free(q);
    }
}

TEST(shutdown_may_become_immediate) {
    thrum_queue *q = make_ints(FIFO, 0);
    int item;
    CHECK_EQ(put_int(q, 1), 0);
    thrum_queue_shutdown(q, false);
    CHECK_EQ(thrum_queue_qsize(q), 1);
    thrum_queue_shutdown(q, true);
    CHECK_EQ(thrum_queue_get(q, &item), THRUM_SHUT_DOWN);
    CHECK_EQ(thrum_queue_join(q), 0);
    thrum_queue_shutdown(q, true);
    thrum_queue_free(q);
}

TEST(unfinished_tasks_do_not_go_below_none) {
    thrum_queue *q = make_ints(FIFO, 0);
    CHECK_EQ(put_int(q, 1), 0);
    CHECK_EQ(put_int(q, 2), 0);
    CHECK_EQ(thrum_queue_task_done(q), 0); /* too early, which nobody can know */
    thrum_queue_shutdown(q, true);
    CHECK_EQ(thrum_queue_unfinished_tasks(q), 0);
    CHECK_EQ(thrum_queue_task_done(q), THRUM_VALUE_ERROR);
    thrum_queue_free(q);
}

static int discarded[10], discards;
static void note_discard(void *item) {
    discarded[discards++] = *(int *)item;
}

TEST(items_that_nobody_gets_are_handed_to_discard) {
    thrum_queue_options options = {.item_size = sizeof(int), .discard = note_discard};
    FOR_EACH_KIND(kind) {
        discards = 0;
        thrum_queue *q = make_with(kind, &options);
        for (int i = 0; i < 4; i++)
            CHECK_EQ(put_int(q, i), 0);
        int taken = get_int(q);
        CHECK_EQ(discards, 0);
        if (kind == FIFO)
            thrum_queue_shutdown(q, true);
        thrum_queue_free(q);
        CHECK_EQ(discards, 3);
        CHECK_EQ(discarded[0] + discarded[1] + discarded[2] + taken, 6);
    }
}

TEST_MAIN()
