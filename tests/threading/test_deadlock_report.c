/* test_deadlock_report.c - where the report of a deadlock goes, what it says, and THRUM_DEADLOCK in the
 * environment. */
#include "knot.h"

static knot k;

/* Two threads and two locks in opposite order; returns when both wait. */
static void tie(bool plain, bool named) {
    k = (knot){.size = 2, .plain = {plain, plain}, .wish = {{.bare = true}, {.bare = true}}};
    knot_tie(&k);
    if (!named) {
        CHECK_EQ(thrum_set_object_name(knot_object(&k, 0), NULL), 0);
        CHECK_EQ(thrum_set_object_name(knot_object(&k, 1), NULL), 0);
    }
    UNTIL(waiting_for(knot_object(&k, 0)) == 1 && waiting_for(knot_object(&k, 1)) == 1);
}

/* stderr has the whole report when one more thread has been told that it cannot wait either: reports come one after
 * the other. */
static void deadlocks(void *arg) {
    thrum_lock_order(false); /* it would report first */
    tie(arg != NULL, true);
    UNTIL(lseek(2, 0, SEEK_END) > 0);
    fputs("here\n", stderr);
    _exit(3);
}

TEST(by_default_the_report_goes_to_stderr_and_the_program_goes_on) {
    for (int plain = 0; plain < 2; plain++) {
        child c;
        child_run(&c, deadlocks, plain ? &c : NULL);
        CHECK_EQ(child_code(&c), 3);
        CHECK_STR(c.out, "");
        CHECK_CONTAINS(c.err, "deadlock");
        CHECK_CONTAINS(c.err, "2 threads wait for each other");
        CHECK_CONTAINS(c.err, plain ? " lock 'L0'" : " rlock 'L0'");
        CHECK_CONTAINS(c.err, plain ? " lock 'L1'" : " rlock 'L1'");
        CHECK_CONTAINS(c.err, "held by 'T0'");
        CHECK_CONTAINS(c.err, "held by 'T1'");
        CHECK_CONTAINS(c.err, "(tid ");
        CHECK_CONTAINS(c.err, " at ");
        CHECK_EQ(strstr(c.err, "looks like") != NULL, plain);
    }
}

TEST(without_names_the_report_has_addresses) {
    catch_reports();
    k = (knot){.size = 2, .wish = {{.bare = true}, {.limit = THRUM_FOREVER}}};
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(thrum_thread_new(&k.threads[i], knot_body_, &k, &(thrum_thread_options){.name = NULL}), 0);
        CHECK_EQ(thrum_thread_start(k.threads[i]), 0);
        UNTIL(get(&k.place) == i + 1);
    }
    knot_join(&k);
    CHECK_EQ(reports.count, 1);
    for (int i = 0; i < 2; i++) {
        char text[40];
        snprintf(text, sizeof text, "rlock %p", (void *)&k.rlocks[i]);
        CHECK_CONTAINS(reports.text, text);
        snprintf(text, sizeof text, "'Thread-%d'", i + 1);
        CHECK_CONTAINS(reports.text, text);
    }
}

/* Foreign threads have no object and no name, but a number. */
static thrum_rlock left, right;
static int tids[2], results[2], holding;
static void crosses(int index, void *arg) {
    (void)arg;
    thrum_rlock *first = index ? &right : &left, *second = index ? &left : &right;
    tids[index] = thrum_get_native_id();
    thrum_rlock_acquire(first);
    add(&holding, 1);
    UNTIL(get(&holding) == 2);
    UNTIL(index == 0 || waiting_for(&right) == 1);
    results[index] = thrum_rlock_acquire_timed(second, THRUM_FOREVER);
    if (results[index] == 0)
        CHECK_EQ(thrum_rlock_release(second), 0);
    CHECK_EQ(thrum_rlock_release(first), 0);
}

TEST(foreign_threads_take_part) {
    catch_reports();
    crew c = {0};
    crew_start(&c, 2, crosses, NULL);
    crew_join(&c);
    /* Whoever looks when both are queued: mostly the second. */
    CHECK(results[0] == THRUM_DEADLOCK || results[1] == THRUM_DEADLOCK);
    for (int i = 0; i < 2; i++) {
        char tid[20];
        snprintf(tid, sizeof tid, "%d", tids[i]);
        CHECK_CONTAINS(reports.text, tid);
    }
}

