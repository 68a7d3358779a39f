/* nodes.c - the spare nodes of a SimpleQueue: one that is taken and given back while another thread looks at it is no
 * reason to take its neighbour twice. Two threads, under every schedule with at most three preemptions. */
#include "bugs.h"
#include "test.h"

enum { spare = 3, items = 6 };
static thrum_simple_queue *queue;
static int seen[items];

static void put(int item) {
    THRUM_EXPLORE_CHECK_THAT(thrum_simple_queue_put(queue, &item) == 0);
}

static bool get(void) {
    int item = -1;
    if (thrum_simple_queue_get_nowait(queue, &item) == THRUM_EMPTY)
        return false;
    THRUM_EXPLORE_CHECK_THAT(item >= 0 && item < items);
    seen[item]++;
    return true;
}

/* The other thread puts, puts, and takes the oldest: the node that was the first is the first again. */
static int takes_and_gives_back(void *arg) {
    int first = arg ? 3 : 0;
    put(first);
    if (arg) {
        put(first + 1);
        get();
        put(first + 2);
    }
    return 0;
}

static void body(void *arg) {
    (void)arg;
    memset(seen, 0, sizeof seen);
    if (thrum_simple_queue_new(&queue, sizeof(int)) < 0)
        abort();
    for (int i = 0; i < spare; i++)
        put(1);
    for (int i = 0; i < spare; i++)
        get();
    crew(2, takes_and_gives_back);
    while (get())
        ;
    queue = thrum_simple_queue_free(queue);
    THRUM_EXPLORE_CHECK_THAT(seen[0] == 1 && seen[1] == spare && seen[2] == 0);
    THRUM_EXPLORE_CHECK_THAT(seen[3] == 1 && seen[4] == 1 && seen[5] == 1);
}

TEST(a_node_that_came_back) {
    thrum_explore_result result;
    thrum_explore_options options = {.name = "a node that came back",
                                     .strategy = THRUM_EXPLORE_EXHAUSTIVE,
                                     .grain = THRUM_EXPLORE_ATOMICS,
                                     .preemptions = 3,
                                     .budget = thrum_seconds(600)};
    int r = thrum_explore(body, NULL, &options, &result);
    if (r != 0 || !result.complete)
        TEST_FAIL("%d: %s", r, result.text);
    printf("# %llu schedules\n", (unsigned long long)result.schedules);
}

TEST_MAIN()
