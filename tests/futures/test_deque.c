/* The deque: the owner's order, the thieves' order, growth, and that each task goes to exactly one of them. */
#include "crew.h"
#include "futures/deque.h"

enum { tasks_made = 20000, thieves = 3 };
static thrum__task tasks[tasks_made];
static uint8_t taken[tasks_made];

static int number_of(const thrum__task *task) {
    return task ? (int)(task - tasks) : -1;
}

static int steal(thrum__deque *deque) {
    bool again;
    thrum__task *task;
    do {
        again = false;
        task = thrum__deque_steal(deque, &again);
    } while (again);
    return number_of(task);
}

TEST(the_owner_takes_the_newest) {
    thrum__deque deque = {0};
    for (int i = 0; i < 3; i++)
        CHECK(thrum__deque_push(&deque, &tasks[i]));
    for (int i = 2; i >= 0; i--)
        CHECK_EQ(number_of(thrum__deque_pop(&deque)), i);
    CHECK(!thrum__deque_pop(&deque));
    thrum__deque_free(&deque);
}

TEST(a_thief_takes_the_oldest) {
    thrum__deque deque = {0};
    for (int i = 0; i < 3; i++)
        CHECK(thrum__deque_push(&deque, &tasks[i]));
    CHECK_EQ(steal(&deque), 0);
    CHECK_EQ(number_of(thrum__deque_pop(&deque)), 2);
    CHECK_EQ(steal(&deque), 1);
    CHECK_EQ(steal(&deque), -1);
    CHECK(!thrum__deque_pop(&deque));
    thrum__deque_free(&deque);
}

/* The parts that are inlined in callers: the owner's, as far as no thief has to be asked. */
TEST(what_is_inline_leaves_the_last_one) {
    thrum__deque deque = {0};
    CHECK_EQ(deque.limit_, 0); /* the first one needs room */
    CHECK(thrum__deque_push(&deque, &tasks[0]));
    for (int i = 1; i < 4; i++)
        thrum_deque_push_(&deque, i, &tasks[i]);
    CHECK_EQ(number_of(thrum_deque_pop_(&deque)), 3);
    CHECK_EQ(steal(&deque), 0);
    CHECK_EQ(number_of(thrum_deque_pop_(&deque)), 2);
    CHECK(!thrum_deque_pop_(&deque));
    CHECK_EQ(number_of(thrum__deque_pop(&deque)), 1);
    CHECK(!thrum_deque_pop_(&deque));
    CHECK(!thrum__deque_seems_full(&deque));
    CHECK(thrum__deque_push(&deque, &tasks[4]));
    CHECK(!thrum_deque_pop_(&deque));
    CHECK_EQ(steal(&deque), 4);
    thrum__deque_free(&deque);
}

TEST(the_limit_is_where_the_room_ends) {
    thrum__deque deque = {0};
    CHECK(thrum__deque_push(&deque, &tasks[0]));
    int64_t places = deque.limit_;
    for (int i = 1; i < places; i++)
        thrum_deque_push_(&deque, i, &tasks[i]);
    CHECK_EQ(steal(&deque), 0);
    CHECK(thrum__deque_push(&deque, &tasks[places])); /* in the first one's place */
    CHECK_EQ(deque.limit_, places + 1);
    for (int i = 1; i <= places; i++)
        CHECK_EQ(steal(&deque), i);
    CHECK(thrum__deque_push(&deque, &tasks[0]));
    thrum__deque_reset(&deque);
    CHECK_EQ(deque.limit_, 0);
    thrum__deque_free(&deque);
}

TEST(an_empty_one_stays_in_order) {
    thrum__deque deque = {0};
    CHECK(!thrum__deque_pop(&deque));
    CHECK_EQ(steal(&deque), -1);
    CHECK(!thrum__deque_seems_full(&deque));
    for (int i = 0; i < 1000; i++) {
        CHECK(thrum__deque_push(&deque, &tasks[i]));
        CHECK(thrum__deque_seems_full(&deque));
        CHECK_EQ(i % 2 ? steal(&deque) : number_of(thrum__deque_pop(&deque)), i);
        CHECK(!thrum__deque_pop(&deque));
    }
    CHECK(!thrum__deque_seems_full(&deque));
    thrum__deque_free(&deque);
}

TEST(it_grows_and_keeps_the_order) {
    thrum__deque deque = {0};
    for (int i = 0; i < 50; i++)
        CHECK(thrum__deque_push(&deque, &tasks[i]));
    for (int i = 0; i < 40; i++) /* so that growing finds the tasks in the middle of the ring */
        CHECK_EQ(steal(&deque), i);
    for (int i = 50; i < 1000; i++)
        CHECK(thrum__deque_push(&deque, &tasks[i]));
    for (int i = 40; i < 500; i++)
        CHECK_EQ(steal(&deque), i);
    for (int i = 999; i >= 500; i--)
        CHECK_EQ(number_of(thrum__deque_pop(&deque)), i);
    CHECK(!thrum__deque_pop(&deque));
    thrum__deque_free(&deque);
}

TEST(reset_forgets) {
    thrum__deque deque = {0};
    CHECK(thrum__deque_push(&deque, &tasks[0]));
    thrum__deque_reset(&deque);
    CHECK(!thrum__deque_pop(&deque));
    CHECK(thrum__deque_push(&deque, &tasks[1]));
    CHECK_EQ(steal(&deque), 1);
    thrum__deque_free(&deque);
}

static void take(int number) {
    CHECK_EQ(__atomic_exchange_n(&taken[number], 1, __ATOMIC_SEQ_CST), 0);
}

static int over;

static void be_a_thief(int index, void *arg) {
    (void)index;
    int before = -1;
    while (!get(&over)) {
        int number = steal(arg);
        if (number < 0)
            continue;
        CHECK_GT(number, before); /* the oldest first */
        before = number;
        take(number);
    }
}

static void take_each_once(void) {
    thrum__deque deque = {0};
    crew c = {0};
    crew_start(&c, thieves, be_a_thief, &deque);
    for (int next = 0; next < tasks_made;) {
        for (int i = 0; i <= next % 7 && next < tasks_made; i++)
            CHECK(thrum__deque_push(&deque, &tasks[next++]));
        for (int i = 0; i < 3; i++) {
            thrum__task *task = thrum__deque_pop(&deque);
            if (task)
                take(number_of(task));
        }
    }
    for (thrum__task *task; (task = thrum__deque_pop(&deque)) != NULL;)
        take(number_of(task));
    UNTIL(!thrum__deque_seems_full(&deque));
    put(&over, 1);
    crew_join(&c);
    for (int i = 0; i < tasks_made; i++)
        CHECK(taken[i]);
    thrum__deque_free(&deque);
}

TEST(each_task_is_taken_once) {
    thrum__fences_choose();
    take_each_once();
}

TEST(each_task_is_taken_once_without_light_fences) {
    thrum__fences_are_light = false;
    take_each_once();
}

TEST_MAIN()
