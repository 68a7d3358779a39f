/* test_scheduler_memory.c - each allocation fails once: nothing is entered, nothing is lost, nothing leaks. */
#include "fake_clock.h"
#include "fault.h"

/* The checker of lock order allocates for itself, and does without when there is no memory: not what is counted. */
static void count_the_scheduler_only(void) {
    (void)thrum_lock_order(false);
}

TEST(new_without_memory) {
    thrum_scheduler *s = NULL;
    count_the_scheduler_only();
    fault_arm(1);
    CHECK_EQ(thrum_scheduler_new(&s, NULL), -ENOMEM);
    CHECK(fault_disarm());
    CHECK(!s);
    CHECK_EQ(fault_live(), 0);
}

/* Enter 40 events, the array of which grows twice after the first time, and go on after each failure. */
static int enter_all(thrum_scheduler *s) {
    int failures = 0;
    for (int i = 0; i < 40; i++) {
        thrum_scheduler_event event = {.sequence = 99};
        int r = thrum_scheduler_enterabs(s, at(40 - i), 1, note, number(40 - i), &event);
        if (r == 0)
            continue;
        CHECK_EQ(r, -ENOMEM);
        CHECK_EQ(event.sequence, 99);
        failures++;
        i--;
    }
    return failures;
}

TEST(enter_without_memory) {
    count_the_scheduler_only();
    for (size_t n = 1;; n++) {
        thrum_scheduler *s = fake_scheduler();
        now = called = delayed = 0;
        fault_arm(n);
        int failures = enter_all(s);
        bool failed = fault_disarm();
        CHECK_EQ(failures, failed);
        now = 100;
        CHECK_EQ(thrum_scheduler_run(s), 0);
        CHECK_EQ(called, 40);
        for (int i = 0; i < called; i++)
            CHECK_EQ(calls[i], i + 1);
        thrum_scheduler_free(s);
        CHECK_EQ(fault_live(), 0);
        if (!failed)
            break;
        CHECK_LE(n, 6); /* two arrays, three times */
    }
}

TEST(queue_without_memory) {
    count_the_scheduler_only();
    thrum_scheduler *s = fake_scheduler();
    thrum_scheduler_event *queue = NULL;
    size_t count = 9;
    enter_at(s, 1, 1, 1);
    fault_arm(1);
    CHECK_EQ(thrum_scheduler_queue(s, &queue, &count), -ENOMEM);
    CHECK(fault_disarm());
    CHECK(!queue);
    CHECK_EQ(count, 9);
    thrum_scheduler_free(s);
    CHECK_EQ(fault_live(), 0);
}

TEST_MAIN()
