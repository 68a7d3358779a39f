/* test_queue_cpython.c - the stories of CPython's test_queue.py: many calls in a row, or many threads. Which of its
 * cases is which test is said in docs/PYTHON-TESTS.md. Where CPython sleeps to let a thread block, the thread is seen
 * to wait. */
#include "ints.h"

#define FOR_EACH_KIND(kind) for (enum kind kind = FIFO; kind < KINDS; kind++)

static thrum_queue *q;
static int results[CREW_MAX], gone;

/* What another thread does as soon as somebody waits. */
static void gets_for_a_waiting_put(int index, void *arg) {
    (void)index, (void)arg;
    until_waiting(q, 1);
    (void)get_int(q);
}
static void puts_for_a_waiting_get(int index, void *arg) {
    (void)index, (void)arg;
    until_waiting(q, 1);
    CHECK_EQ(put_int_now(q, 77), 0);
}

static void put_that_waits(thrum_timeout timeout) {
    crew c = {0};
    crew_start(&c, 1, gets_for_a_waiting_put, NULL);
    CHECK_EQ(put_int_timed(q, 30, timeout), 0);
    crew_join(&c);
}

static void get_that_waits(thrum_timeout timeout) {
    crew c = {0};
    int item = -1;
    crew_start(&c, 1, puts_for_a_waiting_get, NULL);
    CHECK_EQ(thrum_queue_get_timed(q, &item, timeout), 0);
    CHECK_EQ(item, 77);
    crew_join(&c);
}

enum { size = 5 };

