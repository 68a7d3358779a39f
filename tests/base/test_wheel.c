/* The timing wheel, beside a model that is too simple to be wrong: an array, searched from end to end. */
#include "base/wheel.h"
#include "test.h"

#define TICK (INT64_C(1) << thrum__wheel_tick_bits)

static thrum__wheel wheel;

static void advance(int64_t now) {
    while (!thrum__wheel_advance(&wheel, now))
        ;
}

static int pop_all(void) {
    int popped = 0;
    while (thrum__wheel_pop(&wheel))
        popped++;
    return popped;
}

TEST(an_empty_wheel_has_nothing_to_do) {
    CHECK_EQ(thrum__wheel_next(&wheel), INT64_MAX);
    CHECK(!thrum__wheel_has_due(&wheel));
    CHECK(thrum__wheel_advance(&wheel, INT64_MAX));
    CHECK(thrum__wheel_pop(&wheel) == NULL);
}

TEST(what_is_due_and_what_is_not) {
    thrum__wheel_node soon = {0}, never = {0};
    CHECK(!thrum__wheel_has_due(&wheel) && !thrum__wheel_has_more(&wheel));
    thrum__wheel_insert(&wheel, &soon, 1000000);
    CHECK(!thrum__wheel_has_due(&wheel) && thrum__wheel_has_more(&wheel));
    while (!thrum__wheel_advance(&wheel, 2000000))
        ;
    CHECK(thrum__wheel_has_due(&wheel) && !thrum__wheel_has_more(&wheel));
    thrum__wheel_insert(&wheel, &never, INT64_MAX);
    CHECK(thrum__wheel_has_due(&wheel) && thrum__wheel_has_more(&wheel));
    CHECK(thrum__wheel_pop(&wheel) == &soon);
    thrum__wheel_remove(&wheel, &never);
    CHECK(!thrum__wheel_has_due(&wheel) && !thrum__wheel_has_more(&wheel));
}

TEST(never_early_and_at_most_a_tick_late) {
    thrum__wheel_node node = {0};
    int64_t deadlines[] = {1, TICK - 1, TICK, TICK + 1, 64 * TICK, 64 * TICK + 1, 4096 * TICK - 1, INT64_C(1) << 50};
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++) {
        wheel = (thrum__wheel){0};
        thrum__wheel_insert(&wheel, &node, deadlines[i]);
        advance(deadlines[i] - 1);
        CHECK(!thrum__wheel_has_due(&wheel));
        advance(deadlines[i] + TICK - 1);
        CHECK(thrum__wheel_pop(&wheel) == &node);
        CHECK_EQ(thrum__wheel_next(&wheel), INT64_MAX);
    }
}

TEST(what_has_passed_is_due_at_once) {
    thrum__wheel_node nodes[3] = {{0}};
    advance(1000 * TICK);
    thrum__wheel_insert(&wheel, &nodes[0], 1000 * TICK);
    thrum__wheel_insert(&wheel, &nodes[1], 0);
    thrum__wheel_insert(&wheel, &nodes[2], INT64_MIN);
    CHECK(thrum__wheel_has_due(&wheel));
    CHECK_EQ(thrum__wheel_next(&wheel), INT64_MAX);
    for (int i = 0; i < 3; i++)
        CHECK(thrum__wheel_pop(&wheel) == &nodes[i]);
}

TEST(the_end_of_time_never_comes) {
    thrum__wheel_node never = {0}, last = {0};
    thrum__wheel_insert(&wheel, &never, INT64_MAX);
    thrum__wheel_insert(&wheel, &last, INT64_MAX - TICK);
    advance(INT64_MAX);
    CHECK(thrum__wheel_pop(&wheel) == &last);
    CHECK(thrum__wheel_pop(&wheel) == NULL);
    CHECK_EQ(thrum__wheel_next(&wheel), INT64_MAX);
    thrum__wheel_remove(&wheel, &never);
    CHECK_EQ(never.list, 0);
}

TEST(a_clock_that_jumps_back_changes_nothing) {
    thrum__wheel_node node = {0};
    advance(500 * TICK);
    thrum__wheel_insert(&wheel, &node, 510 * TICK);
    advance(3 * TICK);
    CHECK(!thrum__wheel_has_due(&wheel));
    CHECK_EQ(thrum__wheel_next(&wheel), 510 * TICK);
    advance(510 * TICK);
    CHECK(thrum__wheel_pop(&wheel) == &node);
}

TEST(what_is_due_can_be_taken_out) {
    thrum__wheel_node nodes[3] = {{0}};
    for (int i = 0; i < 3; i++)
        thrum__wheel_insert(&wheel, &nodes[i], TICK);
    advance(TICK);
    thrum__wheel_remove(&wheel, &nodes[1]);
    CHECK(thrum__wheel_pop(&wheel) == &nodes[0]);
    CHECK(thrum__wheel_pop(&wheel) == &nodes[2]);
    CHECK(thrum__wheel_pop(&wheel) == NULL);
}

/* A deadline far away costs a look per level, not one per tick. */
TEST(sleeping_from_one_look_to_the_next_takes_few_looks) {
    int64_t now = INT64_C(7777777) * TICK, deadline = now + (INT64_C(1) << 61);
    thrum__wheel_node node = {0};
    advance(now);
    thrum__wheel_insert(&wheel, &node, deadline);
    int looks = 0;
    for (; !thrum__wheel_has_due(&wheel); looks++) {
        now = thrum__wheel_next(&wheel);
        advance(now);
    }
    CHECK_LE(looks, thrum__wheel_levels);
    CHECK_GE(now, deadline);
    CHECK_LT(now, deadline + TICK);
}

