/* Watching the order of locks. What a thread does is written as a word: "AB" acquires lock A and then B, "ba"
 * releases them, "?A" tries A, "~A" acquires A with a time limit. */
#include <ctype.h>

#include "deadlocks.h"

enum { letters = 26 };
static thrum_lock lock[letters];
static thrum_rlock rlock;

static void take(const char **word) {
    thrum_lock *wanted;
    switch (**word) {
    case '?':
        ++*word;
        wanted = &lock[**word - 'A'];
        CHECK_EQ(thrum_lock_try_acquire(wanted), 0);
        break;
    case '~':
        ++*word;
        wanted = &lock[**word - 'A'];
        CHECK_EQ(thrum_lock_acquire_timed(wanted, thrum_seconds(1000)), 0);
        break;
    default:
        thrum_lock_acquire(&lock[**word - 'A']);
    }
}

static void *act(void *arg) {
    for (const char *word = arg; *word; word++) {
        if (islower((unsigned char)*word))
            CHECK_EQ(thrum_lock_release(&lock[*word - 'a']), 0);
        else
            take(&word);
    }
    return NULL;
}

/* One thread after the other, so that nothing can hang. */
static void thread(const char *word) {
    pthread_join(start(act, (void *)(uintptr_t)word), NULL);
}

static void watch(void) {
    reports_begin();
    CHECK(!thrum_lock_order(true));
}

#define CHECK_REPORTS(n) CHECK_EQ(reports_so_far(), n)

TEST(both_orders_by_two_threads) {
    watch();
    CHECK_EQ(thrum_set_object_name(&lock[0], "left"), 0);
    CHECK_EQ(thrum_set_object_name(&lock[1], "right"), 0);
    thread("ABba");
    CHECK_REPORTS(0);
    thread("BAab");
    CHECK_REPORTS(1);
    CHECK_CONTAINS(reports_last, "thrum: lock order: lock 'right' and lock 'left' are taken in both orders");
    CHECK_CONTAINS(reports_last, "    took lock 'right' at ");
    CHECK_CONTAINS(reports_last, "    then lock 'left' at ");
    CHECK_CONTAINS(reports_last, "    took lock 'left' at ");
    CHECK_CONTAINS(reports_last, "    then lock 'right' at ");
}

TEST(pair_is_reported_once) {
    watch();
    thread("ABba");
    for (int i = 0; i < 5; i++) {
        thread("BAab");
        thread("ABba");
    }
    CHECK_REPORTS(1);
    thread("BCcb");
    thread("CBbc");
    CHECK_REPORTS(2);
}

TEST(both_orders_by_one_thread_are_no_danger) {
    watch();
    thread("ABbaBAab");
    CHECK_REPORTS(0);
    thread("ABba");
    CHECK_REPORTS(1);
}

TEST(one_order_by_many_threads) {
    watch();
    for (int i = 0; i < 50; i++)
        thread("ABCcbaACcaBCcb");
    CHECK_REPORTS(0);
}

TEST(gate_lock_keeps_them_apart) {
    watch();
    thread("GABbag");
    thread("GBAabg");
    CHECK_REPORTS(0);
}

TEST(gate_in_one_of_them_only) {
    watch();
    thread("GABbag");
    thread("BAab");
    CHECK_REPORTS(1);
}

TEST(different_gates) {
    watch();
    thread("GABbag");
    thread("HBAabh");
    CHECK_REPORTS(1);
}

TEST(without_the_gate_later_on) {
    watch();
    thread("GABbag");
    thread("GBAabg");
    thread("ABba");
    CHECK_REPORTS(1);
}

TEST(ring_of_three) {
    watch();
    thread("ABba");
    thread("BCcb");
    CHECK_REPORTS(0);
    thread("CAac");
    CHECK_REPORTS(1);
    CHECK_CONTAINS(reports_last, "3 locks are taken in orders that contradict each other");
}

TEST(ring_that_needs_one_thread_twice) {
    watch();
    thread("ABbaBCcb");
    thread("CAac");
    CHECK_REPORTS(0);
}

