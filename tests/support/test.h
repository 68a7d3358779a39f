/* test.h - the smallest test runner that treats a hang as a failure.
 *
 *     TEST(acquire_then_release) { ... CHECK_EQ(thrum_lock_release(&lock), 0); ... }
 *     TEST_MAIN()
 *
 * Each TEST runs in a process of its own with a time limit (TEST_SECONDS, default 60, times $TEST_SLOWDOWN), so a
 * deadlock, a crash or a leaked thread in one cannot hide another. The output is TAP, one line per test, which Meson
 * reads. A check that fails prints the place and both values and ends the test. `./program NAME...` runs only the
 * tests named; with TEST_NOFORK=1 they run in this process, for a debugger.
 *
 * It is a header and not cmocka because the suite also runs against musl, for which Debian packages no test library,
 * and because a test of a waiting primitive needs its own process and clock.
 */
#ifndef THRUM_TEST_H
#define THRUM_TEST_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "quiet_fork.h"

typedef struct test_case {
    const char *name;
    void (*body)(void);
    struct test_case *next;
} test_case;

/* Unused in a program that has a main of its own, and wants the checks only. */
static test_case *test_first;
static __attribute__((unused)) test_case **test_last = &test_first;

#define TEST(name_)                                                                                                  \
    static void test_##name_(void);                                                                                  \
    __attribute__((constructor)) static void test_register_##name_(void) {                                           \
        static test_case self = {#name_, test_##name_, NULL};                                                        \
        *test_last = &self;                                                                                          \
        test_last = &self.next;                                                                                      \
    }                                                                                                                \
    static void test_##name_(void)

#define TEST_FAIL(...)                                                                                               \
    do {                                                                                                             \
        fprintf(stderr, "# %s:%d: ", __FILE__, __LINE__);                                                            \
        fprintf(stderr, __VA_ARGS__);                                                                                \
        fputc('\n', stderr);                                                                                         \
        fflush(NULL);                                                                                                \
        _exit(1);                                                                                                    \
    } while (0)

/* End the test as one that cannot be run here, and say why. */
enum { TEST_SKIPPED = 77 };
#define TEST_SKIP(why)                                                                                               \
    do {                                                                                                             \
        fprintf(stderr, "# skipped: %s\n", why);                                                                     \
        fflush(NULL);                                                                                                \
        _exit(TEST_SKIPPED);                                                                                         \
    } while (0)

#define CHECK(condition)                                                                                             \
    do {                                                                                                             \
        if (!(condition))                                                                                            \
            TEST_FAIL("not true: %s", #condition);                                                                   \
    } while (0)

#define CHECK_COMPARE_(a, op, b)                                                                                     \
    do {                                                                                                             \
        long long check_a_ = (long long)(a), check_b_ = (long long)(b);                                              \
        if (!(check_a_ op check_b_))                                                                                 \
            TEST_FAIL("%s %s %s: %lld, %lld", #a, #op, #b, check_a_, check_b_);                                      \
    } while (0)
#define CHECK_EQ(a, b) CHECK_COMPARE_(a, ==, b)
#define CHECK_NE(a, b) CHECK_COMPARE_(a, !=, b)
#define CHECK_LT(a, b) CHECK_COMPARE_(a, <, b)
#define CHECK_LE(a, b) CHECK_COMPARE_(a, <=, b)
#define CHECK_GT(a, b) CHECK_COMPARE_(a, >, b)
#define CHECK_GE(a, b) CHECK_COMPARE_(a, >=, b)

#define CHECK_STR(a, b)                                                                                              \
    do {                                                                                                             \
        const char *check_a_ = (a), *check_b_ = (b);                                                                 \
        if (!check_a_ || !check_b_ || strcmp(check_a_, check_b_) != 0)                                               \
            TEST_FAIL("%s == %s: \"%s\", \"%s\"", #a, #b, check_a_ ? check_a_ : "(null)",                            \
                      check_b_ ? check_b_ : "(null)");                                                               \
    } while (0)

#define CHECK_CONTAINS(haystack, needle)                                                                             \
    do {                                                                                                             \
        const char *check_a_ = (haystack), *check_b_ = (needle);                                                     \
        if (!strstr(check_a_, check_b_))                                                                             \
            TEST_FAIL("no \"%s\" in %s:\n%s", check_b_, #haystack, check_a_);                                        \
    } while (0)

/* As the first line of a test: what it shows is beyond POSIX, and so beyond the portable platform. */
#ifdef TEST_PORTABLE
#define NEEDS_LINUX(reason) TEST_SKIP(reason)
#else
#define NEEDS_LINUX(reason)                                                                                          \
    do {                                                                                                             \
    } while (0)
#endif

#ifndef TEST_SECONDS
#define TEST_SECONDS 60
#endif

/* The time limit of one test: ten times what the longest takes on a busy machine, because nothing but a hang is to be
 * told by it. Sanitizers and emulators are slow: their runs set TEST_SLOWDOWN. */
static unsigned test_limit(void) {
    const char *slowdown = getenv("TEST_SLOWDOWN");
    return TEST_SECONDS * (slowdown ? (unsigned)atoi(slowdown) : 1u);
}

/* The exit status of the test's process, 1 when a signal ended it. */
static int test_in_child(const test_case *test) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        perror("# fork");
        return 1;
    }
    if (pid == 0) {
        alarm(test_limit());
        test->body();
        exit(0); /* not _exit: leak checkers and the library's own exit work belong to the test */
    }
    int status;
    while (waitpid(pid, &status, 0) < 0)
        ;
    if (WIFSIGNALED(status))
        printf("# %s: ended by signal %d%s\n", test->name, WTERMSIG(status),
               WTERMSIG(status) == SIGALRM ? " (time limit)" : "");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int test_run_one(const test_case *test) {
    if (!getenv("TEST_NOFORK"))
        return test_in_child(test);
    test->body();
    return 0;
}

static bool test_wanted(const test_case *test, int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], test->name) == 0)
            return true;
    return argc < 2;
}

/* Whoever started the program may have ignored or blocked signals: a shell ignores SIGINT for what it runs behind
 * itself, nohup SIGHUP, and many a server SIGPIPE or SIGCHLD. The tests begin as in a terminal. */
static void test_begin_with_default_signals(void) {
    static const int inherited[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2,
                                    SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ, SIGCONT, SIGURG,  SIGWINCH};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof inherited / sizeof *inherited; i++)
        signal(inherited[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The run-time library of ThreadSanitizer makes the place where a thread keeps the signals that came too early at the
 * first call that may block, and loses one that comes meanwhile: a daemon that was told to stop at its first pause()
 * did not. The children of this process inherit the place. */
static void test_be_ready_for_signals(void) {
    nanosleep(&(struct timespec){0, 0}, NULL);
}

static __attribute__((unused)) int test_main(int argc, char **argv) {
    test_begin_with_default_signals();
    test_be_ready_for_signals();
    test_fork_quietly();
    int number = 0, failures = 0;
    for (test_case *test = test_first; test; test = test->next) {
        if (!test_wanted(test, argc, argv))
            continue;
        int status = test_run_one(test);
        bool failed = status != 0 && status != TEST_SKIPPED;
        failures += failed;
        printf("%s %d - %s%s\n", failed ? "not ok" : "ok", ++number, test->name,
               status == TEST_SKIPPED ? " # SKIP" : "");
        fflush(stdout);
    }
    printf("1..%d\n", number);
    return failures != 0;
}

#define TEST_MAIN()                                                                                                  \
    int main(int argc, char **argv) {                                                                                \
        return test_main(argc, argv);                                                                                \
    }

#endif
