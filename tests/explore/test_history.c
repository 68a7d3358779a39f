/* test_history.c - the recorder, the search and what it says. */
#include <pthread.h>

#include "fault.h"
#include "histories.h"
TEST(empty_history_has_an_order) {
    thrum_history_result result;
    thrum_history *history = written(&thrum_model_queue, options, NULL, 0);
    CHECK_EQ(thrum_history_check(history, &result), 0);
    CHECK_STR(result.text, "queue: the 0 operations have an order\n");
    CHECK_EQ(thrum_history_check(history, NULL), 0);
    thrum_history_free(history);
}

TEST(a_violation_is_drawn) {
    thrum_history_result result =
        checked(&thrum_model_queue, (thrum_history_options){.threads = 2},
                LINES({0, 1, 3, put, 1}, {0, 4, 5, put, 2}, {1, 2, 6, get, .value = 2}, {1, 7, 8, get, .value = 1}),
                THRUM_HISTORY_VIOLATED);
    CHECK_STR(result.text, "queue: no order of the calls gives these results\n"
                           "        T0        T1\n"
                           "     1  put(1)\n"
                           "     2  |         get()\n"
                           "     3  = 0       |\n"
                           "     4  put(2)    |\n"
                           "     5  = 0       |\n"
                           "     6            = 2       <- no order up to here\n"
                           "explained until then by: T0 put(1) = 0, T0 put(2) = 0; the state: [1, 2]\n");
}

TEST(of_a_long_history_the_end_is_drawn) {
    thrum_history *history = written(&thrum_model_queue, (thrum_history_options){.threads = 64}, NULL, 0);
    thrum_history_result result;
    for (uint32_t i = 0; i < 640; i++) {
        thrum_history_call(history, i % 64, put, i, 0);
        thrum_history_return(history, i % 64, 0, 0);
    }
    thrum_history_call(history, 3, get, 0, 0);
    thrum_history_return(history, 3, 0, 639);
    CHECK_EQ(thrum_history_check(history, &result), THRUM_HISTORY_VIOLATED);
    CHECK_EQ(result.prefix, 2 * 641);
    CHECK_CONTAINS(result.text, "calls and returns before)");
    CHECK_CONTAINS(result.text, "= 639");
    CHECK_CONTAINS(result.text, "<- no order up to here");
    CHECK_CONTAINS(result.text, "T63 put(639) = 0; the state: [0, 1, ");
    thrum_history_free(history);
}

/* A model of one's own: the largest number offered so far. */
static size_t largest_size(const thrum_history_options *o, size_t operations) {
    (void)o, (void)operations;
    return sizeof(int64_t);
}
static void largest_init(const thrum_history_options *o, void *state) {
    *(int64_t *)state = o->initial;
}
static bool largest_step(const thrum_history_options *o, void *state, const thrum_history_operation *op) {
    int64_t *most = state;
    (void)o;
    bool allowed = thrum_history_pending(op) || op->value == *most;
    *most = op->argument[0] > *most ? op->argument[0] : *most;
    return allowed;
}
static const thrum_history_verb largest_verbs[] = {{"offer", 1, THRUM_HISTORY_VALUE}};
static const thrum_history_model largest = {.name = "largest",
                                            .verbs = largest_verbs,
                                            .verb_count = 1,
                                            .size = largest_size,
                                            .init = largest_init,
                                            .step = largest_step};

TEST(a_model_of_ones_own) {
    thrum_history_options ten = {.initial = 10};
    checked(&largest, ten, LINES({0, 1, 3, 0, 20, .value = 15}, {1, 2, 4, 0, 15, .value = 10}), 0);
    thrum_history_result result = checked(
        &largest, ten, LINES({0, 1, 3, 0, 20, .value = 15}, {1, 2, 4, 0, 5, .value = 10}), THRUM_HISTORY_VIOLATED);
    CHECK_CONTAINS(result.text, "largest: no order");
    CHECK_CONTAINS(result.text, "offer(20)");
    CHECK_CONTAINS(result.text, "= 15");
}

TEST(verbs_that_a_model_does_not_know_are_printed_too) {
    thrum_history_result result =
        checked(&largest, options, LINES({0, 1, 2, 9, 3, .value = 7}), THRUM_HISTORY_VIOLATED);
    CHECK_CONTAINS(result.text, "call(3, 0)");
}

