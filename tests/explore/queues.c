/* queues.c - the queues under every schedule with a bounded number of preemptions, with a place for a switch at each
 * atomic operation: with three for two threads, with two for three; and under 5,000 schedules of the portfolio. */
#include "bugs.h"
#include "test.h"

enum { most_parties = 3 };
static thrum_queue *queue;
static int parties, got[most_parties];

static int put(int item) {
    return thrum_queue_put(queue, &item);
}

/* What a getter finds in place of an item. */
enum { nothing = -1 };

static int get(void) {
    int item = nothing;
    int r = thrum_queue_get(queue, &item);
    THRUM_EXPLORE_CHECK_THAT(r == (item == nothing ? THRUM_SHUT_DOWN : 0));
    return item;
}

/* One puts, the others get: an item for each. */
static int one_puts(void *arg) {
    intptr_t me = (intptr_t)arg;
    for (int i = 1; me == 0 && i < parties; i++)
        THRUM_EXPLORE_CHECK_THAT(put(i) == 0);
    if (me != 0)
        got[me] = get();
    return 0;
}
static void all_are_served(void) {
    int sum = 0;
    for (int i = 1; i < parties; i++)
        sum += got[i];
    THRUM_EXPLORE_CHECK_THAT(sum == (parties - 1) * parties / 2);
    THRUM_EXPLORE_CHECK_THAT(thrum_queue_empty(queue));
}

/* The others put, one gets: of each producer in its order, although there is one place. */
static int one_gets(void *arg) {
    intptr_t me = (intptr_t)arg;
    int last[most_parties] = {0};
    for (int i = 0; me == 0 && i < 2 * (parties - 1); i++) {
        int item = get();
        THRUM_EXPLORE_CHECK_THAT(item % 10 == ++last[item / 10]);
    }
    for (int i = 1; me != 0 && i <= 2; i++)
        THRUM_EXPLORE_CHECK_THAT(put((int)me * 10 + i) == 0);
    return 0;
}
static void nothing_is_left(void) {
    THRUM_EXPLORE_CHECK_THAT(thrum_queue_empty(queue));
}

/* An item is either given to the one whose time may be up, or still there. */
static int one_puts_others_give_up(void *arg) {
    intptr_t me = (intptr_t)arg;
    if (me == 0) {
        THRUM_EXPLORE_CHECK_THAT(put(1) == 0);
        return 0;
    }
    got[me] = nothing;
    int r = thrum_queue_get_timed(queue, &got[me], thrum_seconds(1));
    THRUM_EXPLORE_CHECK_THAT(r == (got[me] == nothing ? THRUM_EMPTY : 0));
    return 0;
}
static void one_item_is_somewhere(void) {
    int found = (int)thrum_queue_qsize(queue);
    for (int i = 1; i < parties; i++)
        found += got[i] != nothing;
    THRUM_EXPLORE_CHECK_THAT(found == 1);
}

/* The queue has one place, and it is taken: who gives up has not put, who does not has. */
static int one_gets_others_give_up(void *arg) {
    intptr_t me = (intptr_t)arg;
    int item = 1;
    if (me == 0)
        got[0] = thrum_queue_get_nowait(queue, &item) == 0;
    else
        got[me] = thrum_queue_put_timed(queue, &item, thrum_seconds(1)) == 0;
    return 0;
}
static void puts_and_gets_add_up(void) {
    int put_in = 0;
    for (int i = 1; i < parties; i++)
        put_in += got[i];
    THRUM_EXPLORE_CHECK_THAT((int)thrum_queue_qsize(queue) == 1 + put_in - got[0]);
    THRUM_EXPLORE_CHECK_THAT((int)thrum_queue_unfinished_tasks(queue) == put_in);
}

/* A shutdown ends every wait, whether it comes before or after. */
static int one_shuts_down(void *arg) {
    intptr_t me = (intptr_t)arg;
    if (me == 0)
        thrum_queue_shutdown(queue, false);
    else
        THRUM_EXPLORE_CHECK_THAT(me == 1 ? get() == nothing || parties > 2 : put(5) != THRUM_FULL);
    return 0;
}
static void it_is_shut_down(void) {
    THRUM_EXPLORE_CHECK_THAT(put(1) == THRUM_SHUT_DOWN);
}

/* A join ends when the others have done what was put, and not before. */
static int one_joins(void *arg) {
    if (!arg) {
        THRUM_EXPLORE_CHECK_THAT(put(1) == 0);
        THRUM_EXPLORE_CHECK_THAT(parties == 2 || put(2) == 0);
        THRUM_EXPLORE_CHECK_THAT(thrum_queue_join(queue) == 0);
        THRUM_EXPLORE_CHECK_THAT(got[1] + got[2] == parties - 1);
    } else {
        THRUM_EXPLORE_CHECK_THAT(get() > 0);
        got[(intptr_t)arg] = 1;
        THRUM_EXPLORE_CHECK_THAT(thrum_queue_task_done(queue) == 0);
    }
    return 0;
}

