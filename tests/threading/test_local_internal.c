/* What cannot be seen of thread-local variables from outside: their keys, their tables, and memory that runs out. */
#include <errno.h>
#include <pthread.h>

#include <thrum/threading/local.h>

#include "fault.h"
#include "test.h"
#include "threading/local_internal.h"

static void *text(const char *literal) {
    return (void *)(uintptr_t)literal;
}

static char destroyed[64];
static void note(void *value) {
    strcat(destroyed, value);
}

/* Run `body` in a thread to its end. */
static void in_thread(void *(*body)(void *)) {
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, body, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

static thrum_local a = THRUM_LOCAL_INIT(NULL, NULL, note), b = THRUM_LOCAL_INIT(NULL, NULL, note);

static void *use_both(void *arg) {
    CHECK_EQ(thrum_local_set(&a, text("a")), 0);
    CHECK_EQ(thrum_local_set(&b, text("b")), 0);
    CHECK_EQ(thrum_local_set(&a, text("A")), 0);
    return arg;
}

TEST(the_last_local_is_destroyed_first) {
    in_thread(use_both);
    CHECK_STR(destroyed, "abA");
}

static int rounds;
static thrum_local stubborn;
static void set_again(void *value) {
    rounds++;
    CHECK(thrum_local_get(&stubborn) == NULL);
    CHECK_EQ(thrum_local_set(&stubborn, value), 0);
}
static thrum_local stubborn = THRUM_LOCAL_INIT(NULL, NULL, set_again);

static void *use_stubborn(void *arg) {
    CHECK_EQ(thrum_local_set(&stubborn, &rounds), 0);
    return arg;
}

TEST(values_made_by_destructors_are_destroyed_for_four_rounds) {
    in_thread(use_stubborn);
    CHECK_EQ(rounds, 4);
}

static void use_other(void *value) {
    note(value);
    if (!thrum_local_get(&b))
        CHECK_EQ(thrum_local_set(&b, text("b")), 0);
}
static thrum_local first_user = THRUM_LOCAL_INIT(NULL, NULL, use_other);

static void *use_other_at_the_end(void *arg) {
    CHECK_EQ(thrum_local_set(&first_user, text("u")), 0);
    CHECK_EQ(thrum_local_set(&b, text("B")), 0);
    return arg;
}

TEST(a_destructor_may_use_a_local_whose_turn_was_before) {
    in_thread(use_other_at_the_end);
    CHECK_STR(destroyed, "Bub");
}

static pthread_barrier_t meeting;
static void *hold_a_value(void *arg) {
    thrum_local other = THRUM_LOCAL_INIT(NULL, NULL, NULL);
    CHECK_EQ(thrum_local_set(&a, text("a")), 0);
    pthread_barrier_wait(&meeting);
    pthread_barrier_wait(&meeting); /* between them main clears a, and uses another local in its place */
    CHECK(thrum_local_get(&a) == NULL);
    CHECK(thrum_local_get(&b) == NULL);
    CHECK_STR(destroyed, "");
    CHECK_EQ(thrum_local_set(&other, text("other")), 0);
    CHECK_STR(destroyed, "a");
    CHECK_EQ(thrum_local_set(&b, text("b")), 0);
    return arg;
}

TEST(a_cleared_local_leaves_stale_values_that_the_next_store_destroys) {
    pthread_t thread;
    pthread_barrier_init(&meeting, NULL, 2);
    CHECK_EQ(pthread_create(&thread, NULL, hold_a_value, NULL), 0);
    pthread_barrier_wait(&meeting);
    uint64_t old_key = a.key_;
    CHECK(thrum__local_key_is_current(old_key));
    thrum_local_clear(&a);
    CHECK_EQ(a.key_, 0);
    CHECK(a.destroy_ == note);
    CHECK(!thrum__local_key_is_current(old_key));
    CHECK_EQ(thrum_local_set(&b, text("main's")), 0);
    CHECK_EQ(thrum__local_key_index(b.key_), thrum__local_key_index(old_key));
    CHECK_NE(b.key_, old_key);
    pthread_barrier_wait(&meeting);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_STR(destroyed, "ab");
    CHECK_STR(thrum_local_get(&b), "main's");
}

/* The new user of an index meets the old user's value in its own entry. */
static void *hold_and_replace(void *arg) {
    CHECK_EQ(thrum_local_set(&a, text("a")), 0);
    thrum_local_clear(&a);
    CHECK_STR(destroyed, "a");
    CHECK_EQ(thrum_local_set(&b, text("b")), 0);
    CHECK_STR(destroyed, "a");
    return arg;
}

TEST(clear_destroys_the_callers_value_at_once) {
    in_thread(hold_and_replace);
    CHECK_STR(destroyed, "ab");
}

TEST(clearing_what_was_never_used_changes_nothing) {
    uint32_t retired = thrum__local_keys_retired();
    thrum_local_clear(&a);
    CHECK_EQ(a.key_, 0);
    CHECK_EQ(thrum__local_keys_retired(), retired);
}

TEST(many_locals_and_their_keys_again) {
    enum { many = 1000 };
    static thrum_local locals[many];
    for (int again = 0; again < 3; again++) {
        for (int i = 0; i < many; i++) {
            CHECK(thrum_local_get(&locals[i]) == NULL);
            CHECK_EQ(thrum_local_set(&locals[i], &locals[i]), 0);
            CHECK_LT(thrum__local_key_index(locals[i].key_), many);
        }
        for (int i = 0; i < many; i++)
            CHECK(thrum_local_get(&locals[i]) == &locals[i]);
        for (int i = 0; i < many; i++)
            thrum_local_clear(&locals[i]);
    }
}

enum { racers = 4, races = 300 };
static thrum_local raced[races];
static uint64_t raced_keys[racers][races];
static void *race(void *arg) {
    int me = *(int *)arg;
    for (int i = 0; i < races; i++) {
        pthread_barrier_wait(&meeting);
        CHECK_EQ(thrum_local_set(&raced[i], arg), 0);
        raced_keys[me][i] = raced[i].key_;
        CHECK(thrum_local_get(&raced[i]) == arg);
    }
    return NULL;
}

TEST(first_uses_at_the_same_moment_agree_on_the_key) {
    pthread_t threads[racers];
    int numbers[racers];
    pthread_barrier_init(&meeting, NULL, racers);
    for (int i = 0; i < racers; i++) {
        numbers[i] = i;
        CHECK_EQ(pthread_create(&threads[i], NULL, race, &numbers[i]), 0);
    }
    for (int i = 0; i < racers; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < races; i++) {
        CHECK_LT(thrum__local_key_index(raced_keys[0][i]), races);
        for (int other = 1; other < racers; other++)
            CHECK_EQ(raced_keys[other][i], raced_keys[0][i]);
    }
}

static void *new_value(void *arg) {
    strcat(arg, "+");
    return text("v");
}
static char made[8];

TEST(a_set_without_memory_changes_nothing) {
    for (size_t n = 1;; n++) {
        fault_arm(n);
        int r = thrum_local_set(&a, text("a"));
        if (!fault_disarm()) {
            CHECK_EQ(r, 0);
            CHECK_EQ(n, 3); /* the keys and the table */
            break;
        }
        CHECK_EQ(r, -ENOMEM);
        CHECK(thrum_local_get(&a) == NULL);
        CHECK_STR(destroyed, "");
    }
    CHECK_STR(thrum_local_get(&a), "a");
}

TEST(a_get_without_memory_does_not_call_create) {
    thrum_local local = THRUM_LOCAL_INIT(new_value, made, note);
    for (size_t n = 1; n <= 2; n++) {
        fault_arm(n);
        CHECK(thrum_local_get(&local) == NULL);
        CHECK(fault_disarm());
        CHECK_STR(made, "");
    }
    CHECK_STR(thrum_local_get(&local), "v");
    CHECK_STR(thrum_local_get(&local), "v");
    CHECK_STR(made, "+");
    thrum_local_clear(&local);
    CHECK_STR(destroyed, "v");
}

static void *new_nothing(void *arg) {
    strcat(arg, "-");
    return NULL;
}

TEST(a_create_that_fails_is_called_again) {
    thrum_local local = THRUM_LOCAL_INIT(new_nothing, made, note);
    CHECK(thrum_local_get(&local) == NULL);
    CHECK(thrum_local_get(&local) == NULL);
    CHECK_STR(made, "--");
}

static void *stay(void *arg) {
    CHECK_EQ(thrum_local_set(&a, text("other thread's")), 0);
    pthread_barrier_wait(&meeting);
    pthread_barrier_wait(&meeting);
    return arg;
}

static int in_child(void) {
    CHECK_STR(destroyed, "");
    CHECK_STR(thrum_local_get(&a), "main's");
    CHECK_EQ(thrum_local_set(&b, text("b")), 0);
    CHECK_STR(thrum_local_get(&b), "b");
    return 0;
}

TEST(a_forked_child_has_only_the_callers_values) {
    pthread_t thread;
    int status;
    pthread_barrier_init(&meeting, NULL, 2);
    CHECK_EQ(thrum_local_set(&a, text("main's")), 0);
    CHECK_EQ(pthread_create(&thread, NULL, stay, NULL), 0);
    pthread_barrier_wait(&meeting);
    long blocks = fault_live();
    pid_t child = fork();
    if (child == 0) {
        CHECK_EQ(fault_live(), blocks - 1);
        _exit(in_child());
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    pthread_barrier_wait(&meeting);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_STR(destroyed, "other thread's");
}

TEST_MAIN()
