/* test_executor.c - what every executor has: submit, helping, dropping, shutdown. The executor here is a shelf, from
 * which the test takes the calls itself. */
#include "futures.h"

static shelf shelved;
static thrum_executor *ex = &shelved.executor;

static void open_shelf(bool callers_help) {
    shelved = (shelf){.executor = {&shelf_ops, callers_help}};
}

static int add_one(void *arg, void **ret_result) {
    *(int *)arg += 1;
    *ret_result = arg;
    return 0;
}
static int says_why(void *arg, void **ret_result) {
    *ret_result = arg; /* an error has no result */
    return thrum_thread_fail(THRUM_KEY_ERROR, "no '%s' here", "x");
}
static int fails(void *arg, void **ret_result) {
    (void)arg, (void)ret_result;
    return -EIO;
}
static int gives_a_count(void *arg, void **ret_result) {
    (void)arg, (void)ret_result;
    return 7;
}

/* CPython: test_submit. */
TEST(a_call_is_made_and_its_result_is_there) {
    thrum_future *f;
    int number = 4;
    void *result = NULL;
    open_shelf(false);
    CHECK_EQ(thrum_executor_submit(ex, add_one, &number, &f), 0);
    CHECK_EQ(thrum_future_state_of(f), THRUM_FUTURE_PENDING);
    CHECK_EQ(number, 4);
    CHECK(shelf_help(ex));
    CHECK_EQ(thrum_future_result(f, &result), 0);
    CHECK(result == &number);
    CHECK_EQ(number, 5);
    CHECK_EQ(thrum_future_set_result(f, NULL), THRUM_INVALID_STATE);
    thrum_future_unref(f);
}

TEST(an_error_is_the_result_of_the_call) {
    thrum_future *f;
    int error;
    open_shelf(false);
    (void)thrum_current_thread(); /* the text of an error is kept there */
    CHECK_EQ(thrum_executor_submit(ex, says_why, &error, &f), 0);
    CHECK(shelf_help(ex));
    CHECK_EQ(thrum_future_result(f, NULL), THRUM_KEY_ERROR);
    CHECK_STR(thrum_future_exception_text(f), "no 'x' here");
    CHECK_EQ(thrum_future_exception(f, &error), 0);
    CHECK_EQ(error, THRUM_KEY_ERROR);
    thrum_future_unref(f);
    CHECK_EQ(thrum_executor_submit(ex, fails, NULL, &f), 0);
    CHECK(shelf_help(ex));
    CHECK_STR(thrum_future_exception_text(f), thrum_strerror(-EIO)); /* not the words of the one before */
    thrum_future_unref(f);
}

TEST(more_than_0_is_no_error) {
    thrum_future *f;
    int error = 1;
    open_shelf(false);
    CHECK_EQ(thrum_executor_submit(ex, gives_a_count, NULL, &f), 0);
    CHECK(shelf_help(ex));
    CHECK_EQ(thrum_future_exception(f, &error), 0);
    CHECK_EQ(error, 0);
    thrum_future_unref(f);
}

TEST(nobody_has_to_want_the_result) {
    int number = 1;
    thrum_future *f;
    open_shelf(false);
    CHECK_EQ(thrum_executor_submit(ex, add_one, &number, NULL), 0);
    CHECK_EQ(thrum_executor_submit(ex, add_one, &number, &f), 0);
    thrum_future_unref(f);
    CHECK(shelf_help(ex));
    CHECK(shelf_help(ex));
    CHECK_EQ(number, 3);
}

TEST(a_call_is_a_function) {
    thrum_future *f = NULL, value = THRUM_FUTURE_INIT;
    open_shelf(false);
    CHECK_EQ(thrum_executor_submit(ex, NULL, NULL, &f), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_executor_submit_into(ex, NULL, NULL, &value), THRUM_VALUE_ERROR);
    CHECK(!f);
    CHECK_EQ(shelved.count, 0);
}

TEST(what_the_executor_refuses_is_not_made) {
    thrum_future *f = NULL, value = THRUM_FUTURE_INIT;
    open_shelf(false);
    shelved.refuses = -EAGAIN;
    CHECK_EQ(thrum_executor_submit(ex, add_one, NULL, &f), -EAGAIN);
    CHECK(!f);
    CHECK_EQ(thrum_executor_submit(ex, add_one, NULL, NULL), -EAGAIN);
    CHECK_EQ(thrum_executor_submit_into(ex, add_one, NULL, &value), -EAGAIN);
    CHECK_EQ(thrum_future_state_of(&value), THRUM_FUTURE_PENDING);
    thrum_future_fini(&value);
}

