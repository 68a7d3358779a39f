/* test_simple_queue.c - SimpleQueue: section 3 of the semantics, and that signal handlers may put. */
#include <errno.h>

#include "signals.h"

static thrum_simple_queue *q;

static void make(void) {
    CHECK_EQ(thrum_simple_queue_new(&q, sizeof(int)), 0);
}

static int put_int(int item) {
    return thrum_simple_queue_put(q, &item);
}

static int get_int(void) {
    int item = -1;
    CHECK_EQ(thrum_simple_queue_get_nowait(q, &item), 0);
    return item;
}

/* CPython: BaseSimpleQueueTest.test_basic, test_order. */
TEST(the_oldest_comes_first) {
    make();
    CHECK(thrum_simple_queue_empty(q));
    CHECK_EQ(thrum_simple_queue_qsize(q), 0);
    for (int i = 0; i < 300; i++)
        CHECK_EQ(put_int(i), 0);
    CHECK(!thrum_simple_queue_empty(q));
    CHECK_EQ(thrum_simple_queue_qsize(q), 300);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(get_int(), i);
    for (int i = 300; i < 1000; i++)
        CHECK_EQ(put_int(i), 0);
    for (int i = 100; i < 1000; i++)
        CHECK_EQ(get_int(), i);
    CHECK(thrum_simple_queue_empty(q));
    CHECK(!thrum_simple_queue_free(q));
    CHECK(!thrum_simple_queue_free(NULL));
}

