/* test_futures_memory.c - every allocation fails once: nothing is changed then, and nothing is lost. */
#include "futures.h"

#include "fault.h"

static int nothing(void *arg, void **ret_result) {
    (void)arg, (void)ret_result;
    return 0;
}
static int fails_with_words(void *arg, void **ret_result) {
    (void)arg, (void)ret_result;
    return thrum_thread_fail(-EIO, "words");
}
static int counts(thrum_future *future, void *arg) {
    (void)future;
    ++*(int *)arg;
    return 0;
}

TEST(new_fails_cleanly) {
    thrum_future *f = NULL;
    fault_arm(1);
    CHECK_EQ(thrum_future_new(&f), -ENOMEM);
    CHECK(fault_disarm());
    CHECK(!f);
    CHECK_EQ(fault_live(), 0);
}

TEST(an_error_whose_text_finds_no_room_is_not_set) {
    thrum_future *f = new_future();
    fault_arm(1);
    CHECK_EQ(thrum_future_set_error(f, -EIO, "text"), -ENOMEM);
    CHECK(fault_disarm());
    CHECK_EQ(thrum_future_state_of(f), THRUM_FUTURE_PENDING);
    CHECK_EQ(thrum_future_set_error(f, -EIO, "text"), 0);
    thrum_future_unref(f);
    CHECK_EQ(fault_live(), 0);
}

TEST(a_callback_for_which_there_is_no_room_is_not_called) {
    thrum_future *f = new_future();
    int called = 0;
    fault_arm(1);
    CHECK_EQ(thrum_future_add_done_callback(f, counts, &called), -ENOMEM);
    CHECK(fault_disarm());
    CHECK_EQ(thrum_future_add_done_callback(f, counts, &called), 0);
    CHECK_EQ(thrum_future_set_result(f, NULL), 0);
    CHECK_EQ(called, 1);
    thrum_future_unref(f);
    CHECK_EQ(fault_live(), 0);
}

TEST(wait_fails_cleanly) {
    thrum_future *fs[] = {new_future(), new_future()};
    const int whens[] = {THRUM_FIRST_COMPLETED, THRUM_FIRST_EXCEPTION};
    for (int i = 0; i < 2; i++) {
        thrum_wait_result found = {9, 9};
        fault_arm(1);
        CHECK_EQ(thrum_futures_wait(fs, 2, whens[i], &found), -ENOMEM);
        CHECK(fault_disarm());
        CHECK_EQ(found.done, 9);
    }
    fault_arm(1);
    CHECK_EQ(thrum_futures_wait_timed(fs, 2, THRUM_ALL_COMPLETED, NULL, TINY), THRUM_TIMED_OUT);
    CHECK(!fault_disarm()); /* it needs no memory */
    thrum_future_unref(fs[0]), thrum_future_unref(fs[1]);
}

TEST(as_completed_fails_cleanly) {
    thrum_future *fs[] = {new_future(), new_future()};
    thrum_as_completed *each = NULL;
    size_t n = 1;
    for (;; n++) {
        fault_arm(n);
        int r = thrum_as_completed_new(&each, fs, 2, THRUM_FOREVER);
        if (!fault_disarm())
            break;
        CHECK_EQ(r, -ENOMEM);
        CHECK(!each);
        CHECK_EQ(fault_live(), 2);
    }
    CHECK_EQ(n, 3);
    thrum_as_completed_free(each);
    thrum_future_unref(fs[0]), thrum_future_unref(fs[1]);
    CHECK_EQ(fault_live(), 0);
}

TEST(submit_fails_cleanly) {
    shelf shelved = {.executor = {&shelf_ops, false}};
    thrum_future *f = NULL, value = THRUM_FUTURE_INIT;
    fault_arm(1);
    CHECK_EQ(thrum_executor_submit(&shelved.executor, nothing, NULL, &f), -ENOMEM);
    CHECK(fault_disarm());
    CHECK(!f);
    CHECK_EQ(shelved.count, 0);
    fault_arm(1);
    CHECK_EQ(thrum_executor_submit_into(&shelved.executor, nothing, NULL, &value), 0);
    CHECK(!fault_disarm()); /* it needs no memory */
    CHECK(shelf_help(&shelved.executor));
    thrum_future_fini(&value);
    CHECK_EQ(fault_live(), 0);
}

/* The error is more important than its text. */
TEST(an_error_of_a_call_is_there_without_its_text) {
    shelf shelved = {.executor = {&shelf_ops, false}};
    thrum_future value = THRUM_FUTURE_INIT;
    (void)thrum_current_thread();
    CHECK_EQ(thrum_executor_submit_into(&shelved.executor, fails_with_words, NULL, &value), 0);
    fault_arm(1);
    CHECK(shelf_help(&shelved.executor));
    CHECK(fault_disarm());
    CHECK_EQ(thrum_future_result(&value, NULL), -EIO);
    CHECK_STR(thrum_future_exception_text(&value), thrum_strerror(-EIO));
    thrum_future_fini(&value);
    CHECK_EQ(thrum_executor_submit_into(&shelved.executor, nothing, NULL, &value), 0);
    fault_arm(1);
    thrum_future_drop(&value, THRUM_BROKEN_EXECUTOR, "text");
    CHECK(fault_disarm());
    CHECK_EQ(thrum_future_result(&value, NULL), THRUM_BROKEN_EXECUTOR);
    thrum_future_fini(&value);
}

TEST_MAIN()
