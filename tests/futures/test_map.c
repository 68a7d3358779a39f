/* test_map.c - Executor.map. Its CPython counterparts are the tests of map in executor.py and test_thread_pool.py in
 * test_concurrent_futures. */
#include "thread_pools.h"

/* Arguments: places in `numbers`, from 0 on. */
static int numbers[1000];
typedef struct range {
    int next, end; /* end < 0: there is none */
} range;

static bool take(void *source, void **ret_arg) {
    range *r = source;
    if (r->next == r->end)
        return false;
    *ret_arg = &numbers[r->next++];
    return true;
}

static int index_of(const void *number) {
    return (int)((const int *)number - numbers);
}

static thrum_map *map(thrum_call *call, range *from, thrum_map_options options) {
    thrum_map *m = NULL;
    CHECK_EQ(thrum_executor_map(ex, call, take, from, &options, &m), 0);
    return m;
}

/* The next result is for argument number `i`. */
static void expect(thrum_map *m, int i) {
    void *result = NULL;
    CHECK_EQ(thrum_map_next(m, &result), 0);
    CHECK_EQ(index_of(result), i);
}

static void expect_end(thrum_map *m) {
    void *result = &numbers[77];
    CHECK_EQ(thrum_map_next(m, &result), THRUM_STOP_ITERATION);
    CHECK_EQ(thrum_map_next(m, &result), THRUM_STOP_ITERATION);
    CHECK_EQ(index_of(result), 77);
}

/* CPython: test_map. */
TEST(results_come_in_the_order_of_the_arguments) {
    open_pool(4);
    range from = {0, 1000};
    thrum_map *m = NULL;
    CHECK_EQ(thrum_executor_map(ex, nothing, take, &from, NULL, &m), 0);
    for (int i = 0; i < 1000; i++)
        expect(m, i);
    expect_end(m);
    CHECK(!thrum_map_free(m));
    close_pool();
}

/* The first call ends last. */
static thrum_event others_are_done;
static int left;
static int first_waits_for_the_others(void *arg, void **ret_result) {
    *ret_result = arg;
    if (index_of(arg) == 0)
        return thrum_event_wait(&others_are_done);
    if (add(&left, -1) == 0)
        thrum_event_set(&others_are_done);
    return 0;
}
TEST(the_order_is_kept_whichever_is_ready_first) {
    open_pool(2);
    left = 9;
    range from = {0, 10};
    thrum_map *m = map(first_waits_for_the_others, &from, (thrum_map_options){0});
    for (int i = 0; i < 10; i++)
        expect(m, i);
    expect_end(m);
    thrum_map_free(m);
    close_pool();
}

/* CPython: test_map_submits_without_iteration. */
TEST(without_buffersize_all_are_submitted_at_once) {
    open_pool(2);
    range from = {0, 11};
    thrum_event go = THRUM_EVENT_INIT;
    CHECK_EQ(thrum_executor_submit(ex, waits_for_event, &go, NULL), 0);
    CHECK_EQ(thrum_executor_submit(ex, waits_for_event, &go, NULL), 0);
    thrum_map *m = map(nothing, &from, (thrum_map_options){0});
    CHECK_EQ(from.next, 11); /* although none has begun */
    thrum_event_set(&go);
    for (int i = 0; i < 11; i++)
        expect(m, i);
    thrum_map_free(m);
    close_pool();
}

/* No arguments. */
TEST(nothing_gives_nothing) {
    static const thrum_map_options ways[] = {{.buffersize = 0}, {.buffersize = 3}};
    open_pool(1);
    for (int i = 0; i < 2; i++) {
        range from = {0, 0};
        thrum_map *m = map(nothing, &from, ways[i]);
        expect_end(m);
        CHECK(!thrum_map_exception_text(m));
        thrum_map_free(m);
    }
    CHECK(!thrum_map_free(NULL));
    close_pool();
}

/* CPython: test_map_buffersize_type_validation, test_map_buffersize_value_validation. */
TEST(a_negative_buffersize_is_refused) {
    thrum_map *m = NULL;
    range from = {0, 1};
    open_pool(1);
    CHECK_EQ(thrum_executor_map(ex, nothing, take, &from, &(thrum_map_options){.buffersize = -1}, &m),
             THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_executor_map(ex, nothing, take, &from, &(thrum_map_options){.timeout = thrum_seconds(1e10)}, &m),
             THRUM_OVERFLOW_ERROR);
    CHECK(!m);
    CHECK_EQ(from.next, 0);
    close_pool();
}

/* CPython: test_map_buffersize. Each result that is taken lets one more argument be taken before it is waited for. */
TEST(at_most_buffersize_calls_are_ahead) {
    open_pool(2);
    for (int size = 1; size <= 12; size++) {
        range from = {0, 10};
        thrum_map *m = map(nothing, &from, (thrum_map_options){.buffersize = size});
        CHECK_EQ(from.next, size < 10 ? size : 10);
        for (int i = 0; i < 10; i++) {
            expect(m, i);
            CHECK_EQ(from.next, i + 1 + size < 10 ? i + 1 + size : 10);
        }
        expect_end(m);
        thrum_map_free(m);
    }
    close_pool();
}