TEST(a_future_of_ones_own_is_used_again_after_fini) {
    thrum_future f = THRUM_FUTURE_INIT;
    int number = 0;
    open_shelf(false);
    for (int i = 1; i <= 3; i++) {
        CHECK_EQ(thrum_executor_submit_into(ex, add_one, &number, &f), 0);
        CHECK_EQ(thrum_executor_submit_into(ex, add_one, &number, &f), THRUM_INVALID_STATE); /* it is on its way */
        CHECK(shelf_help(ex));
        CHECK_EQ(thrum_future_result(&f, NULL), 0);
        CHECK_EQ(thrum_executor_submit_into(ex, add_one, &number, &f), THRUM_INVALID_STATE);
        CHECK_EQ(number, i);
        thrum_future_fini(&f);
    }
}

/* Cancelled calls stay in the queue until their turn. */
static void has_done_with_it(int index, void *arg) {
    (void)index;
    thrum_future_fini(arg);
}
TEST(fini_waits_for_the_executor) {
    thrum_future f = THRUM_FUTURE_INIT;
    crew c = {0};
    int number = 0;
    open_shelf(false);
    CHECK_EQ(thrum_executor_submit_into(ex, add_one, &number, &f), 0);
    CHECK(thrum_future_cancel(&f));
    CHECK_EQ(thrum_future_result(&f, NULL), THRUM_CANCELLED);
    crew_start(&c, 1, has_done_with_it, &f);
    until_waiting(&f, 1);
    CHECK(shelf_help(ex));
    crew_join(&c);
    CHECK_EQ(number, 0);
    CHECK_EQ(thrum_future_state_of(&f), THRUM_FUTURE_PENDING);
}