static void check_order(enum kind kind) {
    static const int put_in[] = {111, 333, 222};
    static const int out[KINDS][3] = {{111, 333, 222}, {222, 333, 111}, {111, 222, 333}};
    for (int i = 0; i < 3; i++)
        CHECK_EQ(put_int(q, put_in[i]), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(get_int(q), out[kind][i]);
}

static void fill(void) {
    for (int i = 0; i < size - 1; i++) {
        CHECK_EQ(put_int(q, i), 0);
        CHECK_EQ(thrum_queue_qsize(q), i + 1);
        CHECK(!thrum_queue_full(q));
    }
    CHECK_EQ(put_int(q, 2 * size), 0);
    CHECK(thrum_queue_full(q) && !thrum_queue_empty(q));
    CHECK_EQ(put_int_now(q, 30), THRUM_FULL);
    CHECK_EQ(put_int_timed(q, 30, TINY), THRUM_FULL);
}

/* Twice, so that the same queue serves again. */
TEST(basic) {
    FOR_EACH_KIND(kind) {
        q = make_ints(kind, size);
        for (int round = 0; round < 2; round++) {
            int item;
            CHECK(thrum_queue_empty(q) && !thrum_queue_full(q));
            check_order(kind);
            fill();
            put_that_waits(THRUM_FOREVER);
            put_that_waits(AGES);
            for (int i = 0; i < size; i++)
                (void)get_int(q);
            CHECK(thrum_queue_empty(q));
            CHECK_EQ(thrum_queue_get_nowait(q, &item), THRUM_EMPTY);
            CHECK_EQ(thrum_queue_get_timed(q, &item, TINY), THRUM_EMPTY);
            get_that_waits(THRUM_FOREVER);
            get_that_waits(AGES);
        }
        thrum_queue_free(q);
    }
}

TEST(nowait) {
    FOR_EACH_KIND(kind) {
        int item;
        q = make_ints(kind, size);
        for (int i = 0; i < size; i++)
            CHECK_EQ(put_int_now(q, 1), 0);
        CHECK_EQ(put_int_now(q, 1), THRUM_FULL);
        for (int i = 0; i < size; i++)
            CHECK_EQ(get_int(q), 1);
        CHECK_EQ(thrum_queue_get_nowait(q, &item), THRUM_EMPTY);
        thrum_queue_free(q);
    }
}

/* CPython's issue 10110. Here the smaller limit takes the places of a Queue out of use, too. */
TEST(shrinking_queue) {
    FOR_EACH_KIND(kind) {
        q = make_ints(kind, 3);
        for (int i = 1; i <= 3; i++)
            CHECK_EQ(put_int(q, i), 0);
        CHECK_EQ(put_int_now(q, 4), THRUM_FULL);
        CHECK_EQ(thrum_queue_qsize(q), 3);
        thrum_queue_set_maxsize(q, 2);
        CHECK_EQ(put_int_now(q, 4), THRUM_FULL);
        CHECK_EQ(get_int(q), kind == LIFO ? 3 : 1);
        CHECK_EQ(put_int_now(q, 4), THRUM_FULL);
        CHECK_EQ(get_int(q), 2);
        CHECK_EQ(put_int_now(q, 4), 0);
        CHECK_EQ(get_int(q), kind == LIFO ? 4 : 3);
        CHECK_EQ(get_int(q), kind == LIFO ? 1 : 4);
        thrum_queue_free(q);
    }
}

static int sum;
static void works(int index, void *arg) {
    int item = 0;
    (void)index, (void)arg;
    while (item >= 0) {
        CHECK_EQ(thrum_queue_get(q, &item), 0);
        add(&sum, item > 0 ? item : 0);
        CHECK_EQ(thrum_queue_task_done(q), 0);
    }
}

static void join_twice(void) {
    crew c = {0};
    put(&sum, 0);
    crew_start(&c, 2, works, NULL);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(put_int(q, i), 0);
    CHECK_EQ(thrum_queue_join(q), 0);
    CHECK_EQ(get(&sum), 4950);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(put_int(q, -1), 0); /* the workers end */
    CHECK_EQ(thrum_queue_join(q), 0);
    crew_join(&c);
}

TEST(queue_join) {
    FOR_EACH_KIND(kind) {
        for (int bounded = 0; bounded < 2; bounded++) {
            q = make_ints(kind, bounded ? 3 : 0);
            join_twice();
            join_twice();
            CHECK_EQ(thrum_queue_task_done(q), THRUM_VALUE_ERROR);
            thrum_queue_free(q);
        }
    }
}

TEST(shutdown_empty_nonempty_and_immediate) {
    FOR_EACH_KIND(kind) {
        int item;
        for (int filled = 0; filled < 2; filled++)
            for (int immediate = 0; immediate < 2; immediate++) {
                q = make_ints(kind, 0);
                if (filled)
                    CHECK_EQ(put_int(q, 5), 0);
                thrum_queue_shutdown(q, immediate);
                CHECK_EQ(put_int(q, 6), THRUM_SHUT_DOWN);
                if (filled && !immediate)
                    CHECK_EQ(get_int(q), 5);
                CHECK_EQ(thrum_queue_get(q, &item), THRUM_SHUT_DOWN);
                thrum_queue_free(q);
            }
    }
}

TEST(shutdown_allowed_transitions) {
    FOR_EACH_KIND(kind) {
        q = make_ints(kind, 2);
        CHECK(!thrum_queue_is_shutdown(q));
        for (int step = 0; step < 3; step++) {
            thrum_queue_shutdown(q, step == 1);
            CHECK(thrum_queue_is_shutdown(q));
        }
        thrum_queue_free(q);
    }
}

static void check_drained(void) {
    int item;
    CHECK_EQ(thrum_queue_join(q), 0);
    CHECK_EQ(thrum_queue_get(q, &item), THRUM_SHUT_DOWN);
    CHECK_EQ(thrum_queue_get_nowait(q, &item), THRUM_SHUT_DOWN);
    CHECK_EQ(thrum_queue_get_timed(q, &item, thrum_seconds(1)), THRUM_SHUT_DOWN);
    CHECK_EQ(thrum_queue_task_done(q), THRUM_VALUE_ERROR);
}

TEST(shutdown_all_methods_in_one_thread) {
    FOR_EACH_KIND(kind) {
        for (int immediate = 0; immediate < 2; immediate++) {
            q = make_ints(kind, 2);
            CHECK_EQ(put_int(q, 'L'), 0);
            CHECK_EQ(put_int_now(q, 'O'), 0);
            thrum_queue_shutdown(q, immediate);
            CHECK_EQ(put_int(q, 'E'), THRUM_SHUT_DOWN);
            CHECK_EQ(put_int_now(q, 'W'), THRUM_SHUT_DOWN);
            for (int i = 0; i < 2 && !immediate; i++) {
                int item = get_int(q);
                CHECK(item == 'L' || item == 'O');
                CHECK_EQ(thrum_queue_task_done(q), 0);
            }
            check_drained();
            thrum_queue_free(q);
        }
    }
}

/* A system at work is shut down by a thread of its own, when one of the writers has put half of its items. */
enum { writers = 4, readers = 6, joiners = 2, messages = 2000 };
static thrum_barrier start;
static thrum_event half_done;
static int ended_by_shutdown[CREW_MAX];

static void writes(int index, void *arg) {
    int i = 0, r = 0;
    (void)arg;
    for (; i < messages / 4; i++)
        CHECK_EQ(put_int(q, i), 0);
    CHECK_GE(thrum_barrier_wait(&start), 0);
    for (; i < messages && (r = put_int(q, i)) == 0; i++)
        if (i == messages / 2)
            thrum_event_set(&half_done);
    put(&ended_by_shutdown[index], r == THRUM_SHUT_DOWN);
    CHECK(r == 0 || r == THRUM_SHUT_DOWN);
}

static void reads(int index, void *arg) {
    int item, r;
    (void)arg;
    CHECK_EQ(thrum_queue_get(q, &item), 0);
    CHECK_EQ(thrum_queue_task_done(q), 0);
    CHECK_GE(thrum_barrier_wait(&start), 0);
    while ((r = thrum_queue_get_nowait(q, &item)) != THRUM_SHUT_DOWN) {
        if (r == 0)
            CHECK_EQ(thrum_queue_task_done(q), 0);
        else
            sched_yield();
    }
    put(&ended_by_shutdown[index], 1);
}

static void joins_late(int index, void *arg) {
    (void)index, (void)arg;
    CHECK_GE(thrum_barrier_wait(&start), 0);
    CHECK_EQ(thrum_queue_join(q), 0);
}

static void shuts_down(int index, void *immediate) {
    (void)index;
    thrum_event_wait(&half_done);
    thrum_queue_shutdown(q, immediate);
    if (immediate)
        CHECK(thrum_queue_empty(q));
}

static void shut_down_at_work(enum kind kind, bool immediate) {
    crew c = {0};
    q = make_ints(kind, 0);
    thrum_event_clear(&half_done);
    CHECK_EQ(thrum_barrier_init(&start, writers + readers + (immediate ? joiners : 0), NULL), 0);
    crew_start(&c, writers, writes, NULL);
    crew_start(&c, readers, reads, NULL);
    crew_start(&c, immediate ? joiners : 0, joins_late, NULL);
    crew_start(&c, 1, shuts_down, immediate ? &start : NULL);
    crew_join(&c);
    for (int i = writers; i < writers + readers; i++)
        CHECK(ended_by_shutdown[i]);
    CHECK(thrum_queue_empty(q));
    CHECK_EQ(thrum_queue_join(q), 0);
    thrum_queue_free(q);
}

TEST(shutdown_all_methods_in_many_threads) {
    FOR_EACH_KIND(kind) shut_down_at_work(kind, false);
}

TEST(shutdown_immediate_all_methods_in_many_threads) {
    FOR_EACH_KIND(kind) shut_down_at_work(kind, true);
}

/* Threads that call when the queue is shut down already, or are about to. */
static int go;
static void gets_then(int index, void *arg) {
    int item;
    (void)arg;
    UNTIL(get(&go));
    results[index] = thrum_queue_get(q, &item);
}
static void puts_then(int index, void *arg) {
    (void)arg;
    UNTIL(get(&go));
    results[index] = put_int(q, 5);
}
static void gets_and_is_done_then(int index, void *arg) {
    int item;
    (void)arg;
    UNTIL(get(&go));
    results[index] = thrum_queue_get(q, &item);
    if (results[index] == 0)
        CHECK_EQ(thrum_queue_task_done(q), 0);
}
static void joins(int index, void *arg) {
    (void)arg;
    results[index] = thrum_queue_join(q);
    add(&gone, 1);
}

static void make_with_two(enum kind kind) {
    q = make_ints(kind, 2);
    CHECK_EQ(put_int(q, 'Y'), 0);
    CHECK_EQ(put_int(q, 'D'), 0);
    put(&go, 0);
    put(&gone, 0);
}

static int refused(int threads) {
    int count = 0;
    for (int i = 0; i < threads; i++) {
        CHECK(results[i] == 0 || results[i] == THRUM_SHUT_DOWN);
        count += results[i] == THRUM_SHUT_DOWN;
    }
    return count;
}

TEST(shutdown_get) {
    FOR_EACH_KIND(kind) {
        for (int immediate = 0; immediate < 2; immediate++) {
            crew c = {0};
            make_with_two(kind);
            crew_start(&c, 3, gets_then, NULL);
            thrum_queue_shutdown(q, immediate);
            put(&go, 1);
            crew_join(&c);
            CHECK_EQ(refused(3), immediate ? 3 : 1);
            thrum_queue_free(q);
        }
    }
}

TEST(shutdown_put) {
    FOR_EACH_KIND(kind) {
        for (int immediate = 0; immediate < 2; immediate++) {
            crew c = {0};
            make_with_two(kind);
            crew_start(&c, 2, puts_then, NULL);
            thrum_queue_shutdown(q, immediate);
            put(&go, 1);
            crew_join(&c);
            CHECK_EQ(refused(2), 2);
            CHECK_EQ(thrum_queue_qsize(q), immediate ? 0 : 2);
            thrum_queue_free(q);
        }
    }
}

/* CPython's _shutdown_join, _shutdown_put_join and _get_task_done_join: threads that join are released by a shutdown
 * that discards, or by those who do what is left. */
TEST(shutdown_join) {
    FOR_EACH_KIND(kind) {
        for (int immediate = 0; immediate < 2; immediate++) {
            crew c = {0};
            make_with_two(kind);
            crew_start(&c, 2, gets_and_is_done_then, NULL);
            crew_start(&c, 2, joins, NULL);
            crew_start(&c, 1, puts_then, NULL);
            until_waiting(q, 2);
            CHECK_EQ(thrum_queue_unfinished_tasks(q), 2);
            thrum_queue_shutdown(q, immediate);
            CHECK(immediate || get(&gone) == 0);
            put(&go, 1);
            crew_join(&c);
            CHECK_EQ(refused(2), immediate ? 2 : 0);
            CHECK(results[2] == 0 && results[3] == 0 && results[4] == THRUM_SHUT_DOWN);
            CHECK_EQ(thrum_queue_unfinished_tasks(q), 0);
            thrum_queue_free(q);
        }
    }
}

TEST(shutdown_pending_get) {
    FOR_EACH_KIND(kind) {
        crew c = {0};
        q = make_ints(kind, 0);
        put(&go, 1);
        crew_start(&c, 1, gets_then, NULL);
        until_waiting(q, 1);
        thrum_queue_shutdown(q, false);
        crew_join(&c);
        CHECK_EQ(results[0], THRUM_SHUT_DOWN);
        thrum_queue_free(q);
    }
}

TEST_MAIN()
