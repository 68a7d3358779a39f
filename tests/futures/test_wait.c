/* test_wait.c - wait and as_completed. Their CPython counterparts are test_wait.py and test_as_completed.py in
 * test_concurrent_futures; threads that end futures stand in for an executor here. */
#include "futures.h"

enum { FIRST = THRUM_FIRST_COMPLETED, ERROR = THRUM_FIRST_EXCEPTION, ALL = THRUM_ALL_COMPLETED };

static thrum_future *fs[8];
static size_t count;

static void make(size_t n) {
    for (count = 0; count < n; count++)
        fs[count] = new_future();
}
static void drop_all(thrum_future **futures, size_t n) {
    for (size_t i = 0; i < n; i++)
        thrum_future_unref(futures[i]);
}

/* What a thread that waits got back. */
typedef struct waiter {
    thrum_future *futures[8];
    size_t count;
    int return_when, returned;
    thrum_timeout timeout;
    thrum_wait_result found;
    crew c;
} waiter;

static void waits(int index, void *arg) {
    waiter *self = arg;
    (void)index;
    self->returned =
        self->timeout.ns == 0
            ? thrum_futures_wait(self->futures, self->count, self->return_when, &self->found)
            : thrum_futures_wait_timed(self->futures, self->count, self->return_when, &self->found, self->timeout);
}

/* Threads that sleep because of futures: those of one thread are watched together, at an address of their own. */
static bool sleeps_for_futures(thrum__record *record, void *arg) {
    const void *key = __atomic_load_n(&record->key, __ATOMIC_SEQ_CST); /* a hint: looked at again under the latch */
    if (!key)
        return true;
    thrum__queue *queue = thrum__queue_lock(key);
    if (__atomic_load_n(&record->key, __ATOMIC_SEQ_CST) == key &&
        __atomic_load_n(&record->word, __ATOMIC_SEQ_CST) == THRUM__ASLEEP)
        *(int *)arg += record->wait.kind == THRUM__KIND_FUTURE;
    thrum__queue_unlock(queue);
    return true;
}
static void until_sleeping(int n) {
    for (int sleeping = -1; sleeping != n; sched_yield()) {
        sleeping = 0;
        thrum__record_each(sleeps_for_futures, &sleeping);
    }
}

static void start_waiting(waiter *self, int return_when) {
    *self = (waiter){.count = count, .return_when = return_when};
    memcpy(self->futures, fs, sizeof fs);
    crew_start(&self->c, 1, waits, self);
    until_sleeping(1);
}

static void check_found(waiter *self, size_t done, size_t not_done) {
    crew_join(&self->c);
    CHECK_EQ(self->returned, 0);
    CHECK_EQ(self->found.done, done);
    CHECK_EQ(self->found.not_done, not_done);
    for (size_t i = 0; i < done; i++)
        CHECK(thrum_future_done(self->futures[i]));
}

static void finish(thrum_future *f) {
    CHECK_EQ(thrum_future_set_result(f, NULL), 0);
}
static void fail(thrum_future *f) {
    CHECK_EQ(thrum_future_set_error(f, -EIO, NULL), 0);
}

/* CPython: test_first_completed. */
TEST(first_completed_ends_with_the_first) {
    waiter w;
    make(3);
    start_waiting(&w, FIRST);
    finish(fs[1]);
    check_found(&w, 1, 2);
    CHECK(w.futures[0] == fs[1]);
    drop_all(fs, 3);
}

/* CPython: test_first_completed_some_already_completed. */
TEST(first_completed_with_something_done_returns_at_once) {
    thrum_wait_result found;
    make(3);
    thrum_future_cancel(fs[2]);
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(fs[2]), 0);
    CHECK_EQ(thrum_futures_wait(fs, 3, FIRST, &found), 0);
    CHECK(found.done == 1 && found.not_done == 2);
    drop_all(fs, 3);
}

