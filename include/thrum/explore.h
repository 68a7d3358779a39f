/* thrum/explore.h - find a race once, and replay it for ever: schedule exploration.
 *
 * The idea
 *   A test of concurrent code that passes has seen a few of the orders in which its threads can run.
 *   thrum_explore() runs it many times, each time in another order, with real threads and the locks that ship, but
 *   with only one thread running at a time; the library decides at each of its calls who runs next. So it finds the
 *   order in which the test fails, and can repeat it:
 *
 *       static thrum_lock a, b;
 *       static int one(void *arg) { THRUM_WITH(&a) { THRUM_WITH(&b) { } } return 0; }
 *       static int two(void *arg) { THRUM_WITH(&b) { THRUM_WITH(&a) { } } return 0; }
 *
 *       static void test(void *arg) {                   starts and joins its threads, leaves all as it found it
 *               thrum_thread *t[2];
 *               ...
 *       }
 *
 *       thrum_explore_result result;
 *       if (thrum_explore(test, NULL, &(thrum_explore_options){.name = "a-b"}, &result) == THRUM_EXPLORE_FAILED)
 *               fputs(result.text, stderr);                 what failed, where each thread stands, and the seed
 *
 *   A failing schedule is repeated to see that it fails again, reduced to the few switches that matter, and written
 *   to a small file that `thrum replay` runs and `thrum explain` shows, a column per thread.
 *
 * What counts as a failure: a deadlock, a lost wake-up, a thread that is never joined and never ends, a lock that a
 * thread still holds at its end, a crash or a failed assert(), thrum_explore_fail(), a test that does not come to an
 * end, and a data race, in code whose accesses to memory are watched (thrum/explore/access.h) or under
 * ThreadSanitizer with halt_on_error=1.
 *
 * Time is virtual: sleeps and time limits cost nothing, and a time limit may run out although nobody was slow,
 * because in another run somebody might have been.
 *
 * Limits. Orders are sequentially consistent: weak memory is not explored. Only threads started with
 * thrum_thread_start(), and only calls of this library, are places where threads change; plain accesses to memory are
 * so only in code that is compiled for it (thrum/explore/access.h). What the test does with files, other processes,
 * the wall clock or unseeded random numbers is not under control; a failure that a repetition does not show again is
 * reported as such. That nothing failed is a proof only for the exhaustive strategy, within its bound.
 */
#ifndef THRUM_EXPLORE_H
#define THRUM_EXPLORE_H

#include <thrum/time.h>

/* How the next thread is chosen. */
typedef enum thrum_explore_strategy {
    THRUM_EXPLORE_PORTFOLIO = 0, /* the next four in turn, one per schedule: none of them is best for every bug */
    THRUM_EXPLORE_RANDOM = 1,    /* any thread that can run */
    THRUM_EXPLORE_PCT = 2,       /* random priorities, lowered at a few steps (Burckhardt et al., ASPLOS 2010) */
    THRUM_EXPLORE_POS = 3,    /* random priorities of operations, redrawn as they compete (Yuan et al., CAV 2018) */
    THRUM_EXPLORE_STARVE = 4, /* one thread is kept from running for a while */
    THRUM_EXPLORE_EXHAUSTIVE = 5 /* all with at most `preemptions` preemptions (Musuvathi, Qadeer 2007) */
} thrum_explore_strategy;

/* Between which operations threads may change. */
typedef enum thrum_explore_grain {
    THRUM_EXPLORE_CALLS = 0,  /* the calls of this library: for tests of a program */
    THRUM_EXPLORE_ATOMICS = 1 /* each atomic operation inside them: for tests of the library itself */
} thrum_explore_grain;

/* What may go wrong although nothing is wrong; a set of bits. */
enum {
    THRUM_EXPLORE_SPURIOUS = 1, /* the sleep of a thread returns early, as often as chance has it */
    THRUM_EXPLORE_ENOMEM = 2,   /* no memory: for this library, and where the test calls thrum_explore_fault() */
    THRUM_EXPLORE_EINTR = 4,    /* a signal interrupts: the sleep of a thread, and thrum_explore_fault() */
    THRUM_EXPLORE_SIGNAL = 8,   /* options.signal comes, where threads may change, to the thread that goes on there */
    THRUM_EXPLORE_ASKED = 16    /* of ENOMEM and EINTR: only where the test calls thrum_explore_fault() */
};