/* CPython: test_negative_timeout_raises_exception. */
TEST(limits_of_get) {
    int item = 77;
    make();
    CHECK_EQ(thrum_simple_queue_get_nowait(q, &item), THRUM_EMPTY);
    CHECK_EQ(thrum_simple_queue_get_timed(q, &item, thrum_seconds(-1)), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_simple_queue_get_timed(q, &item, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    int64_t before = thrum_monotonic_ns();
    CHECK_EQ(thrum_simple_queue_get_timed(q, &item, TINY), THRUM_EMPTY);
    CHECK_GE(thrum_monotonic_ns() - before, TINY.ns);
    CHECK_EQ(item, 77);
    CHECK_EQ(put_int(5), 0);
    CHECK_EQ(thrum_simple_queue_get_timed(q, &item, thrum_seconds(-1)), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_simple_queue_get_timed(q, &item, AGES), 0);
    CHECK_EQ(item, 5);
    thrum_simple_queue_free(q);
}

TEST(items_of_any_size) {
    void *in = &in, *out = NULL;
    char big_in[1001], big_out[1001] = {0};
    CHECK_EQ(thrum_simple_queue_new(&q, 0), 0);
    CHECK_EQ(thrum_simple_queue_put_nowait(q, &in), 0);
    CHECK_EQ(thrum_simple_queue_get(q, &out), 0);
    CHECK(out == in);
    thrum_simple_queue_free(q);
    CHECK_EQ(thrum_simple_queue_new(&q, sizeof big_in), 0);
    for (int i = 0; i < 200; i++) {
        memset(big_in, i, sizeof big_in);
        CHECK_EQ(thrum_simple_queue_put(q, big_in), 0);
    }
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(thrum_simple_queue_get(q, big_out), 0);
        memset(big_in, i, sizeof big_in);
        CHECK_EQ(memcmp(big_in, big_out, sizeof big_in), 0);
    }
    thrum_simple_queue_free(q);
    q = NULL;
    CHECK_EQ(thrum_simple_queue_new(&q, (size_t)1 << 30), THRUM_OVERFLOW_ERROR);
    CHECK(!q);
}

static int items[CREW_MAX];
static void gets(int index, void *arg) {
    (void)arg;
    CHECK_EQ(thrum_simple_queue_get(q, &items[index]), 0);
}

TEST(getters_wait_and_are_woken_by_puts) {
    crew c = {0};
    make();
    for (int i = 0; i < 4; i++) {
        crew_start(&c, 1, gets, NULL);
        until_waiting(q, i + 1);
    }
    int sum = 0;
    for (int i = 1; i <= 4; i++) {
        CHECK_EQ(put_int(i), 0);
        until_waiting(q, 4 - i);
    }
    crew_join(&c);
    for (int i = 0; i < 4; i++)
        sum += items[i];
    CHECK_EQ(sum, 10);
    CHECK(thrum_simple_queue_empty(q));
    thrum_simple_queue_free(q);
}

/* CPython: test_basic. */
TEST(each_call_in_its_turn) {
    int item;
    make();
    for (int i = 1; i <= 4; i++) {
        CHECK_EQ(i == 3 ? thrum_simple_queue_put_nowait(q, &i) : put_int(i), 0);
        CHECK_EQ(thrum_simple_queue_qsize(q), i);
        CHECK(!thrum_simple_queue_empty(q));
    }
    CHECK_EQ(thrum_simple_queue_get(q, &item), 0);
    CHECK_EQ(item, 1);
    CHECK_EQ(get_int(), 2);
    CHECK_EQ(get_int(), 3);
    CHECK_EQ(thrum_simple_queue_qsize(q), 1);
    CHECK_EQ(thrum_simple_queue_get_timed(q, &item, thrum_milliseconds(100)), 0);
    CHECK_EQ(item, 4);
    CHECK(thrum_simple_queue_empty(q));
    CHECK_EQ(thrum_simple_queue_get_nowait(q, &item), THRUM_EMPTY);
    CHECK_EQ(thrum_simple_queue_get_timed(q, &item, TINY), THRUM_EMPTY);
    CHECK_EQ(thrum_simple_queue_qsize(q), 0);
    thrum_simple_queue_free(q);
}

enum { most_producers = 6, most_consumers = 6, items_in_all = 24000 };
typedef struct trade {
    int producers, consumers, each;
    int (*get)(int *ret_item);
} trade;
static int count_of[most_producers], left;

static int get_waiting(int *ret_item) {
    return thrum_simple_queue_get(q, ret_item);
}
static int get_at_once(int *ret_item) {
    int r;
    while ((r = thrum_simple_queue_get_nowait(q, ret_item)) == THRUM_EMPTY)
        sched_yield();
    return r;
}
static int get_within_a_limit(int *ret_item) {
    int r;
    while ((r = thrum_simple_queue_get_timed(q, ret_item, thrum_nanoseconds(10000))) == THRUM_EMPTY)
        ;
    return r;
}

/* Of each producer the items come in its order, also when only one at a time looks. */
static void produce_or_consume(int index, void *arg) {
    const trade *t = (const trade *)arg;
    if (index < t->producers) {
        for (int i = 0; i < t->each; i++)
            CHECK_EQ(put_int(index * t->each + i), 0);
        return;
    }
    int item, last[most_producers] = {0};
    while (add(&left, -1) >= 0) {
        CHECK_EQ(t->get(&item), 0);
        CHECK_GE(item % t->each, last[item / t->each]);
        last[item / t->each] = item % t->each;
        add(&count_of[item / t->each], 1);
    }
}

static void nothing_is_lost(int producers, int consumers, int (*get_one)(int *ret_item)) {
    crew c = {0};
    trade t = {producers, consumers, items_in_all / producers, get_one};
    memset(count_of, 0, sizeof count_of);
    make();
    put(&left, items_in_all);
    crew_start(&c, producers + consumers, produce_or_consume, &t);
    crew_join(&c);
    for (int i = 0; i < producers; i++)
        CHECK_EQ(get(&count_of[i]), t.each);
    CHECK(thrum_simple_queue_empty(q));
    CHECK_EQ(thrum_simple_queue_qsize(q), 0);
    thrum_simple_queue_free(q);
}

/* CPython: test_order, test_many_threads. */
TEST(nothing_is_lost_or_doubled) {
    nothing_is_lost(1, 1, get_waiting);
    nothing_is_lost(4, 3, get_waiting);
    nothing_is_lost(most_producers, most_consumers, get_waiting);
}

/* CPython: test_many_threads_nonblock. */
TEST(nothing_is_lost_by_those_who_do_not_wait) {
    nothing_is_lost(most_producers, most_consumers, get_at_once);
}

/* CPython: test_many_threads_timeout. */
TEST(nothing_is_lost_by_those_who_give_up) {
    nothing_is_lost(most_producers, most_consumers, get_within_a_limit);
}

static int handled;
static void put_in_handler(int number) {
    int error = errno, item = -number;
    errno = 4711;
    if (thrum_simple_queue_put(q, &item) == 0)
        add(&handled, 1);
    if (errno != 4711)
        _exit(3);
    errno = error;
}

/* How many signals may be on their way at once, so that one handler interrupts the other. ThreadSanitizer, under
 * which none does, can make a mess of two: see signals.h. */
enum { ON_THEIR_WAY = TEST_TSAN ? 1 : 3 };

static int signals_sent, stop;
static pthread_t target;
static void send_signals(int index, void *arg) {
    (void)index, (void)arg;
    while (!get(&stop)) {
        pthread_kill(target, add(&signals_sent, 1) % 2 ? SIGUSR1 : SIGUSR2);
        UNTIL(get(&handled) > get(&signals_sent) - ON_THEIR_WAY || get(&stop));
    }
}

/* CPython: test_reentrancy. Two signals, so that one handler interrupts the other, too. */
TEST(a_handler_may_put_whatever_it_interrupts) {
    crew c = {0};
    struct sigaction action = {.sa_handler = put_in_handler, .sa_flags = SA_RESTART};
    int in = 0, out = 0, from_handler = 0, item;
    make();
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_EQ(sigaction(SIGUSR2, &action, NULL), 0);
    target = pthread_self();
    crew_start(&c, 1, send_signals, NULL);
    while (get(&handled) < 300) {
        for (int i = 0; i < 5; i++)
            CHECK_EQ(put_int(in++), 0);
        for (int i = 0; i < 5; i++) {
            CHECK_EQ(thrum_simple_queue_get(q, &item), 0);
            from_handler += item < 0;
            if (item >= 0)
                CHECK_EQ(item, out++);
        }
    }
    put(&stop, 1);
    crew_join(&c);
    action.sa_handler = SIG_IGN;
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_EQ(sigaction(SIGUSR2, &action, NULL), 0);
    while (thrum_simple_queue_get_nowait(q, &item) == 0) {
        from_handler += item < 0;
        if (item >= 0)
            CHECK_EQ(item, out++);
    }
    CHECK_EQ(out, in);
    CHECK_EQ(from_handler, get(&handled));
    thrum_simple_queue_free(q);
}

TEST(a_handler_wakes_the_thread_that_waits) {
    crew c = {0};
    struct sigaction action = {.sa_handler = put_in_handler};
    make();
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    crew_start(&c, 1, gets, NULL);
    until_waiting(q, 1);
    CHECK_EQ(raise(SIGUSR1), 0);
    crew_join(&c);
    CHECK_EQ(items[0], -SIGUSR1);
    crew_start(&c, 1, gets, NULL);
    until_waiting(q, 1);
    CHECK_EQ(pthread_kill(c.members[0].thread, SIGUSR1), 0); /* the waiting thread itself */
    UNTIL_HANDLED(c.members[0].thread, get(&handled) == 2);
    crew_join(&c);
    CHECK_EQ(items[0], -SIGUSR1);
    thrum_simple_queue_free(q);
}

TEST_MAIN()
