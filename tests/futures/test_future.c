/* test_future.c - Future by itself: states, results, errors, callbacks, texts. Its CPython counterpart is
 * test_concurrent_futures/test_future.py. */
#include "futures.h"

static int value;

TEST(all_zero_bytes_are_a_pending_future_of_64_bytes) {
    thrum_future zero = THRUM_FUTURE_INIT;
    thrum_future bytes;
    memset(&bytes, 0, sizeof bytes);
    CHECK_EQ(thrum_future_state_of(&zero), THRUM_FUTURE_PENDING);
    CHECK_EQ(thrum_future_state_of(&bytes), THRUM_FUTURE_PENDING);
    CHECK(sizeof(void *) != 8 || sizeof(thrum_future) == 64);
}

/* CPython: test_cancel. */
TEST(cancel_is_true_unless_it_runs_or_is_finished) {
    thrum_future *pending = new_future(), *running = running_future(), *cancelled = cancelled_future(),
                 *notified = notified_future(), *failed = failed_future(-EIO, NULL),
                 *finished = finished_future(&value);
    CHECK(thrum_future_cancel(pending));
    CHECK_EQ(thrum_future_state_of(pending), THRUM_FUTURE_CANCELLED);
    CHECK(!thrum_future_cancel(running));
    CHECK_EQ(thrum_future_state_of(running), THRUM_FUTURE_RUNNING);
    CHECK(thrum_future_cancel(cancelled));
    CHECK_EQ(thrum_future_state_of(cancelled), THRUM_FUTURE_CANCELLED);
    CHECK(thrum_future_cancel(notified));
    CHECK_EQ(thrum_future_state_of(notified), THRUM_FUTURE_CANCELLED_AND_NOTIFIED);
    CHECK(!thrum_future_cancel(failed));
    CHECK(!thrum_future_cancel(finished));
    CHECK_EQ(thrum_future_state_of(finished), THRUM_FUTURE_FINISHED);
    thrum_future_unref(pending), thrum_future_unref(running), thrum_future_unref(cancelled);
    thrum_future_unref(notified), thrum_future_unref(failed), thrum_future_unref(finished);
}

static void check_answers(thrum_future *future, bool cancelled, bool running, bool done) {
    CHECK_EQ(thrum_future_cancelled(future), cancelled);
    CHECK_EQ(thrum_future_running(future), running);
    CHECK_EQ(thrum_future_done(future), done);
    CHECK(!thrum_future_unref(future));
}

/* CPython: test_cancelled, test_done, test_running. */
TEST(cancelled_running_and_done_say_what_it_is) {
    check_answers(new_future(), false, false, false);
    check_answers(running_future(), false, true, false);
    check_answers(cancelled_future(), true, false, true);
    check_answers(notified_future(), true, false, true);
    check_answers(failed_future(-EIO, NULL), false, false, true);
    check_answers(finished_future(NULL), false, false, true);
}

static void check_now(thrum_future *future, thrum_timeout timeout, int result, int exception, int error) {
    void *got = &got;
    int code = 1;
    CHECK_EQ(thrum_future_result_timed(future, &got, timeout), result);
    CHECK_EQ(thrum_future_exception_timed(future, &code, timeout), exception);
    CHECK(got == (result == 0 ? (void *)&value : (void *)&got)); /* untouched unless it is there */
    CHECK_EQ(code, exception == 0 ? error : 1);
    thrum_future_unref(future);
}

/* CPython: test_result_with_timeout, test_exception_with_timeout. */
TEST(zero_and_less_look_at_once) {
    const thrum_timeout limits[] = {THRUM_NOWAIT, thrum_seconds(-5), TINY};
    for (int i = 0; i < 3; i++) {
        check_now(new_future(), limits[i], THRUM_TIMED_OUT, THRUM_TIMED_OUT, 0);
        check_now(running_future(), limits[i], THRUM_TIMED_OUT, THRUM_TIMED_OUT, 0);
        check_now(cancelled_future(), limits[i], THRUM_CANCELLED, THRUM_CANCELLED, 0);
        check_now(notified_future(), limits[i], THRUM_CANCELLED, THRUM_CANCELLED, 0);
        check_now(failed_future(-EIO, NULL), limits[i], -EIO, 0, -EIO);
        check_now(finished_future(&value), limits[i], 0, 0, 0);
    }
}