TEST(null_brings_stderr_back) {
    child c;
    if (child_fork(&c) == 0) {
        catch_reports();
        thrum_deadlock_set_handler(NULL, NULL);
        deadlocks(NULL);
    }
    child_wait(&c);
    CHECK_EQ(child_code(&c), 3);
    CHECK_CONTAINS(c.err, "2 threads wait for each other");
}

static void deadlocks_under_abort(void *arg) {
    thrum_deadlock_policy(THRUM_DEADLOCK_ABORT);
    tie(arg != NULL, true);
    (void)thrum_sleep(THRUM_FOREVER); /* both wait; the one that closed the cycle is about to abort */
}

TEST(abort_reports_and_aborts) {
    for (int plain = 0; plain < 2; plain++) {
        child c;
        child_run(&c, deadlocks_under_abort, plain ? &c : NULL);
        CHECK_EQ(child_signal(&c), SIGABRT);
        CHECK_CONTAINS(c.err, "2 threads wait for each other");
        CHECK_CONTAINS(c.err, "'T0'");
        CHECK_CONTAINS(c.err, "'T1'");
        CHECK_CONTAINS(c.err, "'L0'");
        CHECK_CONTAINS(c.err, "'L1'");
    }
}

/* The environment: this test runs itself again. */
TEST(the_environment_sets_the_policy) {
    static const char *const words[] = {"report", "error", "abort", "off"};
    if (getenv("THRUM_DEADLOCK")) {
        printf("policy %d\n", (int)thrum_deadlock_policy(THRUM_DEADLOCK_REPORT));
        return;
    }
    for (int i = 0; i < 4; i++) {
        child c;
        char expected[20];
        child_again(&c, "the_environment_sets_the_policy", "THRUM_DEADLOCK", words[i]);
        CHECK_EQ(child_code(&c), 0);
        snprintf(expected, sizeof expected, "policy %d\n", i);
        CHECK_CONTAINS(c.out, expected);
        CHECK_STR(c.err, "");
    }
}

TEST(an_unknown_word_in_the_environment_is_complained_of) {
    if (getenv("THRUM_DEADLOCK")) {
        printf("policy %d\n", (int)thrum_deadlock_policy(THRUM_DEADLOCK_REPORT));
        return;
    }
    child c;
    child_again(&c, "an_unknown_word_in_the_environment_is_complained_of", "THRUM_DEADLOCK", "explode");
    CHECK_EQ(child_code(&c), 0);
    CHECK_CONTAINS(c.out, "policy 0\n");
    CHECK_CONTAINS(c.err, "THRUM_DEADLOCK");
    CHECK_CONTAINS(c.err, "explode");
}

/* Names of objects */

TEST(a_name_is_copied_replaced_and_taken_away) {
    char name[] = "mutable";
    catch_reports();
    thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    thrum_lock lock = THRUM_LOCK_INIT;
    thrum_lock_acquire(&lock);
    CHECK_EQ(thrum_set_object_name(&lock, name), 0);
    name[0] = 'X';
    CHECK_EQ(thrum_lock_acquire_timed(&lock, AGES), THRUM_DEADLOCK);
    CHECK_CONTAINS(reports.text, "lock 'mutable'");
    CHECK_EQ(thrum_set_object_name(&lock, "second"), 0);
    CHECK_EQ(thrum_lock_acquire_timed(&lock, AGES), THRUM_DEADLOCK);
    CHECK_CONTAINS(reports.text, "lock 'second'");
    CHECK_EQ(thrum_set_object_name(&lock, NULL), 0);
    CHECK_EQ(thrum_set_object_name(&lock, NULL), 0); /* there is none: nothing to do */
    CHECK_EQ(thrum_lock_acquire_timed(&lock, AGES), THRUM_DEADLOCK);
    CHECK(!strstr(reports.text, "second"));
}

TEST(many_objects_have_names) {
    enum { MANY = 5000 };
    static thrum_lock locks[MANY];
    char name[20];
    catch_reports();
    thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "number-%d", i);
        CHECK_EQ(thrum_set_object_name(&locks[i], name), 0);
    }
    for (int i = 0; i < MANY; i += 97) {
        thrum_lock_acquire(&locks[i]);
        CHECK_EQ(thrum_lock_acquire_timed(&locks[i], AGES), THRUM_DEADLOCK);
        snprintf(name, sizeof name, "'number-%d'", i);
        CHECK_CONTAINS(reports.text, name);
    }
    for (int i = 0; i < MANY; i++)
        CHECK_EQ(thrum_set_object_name(&locks[i], NULL), 0);
}

TEST_MAIN()