/* thrum_explore()'s options. Zero is the default for each. */
typedef struct thrum_explore_options {
    const char *name;     /* of the test, in reports and files; NULL: "test" */
    uint32_t schedules;   /* how many to run; 0: 1000, or without limit for the exhaustive strategy */
    thrum_timeout budget; /* how long to take; 0: 10 s */
    thrum_explore_strategy strategy;
    thrum_explore_grain grain;
    uint32_t preemptions;   /* of the exhaustive strategy; 0: 2 */
    uint32_t steps;         /* a schedule with more does not come to an end; 0: 100,000 */
    uint64_t seed;          /* 0: $THRUM_SEED, or else one from the system */
    uint32_t faults;        /* THRUM_EXPLORE_SPURIOUS, _ENOMEM...; with _ENOMEM each schedule is isolated */
    uint32_t most_faults;   /* in one schedule, of SPURIOUS ones under the exhaustive strategy only; 0: 2 */
    thrum_timeout patience; /* how long nothing may happen, in real time, before it is a failure; 0: 10 s */
    bool allow_races;       /* a data race is no failure */
    bool isolate;     /* each schedule in a process of its own: for a test that does not leave all as it found it */
    const char *save; /* the file for a failing schedule; NULL: $THRUM_EXPLORE_SAVE, or else none is written */
    int signal;       /* with THRUM_EXPLORE_SIGNAL: which; the test has a handler for it */
} thrum_explore_options;

/* What was found. */
typedef enum thrum_explore_failure {
    THRUM_EXPLORE_NOTHING,
    THRUM_EXPLORE_DEADLOCK,      /* nobody can run, and the test is not over */
    THRUM_EXPLORE_LOST_WAKEUP,   /* the same, and a wake-up came before the wait that it was meant for */
    THRUM_EXPLORE_LEAKED_THREAD, /* the test is over, and a thread waits for ever */
    THRUM_EXPLORE_LEAKED_LOCK,   /* a thread ended with a lock held */
    THRUM_EXPLORE_CRASH,         /* a signal or an exit ended the test */
    THRUM_EXPLORE_CHECK,         /* thrum_explore_fail() */
    THRUM_EXPLORE_LIVELOCK,      /* more steps than allowed */
    THRUM_EXPLORE_UNCONTROLLED,  /* it failed, and not again in the same order */
    THRUM_EXPLORE_RACE           /* two accesses to the same memory, one a write, that nothing orders */
} thrum_explore_failure;

typedef struct thrum_explore_result {
    thrum_explore_failure failure;
    uint64_t seed;      /* of the whole exploration */
    uint64_t schedules; /* how many were run */
    uint64_t distinct;  /* how many different ones these were */
    uint64_t longest;   /* the decisions in the longest */
    uint32_t threads;   /* the most threads in one */
    uint64_t partly;    /* in how many a thread waited for something that is not under control */
    bool complete;      /* the exhaustive strategy came to its end */
    uint32_t switches;  /* in the failing schedule, after it was reduced */
    uint32_t faults;    /* likewise: what has to go wrong */
    double miss[5];     /* miss[d], d = 2..4: the chance that a bug of d ordered steps was missed; 1 without PCT */
    char text[8192];    /* the whole, for people; several lines */
} thrum_explore_result;

/* thrum_explore() found a failure. */
#define THRUM_EXPLORE_FAILED 1

THRUM_BEGIN_DECLS

/* Run test(arg) under many schedules.
 *
 * The test runs in a child process, so it may crash, and what it changes in memory is not seen by the caller.
 * `options` may be NULL. When the environment has THRUM_REPLAY=FILE, and FILE is of the test of this name, only its
 * schedule is run; a test of another name is not run at all.
 *
 * Returns 0 when nothing failed, THRUM_EXPLORE_FAILED when something did, with *ret_result filled in either case;
 * -errno when there is no memory or process to run it in, or when the file of a failing schedule cannot be written;
 * -ENOTSUP from a library that was built without it;
 * THRUM_RUNTIME_ERROR inside an exploration or when other threads exist; THRUM_VALUE_ERROR for options that make no
 * sense or a replay file that cannot be read. On error *ret_result is untouched.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the schedules are run or the budget is spent. */
THRUM_API THRUM_NODISCARD int thrum_explore(void (*test)(void *arg), void *arg, const thrum_explore_options *options,
                                            thrum_explore_result *ret_result);

/* Run test(arg) under the schedule in the file `path`. Returns and blocks as thrum_explore() does.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the schedule is run. */
THRUM_API THRUM_NODISCARD int thrum_explore_replay(void (*test)(void *arg), void *arg, const char *path,
                                                   thrum_explore_result *ret_result);