/* CPython: test_first_exception. */
TEST(first_exception_goes_on_after_a_success) {
    waiter w;
    make(4);
    start_waiting(&w, ERROR);
    finish(fs[0]);
    thrum_future_cancel(fs[1]);
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(fs[1]), 0); /* a cancelled one is no error */
    until_sleeping(1);
    CHECK_EQ(w.found.done, 0);
    fail(fs[2]);
    check_found(&w, 3, 1);
    drop_all(fs, 4);
}

TEST(first_exception_without_one_waits_for_all) {
    waiter w;
    make(3);
    start_waiting(&w, ERROR);
    for (int i = 0; i < 3; i++) {
        until_sleeping(1);
        finish(fs[i]);
    }
    check_found(&w, 3, 0);
    drop_all(fs, 3);
}

/* CPython: test_first_exception_some_already_complete, test_first_exception_one_already_failed. */
TEST(first_exception_with_one_failed_returns_at_once) {
    thrum_wait_result found;
    waiter w;
    make(3);
    fail(fs[0]);
    CHECK_EQ(thrum_futures_wait(fs, 3, ERROR, &found), 0);
    CHECK(found.done == 1 && found.not_done == 2);
    drop_all(fs, 3);
    make(3);
    finish(fs[0]);
    start_waiting(&w, ERROR);
    fail(fs[2]);
    check_found(&w, 2, 1);
    drop_all(fs, 3);
}

/* CPython: test_all_completed. */
TEST(all_completed_waits_for_each) {
    waiter w;
    make(4);
    finish(fs[3]);
    start_waiting(&w, ALL);
    fail(fs[0]);
    finish(fs[2]);
    until_sleeping(1);
    thrum_future_cancel(fs[1]);
    until_sleeping(1); /* cancelled, and its executor has not noticed */
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(fs[1]), 0);
    check_found(&w, 4, 0);
    drop_all(fs, 4);
}

TEST(a_cancelled_one_is_not_done_before_its_executor_has_noticed) {
    thrum_wait_result found;
    const int whens[] = {ALL, FIRST, ERROR};
    make(1);
    thrum_future_cancel(fs[0]);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(thrum_futures_wait_timed(fs, 1, whens[i], &found, TINY), THRUM_TIMED_OUT);
        CHECK(found.done == 0 && found.not_done == 1);
        CHECK_EQ(thrum_futures_wait(fs, 1, whens[i] | THRUM_CANCELLED_IS_DONE, &found), 0);
        CHECK(found.done == 1 && found.not_done == 0);
    }
    drop_all(fs, 1);
}

TEST(a_cancellation_ends_a_wait_that_asks_for_it) {
    const int whens[] = {ALL, FIRST, ERROR};
    for (int i = 0; i < 3; i++) {
        waiter w;
        make(1);
        start_waiting(&w, whens[i] | THRUM_CANCELLED_IS_DONE);
        thrum_future_cancel(fs[0]);
        check_found(&w, 1, 0);
        drop_all(fs, 1);
    }
}