TEST(a_limit_that_is_too_long_is_an_overflow_error) {
    thrum_future *f = new_future();
    int error;
    CHECK_EQ(thrum_future_result_timed(f, NULL, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_future_exception_timed(f, &error, thrum_seconds(1e10)), THRUM_OVERFLOW_ERROR);
    thrum_future_unref(f);
}

/* A call may fail with the code that also says that the time has passed. */
TEST(exception_tells_an_error_of_the_call_from_one_of_the_wait) {
    thrum_future *f = failed_future(THRUM_TIMED_OUT, NULL);
    int error = 0;
    CHECK_EQ(thrum_future_result_timed(f, NULL, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_future_exception_timed(f, &error, THRUM_NOWAIT), 0);
    CHECK_EQ(error, THRUM_TIMED_OUT);
    thrum_future_unref(f);
}

/* What the waiting threads of a test were told. */
static thrum_future *awaited;
static int told[CREW_MAX];
static void *results[CREW_MAX];

static void waits_for_result(int index, void *arg) {
    (void)arg;
    told[index] = thrum_future_result_timed(awaited, &results[index], index % 2 ? AGES : THRUM_FOREVER);
}
static void waits_for_exception(int index, void *arg) {
    (void)arg;
    int error = 99;
    int r = index % 2 ? thrum_future_exception(awaited, &error) : thrum_future_exception_timed(awaited, &error, AGES);
    told[index] = r == 0 ? error : r;
}

/* Four threads wait, by `body`, while `end` is done to a future. */
static void check_woken(crew_body *body, void (*end)(thrum_future *future), int expected) {
    crew c = {0};
    awaited = new_future();
    crew_start(&c, 4, body, NULL);
    until_waiting(awaited, 4);
    end(awaited);
    crew_join(&c);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(told[i], expected);
    thrum_future_unref(awaited);
}

static void set_value(thrum_future *future) {
    CHECK_EQ(thrum_future_set_result(future, &value), 0);
}
static void set_error(thrum_future *future) {
    CHECK_EQ(thrum_future_set_error(future, -ERANGE, NULL), 0);
}
static void cancel(thrum_future *future) {
    CHECK(thrum_future_cancel(future));
}

/* CPython: test_result_with_success, test_result_with_cancel, test_exception_with_success. */
TEST(all_who_wait_are_told) {
    check_woken(waits_for_result, set_value, 0);
    for (int i = 0; i < 4; i++)
        CHECK(results[i] == &value);
    check_woken(waits_for_result, set_error, -ERANGE);
    check_woken(waits_for_result, cancel, THRUM_CANCELLED);
    check_woken(waits_for_exception, set_value, 0);
    check_woken(waits_for_exception, set_error, -ERANGE);
    check_woken(waits_for_exception, cancel, THRUM_CANCELLED);
}

TEST(to_begin_wakes_nobody) {
    crew c = {0};
    awaited = new_future();
    crew_start(&c, 1, waits_for_result, NULL);
    until_waiting(awaited, 1);
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(awaited), 1);
    CHECK_EQ(waiting_for(awaited), 1);
    set_value(awaited);
    crew_join(&c);
    CHECK_EQ(told[0], 0);
    thrum_future_unref(awaited);
}

TEST(set_running_or_notify_cancel_goes_by_the_state) {
    thrum_future *pending = new_future(), *cancelled = cancelled_future(), *finished = finished_future(NULL),
                 *running = running_future(), *notified = notified_future();
    char repr[100];
    catch_log();
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(pending), 1);
    CHECK(thrum_future_running(pending));
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(cancelled), 0);
    CHECK_EQ(thrum_future_state_of(cancelled), THRUM_FUTURE_CANCELLED_AND_NOTIFIED);
    CHECK_STR(logged, "");
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(finished), THRUM_RUNTIME_ERROR);
    snprintf(repr, sizeof repr, "Future %p in unexpected state: FINISHED\n", (void *)finished);
    CHECK_STR(logged, repr);
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(running), THRUM_RUNTIME_ERROR);
    CHECK_CONTAINS(logged, "in unexpected state: RUNNING\n");
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(notified), THRUM_RUNTIME_ERROR);
    CHECK_CONTAINS(logged, "in unexpected state: CANCELLED_AND_NOTIFIED\n");
    thrum_future_unref(pending), thrum_future_unref(cancelled), thrum_future_unref(finished);
    thrum_future_unref(running), thrum_future_unref(notified);
}