/* An immediate shutdown releases a join, and whoever has an item still has to do it. */
static int one_discards(void *arg) {
    intptr_t me = (intptr_t)arg;
    if (me == 0) {
        THRUM_EXPLORE_CHECK_THAT(put(1) != THRUM_FULL);
        THRUM_EXPLORE_CHECK_THAT(thrum_queue_join(queue) == 0);
    } else if (me == 1) {
        thrum_queue_shutdown(queue, true);
    } else if (get() != nothing) {
        THRUM_EXPLORE_CHECK_THAT(thrum_queue_task_done(queue) == 0);
    }
    return 0;
}
static void all_is_done(void) {
    THRUM_EXPLORE_CHECK_THAT(thrum_queue_unfinished_tasks(queue) == 0);
}

/* SimpleQueue: the others put, one gets, of each in its order; nodes are given back and taken meanwhile. */
static thrum_simple_queue *simple;

static int one_gets_simply(void *arg) {
    intptr_t me = (intptr_t)arg;
    int last[most_parties] = {0};
    for (int i = 0; me == 0 && i < 2 * (parties - 1); i++) {
        int item = nothing;
        THRUM_EXPLORE_CHECK_THAT(thrum_simple_queue_get(simple, &item) == 0);
        THRUM_EXPLORE_CHECK_THAT(item % 10 == ++last[item / 10]);
    }
    for (int i = 1; me != 0 && i <= 2; i++) {
        int item = (int)me * 10 + i;
        THRUM_EXPLORE_CHECK_THAT(thrum_simple_queue_put(simple, &item) == 0);
    }
    return 0;
}

/* Each puts and takes one, so that nodes change hands in every direction. */
static int each_puts_and_gets(void *arg) {
    int item = (int)(intptr_t)arg + 1;
    THRUM_EXPLORE_CHECK_THAT(thrum_simple_queue_put(simple, &item) == 0);
    item = nothing;
    THRUM_EXPLORE_CHECK_THAT(thrum_simple_queue_get_timed(simple, &item, THRUM_NOWAIT) == 0);
    THRUM_EXPLORE_CHECK_THAT(item >= 1 && item <= parties && !got[item - 1]);
    got[item - 1] = 1;
    return 0;
}
static void it_is_empty(void) {
    THRUM_EXPLORE_CHECK_THAT(thrum_simple_queue_empty(simple));
}

static const struct scene {
    const char *name;
    thrum_target *target;
    void (*check)(void);
    size_t maxsize, filled;
} scenes[] = {
    {"one puts", one_puts, all_are_served, 0, 0},
    {"one puts, one place", one_puts, all_are_served, 1, 0},
    {"one gets", one_gets, nothing_is_left, 1, 0},
    {"one puts, others give up", one_puts_others_give_up, one_item_is_somewhere, 0, 0},
    {"one gets, others give up", one_gets_others_give_up, puts_and_gets_add_up, 1, 1},
    {"one shuts down", one_shuts_down, it_is_shut_down, 1, 0},
    {"one joins", one_joins, all_is_done, 1, 0},
    {"one discards", one_discards, all_is_done, 1, 0},
    {"one gets simply", one_gets_simply, it_is_empty, 0, 0},
    {"each puts and gets", each_puts_and_gets, it_is_empty, 0, 0},
};
static const struct scene *scene;

static void body(void *arg) {
    (void)arg;
    thrum_queue_options options = {.item_size = sizeof(int), .maxsize = scene->maxsize};
    memset(got, 0, sizeof got);
    if (thrum_queue_new(&queue, &options) < 0 || thrum_simple_queue_new(&simple, sizeof(int)) < 0)
        abort();
    for (size_t i = 0; i < scene->filled; i++) {
        THRUM_EXPLORE_CHECK_THAT(put(0) == 0);
        THRUM_EXPLORE_CHECK_THAT(thrum_queue_task_done(queue) == 0);
    }
    crew(parties, scene->target);
    scene->check();
    queue = thrum_queue_free(queue);
    simple = thrum_simple_queue_free(simple);
}

static void explore_all(int threads, thrum_explore_options options) {
    parties = threads;
    for (scene = scenes; scene < scenes + sizeof scenes / sizeof scenes[0]; scene++) {
        thrum_explore_result result;
        options.name = scene->name;
        options.grain = THRUM_EXPLORE_ATOMICS;
        options.budget = thrum_seconds(600);
        int r = thrum_explore(body, NULL, &options, &result);
        if (r != 0 || (options.strategy == THRUM_EXPLORE_EXHAUSTIVE && !result.complete))
            TEST_FAIL("%d: %s", r, result.text);
        printf("# %s, %d threads: %llu schedules\n", scene->name, threads, (unsigned long long)result.schedules);
    }
}

TEST(two_threads_three_preemptions) {
    explore_all(2, (thrum_explore_options){.strategy = THRUM_EXPLORE_EXHAUSTIVE, .preemptions = 3});
}

TEST(three_threads_two_preemptions) {
    explore_all(3, (thrum_explore_options){.strategy = THRUM_EXPLORE_EXHAUSTIVE, .preemptions = 2});
}

TEST(portfolio) {
    explore_all(2, (thrum_explore_options){.schedules = 5000});
    explore_all(3, (thrum_explore_options){.schedules = 5000});
}

TEST_MAIN()