TEST(an_advance_is_done_in_bounded_pieces) {
    enum { many = 10000 };
    static thrum__wheel_node nodes[many];
    for (int i = 0; i < many; i++)
        thrum__wheel_insert(&wheel, &nodes[i], 5000 * TICK); /* one slot of level 2: each node moves three times */
    int calls = 1;
    for (; !thrum__wheel_advance(&wheel, 5000 * TICK); calls++)
        CHECK_LE(thrum__wheel_next(&wheel), 5000 * TICK);
    CHECK_GT(calls, 100);
    for (int i = 0; i < many; i++)
        CHECK(thrum__wheel_pop(&wheel) == &nodes[i]);
}

/* Half-emptied slots accept everything that whole ones do. */
TEST(nodes_come_and_go_between_the_pieces) {
    enum { many = 1000 };
    static thrum__wheel_node nodes[many], extra[4];
    for (int i = 0; i < many; i++)
        thrum__wheel_insert(&wheel, &nodes[i], (4096 + i) * TICK);
    CHECK(!thrum__wheel_advance(&wheel, 6000 * TICK));
    for (int i = many - 1; i >= 3; i--)
        thrum__wheel_remove(&wheel, &nodes[i]);
    thrum__wheel_insert(&wheel, &extra[0], 4097 * TICK);
    thrum__wheel_insert(&wheel, &extra[1], 7000 * TICK);
    thrum__wheel_insert(&wheel, &extra[2], 4096 * TICK);
    thrum__wheel_insert(&wheel, &extra[3], 9000 * TICK);
    thrum__wheel_remove(&wheel, &extra[3]);
    advance(6000 * TICK);
    CHECK_EQ(pop_all(), 5);
    advance(7000 * TICK);
    CHECK(thrum__wheel_pop(&wheel) == &extra[1]);
    CHECK_EQ(thrum__wheel_next(&wheel), INT64_MAX);
}

/* The model. */
enum { model_size = 400 };
static struct {
    thrum__wheel_node node; /* first, so that a node is found among them */
    bool in;
    int64_t deadline;
    uint64_t tick;
    int order;
} model[model_size];
static int64_t model_now;
static int model_inserted;
static uint64_t random_state;

static uint64_t random_bits(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* A span of any magnitude, as likely of nanoseconds as of years. */
static int64_t random_span(void) {
    return (int64_t)(random_bits() >> (2 + random_bits() % 62));
}

static int64_t after_now(int64_t span) {
    return span > INT64_MAX - model_now ? INT64_MAX : model_now + span;
}

static void model_toggle(int i) {
    if (model[i].in) {
        thrum__wheel_remove(&wheel, &model[i].node);
        model[i].in = false;
        return;
    }
    int64_t deadline =
        random_bits() % 8 == 0 ? model_now - random_span() % (model_now + 1) : after_now(random_span());
    model[i].in = true;
    model[i].deadline = deadline;
    model[i].tick = ((uint64_t)deadline + (uint64_t)TICK - 1) >> thrum__wheel_tick_bits;
    model[i].order = model_inserted++;
    thrum__wheel_insert(&wheel, &model[i].node, deadline);
}

static bool model_due(int i) {
    return model[i].in && model[i].tick <= (uint64_t)model_now >> thrum__wheel_tick_bits;
}

/* Everything that has to be due comes, once, the early ticks first; what had passed when it was inserted comes in
 * between. */
static void model_pop(uint64_t before) {
    uint64_t last_tick = 0;
    int last_order = -1, due = 0;
    for (int i = 0; i < model_size; i++)
        due += model_due(i);
    for (thrum__wheel_node *node; (node = thrum__wheel_pop(&wheel)); due--) {
        int i = (int)((char *)node - (char *)model) / (int)sizeof model[0];
        CHECK(model_due(i));
        CHECK_LE(model[i].deadline, model_now);
        model[i].in = false;
        if (model[i].tick <= before)
            continue;
        CHECK(model[i].tick > last_tick || (model[i].tick == last_tick && model[i].order > last_order));
        last_tick = model[i].tick;
        last_order = model[i].order;
    }
    CHECK_EQ(due, 0);
}

static void model_check_next(void) {
    int64_t next = thrum__wheel_next(&wheel);
    uint64_t earliest = UINT64_MAX;
    for (int i = 0; i < model_size; i++)
        if (model[i].in && model[i].tick < earliest)
            earliest = model[i].tick;
    if (earliest == UINT64_MAX)
        CHECK_EQ(next, INT64_MAX);
    else if (earliest <= (uint64_t)INT64_MAX >> thrum__wheel_tick_bits)
        CHECK_LE(next, (int64_t)(earliest << thrum__wheel_tick_bits));
    CHECK_GT(next, model_now - TICK);
}

static void model_run(uint64_t seed, int steps) {
    wheel = (thrum__wheel){0};
    memset(model, 0, sizeof model);
    model_now = 0;
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (int step = 0; step < steps; step++) {
        for (uint64_t n = random_bits() % 16; n > 0; n--)
            model_toggle((int)(random_bits() % model_size));
        uint64_t before = (uint64_t)model_now >> thrum__wheel_tick_bits;
        int64_t next = thrum__wheel_next(&wheel);
        bool to_next = random_bits() % 2 == 0 && next > model_now && next < INT64_MAX;
        model_now = to_next ? next : after_now(random_span() >> random_bits() % 32);
        advance(model_now);
        model_pop(before);
        model_check_next();
    }
}

TEST(random_operations_agree_with_the_model) {
    for (uint64_t seed = 1; seed <= 300; seed++)
        model_run(seed, 200);
}

TEST_MAIN()
