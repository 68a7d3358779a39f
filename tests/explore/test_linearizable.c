/* test_linearizable.c - histories inside an exploration: structures with a bug are found out, with a picture, a seed
 * and a file to repeat it by; the same structures without the bug pass. */
#include <unistd.h>

#include "bugs.h"
#include "test.h"

enum { seeds = 10, most = 20000 };
static thrum_history *history;
static thrum_explore_result result;
static bool correct; /* leave the bug out */

static void call(void *thread, uint32_t verb, int64_t argument) {
    thrum_history_call(history, (uint32_t)(intptr_t)thread, verb, argument, 0);
}

static void done(void *thread, int64_t r, int64_t value) {
    thrum_history_return(history, (uint32_t)(intptr_t)thread, r, value);
}

static int value_of(const int *variable) {
    thrum_explore_point(variable, false);
    return *variable;
}

static void set(int *variable, int value) {
    thrum_explore_point(variable, true);
    *variable = value;
}

/* A queue whose put takes a place first and fills it later: another put that is done is behind one that is not, and
 * get leaves out what is not there yet. */
static int slots[8], first, last;
static thrum_lock lock;

static void queue_put(int item) {
    int place;
    if (correct)
        thrum_lock_acquire(&lock);
    thrum_explore_point(&last, true);
    place = last++;
    set(&slots[place], item);
    if (correct)
        thrum_lock_release(&lock);
}

static int queue_get(void) {
    int item = 0;
    if (correct)
        thrum_lock_acquire(&lock);
    for (int i = first; item == 0 && i < value_of(&last); i++) {
        item = value_of(&slots[i]);
        if (item != 0)
            slots[i] = 0;
    }
    if (correct)
        thrum_lock_release(&lock);
    return item;
}

static int put_two_or_get_two(void *me) {
    for (int i = 1; i <= 2; i++) {
        if ((intptr_t)me < 2) {
            call(me, THRUM_HISTORY_PUT, (intptr_t)me * 10 + i);
            queue_put((int)(intptr_t)me * 10 + i);
            done(me, 0, 0);
        } else {
            call(me, THRUM_HISTORY_GET, 0);
            int item = queue_get();
            done(me, item ? 0 : THRUM_EMPTY, item);
        }
    }
    return 0;
}

static void reorders(void *arg) {
    (void)arg;
    first = last = 0;
    memset(slots, 0, sizeof slots);
    thrum_history_clear(history);
    crew(3, put_two_or_get_two);
    thrum_history_verify(history);
}

/* A stack of links without a compare-and-exchange. */
static int above[8], top;

static int push_and_pop(void *me) {
    int node = (int)(intptr_t)me + 1;
    call(me, THRUM_HISTORY_PUT, node);
    if (correct)
        thrum_lock_acquire(&lock);
    above[node] = value_of(&top);
    set(&top, node);
    if (correct)
        thrum_lock_release(&lock);
    done(me, 0, 0);
    call(me, THRUM_HISTORY_GET, 0);
    if (correct)
        thrum_lock_acquire(&lock);
    node = value_of(&top);
    if (node != 0)
        set(&top, above[node]);
    if (correct)
        thrum_lock_release(&lock);
    done(me, node ? 0 : THRUM_EMPTY, node);
    return 0;
}

static void loses(void *arg) {
    (void)arg;
    top = 0;
    thrum_history_clear(history);
    crew(2, push_and_pop);
    thrum_history_verify(history);
}

/* A lock that looks and then takes. */
static int taken;

static int take_and_release(void *me) {
    call(me, THRUM_HISTORY_ACQUIRE, 0);
    if (correct) {
        thrum_lock_acquire(&lock);
    } else {
        while (value_of(&taken))
            (void)thrum_sleep(thrum_seconds(1));
        set(&taken, 1);
    }
    done(me, 0, 0);
    call(me, THRUM_HISTORY_RELEASE, 0);
    if (correct)
        thrum_lock_release(&lock);
    else
        set(&taken, 0);
    done(me, 0, 0);
    return 0;
}

static void two_owners(void *arg) {
    (void)arg;
    taken = 0;
    thrum_history_clear(history);
    crew(2, take_and_release);
    thrum_history_verify(history);
}

/* A counter that a second counter, one that is read by all, follows. */
static int exact, shown;

static int count(void *me) {
    for (int i = 0; i < 2; i++) {
        call(me, THRUM_HISTORY_ADD, 1);
        thrum_explore_point(&exact, true);
        int before = exact++;
        if (!correct)
            thrum_explore_point(&shown, true);
        shown = correct ? exact : before + 1;
        done(me, 0, before);
        call(me, THRUM_HISTORY_READ, 0);
        done(me, 0, value_of(&shown));
    }
    return 0;
}

static void goes_back(void *arg) {
    (void)arg;
    exact = shown = 0;
    thrum_history_clear(history);
    crew(2, count);
    thrum_history_verify(history);
}

static const struct {
    const char *name;
    void (*body)(void *arg);
    const thrum_history_model *model;
} structures[] = {
    {"a queue that reorders", reorders, &thrum_model_queue},
    {"a stack that loses", loses, &thrum_model_stack},
    {"a lock with two owners", two_owners, &thrum_model_lock},
    {"a counter that goes back", goes_back, &thrum_model_counter},
};
enum { structure_count = sizeof structures / sizeof structures[0] };