TEST(ring_of_eight) {
    watch();
    static const char *const words[] = {"ABba", "BCcb", "CDdc", "DEed", "EFfe", "FGgf", "GHhg"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        thread(words[i]);
    CHECK_REPORTS(0);
    thread("HAah");
    CHECK_REPORTS(1);
}

TEST(released_before_is_no_pair) {
    watch();
    thread("AaBb");
    thread("BbAa");
    thread("ABaCcb");
    thread("CAac");
    CHECK_REPORTS(0);
}

TEST(released_in_another_order) {
    watch();
    thread("ABab");
    thread("BAba");
    CHECK_REPORTS(1);
}

TEST(try_and_time_limit_wait_for_nobody) {
    watch();
    thread("ABba");
    thread("B?Aab");
    thread("B~Aab");
    CHECK_REPORTS(0);
}

TEST(tried_lock_is_held) {
    watch();
    thread("?ABba");
    thread("BAab");
    CHECK_REPORTS(1);
}

TEST(lock_released_by_another_thread_is_a_signal) {
    watch();
    thread("AB");
    thread("ab");
    thread("BAab");
    thread("ABba");
    CHECK_REPORTS(0);
}

TEST(forgotten_lock) {
    watch();
    thread("ABba");
    thrum_lock_order_forget(&lock[0]);
    thread("BAab");
    CHECK_REPORTS(0);
    thread("ABba");
    CHECK_REPORTS(1);
    thrum_lock_order_forget(&lock[2]);
}

TEST(lock_asked_for_by_its_holder_is_another_matter) {
    watch();
    (void)thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    thrum_lock_acquire(&lock[0]);
    CHECK_EQ(thrum_lock_acquire_timed(&lock[0], THRUM_FOREVER), THRUM_DEADLOCK);
    CHECK_REPORTS(1);
    CHECK(!strstr(reports_last, "lock order"));
}

TEST(reinit_lets_go) {
    watch();
    thrum_lock_acquire(&lock[0]);
    thrum_lock_at_fork_reinit(&lock[0]);
    thrum_rlock_acquire(&rlock);
    thrum_rlock_at_fork_reinit(&rlock);
    thrum_lock_acquire(&lock[1]);
    CHECK_EQ(thrum_lock_release(&lock[1]), 0);
    thread("BAab");
    CHECK_REPORTS(0);
}

static void *reenter(void *arg) {
    (void)arg;
    thrum_rlock_acquire(&rlock);
    thrum_lock_acquire(&lock[0]);
    thrum_rlock_acquire(&rlock);
    CHECK_EQ(thrum_rlock_release(&rlock), 0);
    CHECK_EQ(thrum_lock_release(&lock[0]), 0);
    CHECK_EQ(thrum_rlock_release(&rlock), 0);
    return NULL;
}

TEST(reentry_is_no_pair) {
    watch();
    for (int i = 0; i < 3; i++)
        pthread_join(start(reenter, NULL), NULL);
    CHECK_REPORTS(0);
}

/* A wait gives the condition's lock back and asks for it again, with what else is held. */
static thrum_condition cond = THRUM_CONDITION_INIT(&lock[0]);

static void *wait_inside(void *arg) {
    (void)arg;
    thrum_lock_acquire(&lock[0]);
    thrum_lock_acquire(&lock[1]);
    CHECK_EQ(thrum_condition_wait_timed(&cond, thrum_milliseconds(1)), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_lock_release(&lock[1]), 0);
    CHECK_EQ(thrum_lock_release(&lock[0]), 0);
    return NULL;
}

TEST(condition_takes_its_lock_again) {
    watch();
    pthread_join(start(wait_inside, NULL), NULL);
    CHECK_REPORTS(0);
    pthread_join(start(wait_inside, NULL), NULL);
    CHECK_REPORTS(1);
}

TEST(twenty_deep) {
    watch();
    thread("ABCDEFGHIJKLMNOPQRSTtsrqponmlkjihgfedcba");
    thread("TSst");
    CHECK_REPORTS(1);
}

TEST(dump_says_what_is_held) {
    watch();
    CHECK_EQ(thrum_set_object_name(&lock[3], "mine"), 0);
    thrum_lock_acquire(&lock[3]);
    FILE *file = tmpfile();
    char text[2000];
    CHECK_EQ(thrum_dump(fileno(file)), 0);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    CHECK_CONTAINS(text, "    holds lock 'mine', taken ");
}

TEST(deadlock_report_says_what_is_held) {
    watch();
    (void)thrum_deadlock_policy(THRUM_DEADLOCK_ERROR);
    thrum_rlock_acquire(&rlock);
    thrum_lock_acquire(&lock[0]);
    CHECK_EQ(thrum_lock_acquire_timed(&lock[0], THRUM_FOREVER), THRUM_DEADLOCK);
    CHECK_CONTAINS(reports_last, "    holds rlock ");
    CHECK_CONTAINS(reports_last, "    holds lock ");
}

TEST(off_and_on_again) {
    watch();
    thrum_lock_acquire(&lock[0]);
    CHECK(thrum_lock_order(false));
    CHECK_EQ(thrum_lock_release(&lock[0]), 0);
    CHECK(!thrum_lock_order(true));
    thrum_lock_acquire(&lock[1]);
    CHECK_EQ(thrum_lock_release(&lock[1]), 0);
    thread("BAab");
    CHECK_REPORTS(0);
}

static void *work(void *arg) {
    unsigned random = (unsigned)(uintptr_t)arg * 7919 + 1;
    for (int i = 0; i < 3000; i++) {
        random = random * 1103515245 + 12345;
        unsigned low = random >> 16 & 7;
        thrum_lock_acquire(&lock[low]);
        thrum_lock_acquire(&lock[low + 1 + (random >> 20 & 7)]);
        CHECK_EQ(thrum_lock_release(&lock[low]), 0);
        CHECK_EQ(thrum_lock_release(&lock[low + 1 + (random >> 20 & 7)]), 0);
    }
    return NULL;
}

TEST(many_at_once_in_order) {
    pthread_t workers[4];
    watch();
    for (int i = 0; i < 4; i++)
        workers[i] = start(work, (void *)(uintptr_t)i);
    for (int i = 0; i < 4; i++)
        pthread_join(workers[i], NULL);
    CHECK_REPORTS(0);
}

/* A child is watched, too, and does not believe that threads which it has not got hold anything. */
TEST(fork) {
    watch();
    thread("ABba");
    thrum_lock_acquire(&lock[2]);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK_EQ(thrum_lock_release(&lock[2]), 0);
        thread("BAab");
        CHECK_REPORTS(1);
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
}

/* What the environment asks for: run again with it, and asked whether lock order is watched. */
static int watching_with(const char *value) {
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (value)
            setenv("THRUM_LOCK_ORDER", value, 1);
        else
            unsetenv("THRUM_LOCK_ORDER");
        execl("/proc/self/exe", "test_order", "--watching", (char *)NULL);
        _exit(99);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

TEST(environment) {
    CHECK_EQ(watching_with("1"), 1);
    CHECK_EQ(watching_with("0"), 0);
    CHECK_EQ(watching_with("perhaps"), watching_with(NULL));
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--watching") == 0)
        return thrum_lock_order(false);
    return test_main(argc, argv);
}