/* The recorder. */
TEST(calls_and_returns_are_recorded_in_their_order) {
    thrum_history *history;
    thrum_history_result result;
    for (int order = 0; order < 2; order++) {
        CHECK_EQ(thrum_history_new(&history, &thrum_model_queue, &(thrum_history_options){.exact = true}), 0);
        thrum_history_call(history, 0, put, 1, 0);
        if (order == 0)
            thrum_history_return(history, 0, 0, 0);
        thrum_history_call(history, 1, get, 0, 0);
        if (order == 1)
            thrum_history_return(history, 0, 0, 0);
        thrum_history_return(history, 1, THRUM_EMPTY, 0);
        CHECK_EQ(thrum_history_check(history, &result), order == 0 ? THRUM_HISTORY_VIOLATED : 0);
        thrum_history_free(history);
    }
}

TEST(clear_forgets_all) {
    thrum_history *history = written(&thrum_model_queue, options, LINES({0, 1, 2, get, .value = 1}));
    CHECK_EQ(thrum_history_check(history, NULL), THRUM_HISTORY_VIOLATED);
    thrum_history_clear(history);
    CHECK_EQ(thrum_history_check(history, NULL), 0);
    thrum_history_call(history, 0, put, 1, 0);
    thrum_history_clear(history);
    thrum_history_call(history, 0, put, 1, 0);
    thrum_history_free(history);
}

TEST(too_many_operations_are_noticed) {
    thrum_history *history;
    thrum_history_options one = {.operations = 1};
    CHECK_EQ(thrum_history_new(&history, &thrum_model_queue, &one), 0);
    for (int i = 0; i < 2; i++) {
        thrum_history_call(history, 0, put, 1, 0);
        thrum_history_return(history, 0, 0, 0);
        CHECK_EQ(thrum_history_check(history, NULL), i == 0 ? 0 : -E2BIG);
    }
    CHECK_EQ(thrum_history_add(history, &(thrum_history_operation){.called = UINT64_MAX - 1, .returned = UINT64_MAX}),
             -E2BIG);
    thrum_history_free(history);
}

TEST(bad_arguments_are_refused) {
    thrum_history *history = NULL;
    CHECK_EQ(thrum_history_new(&history, &thrum_model_queue, &(thrum_history_options){.threads = 65}),
             THRUM_VALUE_ERROR);
    CHECK(history == NULL);
    CHECK_EQ(thrum_history_new(&history, &thrum_model_queue, &(thrum_history_options){.threads = 64}), 0);
    CHECK_EQ(thrum_history_add(history, &(thrum_history_operation){.thread = 64, .called = 1, .returned = 2}),
             THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_history_add(history, &(thrum_history_operation){.called = 2, .returned = 2}), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_history_add(history, &(thrum_history_operation){.called = 1, .returned = 2}), 0);
    CHECK_EQ(thrum_history_add(history, &(thrum_history_operation){.called = 2, .returned = 3}), THRUM_VALUE_ERROR);
    CHECK(thrum_history_free(history) == NULL);
    CHECK(thrum_history_free(NULL) == NULL);
}

