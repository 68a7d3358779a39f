/* test_queue_memory.c - every allocation fails once: the queue stays usable, and its counts unchanged (CPython:
 * FailingQueueTest). */
#include "ints.h"

#include "fault.h"

TEST(new_fails_cleanly) {
    thrum_queue *q = NULL;
    fault_arm(1);
    CHECK_EQ(thrum_queue_new(&q, NULL), -ENOMEM);
    CHECK(fault_disarm());
    CHECK(!q);
    CHECK_EQ(fault_live(), 0);
}

/* Of each kind, with places made beforehand and without. */
TEST(every_allocation_of_a_constructor_fails_cleanly) {
    for (enum kind kind = FIFO; kind < KINDS; kind++)
        for (size_t maxsize = 0; maxsize < 4; maxsize += 3) {
            thrum_queue_options options = {.item_size = sizeof(int), .maxsize = maxsize};
            size_t n = 1;
            for (;; n++) {
                thrum_queue *q = NULL;
                fault_arm(n);
                int r = kind == FIFO   ? thrum_queue_new(&q, &options)
                        : kind == LIFO ? thrum_lifo_queue_new(&q, &options)
                                       : thrum_priority_queue_new(&q, &options, by_value, NULL);
                bool failed = fault_disarm();
                CHECK_EQ(r, failed ? -ENOMEM : 0);
                CHECK_EQ(q == NULL, failed);
                thrum_queue_free(q);
                CHECK_EQ(fault_live(), 0);
                if (!failed)
                    break;
            }
            CHECK_EQ(n - 1, kind == FIFO && maxsize > 0 ? 2 : 1);
        }
}

/* A queue with places for its items takes no memory any more; and nobody takes any who does not put. */
TEST(only_a_put_into_a_store_needs_memory) {
    for (enum kind kind = FIFO; kind < KINDS; kind++) {
        int item, two[2] = {1, 2};
        size_t count;
        thrum_queue *q = make_ints(kind, 3);
        if (kind != FIFO) {
            CHECK_EQ(put_int(q, 1), 0);
            CHECK_EQ(get_int(q), 1);
            CHECK_EQ(thrum_queue_task_done(q), 0);
        }
        fault_arm(1);
        CHECK_EQ(put_int(q, 1), 0);
        CHECK_EQ(thrum_queue_put_many(q, two, 2, &count), 0);
        CHECK_EQ(put_int_timed(q, 1, TINY), THRUM_FULL);
        CHECK_EQ(thrum_queue_get(q, &item), 0);
        CHECK_EQ(thrum_queue_get_many(q, 2, two, &count), 0);
        CHECK_EQ(thrum_queue_get_timed(q, &item, TINY), THRUM_EMPTY);
        CHECK(thrum_queue_empty(q) && !thrum_queue_full(q) && thrum_queue_qsize(q) == 0);
        CHECK_EQ(thrum_queue_join_timed(q, TINY), THRUM_TIMED_OUT);
        for (int i = 0; i < 3; i++)
            CHECK_EQ(thrum_queue_task_done(q), 0);
        CHECK_EQ(thrum_queue_join(q), 0);
        thrum_queue_set_maxsize(q, 5);
        thrum_queue_shutdown(q, true);
        CHECK(!fault_disarm());
        thrum_queue_free(q);
    }
    CHECK_EQ(fault_live(), 0);
}