/* Whether the calling thread runs under exploration.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_explore_active(void);

/* A number from 0 to n - 1 that is part of the schedule: for what a test would draw at random. 0 without exploration
 * or for n = 0.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API uint32_t thrum_explore_choose(uint32_t n);

/* A place in the test where something may fail, in the operation `verb`, as `kind` says: THRUM_EXPLORE_ENOMEM or
 * THRUM_EXPLORE_EINTR. Which place fails is part of the schedule; options.faults says which kinds may at all, and
 * options.most_faults how often. For what the test, or the program that it tests, calls by itself:
 *
 *     void *take_memory(size_t size) {
 *             return thrum_explore_fault(THRUM_EXPLORE_ENOMEM, "malloc") < 0 ? NULL : malloc(size);
 *     }
 *
 * The string must live for ever. Returns 0, -ENOMEM or -EINTR; 0 without exploration.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_explore_fault(uint32_t kind, const char *verb);

/* A place in the test where threads may change, before it reads (or writes) what `object` points to. None without
 * exploration.
 * Threads: any.  Signals: unsafe.  Blocks: until this thread is chosen again. */
THRUM_API void thrum_explore_point(const volatile void *object, bool write);

/* A place where threads may change, before the operation `verb` on `object`: thrum_explore_point() with a name for
 * the trace. The string must live for ever.
 * Threads: any.  Signals: unsafe.  Blocks: until this thread is chosen again. */
THRUM_API void thrum_explore_step(const volatile void *object, bool write, const char *verb);

/* From here on, until thrum_explore_quiet(false), threads change only where one waits or ends, and no time limit runs
 * out early: for setting up and taking down what a test needs. The starts and ends of threads alone have more orders
 * than what many a test is about. It holds for all threads of the schedule, and a schedule begins without it.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_explore_quiet(bool quiet);

/* Wait until ready(arg) is true: for a lock, queue or call of your own that would wait in the kernel, where no
 * exploration sees it. ready is called often, by whichever thread has its turn; it looks, and calls nothing of this
 * library. Reports name `what` ("condition"), which must live for ever, and number `object`, which may be NULL.
 *
 * Returns 0; THRUM_TIMED_OUT after `limit`, which is virtual time; THRUM_RUNTIME_ERROR without exploration.
 * Threads: any.  Signals: unsafe.  Blocks: until ready(arg) is true. */
THRUM_API int thrum_explore_await(const void *object, const char *what, bool (*ready)(void *arg), void *arg,
                                  thrum_timeout limit);

/* The same for what only something outside can bring about: another process, a clock, a file. When nobody else can
 * run, it is given real time (options.patience) before that is a deadlock. The schedule counts as partly controlled.
 * Threads: any.  Signals: unsafe.  Blocks: until ready(arg) is true. */
THRUM_API int thrum_explore_await_outside(const char *what, bool (*ready)(void *arg), void *arg, thrum_timeout limit);

/* Around a call that blocks and has no ready(): from leave to enter other threads have their turns, and the calling
 * thread must touch nothing that they touch. The schedule counts as partly controlled. `what` must live for ever.
 * Returns 0, or -errno when it could not be done: do not call enter then.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_explore_leave(const char *what);

/* Come back from the call that thrum_explore_leave() was for.
 * Threads: any.  Signals: unsafe.  Blocks: until this thread is chosen again. */
THRUM_API void thrum_explore_enter(void);

/* A wake-up at `object`, in the operation `verb`, found nobody who waits. If somebody waits there for ever
 * afterwards, the report says "lost wake-up".
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_explore_unheard(const void *object, const char *verb);

/* End the schedule as passed, and its process. Without exploration, exit(0).
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_explore_pass(void) __attribute__((noreturn));

/* End the schedule as failed, with a text. Without exploration, print it and abort.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_explore_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Fail the schedule when `condition` is false. */
#define THRUM_EXPLORE_CHECK_THAT(condition)                                                                          \
    do {                                                                                                             \
        if (!(condition))                                                                                            \
            thrum_explore_fail("%s:%d: not true: %s", __FILE__, __LINE__, #condition);                               \
    } while (0)

/* The name of a failure: "deadlock", "lost wake-up"... Returns a string that lives for ever.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API const char *thrum_explore_failure_name(thrum_explore_failure failure);

THRUM_END_DECLS

#endif