/* CPython: test_map_buffersize_on_infinite_iterable. */
TEST(a_source_without_end_may_be_used_with_buffersize) {
    open_pool(2);
    range from = {0, -1};
    thrum_map *m = map(nothing, &from, (thrum_map_options){.buffersize = 5});
    for (int i = 0; i < 500; i++)
        expect(m, i);
    CHECK_EQ(from.next, 505);
    thrum_map_free(m);
    CHECK_EQ(from.next, 505); /* nothing is taken any more */
    close_pool();
}

/* CPython: test_map_buffersize_when_buffer_is_full: results that nobody takes keep the source from being asked. */
TEST(results_that_are_ready_count_as_ahead) {
    open_pool(2);
    int n = 0;
    range from = {0, -1};
    thrum_future *f;
    thrum_map *m = map(nothing, &from, (thrum_map_options){.buffersize = 4});
    for (int i = 0; i < 50; i++) { /* the four are over, and so are others behind them */
        f = submit(counts, &n);
        (void)result_of(f);
    }
    CHECK_EQ(from.next, 4);
    thrum_map_free(m);
    close_pool();
}

static int fails_at_3(void *arg, void **ret_result) {
    *ret_result = arg;
    return index_of(arg) == 3 ? thrum_thread_fail(THRUM_VALUE_ERROR, "not %d", index_of(arg)) : 0;
}

/* CPython: test_map_exception. The error of an argument is found where its result would be, and nothing after it. */
TEST(an_error_comes_at_its_place_and_ends_the_iteration) {
    static const thrum_map_options ways[] = {{.buffersize = 0}, {.buffersize = 1}, {.buffersize = 7}};
    for (int i = 0; i < 3; i++) {
        void *result = NULL;
        range from = {0, 20};
        open_pool(3);
        thrum_map *m = map(fails_at_3, &from, ways[i]);
        for (int j = 0; j < 3; j++)
            expect(m, j);
        CHECK(!thrum_map_exception_text(m));
        CHECK_EQ(thrum_map_next(m, &result), THRUM_VALUE_ERROR);
        CHECK(!result);
        CHECK_STR(thrum_map_exception_text(m), "not 3");
        int asked = from.next;
        expect_end(m);
        CHECK_STR(thrum_map_exception_text(m), "not 3");
        thrum_map_free(m);
        CHECK_EQ(from.next, asked);
        close_pool();
    }
}

/* The only worker is busy with the first call, which fails when it is told to. */
static thrum_event may_go, has_begun;
static int called, ended;
static int first_waits_and_fails(void *arg, void **ret_result) {
    (void)ret_result;
    add(&called, 1);
    if (index_of(arg) > 0)
        return 0;
    thrum_event_set(&has_begun);
    thrum_event_wait(&may_go);
    add(&ended, 1);
    return THRUM_VALUE_ERROR;
}

/* The second, if it has begun by then, keeps the worker until the map is over. */
static thrum_event map_is_over;
static int keeps_the_worker(void *arg, void **ret_result) {
    int r = first_waits_and_fails(arg, ret_result);
    return index_of(arg) == 0 ? r : thrum_event_wait(&map_is_over);
}
TEST(after_an_error_the_rest_is_cancelled) {
    open_pool(1);
    range from = {0, 100};
    thrum_map *m = map(keeps_the_worker, &from, (thrum_map_options){0});
    thrum_event_set(&may_go);
    CHECK_EQ(thrum_map_next(m, NULL), THRUM_VALUE_ERROR);
    thrum_event_set(&map_is_over);
    thrum_map_free(m);
    close_pool();
    CHECK_GE(called, 1);
    CHECK_LE(called, 2); /* one more at most had begun */
}

/* Python's generator, closed early. What has begun is waited for: the arguments are the caller's again. */
static void lets_it_go(int index, void *arg) {
    (void)index;
    until_waiting(arg, 1);
    thrum_event_set(&may_go);
}
TEST(who_gives_up_cancels_what_has_not_begun_and_waits_for_what_has) {
    crew c = {0};
    open_pool(1);
    range from = {0, 100};
    thrum_map *m = map(first_waits_and_fails, &from, (thrum_map_options){0});
    thrum_event_wait(&has_begun);
    crew_start(&c, 1, lets_it_go, &may_go);
    thrum_map_free(m);
    CHECK_EQ(get(&ended), 1);
    crew_join(&c);
    close_pool();
    CHECK_EQ(called, 1);
}