TEST(a_cancelled_call_is_not_made) {
    thrum_future *f;
    thrum_wait_result found;
    int number = 0;
    open_shelf(false);
    CHECK_EQ(thrum_executor_submit(ex, add_one, &number, &f), 0);
    CHECK(thrum_future_cancel(f));
    CHECK_EQ(thrum_futures_wait_timed(&f, 1, THRUM_ALL_COMPLETED, &found, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK(shelf_help(ex));
    CHECK_EQ(thrum_futures_wait(&f, 1, THRUM_ALL_COMPLETED, &found), 0);
    CHECK_EQ(number, 0);
    thrum_future_unref(f);
}

TEST(a_caller_may_make_the_call_it_waits_for) {
    thrum_future *f, *fs[3];
    thrum_wait_result found;
    thrum_as_completed *each;
    int number = 0, error;
    open_shelf(true);
    CHECK_EQ(thrum_executor_submit(ex, add_one, &number, &f), 0);
    CHECK_EQ(thrum_future_result_timed(f, NULL, THRUM_NOWAIT), THRUM_TIMED_OUT); /* which only looks */
    CHECK_EQ(thrum_future_result(f, NULL), 0);
    CHECK_EQ(number, 1);
    thrum_future_unref(f);
    CHECK_EQ(thrum_executor_submit(ex, add_one, &number, &f), 0);
    CHECK_EQ(thrum_future_exception_timed(f, &error, AGES), 0);
    thrum_future_unref(f);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(thrum_executor_submit(ex, add_one, &number, &fs[i]), 0);
    CHECK_EQ(thrum_futures_wait(fs, 3, THRUM_FIRST_COMPLETED, &found), 0);
    CHECK_EQ(found.done, 1);
    CHECK_EQ(thrum_as_completed_new(&each, fs, 3, THRUM_FOREVER), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(thrum_as_completed_next(each, &f), 0);
    thrum_as_completed_free(each);
    for (int i = 0; i < 3; i++)
        thrum_future_unref(fs[i]);
    CHECK_EQ(number, 5);
    while (shelf_help(ex)) /* they are still there, and done */
        ;
    CHECK_EQ(number, 5);
}

TEST(wait_makes_calls_that_nobody_has_begun) {
    thrum_future *fs[3];
    int number = 0;
    open_shelf(true);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(thrum_executor_submit(ex, i == 2 ? fails : add_one, &number, &fs[i]), 0);
    CHECK_EQ(thrum_futures_wait(fs, 3, THRUM_FIRST_EXCEPTION, NULL), 0);
    CHECK_EQ(number, 2);
    for (int i = 0; i < 3; i++)
        thrum_future_unref(fs[i]);
    thrum_executor_shutdown(ex, true, false);
}

/* A future may be somebody else's before it is submitted. */
static void waits(int index, void *arg) {
    (void)index;
    CHECK_EQ(thrum_future_result(arg, NULL), 0);
}
TEST(a_future_may_be_waited_for_before_it_is_submitted) {
    thrum_future f = THRUM_FUTURE_INIT;
    crew c = {0};
    int number = 0;
    open_shelf(false);
    crew_start(&c, 2, waits, &f);
    until_waiting(&f, 2);
    CHECK_EQ(thrum_executor_submit_into(ex, add_one, &number, &f), 0);
    CHECK(shelf_help(ex));
    crew_join(&c);
    thrum_future_fini(&f);
}

TEST(drop_ends_a_future_with_an_error_or_cancels_it) {
    thrum_future *f, value = THRUM_FUTURE_INIT;
    int number = 0;
    open_shelf(false);
    CHECK_EQ(thrum_executor_submit(ex, add_one, &number, &f), 0);
    thrum_future_drop(shelved.kept[--shelved.count], THRUM_BROKEN_EXECUTOR, "it broke");
    CHECK_EQ(thrum_future_result(f, NULL), THRUM_BROKEN_EXECUTOR);
    CHECK_STR(thrum_future_exception_text(f), "it broke");
    thrum_future_unref(f);
    CHECK_EQ(thrum_executor_submit(ex, add_one, &number, &f), 0);
    thrum_future_drop(shelved.kept[--shelved.count], 0, NULL);
    CHECK_EQ(thrum_future_state_of(f), THRUM_FUTURE_CANCELLED_AND_NOTIFIED);
    thrum_future_unref(f);
    CHECK_EQ(thrum_executor_submit(ex, add_one, &number, &f), 0);
    CHECK(thrum_future_cancel(f));
    thrum_future_drop(shelved.kept[--shelved.count], -EIO, NULL); /* cancelled it stays */
    CHECK_EQ(thrum_future_state_of(f), THRUM_FUTURE_CANCELLED_AND_NOTIFIED);
    thrum_future_unref(f);
    CHECK_EQ(thrum_executor_submit_into(ex, add_one, &number, &value), 0);
    thrum_future_drop(shelved.kept[--shelved.count], -EIO, NULL);
    CHECK_EQ(thrum_future_result(&value, NULL), -EIO);
    thrum_future_fini(&value);
    CHECK_EQ(number, 0);
}

/* CPython: test_run_after_shutdown, test_cancel_futures. */
TEST(shutdown_is_the_executors) {
    thrum_future *fs[3];
    int number = 0;
    open_shelf(false);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(thrum_executor_submit(ex, add_one, &number, &fs[i]), 0);
    thrum_executor_shutdown(ex, false, false);
    CHECK_EQ(shelved.count, 3);
    CHECK_EQ(thrum_executor_submit(ex, add_one, &number, NULL), THRUM_RUNTIME_ERROR);
    CHECK_EQ(thrum_executor_shutdown_timed(ex, false, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_executor_shutdown_timed(ex, false, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_executor_shutdown_timed(ex, true, AGES), 0);
    CHECK_EQ(number, 0);
    for (int i = 0; i < 3; i++) {
        CHECK(thrum_future_cancelled(fs[i]));
        thrum_future_unref(fs[i]);
    }
}

TEST(what_an_executor_does_not_tell_is_not_known) {
    char text[100];
    open_shelf(false);
    CHECK_GT(thrum_executor_report(ex, text, sizeof text), 0);
    CHECK_STR(text, "nothing is known of what the executor does\n");
    CHECK(!thrum_executor_refusal(ex));
}

/* with ... as ex: */
static int leave_early(bool early, int *number) {
    open_shelf(false);
    THRUM_EXECUTOR_SCOPE(ex);
    CHECK_EQ(thrum_executor_submit(ex, add_one, number, NULL), 0);
    if (early)
        return 1;
    CHECK_EQ(thrum_executor_submit(ex, add_one, number, NULL), 0);
    return 2;
}
TEST(the_end_of_a_scope_makes_the_calls_that_are_left) {
    int number = 0;
    CHECK_EQ(leave_early(true, &number), 1);
    CHECK_EQ(number, 1);
    CHECK_EQ(shelved.count, -1); /* freed */
    CHECK_EQ(leave_early(false, &number), 2);
    CHECK_EQ(number, 3);
    CHECK(!thrum_executor_free(NULL));
}

TEST_MAIN()
