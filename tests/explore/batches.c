/* batches.c - put_many and get_many among puts and gets, changes of maxsize and shutdown, seen from outside: whatever
 * the schedule, the results are those of single puts and gets made one after the other, those of a batch in its
 * order. With two threads, with three, and with four; at a ring whose positions are about to run over.
 *
 * What a thread does is a row of letters:
 *     P put  G get  B put two  C get up to two, which wait for a second;  p g b c at once;  W put  V get, for ever;
 *     n size;  m one more place;  x X shut down, at once
 */
#include "bugs.h"
#include "turned_ring.h"

enum { most_parties = 4, lanes = 2, not_done = -1, set_maxsize = THRUM_HISTORY_VERB_COUNT_ };
static thrum_history *history;
static thrum_queue *queue;

typedef struct scene {
    const char *name;
    int limit;
    const char *programs[most_parties];
} scene;
static const scene *now;
static int parties;

/* The model of a queue, which knows also what was put and what was taken, as bits, and the limit of now. The items of
 * a batch are operations of as many threads, at the same time; each but the first names the one before. */
typedef struct batches {
    uint64_t put, got;
    int64_t limit;
} batches;

static size_t size(const thrum_history_options *options, size_t operations) {
    return sizeof(batches) + thrum_model_queue.size(options, operations);
}

static size_t used(const void *state) {
    return sizeof(batches) + thrum_model_queue.used((const batches *)state + 1);
}

static void init(const thrum_history_options *options, void *state) {
    *(batches *)state = (batches){.limit = options->limit};
    thrum_model_queue.init(options, (batches *)state + 1);
}

static bool step(const thrum_history_options *options, void *state, const thrum_history_operation *op) {
    batches *s = state;
    thrum_history_options with = *options;
    thrum_history_operation single = *op;
    if (op->verb == set_maxsize) {
        s->limit = op->argument[0];
        return true;
    }
    bool put = op->verb == THRUM_HISTORY_PUT, moves = (put || op->verb == THRUM_HISTORY_GET) && op->result == 0;
    int64_t item = put ? op->argument[0] : op->value & 63, before = put ? op->argument[1] : op->value >> 6;
    uint64_t *done = put ? &s->put : &s->got;
    with.limit = s->limit;
    if (moves && !put)
        single.value = item;
    if (moves && before && !(*done >> before & 1))
        return false;
    if (moves)
        *done |= UINT64_C(1) << item;
    return thrum_model_queue.step(&with, s + 1, &single);
}

static void print(const void *state, char *buffer, size_t length) {
    thrum_model_queue.print((const batches *)state + 1, buffer, length);
}

static const thrum_history_verb verbs[] = {[THRUM_HISTORY_PUT] = {"put", 2, THRUM_HISTORY_RESULT},
                                           [THRUM_HISTORY_GET] = {"get", 0, THRUM_HISTORY_VALUE},
                                           [THRUM_HISTORY_SIZE] = {"size", 0, THRUM_HISTORY_VALUE},
                                           [THRUM_HISTORY_SHUTDOWN] = {"shutdown", 1, THRUM_HISTORY_RESULT},
                                           [set_maxsize] = {"set_maxsize", 1, THRUM_HISTORY_RESULT}};
static const thrum_history_model model = {
    "queue with batches", verbs, set_maxsize + 1, size, init, step, used, print};

/* Upper case waits. */
static thrum_timeout patience(char letter) {
    if (letter == 'V' || letter == 'W')
        return THRUM_FOREVER;
    return letter < 'a' ? thrum_seconds(1) : THRUM_NOWAIT;
}

static void put_two(uint32_t me, char letter, int item) {
    int two[lanes] = {item, item + 1};
    size_t count = 0;
    thrum_history_call(history, me * lanes, THRUM_HISTORY_PUT, two[0], 0);
    thrum_history_call(history, me * lanes + 1, THRUM_HISTORY_PUT, two[1], two[0]);
    int r = thrum_queue_put_many_timed(queue, two, lanes, &count, patience(letter));
    thrum_history_return(history, me * lanes, r, 0);
    thrum_history_return(history, me * lanes + 1, count == lanes ? 0 : not_done, 0);
}

static void get_two(uint32_t me, char letter) {
    int two[lanes] = {0};
    size_t count = 0;
    for (uint32_t lane = 0; lane < lanes; lane++)
        thrum_history_call(history, me * lanes + lane, THRUM_HISTORY_GET, 0, 0);
    int r = thrum_queue_get_many_timed(queue, lanes, two, &count, patience(letter));
    thrum_history_return(history, me * lanes, r, two[0]);
    thrum_history_return(history, me * lanes + 1, count == lanes ? 0 : not_done, two[0] << 6 | two[1]);
}

static void put_one(uint32_t me, char letter, int item) {
    thrum_history_call(history, me * lanes, THRUM_HISTORY_PUT, item, 0);
    thrum_history_return(history, me * lanes, thrum_queue_put_timed(queue, &item, patience(letter)), 0);
}

static void get_one(uint32_t me, char letter) {
    int item = 0;
    thrum_history_call(history, me * lanes, THRUM_HISTORY_GET, 0, 0);
    int r = thrum_queue_get_timed(queue, &item, patience(letter));
    thrum_history_return(history, me * lanes, r, item);
}