/* CPython: test_20369. */
TEST(duplicates_collapse) {
    thrum_wait_result found;
    thrum_future *a = new_future(), *b = finished_future(NULL);
    thrum_future *many[] = {a, b, a, a, b};
    CHECK_EQ(thrum_futures_wait_timed(many, 5, ALL, &found, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK(found.done == 1 && found.not_done == 1);
    CHECK(many[0] == b && many[1] == a);
    int as = 0;
    for (int i = 0; i < 5; i++)
        as += many[i] == a;
    CHECK_EQ(as, 3); /* none is lost */
    CHECK_EQ(thrum_futures_wait(many, 5, FIRST, &found), 0);
    finish(a);
    CHECK_EQ(thrum_futures_wait(many, 5, ERROR, &found), 0);
    CHECK(found.done == 2 && found.not_done == 0);
    thrum_future_unref(a), thrum_future_unref(b);
}

TEST(without_a_place_for_the_result_the_array_is_left_alone) {
    thrum_future *a = new_future(), *b = finished_future(NULL);
    thrum_future *some[] = {a, b, a};
    CHECK_EQ(thrum_futures_wait(some, 3, FIRST, NULL), 0);
    CHECK_EQ(thrum_futures_wait_timed(some, 3, ALL, NULL, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK(some[0] == a && some[1] == b && some[2] == a);
    thrum_future_unref(a), thrum_future_unref(b);
}

TEST(none_are_done_at_once) {
    const int whens[] = {ALL, FIRST, ERROR};
    for (int i = 0; i < 3; i++) {
        thrum_wait_result found = {9, 9};
        CHECK_EQ(thrum_futures_wait(fs, 0, whens[i], &found), 0);
        CHECK(found.done == 0 && found.not_done == 0);
    }
}

TEST(an_unknown_return_when_is_a_value_error) {
    thrum_wait_result found = {9, 9};
    CHECK_EQ(thrum_futures_wait(fs, 0, 3, &found), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_futures_wait(fs, 0, -1, &found), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_futures_wait(fs, 0, 4 | THRUM_CANCELLED_IS_DONE, &found), THRUM_VALUE_ERROR);
    CHECK_EQ(found.done, 9);
}

/* CPython: test_timeout. */
TEST(a_time_limit_gives_what_there_is) {
    const int whens[] = {ALL, ERROR};
    thrum_wait_result found;
    make(3);
    finish(fs[1]);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(thrum_futures_wait_timed(fs, 3, whens[i], &found, TINY), THRUM_TIMED_OUT);
        CHECK(found.done == 1 && found.not_done == 2);
        CHECK_EQ(thrum_futures_wait_timed(fs, 3, whens[i], &found, thrum_seconds(-1)), THRUM_TIMED_OUT);
    }
    thrum_future *pending = fs[1];
    CHECK_EQ(thrum_futures_wait_timed(&pending, 1, FIRST, &found, TINY), THRUM_TIMED_OUT);
    CHECK(found.done == 0 && found.not_done == 1);
    CHECK_EQ(thrum_futures_wait_timed(fs, 3, ALL, &found, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    drop_all(fs, 3);
}

TEST(a_time_limit_that_does_not_run_out_changes_nothing) {
    const int whens[] = {ALL, FIRST, ERROR};
    for (int i = 0; i < 3; i++) {
        waiter w = {.count = 1, .return_when = whens[i], .timeout = AGES};
        make(1);
        w.futures[0] = fs[0];
        crew_start(&w.c, 1, waits, &w);
        until_sleeping(1);
        finish(fs[0]);
        check_found(&w, 1, 0);
        drop_all(fs, 1);
    }
}

/* Whoever gave up is not told any more, and others are. */
TEST(many_may_wait_for_the_same_and_give_up) {
    waiter w[3];
    thrum_wait_result found;
    make(2);
    for (int i = 0; i < 3; i++) {
        w[i] = (waiter){.count = 2, .return_when = FIRST};
        memcpy(w[i].futures, fs, sizeof fs);
        crew_start(&w[i].c, 1, waits, &w[i]);
        until_sleeping(i + 1);
        CHECK_EQ(thrum_futures_wait_timed(fs, 2, FIRST, &found, TINY), THRUM_TIMED_OUT);
    }
    finish(fs[0]);
    for (int i = 0; i < 3; i++)
        check_found(&w[i], 1, 1);
    drop_all(fs, 2);
}

/* as_completed. */

static void check_next(thrum_as_completed *each, const thrum_future *expected) {
    thrum_future *f = NULL;
    CHECK_EQ(thrum_as_completed_next(each, &f), 0);
    CHECK(f == expected);
}
static void check_next_is(thrum_as_completed *each, int code) {
    thrum_future *f = (thrum_future *)&f;
    CHECK_EQ(thrum_as_completed_next(each, &f), code);
    CHECK(f == (thrum_future *)&f);
}

/* CPython: test_no_timeout. */
TEST(as_completed_gives_each_when_it_is_done) {
    thrum_as_completed *each;
    make(4);
    finish(fs[3]);
    CHECK_EQ(thrum_as_completed_new(&each, fs, 4, THRUM_FOREVER), 0);
    check_next(each, fs[3]);
    fail(fs[1]);
    check_next(each, fs[1]);
    thrum_future_cancel(fs[0]);
    finish(fs[2]);
    check_next(each, fs[2]);
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(fs[0]), 0);
    check_next(each, fs[0]);
    check_next_is(each, THRUM_STOP_ITERATION);
    check_next_is(each, THRUM_STOP_ITERATION);
    CHECK(!thrum_as_completed_free(each));
    drop_all(fs, 4);
}

static void finishes(int index, void *arg) {
    (void)index;
    until_sleeping(1);
    finish(arg);
}

TEST(as_completed_waits_for_the_next) {
    thrum_as_completed *each;
    crew c = {0};
    make(2);
    CHECK_EQ(thrum_as_completed_new(&each, fs, 2, AGES), 0);
    crew_start(&c, 1, finishes, fs[1]);
    check_next(each, fs[1]);
    crew_start(&c, 1, finishes, fs[0]);
    check_next(each, fs[0]);
    crew_join(&c);
    thrum_as_completed_free(each);
    drop_all(fs, 2);
}

/* CPython: test_duplicate_futures. */
TEST(as_completed_gives_duplicates_once) {
    thrum_as_completed *each;
    thrum_future *a = new_future(), *b = finished_future(NULL);
    thrum_future *many[] = {a, b, a, b, b};
    CHECK_EQ(thrum_as_completed_new(&each, many, 5, THRUM_FOREVER), 0);
    finish(a);
    check_next(each, b);
    check_next(each, a);
    check_next_is(each, THRUM_STOP_ITERATION);
    thrum_as_completed_free(each);
    thrum_future_unref(a), thrum_future_unref(b);
}

/* CPython: test_future_times_out, test_correct_timeout_exception_msg. */
TEST(as_completed_says_how_many_are_unfinished) {
    const thrum_timeout limits[] = {THRUM_NOWAIT, thrum_seconds(-1), TINY};
    for (int i = 0; i < 3; i++) {
        thrum_as_completed *each;
        char text[64];
        make(4);
        finish(fs[0]);
        CHECK_EQ(thrum_as_completed_new(&each, fs, 4, limits[i]), 0);
        fail(fs[2]);
        check_next(each, fs[0]); /* the limit does not take away what is there */
        check_next(each, fs[2]);
        check_next_is(each, THRUM_TIMED_OUT);
        CHECK_EQ(thrum_as_completed_unfinished(each, text, sizeof text), 27);
        CHECK_STR(text, "2 (of 4) futures unfinished");
        thrum_as_completed_free(each);
        drop_all(fs, 4);
    }
    thrum_as_completed *each;
    CHECK_EQ(thrum_as_completed_new(&each, fs, 0, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
}

/* The time limit is for all together, and counts from the beginning. */
TEST(as_completed_has_one_time_limit) {
    thrum_as_completed *each;
    make(2);
    CHECK_EQ(thrum_as_completed_new(&each, fs, 2, TINY), 0);
    CHECK_EQ(thrum_sleep(TINY), 0);
    check_next_is(each, THRUM_TIMED_OUT);
    finish(fs[0]);
    check_next(each, fs[0]);
    check_next_is(each, THRUM_TIMED_OUT);
    thrum_as_completed_free(each);
    drop_all(fs, 2);
}

TEST(as_completed_keeps_counted_futures) {
    thrum_as_completed *each;
    thrum_future *counted = finished_future(&each), value = THRUM_FUTURE_INIT;
    thrum_future *both[] = {counted, &value};
    void *result = NULL;
    CHECK_EQ(thrum_as_completed_new(&each, both, 2, THRUM_FOREVER), 0);
    thrum_future_unref(counted);
    check_next(each, counted);
    CHECK_EQ(thrum_future_result(counted, &result), 0);
    CHECK(result == &each);
    CHECK(!thrum_as_completed_free(each)); /* in the middle */
    CHECK(!thrum_as_completed_free(NULL));
    finish(&value);
    thrum_future_fini(&value);
}

TEST(as_completed_of_none_stops) {
    thrum_as_completed *each;
    CHECK_EQ(thrum_as_completed_new(&each, NULL, 0, THRUM_FOREVER), 0);
    check_next_is(each, THRUM_STOP_ITERATION);
    thrum_as_completed_free(each);
}

TEST_MAIN()