static int explore(int i, thrum_explore_options options) {
    CHECK_EQ(thrum_history_new(&history, structures[i].model, &(thrum_history_options){.threads = 3}), 0);
    options.name = structures[i].name;
    options.budget = thrum_seconds(600); /* the test's own time limit is the shorter one */
    int r = thrum_explore(structures[i].body, NULL, &options, &result);
    history = thrum_history_free(history);
    return r;
}

TEST(a_bug_is_found_from_every_seed) {
    for (int i = 0; i < structure_count; i++) {
        uint64_t sum = 0;
        for (uint64_t seed = 1; seed <= seeds; seed++) {
            CHECK_EQ(explore(i, (thrum_explore_options){.seed = seed, .schedules = most}), THRUM_EXPLORE_FAILED);
            CHECK_EQ(result.failure, THRUM_EXPLORE_CHECK);
            CHECK_CONTAINS(result.text, "<- no order up to here");
            CHECK_CONTAINS(result.text, "explained until then by: ");
            sum += result.schedules;
        }
        printf("# %s: found after %.1f schedules\n", structures[i].name, (double)sum / seeds);
    }
}

TEST(without_the_bug_there_is_an_order_in_every_schedule) {
    correct = true;
    for (int i = 0; i < structure_count; i++) {
        thrum_explore_options options = {.strategy = THRUM_EXPLORE_EXHAUSTIVE, .preemptions = 2};
        int r = explore(i, options);
        if (r != 0 || !result.complete)
            TEST_FAIL("%d: %s", r, result.text);
    }
}

TEST(a_violation_is_repeated_from_its_file) {
    char file[] = "/tmp/thrum-history-XXXXXX", first_text[sizeof result.text];
    int fd = mkstemp(file);
    CHECK_GE(fd, 0);
    close(fd);
    CHECK_EQ(explore(1, (thrum_explore_options){.seed = 3, .save = file}), THRUM_EXPLORE_FAILED);
    const char *picture = strstr(result.text, "stack: no order");
    CHECK(picture != NULL);
    snprintf(first_text, sizeof first_text, "%.*s", (int)(strstr(picture, "explained") - picture), picture);
    CHECK_EQ(thrum_history_new(&history, &thrum_model_stack, NULL), 0);
    CHECK_EQ(thrum_explore_replay(loses, NULL, file, &result), THRUM_EXPLORE_FAILED);
    unlink(file);
    CHECK_CONTAINS(result.text, first_text);
    thrum_history_free(history);
}

static int call_and_forget(void *me) {
    call(me, THRUM_HISTORY_GET, 0);
    return 0;
}

static void too_long(void *arg) {
    (void)arg;
    thrum_history_clear(history);
    crew(2, call_and_forget);
    for (int i = 0; i < 2; i++) {
        call((void *)2, THRUM_HISTORY_GET, 0);
        done((void *)2, THRUM_EMPTY, 0);
    }
    thrum_history_verify(history);
}

TEST(a_history_that_cannot_be_checked_fails_the_schedule) {
    CHECK_EQ(thrum_history_new(&history, &thrum_model_queue, &(thrum_history_options){.operations = 1}), 0);
    CHECK_EQ(thrum_explore(too_long, NULL, NULL, &result), THRUM_EXPLORE_FAILED);
    CHECK_CONTAINS(result.text, "the history cannot be checked: Argument list too long");
    thrum_history_free(history);
}

/* A permit given while the only thread that waits gives up is there for whoever asks next, at once. */
static thrum_semaphore semaphore;
static thrum_simple_queue *simple;
static int served;

static int give_or_give_up(void *me) {
    if (!me)
        THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_release(&semaphore, 1) == 0);
    else
        served = thrum_semaphore_acquire_timed(&semaphore, thrum_seconds(1)) == 0;
    return 0;
}

static void permit_is_somewhere(void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_init(&semaphore, 0) == 0);
    crew(2, give_or_give_up);
    THRUM_EXPLORE_CHECK_THAT((thrum_semaphore_try_acquire(&semaphore) == 0) == !served);
}

static int put_or_give_up(void *me) {
    int item = 1;
    if (!me)
        THRUM_EXPLORE_CHECK_THAT(thrum_simple_queue_put(simple, &item) == 0);
    else
        served = thrum_simple_queue_get_timed(simple, &item, thrum_seconds(1)) == 0;
    return 0;
}

static void item_is_somewhere(void *arg) {
    int item;
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_simple_queue_new(&simple, sizeof item) == 0);
    crew(2, put_or_give_up);
    THRUM_EXPLORE_CHECK_THAT((thrum_simple_queue_get_nowait(simple, &item) == 0) == !served);
    simple = thrum_simple_queue_free(simple);
}

static void check_all(const char *name, void (*body)(void *arg)) {
    thrum_explore_options options = {
        .name = name, .strategy = THRUM_EXPLORE_EXHAUSTIVE, .grain = THRUM_EXPLORE_ATOMICS, .preemptions = 2};
    int r = thrum_explore(body, NULL, &options, &result);
    if (r != 0 || !result.complete)
        TEST_FAIL("%d: %s", r, result.text);
}

TEST(a_permit_left_over_is_taken_at_once) {
    check_all("permit", permit_is_somewhere);
}

TEST(an_item_left_over_is_taken_at_once) {
    check_all("item", item_is_somewhere);
}

TEST_MAIN()