/* A batch: what is in the queue before and after is what the results say, wherever the memory ends. */
TEST(every_allocation_of_a_batch_fails_cleanly) {
    for (enum kind kind = FIFO; kind < KINDS; kind++) {
        bool failed = true;
        for (size_t n = 1; failed; n++) {
            int numbers[100], out;
            size_t count = 0;
            thrum_queue *q = make_ints(kind, 0);
            for (int i = 0; i < 100; i++)
                numbers[i] = i;
            CHECK_EQ(put_int(q, -1), 0);
            fault_arm(n);
            int r = thrum_queue_put_many(q, numbers, 100, &count);
            failed = fault_disarm();
            CHECK_EQ(r, 0); /* there is memory for some, at least */
            CHECK_EQ(count < 100, failed);
            CHECK_EQ(thrum_queue_qsize(q), count + 1);
            CHECK_EQ(thrum_queue_unfinished_tasks(q), count + 1);
            for (size_t i = 0; i <= count; i++) {
                CHECK_EQ(thrum_queue_get_nowait(q, &out), 0);
                CHECK_EQ(out, kind == LIFO ? (int)(count - i) - 1 : (int)i - 1);
            }
            thrum_queue_free(q);
            CHECK_EQ(fault_live(), 0);
        }
    }
}

TEST(a_put_that_fails_changes_nothing) {
    for (enum kind kind = FIFO; kind < KINDS; kind++) {
        thrum_queue *q = make_ints(kind, 0);
        int in = 0, failures = 0;
        while (in < 1000) {
            fault_arm(1);
            int r = put_int_now(q, in);
            bool failed = fault_disarm();
            CHECK_EQ(r, failed ? -ENOMEM : 0);
            CHECK_EQ(thrum_queue_qsize(q), in + !failed);
            CHECK_EQ(thrum_queue_unfinished_tasks(q), in + !failed);
            if (failed)
                CHECK_EQ(put_int(q, in), 0); /* now there is memory */
            failures += failed;
            in++;
        }
        CHECK_GT(failures, 3);
        for (int i = 0; i < 1000; i++)
            CHECK_EQ(get_int(q), kind == LIFO ? 999 - i : i);
        thrum_queue_free(q);
    }
    CHECK_EQ(fault_live(), 0);
}

TEST(put_many_puts_what_there_is_memory_for) {
    int numbers[40];
    size_t count = 99;
    thrum_queue *q = make_ints(FIFO, 0);
    for (int i = 0; i < 40; i++)
        numbers[i] = i;
    fault_arm(1);
    CHECK_EQ(thrum_queue_put_many(q, numbers, 40, &count), -ENOMEM);
    CHECK(fault_disarm());
    CHECK_EQ(count, 99);
    fault_arm(2);
    CHECK_EQ(thrum_queue_put_many(q, numbers, 40, &count), 0);
    CHECK(fault_disarm());
    CHECK(count > 0 && count < 40);
    CHECK_EQ(thrum_queue_qsize(q), count);
    CHECK_EQ(thrum_queue_unfinished_tasks(q), count);
    thrum_queue_free(q);
}

static thrum_queue *shared;
static int results[2];
static void puts_one(int index, void *arg) {
    (void)arg;
    results[index] = put_int(shared, index);
}

/* The get that makes a place stores the item of a thread that waits; no memory for it is that thread's news. */
TEST(a_putter_that_waits_is_told_that_there_is_no_memory) {
    crew c = {0};
    shared = make_ints(FIFO, 16);
    for (int i = 0; i < 16; i++)
        CHECK_EQ(put_int(shared, i), 0);
    crew_start(&c, 1, puts_one, NULL);
    until_waiting(shared, 1);
    CHECK_EQ(get_int(shared), 0);
    crew_join(&c);
    CHECK_EQ(results[0], 0);
    thrum_queue_set_maxsize(shared, 15); /* with 16 in it: two gets make a place */
    crew_start(&c, 2, puts_one, NULL);
    until_waiting(shared, 2);
    thrum_queue_set_maxsize(shared, 20); /* now one get lets both in, and the second needs a larger ring */
    fault_arm(1);
    CHECK_EQ(get_int(shared), 1);
    CHECK(fault_disarm());
    crew_join(&c);
    CHECK_EQ(results[0] + results[1], -ENOMEM); /* one of them */
    CHECK_EQ(thrum_queue_qsize(shared), 16);
    CHECK_EQ(thrum_queue_unfinished_tasks(shared), 18);
    thrum_queue_free(shared);
}

TEST_MAIN()