static void shut_down(uint32_t me, bool immediate) {
    thrum_history_call(history, me * lanes, THRUM_HISTORY_SHUTDOWN, immediate, 0);
    thrum_queue_shutdown(queue, immediate);
    thrum_history_return(history, me * lanes, 0, 0);
}

static void act(uint32_t me, char letter, int item) {
    switch (letter | ('a' - 'A')) {
    case 'b':
        put_two(me, letter, item);
        break;
    case 'c':
        get_two(me, letter);
        break;
    case 'p':
    case 'w':
        put_one(me, letter, item);
        break;
    case 'g':
    case 'v':
        get_one(me, letter);
        break;
    case 'x':
        shut_down(me, letter == 'X');
        break;
    case 'm':
        thrum_history_call(history, me * lanes, set_maxsize, now->limit + 1, 0);
        thrum_queue_set_maxsize(queue, (size_t)now->limit + 1);
        thrum_history_return(history, me * lanes, 0, 0);
        break;
    default:
        thrum_history_call(history, me * lanes, THRUM_HISTORY_SIZE, 0, 0);
        thrum_history_return(history, me * lanes, 0, (int64_t)thrum_queue_qsize(queue));
    }
}

/* Items are 1 to 63, two for each letter. */
static int play(void *arg) {
    uint32_t me = (uint32_t)(intptr_t)arg;
    const char *program = now->programs[me];
    for (int i = 0; program[i]; i++)
        act(me, program[i], (int)me * 12 + 2 * i + 1);
    return 0;
}

static void body(void *arg) {
    (void)arg;
    thrum_queue_options options = {.item_size = sizeof(int), .maxsize = (size_t)now->limit};
    if (thrum_queue_new(&queue, &options) < 0)
        abort();
    if (now->limit)
        turn_ring(queue, last_lap(queue, 1), (size_t)now->limit - 1);
    thrum_history_clear(history);
    crew(parties, play);
    queue = thrum_queue_free(queue);
    thrum_history_verify(history);
}

/* The third and the fourth are for the explorations of so many threads. */
static const scene long_ones[] = {
    {"for ever", 1, {"WWW", "VVV", "nn", "n"}},
    {"one place", 1, {"BP", "CG", "Pg", "pG"}},
    {"two places", 2, {"BB", "CC", "bG", "nC"}},
    {"three places", 3, {"Bb", "cC", "PB", "Gn"}},
    {"no limit", 0, {"BP", "CG", "Bc", "nG"}},
    {"shut down", 2, {"BB", "CC", "xG", "Bn"}},
    {"shut down at once", 3, {"BBn", "CC", "XG", "Bn"}},
    {"one more place", 1, {"BB", "CC", "mP", "Gn"}},
    {"single ones, two places", 2, {"PPP", "GGn", "PG", "GP"}},
};

static void explore(thrum_explore_options options) {
    thrum_history_options recorded = {.threads = most_parties * lanes, .operations = 8, .limit = now->limit};
    thrum_explore_result result;
    options.name = now->name;
    options.grain = THRUM_EXPLORE_ATOMICS;
    options.budget = thrum_seconds(600);
    CHECK_EQ(thrum_history_new(&history, &model, &recorded), 0);
    int r = thrum_explore(body, NULL, &options, &result);
    thrum_history_free(history);
    if (r != 0 || (options.strategy == THRUM_EXPLORE_EXHAUSTIVE && !result.complete))
        TEST_FAIL("%d: %s", r, result.text);
    printf("# %s, %d threads: %llu schedules\n", now->name, parties, (unsigned long long)result.schedules);
}

/* Every order of four threads is too much for more than these. */
static const scene short_ones[] = {
    {"short, one place", 1, {"B", "C", "P", "g"}},
    {"short, two places", 2, {"B", "C", "b", "c"}},
    {"short, no limit", 0, {"B", "C", "p", "G"}},
    {"short, shut down", 2, {"B", "C", "x", "P"}},
    {"short, shut down at once", 2, {"Bn", "C", "X", "p"}},
    {"short, one more place", 1, {"B", "C", "m", "P"}},
    {"short, single ones", 2, {"P", "G", "P", "G"}},
    {"short, for ever", 1, {"WW", "V", "V", "n"}},
    {"short, for ever, no limit", 0, {"WW", "V", "V", "n"}},
};

#define EXPLORE_ALL(scenes, threads, ...)                                                                            \
    for (parties = threads, now = scenes; now < scenes + sizeof scenes / sizeof scenes[0]; now++)                    \
    explore((thrum_explore_options){__VA_ARGS__})

TEST(two_threads) {
    EXPLORE_ALL(short_ones, 2, .strategy = THRUM_EXPLORE_EXHAUSTIVE, .preemptions = 3);
    EXPLORE_ALL(long_ones, 2, .strategy = THRUM_EXPLORE_EXHAUSTIVE, .preemptions = 2);
}

TEST(three_threads_one_preemption) {
    EXPLORE_ALL(long_ones, 3, .strategy = THRUM_EXPLORE_EXHAUSTIVE, .preemptions = 1);
}

TEST(four_threads_one_preemption) {
    EXPLORE_ALL(short_ones, 4, .strategy = THRUM_EXPLORE_EXHAUSTIVE, .preemptions = 1);
}

TEST(portfolio) {
    for (int threads = 2; threads <= most_parties; threads++)
        EXPLORE_ALL(long_ones, threads, .schedules = 2000);
}

TEST_MAIN()