/* CPython: test_map_timeout. The time is counted from the call of map, and is one for all results. */
static int first_is_quick(void *arg, void **ret_result) {
    *ret_result = arg;
    return index_of(arg) == 0 ? 0 : thrum_event_wait(&may_go);
}
TEST(the_time_limit_is_for_all_results_together) {
    open_pool(2);
    range from = {0, 5};
    thrum_map *m = map(first_is_quick, &from, (thrum_map_options){.timeout = AGES});
    expect(m, 0);
    thrum_event_set(&may_go);
    for (int i = 1; i < 5; i++)
        expect(m, i);
    thrum_map_free(m);
    thrum_event_clear(&may_go);
    from.next = 0;
    m = map(first_is_quick, &from, (thrum_map_options){.timeout = TINY});
    int r = thrum_map_next(m, NULL); /* the first may have been ready in time or not */
    CHECK(r == 0 || r == THRUM_TIMED_OUT);
    CHECK_EQ(r == 0 ? thrum_map_next(m, NULL) : r, THRUM_TIMED_OUT);
    expect_end(m);
    thrum_event_set(&may_go); /* those that have begun are waited for */
    thrum_map_free(m);
    close_pool();
}

/* CPython: test_executor_map_current_future_cancel. The time limit passes before the first has begun. */
TEST(a_time_limit_cancels_the_call_whose_turn_it_is_too) {
    open_pool(1);
    range from = {0, 2};
    thrum_event go = THRUM_EVENT_INIT;
    thrum_future *blocks = submit(waits_for_event, &go);
    UNTIL(thrum_future_running(blocks));
    thrum_map *m = map(first_waits_and_fails, &from, (thrum_map_options){.timeout = TINY});
    CHECK_EQ(thrum_map_next(m, NULL), THRUM_TIMED_OUT);
    thrum_map_free(m); /* waits for nothing: none has begun */
    thrum_event_set(&go);
    (void)result_of(blocks);
    close_pool();
    CHECK_EQ(called, 0);
}

/* A time that passes while nobody waits has passed; a result that is there is given all the same, as in Python. */
TEST(the_time_is_counted_from_the_call_of_map) {
    open_pool(2);
    range from = {0, 5};
    thrum_deadline past;
    thrum_map *m = map(first_is_quick, &from, (thrum_map_options){.timeout = TINY});
    past = thrum_deadline_after(TINY);
    UNTIL(thrum_deadline_passed(past));
    int r = thrum_map_next(m, NULL);
    CHECK(r == 0 || r == THRUM_TIMED_OUT);
    CHECK_EQ(r == 0 ? thrum_map_next(m, NULL) : r, THRUM_TIMED_OUT);
    thrum_event_set(&may_go);
    thrum_map_free(m);
    from.next = 0;
    thrum_event_clear(&may_go);
    m = map(first_is_quick, &from, (thrum_map_options){.timeout = thrum_seconds(-1)}); /* has passed already */
    r = thrum_map_next(m, NULL);
    CHECK(r == 0 || r == THRUM_TIMED_OUT);
    CHECK_EQ(r == 0 ? thrum_map_next(m, NULL) : r, THRUM_TIMED_OUT);
    thrum_event_set(&may_go);
    thrum_map_free(m);
    close_pool();
}

TEST(an_executor_that_is_shut_down_is_refused) {
    open_pool(1);
    thrum_map *m = NULL;
    range from = {0, 5};
    thrum_executor_shutdown(ex, true, false);
    CHECK_EQ(thrum_executor_map(ex, nothing, take, &from, NULL, &m), THRUM_RUNTIME_ERROR);
    CHECK(!m);
    CHECK_EQ(from.next, 1); /* it has found out with the first */
    close_pool();
}

TEST(a_shutdown_in_between_is_found_at_the_next_submission) {
    open_pool(1);
    range from = {0, 5};
    thrum_map *m = map(nothing, &from, (thrum_map_options){.buffersize = 2});
    thrum_executor_shutdown(ex, true, false);
    CHECK_EQ(thrum_map_next(m, NULL), THRUM_RUNTIME_ERROR);
    expect_end(m);
    CHECK(!thrum_map_exception_text(m)); /* it is no call's */
    thrum_map_free(m);
    close_pool();
}

/* Cancelled by somebody else, here the executor. */
TEST(cancelled_futures_are_found_at_their_place) {
    open_pool(1);
    range from = {0, 3};
    thrum_event go = THRUM_EVENT_INIT;
    thrum_future *blocks = submit(waits_for_event, &go);
    UNTIL(thrum_future_running(blocks));
    thrum_map *m = map(nothing, &from, (thrum_map_options){0});
    thrum_executor_shutdown(ex, false, true);
    CHECK_EQ(thrum_map_next(m, NULL), THRUM_CANCELLED);
    expect_end(m);
    thrum_event_set(&go);
    thrum_map_free(m);
    (void)result_of(blocks);
    close_pool();
}

/* A call of the executor maps on its own executor: it makes the calls itself when nobody else does. */
static int maps(void *arg, void **ret_result) {
    range from = {0, 20};
    thrum_map *m = map(nothing, &from, (thrum_map_options){.buffersize = *(const int *)arg});
    for (int i = 0; i < 20; i++)
        expect(m, i);
    expect_end(m);
    thrum_map_free(m);
    *ret_result = arg;
    return 0;
}
TEST(a_worker_may_map_on_its_own_executor) {
    int sizes[] = {0, 1, 4};
    open_pool(1);
    for (int i = 0; i < 3; i++)
        CHECK(result_of(submit(maps, &sizes[i])) == &sizes[i]);
    close_pool();
}

TEST_MAIN()