/* CPython: test_multiple_set_result, test_multiple_set_exception. */
TEST(a_result_is_set_once) {
    thrum_future *f = finished_future(&value);
    void *result = NULL;
    CHECK_EQ(thrum_future_set_result(f, NULL), THRUM_INVALID_STATE);
    CHECK_EQ(thrum_future_set_error(f, -EIO, "text"), THRUM_INVALID_STATE);
    CHECK_EQ(thrum_future_result(f, &result), 0);
    CHECK(result == &value);
    thrum_future_unref(f);
    f = failed_future(-EIO, "first");
    CHECK_EQ(thrum_future_set_error(f, -ENOENT, "second"), THRUM_INVALID_STATE);
    CHECK_EQ(thrum_future_set_result(f, NULL), THRUM_INVALID_STATE);
    CHECK_EQ(thrum_future_result(f, NULL), -EIO);
    CHECK_STR(thrum_future_exception_text(f), "first");
    thrum_future_unref(f);
    f = cancelled_future();
    CHECK_EQ(thrum_future_set_result(f, NULL), THRUM_INVALID_STATE);
    thrum_future_unref(f);
    f = notified_future();
    CHECK_EQ(thrum_future_set_error(f, -EIO, NULL), THRUM_INVALID_STATE);
    thrum_future_unref(f);
}

TEST(a_result_may_be_set_while_pending_or_running) {
    thrum_future *f = running_future();
    CHECK_EQ(thrum_future_set_result(f, &value), 0);
    CHECK(thrum_future_done(f));
    thrum_future_unref(f);
    f = running_future();
    CHECK_EQ(thrum_future_set_error(f, -EIO, NULL), 0);
    thrum_future_unref(f);
}