/* Misuse ends the process, and says whose it was. */
static void check_aborts(void (*misuse)(thrum_history *history)) {
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        thrum_history *history;
        signal(SIGABRT, SIG_DFL);
        if (thrum_history_new(&history, &thrum_model_queue, &(thrum_history_options){.threads = 1}) == 0)
            misuse(history);
        _exit(0);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
static void return_first(thrum_history *history) {
    thrum_history_return(history, 0, 0, 0);
}
static void call_twice(thrum_history *history) {
    thrum_history_call(history, 0, put, 1, 0);
    thrum_history_call(history, 0, put, 1, 0);
}
static void another_thread(thrum_history *history) {
    thrum_history_call(history, 1, put, 1, 0);
}
static void verify_what_has_no_order(thrum_history *history) {
    thrum_history_call(history, 0, get, 0, 0);
    thrum_history_return(history, 0, 0, 1);
    thrum_history_verify(history);
}
TEST(misuse_aborts) {
    check_aborts(return_first);
    check_aborts(call_twice);
    check_aborts(another_thread);
    check_aborts(verify_what_has_no_order);
}

/* Threads with a clock: each takes a ticket and puts it back, with a lock of the system around the object. */
enum { workers = 4, rounds = 300 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static thrum_history *shared;
static int64_t items[workers * rounds + 1];
static int first_item, last_item;

static void *put_and_get(void *arg) {
    uint32_t me = (uint32_t)(uintptr_t)arg;
    for (int i = 0; i < rounds; i++) {
        int64_t item = (int64_t)me * rounds + i;
        thrum_history_call(shared, me, put, item, 0);
        pthread_mutex_lock(&mutex);
        items[last_item++] = item;
        pthread_mutex_unlock(&mutex);
        thrum_history_return(shared, me, 0, 0);
        thrum_history_call(shared, me, get, 0, 0);
        pthread_mutex_lock(&mutex);
        item = items[first_item++];
        pthread_mutex_unlock(&mutex);
        thrum_history_return(shared, me, 0, item);
    }
    return NULL;
}

static void run_workers(void) {
    pthread_t threads[workers];
    for (uintptr_t i = 0; i < workers; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, put_and_get, (void *)i), 0);
    for (int i = 0; i < workers; i++)
        pthread_join(threads[i], NULL);
}

TEST(threads_record_at_the_same_time) {
    thrum_history_result result;
    CHECK_EQ(thrum_history_new(&shared, &thrum_model_queue, NULL), 0);
    run_workers();
    int r = thrum_history_check(shared, &result);
    if (r != 0)
        TEST_FAIL("%d: %s", r, r < 0 ? thrum_strerror(r) : result.text);
    CHECK_EQ(result.operations, 2 * workers * rounds);
    thrum_history_free(shared);
}

/* Size. */
TEST(a_long_history_of_a_lock_is_checked_at_once) {
    thrum_history *history = written(&thrum_model_lock, (thrum_history_options){.threads = 64}, NULL, 0);
    thrum_history_result result;
    for (uint32_t i = 0; i < 64; i++)
        thrum_history_call(history, i, acquire, 0, 0);
    for (uint32_t i = 0; i < 20000; i++) {
        thrum_history_return(history, i % 64, 0, 0);
        thrum_history_call(history, i % 64, release, 0, 0);
        thrum_history_return(history, i % 64, 0, 0);
        thrum_history_call(history, i % 64, acquire, 0, 0);
    }
    CHECK_EQ(thrum_history_check(history, &result), 0);
    CHECK_EQ(result.pending, 64);
    CHECK_LT(result.states, 50000);
    thrum_history_free(history);
}

/* Sixteen puts at the same time, and then a get of what nobody put: every order of the puts would have to be seen. */
static thrum_history *hard(uint64_t states) {
    thrum_history *history =
        written(&thrum_model_queue, (thrum_history_options){.threads = 16, .states = states}, NULL, 0);
    for (uint32_t i = 0; i < 16; i++)
        thrum_history_call(history, i, put, i, 0);
    for (uint32_t i = 0; i < 16; i++)
        thrum_history_return(history, i, 0, 0);
    thrum_history_call(history, 0, get, 0, 0);
    thrum_history_return(history, 0, 0, 99);
    return history;
}

TEST(a_history_that_is_too_hard_is_given_up) {
    thrum_history_result result = {.prefix = 7};
    thrum_history *history = hard(10000);
    CHECK_EQ(thrum_history_check(history, &result), -E2BIG);
    CHECK_EQ(result.prefix, 7);
    thrum_history_free(history);
}

TEST(every_allocation_may_fail) {
    for (size_t n = 1;; n++) {
        thrum_history *history = NULL;
        fault_arm(n);
        int r = thrum_history_new(&history, &thrum_model_queue, &(thrum_history_options){.threads = 3});
        if (!fault_disarm()) {
            thrum_history_free(history);
            break;
        }
        CHECK_EQ(r, -ENOMEM);
        CHECK(history == NULL);
    }
}

TEST(every_allocation_of_a_check_may_fail) {
    thrum_history_result result = {.prefix = 7};
    thrum_history *history = hard(10000);
    long blocks = fault_live();
    for (size_t n = 1;; n++) {
        fault_arm(n);
        int r = thrum_history_check(history, &result);
        if (!fault_disarm())
            break;
        CHECK_EQ(r, -ENOMEM);
        CHECK_EQ(result.prefix, 7);
        CHECK_EQ(fault_live(), blocks);
    }
    CHECK_EQ(fault_live(), blocks);
    thrum_history_free(history);
}

TEST_MAIN()
