/* test_local.c - local: the row of section 2.1 of the semantics, and what thrum/threading/local.h promises. */
#include "crew.h"

static int made, destroyed, broken_arg;

static void *make_number(void *arg) {
    if (arg != &made)
        put(&broken_arg, 1);
    int *number = (int *)malloc(sizeof *number);
    CHECK(number);
    *number = add(&made, 1);
    return number;
}
static void drop_number(void *number) {
    add(&destroyed, 1);
    free(number);
}

static thrum_local mine = THRUM_LOCAL_INIT(make_number, &made, drop_number);
static thrum_local plain;

TEST(a_plain_local_starts_as_null) {
    int x;
    CHECK(!thrum_local_get(&plain));
    CHECK_EQ(thrum_local_set(&plain, &x), 0);
    CHECK(thrum_local_get(&plain) == &x);
    CHECK_EQ(thrum_local_set(&plain, NULL), 0);
    CHECK(!thrum_local_get(&plain));
}

TEST(create_is_called_once_per_thread_at_the_first_get) {
    CHECK_EQ(made, 0);
    void *value = thrum_local_get(&mine);
    CHECK_EQ(*(int *)value, 1);
    CHECK(thrum_local_get(&mine) == value);
    CHECK_EQ(made, 1);
    CHECK_EQ(broken_arg, 0);
}

TEST(set_before_the_first_get_keeps_create_from_being_called) {
    int *number = (int *)malloc(sizeof *number);
    CHECK_EQ(thrum_local_set(&mine, number), 0);
    CHECK(thrum_local_get(&mine) == number);
    CHECK_EQ(made, 0);
}

TEST(set_destroys_the_old_value_unless_it_is_the_same) {
    void *value = thrum_local_get(&mine);
    CHECK_EQ(thrum_local_set(&mine, value), 0);
    CHECK_EQ(destroyed, 0);
    CHECK_EQ(thrum_local_set(&mine, malloc(sizeof(int))), 0);
    CHECK_EQ(destroyed, 1);
    CHECK_EQ(made, 1);
}

TEST(two_locals_are_independent) {
    static thrum_local other = THRUM_LOCAL_INIT(make_number, &made, drop_number);
    int x;
    CHECK_EQ(thrum_local_set(&plain, &x), 0);
    void *first = thrum_local_get(&mine), *second = thrum_local_get(&other);
    CHECK(first != second);
    CHECK_EQ(thrum_local_set(&other, NULL), 0);
    CHECK(thrum_local_get(&mine) == first);
    CHECK(thrum_local_get(&plain) == &x);
}

static void has_its_own(int index, void *arg) {
    (void)arg;
    CHECK(!thrum_local_get(&plain)); /* not inherited */
    for (int i = 0; i < 10; i++) {
        int *number = (int *)thrum_local_get(&mine);
        *number = index * 1000 + i;
        CHECK_EQ(thrum_local_set(&plain, number), 0);
        sched_yield();
        CHECK_EQ(*(int *)thrum_local_get(&mine), index * 1000 + i);
        CHECK(thrum_local_get(&plain) == number);
    }
}

/* CPython's own: ten threads, ten iterations. */
TEST(each_thread_has_its_own_and_it_is_destroyed_at_its_end) {
    int x;
    CHECK_EQ(thrum_local_set(&plain, &x), 0);
    int *here = (int *)thrum_local_get(&mine);
    crew c = {0};
    crew_start(&c, 10, has_its_own, NULL);
    crew_join(&c);
    CHECK_EQ(made, 11);
    CHECK_EQ(destroyed, 10);
    CHECK_EQ(*here, 1);
    CHECK(thrum_local_get(&plain) == &x);
}

static int in_a_thread_of_ours(void *arg) {
    has_its_own(7, arg);
    return 0;
}

TEST(threads_of_the_library_destroy_theirs_before_join_returns) {
    reap(spawn("worker", in_a_thread_of_ours, NULL));
    CHECK_EQ(made, 1);
    CHECK_EQ(destroyed, 1);
}

/* Many locals in one thread: each keeps its value. */
TEST(many_locals) {
    enum { MANY = 1000 };
    static thrum_local locals[MANY];
    static int values[MANY];
    for (int i = 0; i < MANY; i++)
        CHECK_EQ(thrum_local_set(&locals[i], &values[i]), 0);
    for (int i = 0; i < MANY; i++)
        CHECK(thrum_local_get(&locals[i]) == &values[i]);
}

/* A destructor may use locals itself, even make a value anew, and the thread still ends. */
static thrum_local last;
static int last_destroyed;
static void looks_at_another(void *value) {
    add(&last_destroyed, 1);
    CHECK(thrum_local_get(&mine));
    free(value);
}
static void uses_both(int index, void *arg) {
    (void)index, (void)arg;
    CHECK(thrum_local_get(&mine));
    CHECK_EQ(thrum_local_set(&last, malloc(1)), 0);
}

TEST(a_destructor_may_use_other_locals) {
    last = (thrum_local)THRUM_LOCAL_INIT(NULL, NULL, looks_at_another);
    crew c = {0};
    crew_start(&c, 3, uses_both, NULL);
    crew_join(&c);
    CHECK_EQ(last_destroyed, 3);
    CHECK_GE(made, 3);
    CHECK_EQ(destroyed, made);
}

TEST(clear_destroys_the_value_and_forgets_the_key) {
    CHECK(thrum_local_get(&mine));
    thrum_local_clear(&mine);
    CHECK_EQ(destroyed, 1);
    CHECK_EQ(*(int *)thrum_local_get(&mine), 2); /* made anew */
    thrum_local_clear(&mine);
    CHECK_EQ(destroyed, 2);
    thrum_local_clear(&plain); /* never used */
    CHECK(!thrum_local_get(&plain));
}

/* A value in a thread that still runs is destroyed when that thread ends, at the latest; and the memory of the local
 * may be used for another one meanwhile, which must not see it. */
static thrum_event used, go_on;
static void keeps_a_value(int index, void *arg) {
    (void)index;
    CHECK(thrum_local_get((thrum_local *)arg));
    thrum_event_set(&used);
    CHECK_EQ(thrum_event_wait(&go_on), 0);
    CHECK(!thrum_local_get(&plain));
}

TEST(clear_leaves_other_threads_values_to_them) {
    thrum_local *heap = (thrum_local *)malloc(sizeof *heap);
    CHECK(heap);
    *heap = (thrum_local)THRUM_LOCAL_INIT(make_number, &made, drop_number);
    crew c = {0};
    crew_start(&c, 1, keeps_a_value, heap);
    CHECK_EQ(thrum_event_wait(&used), 0);
    thrum_local_clear(heap);
    free(heap);
    thrum_event_set(&go_on);
    crew_join(&c);
    CHECK_EQ(made, 1);
    CHECK_EQ(destroyed, 1);
}

TEST(a_cleared_local_is_a_new_one) {
    static thrum_local reused;
    for (int i = 0; i < 2000; i++) {
        int x;
        CHECK(!thrum_local_get(&reused));
        CHECK_EQ(thrum_local_set(&reused, &x), 0);
        thrum_local_clear(&reused);
    }
}

TEST_MAIN()