TEST(an_error_is_negative_and_has_a_text) {
    thrum_future *f = new_future();
    CHECK_EQ(thrum_future_set_error(f, 0, NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_future_set_error(f, 5, NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_future_state_of(f), THRUM_FUTURE_PENDING);
    CHECK(!thrum_future_exception_text(f));
    char text[] = "my words";
    CHECK_EQ(thrum_future_set_error(f, -EIO, text), 0);
    memset(text, 'x', sizeof text - 1); /* it was copied */
    CHECK_STR(thrum_future_exception_text(f), "my words");
    thrum_future_unref(f);
    f = failed_future(-EIO, NULL);
    CHECK_STR(thrum_future_exception_text(f), thrum_strerror(-EIO));
    thrum_future_unref(f);
    f = finished_future(NULL);
    CHECK(!thrum_future_exception_text(f));
    thrum_future_unref(f);
}

static char calls[100];
static thrum_future *called_with;
static int notes(thrum_future *future, void *arg) {
    CHECK(thrum_future_done(future));
    called_with = future;
    strcat(calls, arg);
    return 0;
}
static int fails(thrum_future *future, void *arg) {
    (void)notes(future, arg);
    return thrum_thread_fail(THRUM_VALUE_ERROR, "doh!");
}
static int fails_without_words(thrum_future *future, void *arg) {
    (void)notes(future, arg);
    return -EIO;
}

static void add_callback(thrum_future *f, thrum_future_callback *callback, const char *word) {
    CHECK_EQ(thrum_future_add_done_callback(f, callback, (void *)(uintptr_t)word), 0);
}

/* CPython: test_done_callback_with_result, _with_exception, _with_cancel. */
TEST(callbacks_are_called_in_order_when_it_is_done) {
    void (*const ends[])(thrum_future *) = {set_value, set_error, cancel};
    for (int i = 0; i < 3; i++) {
        thrum_future *f = new_future();
        calls[0] = '\0';
        add_callback(f, notes, "a");
        add_callback(f, notes, "b");
        add_callback(f, notes, "a"); /* as often as they were added */
        CHECK_STR(calls, "");
        ends[i](f);
        CHECK_STR(calls, "aba");
        CHECK(called_with == f);
        thrum_future_unref(f);
    }
}

TEST(callbacks_of_a_cancelled_future_are_called_once) {
    thrum_future *f = new_future();
    add_callback(f, notes, "a");
    cancel(f);
    cancel(f);
    CHECK_EQ(thrum_future_set_running_or_notify_cancel(f), 0);
    CHECK_STR(calls, "a");
    thrum_future_unref(f);
}

/* CPython: test_done_callback_already_successful, _already_failed, _already_cancelled. */
TEST(a_callback_of_one_that_is_done_is_called_at_once) {
    thrum_future *futures[] = {finished_future(NULL), failed_future(-EIO, NULL), cancelled_future(),
                               notified_future()};
    for (int i = 0; i < 4; i++) {
        add_callback(futures[i], notes, "x");
        CHECK_EQ(strlen(calls), i + 1);
        CHECK(called_with == futures[i]);
        thrum_future_unref(futures[i]);
    }
}

/* CPython: test_done_callback_raises, test_done_callback_raises_already_succeeded. */
TEST(a_callback_that_fails_is_logged_and_the_others_are_called) {
    thrum_future *f = new_future();
    char text[200];
    catch_log();
    add_callback(f, fails, "a");
    add_callback(f, fails_without_words, "b");
    add_callback(f, notes, "c");
    CHECK_EQ(thrum_future_set_result(f, NULL), 0);
    CHECK_STR(calls, "abc");
    snprintf(text, sizeof text, "exception calling callback for <thrum_future at %p state=finished returned NULL>\n",
             (void *)f);
    CHECK_CONTAINS(logged, text);
    CHECK_CONTAINS(logged, "ValueError: doh!\n");
    CHECK_CONTAINS(logged, "OSError: ");
    logged[0] = '\0';
    add_callback(f, fails, "d");
    CHECK_STR(calls, "abcd");
    CHECK_CONTAINS(logged, "ValueError: doh!\n");
    thrum_future_unref(f);
}

TEST(without_a_log_it_is_written_to_stderr) {
    int pipes[2];
    char text[300] = "";
    CHECK_EQ(pipe(pipes), 0);
    CHECK_GE(dup2(pipes[1], STDERR_FILENO), 0);
    thrum_future *f = finished_future(NULL);
    catch_log();
    thrum_futures_set_log(NULL, NULL);
    add_callback(f, fails, "a");
    CHECK_GT(read(pipes[0], text, sizeof text - 1), 0);
    CHECK_CONTAINS(text, "exception calling callback for <thrum_future at ");
    CHECK_CONTAINS(text, "\nValueError: doh!\n");
    thrum_future_unref(f);
}

/* Who waits is told before the callbacks are called. */
static int waits_for_the_crew(thrum_future *future, void *arg) {
    (void)future;
    crew_join(arg);
    strcat(calls, "done");
    return 0;
}
TEST(who_waits_is_told_first) {
    crew c = {0};
    awaited = new_future();
    crew_start(&c, 2, waits_for_result, NULL);
    until_waiting(awaited, 2);
    CHECK_EQ(thrum_future_add_done_callback(awaited, waits_for_the_crew, &c), 0);
    set_value(awaited);
    CHECK_STR(calls, "done");
    thrum_future_unref(awaited);
}

static int drops(thrum_future *future, void *arg) {
    (void)arg;
    thrum_future_unref(future);
    CHECK(thrum_future_done(future));
    return 0;
}
TEST(a_callback_may_drop_the_last_reference) {
    thrum_future *f = new_future();
    CHECK_EQ(thrum_future_add_done_callback(f, drops, NULL), 0);
    CHECK_EQ(thrum_future_set_result(f, NULL), 0);
}

TEST(a_future_that_nobody_ends_may_be_dropped) {
    thrum_future *f = new_future();
    add_callback(f, notes, "a");
    CHECK(thrum_future_ref(f) == f);
    CHECK(!thrum_future_unref(f));
    CHECK(!thrum_future_unref(f));
    CHECK(!thrum_future_unref(NULL));
    CHECK_STR(calls, "");
}

/* CPython: test_repr. */
static void check_repr(thrum_future *f, const char *state) {
    char expected[200], repr[200];
    snprintf(expected, sizeof expected, "<thrum_future at %p state=%s>", (void *)f, state);
    CHECK_EQ(thrum_future_repr(f, repr, sizeof repr), strlen(expected));
    CHECK_STR(repr, expected);
    CHECK_EQ(thrum_future_repr(f, repr, 10), strlen(expected));
    CHECK_EQ(strlen(repr), 9);
    thrum_future_unref(f);
}
TEST(repr_says_how_it_stands) {
    char returned[60];
    snprintf(returned, sizeof returned, "finished returned %p", (void *)&value);
    check_repr(new_future(), "pending");
    check_repr(running_future(), "running");
    check_repr(cancelled_future(), "cancelled");
    check_repr(notified_future(), "cancelled");
    check_repr(failed_future(THRUM_RUNTIME_ERROR, NULL), "finished raised RuntimeError");
    check_repr(failed_future(-ENOENT, "x"), "finished raised FileNotFoundError");
    check_repr(finished_future(NULL), "finished returned NULL");
    check_repr(finished_future(&value), returned);
}

TEST(state_names_are_pythons) {
    CHECK_STR(thrum_future_state_name(THRUM_FUTURE_PENDING), "PENDING");
    CHECK_STR(thrum_future_state_name(THRUM_FUTURE_RUNNING), "RUNNING");
    CHECK_STR(thrum_future_state_name(THRUM_FUTURE_CANCELLED), "CANCELLED");
    CHECK_STR(thrum_future_state_name(THRUM_FUTURE_CANCELLED_AND_NOTIFIED), "CANCELLED_AND_NOTIFIED");
    CHECK_STR(thrum_future_state_name(THRUM_FUTURE_FINISHED), "FINISHED");
}

/* By value. */
static int calls_back_late(thrum_future *future, void *arg) {
    thrum_event *go = arg;
    thrum_event_wait(go);
    CHECK(thrum_future_done(future));
    strcat(calls, "late");
    return 0;
}
static thrum_event go;
static void ends_it(int index, void *arg) {
    (void)index;
    set_value(arg);
}
static void has_done_with_it(int index, void *arg) {
    (void)index;
    thrum_future_fini(arg);
    strcat(calls, ", gone");
}

TEST(fini_waits_for_callbacks) {
    thrum_future f = THRUM_FUTURE_INIT;
    crew c = {0};
    CHECK_EQ(thrum_future_add_done_callback(&f, calls_back_late, &go), 0);
    crew_start(&c, 1, ends_it, &f);
    CHECK_EQ(thrum_future_result(&f, NULL), 0); /* which is there already */
    crew_start(&c, 1, has_done_with_it, &f);
    until_waiting(&f, 1);
    CHECK_STR(calls, "");
    thrum_event_set(&go);
    crew_join(&c);
    CHECK_STR(calls, "late, gone");
    CHECK_EQ(thrum_future_state_of(&f), THRUM_FUTURE_PENDING); /* and can be used again */
}

TEST(fini_of_one_that_nobody_has_ends_at_once) {
    thrum_future f = THRUM_FUTURE_INIT;
    thrum_future_fini(&f);
    add_callback(&f, notes, "a");
    thrum_future_fini(&f);
    CHECK_EQ(thrum_future_set_result(&f, &value), 0);
    thrum_future_fini(&f);
    CHECK_EQ(thrum_future_set_error(&f, -EIO, "a text to free"), 0);
    thrum_future_fini(&f);
    CHECK(thrum_future_cancel(&f));
    thrum_future_fini(&f);
    CHECK_STR(calls, "");
}

/* A future that waits shows up in a dump. */
TEST(a_dump_says_who_waits_for_a_future) {
    crew c = {0};
    awaited = new_future();
    crew_start(&c, 1, waits_for_result, NULL);
    until_waiting(awaited, 1);
    char word[40];
    snprintf(word, sizeof word, "%p", (void *)awaited);
    CHECK_EQ(dump_lines("future", word), 1);
    set_value(awaited);
    crew_join(&c);
    thrum_future_unref(awaited);
}

TEST_MAIN()
