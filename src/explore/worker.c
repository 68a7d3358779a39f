/* worker.c - the hooks of the waiting room, led to the engine; and the process in which schedules run. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <thrum/threading/deadlock.h>

#include "base/hooks.h"
#include "explore/engine.h"
#include "explore/objects.h"
#include "explore/sanitizer.h"
#include "explore/worker.h"
#include "platform/platform.h"
#include "platform/stranger.h"
#include "threading/deadlock_internal.h"
#include "threading/thread_internal.h"
#include "threading/timer_internal.h"

static x_shared *running; /* not NULL in a worker */
static thrum__record *records[x_most_threads];
static char names[x_most_threads][48];

/* Which record is which thread's is seen when it first does something. The name is copied: a thread can be spoken of
 * after its end. */
static bool controlled(void) {
    if (!x_engine_controls())
        return false;
    uint32_t self = x_engine_self();
    if (records[self] != thrum__me && thrum__me) {
        records[self] = thrum__me;
        x_sanitizer_look_away();
        snprintf(names[self], sizeof names[self], "%s", thrum__me->name ? thrum__me->name : "?");
        x_sanitizer_look_again();
    }
    return true;
}

static int64_t hook_now(void) {
    struct timespec ts;
    if (x_engine_controls())
        return x_engine_now();
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int hook_wait(uint32_t *word, uint32_t expected, int64_t deadline) {
    return controlled() ? x_engine_wait(word, expected, deadline) : thrum__os_wait(word, expected, deadline);
}

static void hook_wake(uint32_t *word) {
    if (x_engine_controls())
        x_engine_wake(word);
    thrum__os_wake(word);
}

static void hook_point(const void *object, thrum__point_kind kind, const char *verb) {
    if (controlled() && (kind != THRUM__POINT_ATOMIC || running->order.grain == THRUM_EXPLORE_ATOMICS))
        x_engine_point(object, kind != THRUM__POINT_READ, verb, NULL);
}

static void hook_note(const void *object, thrum__note_kind kind, const char *verb) {
    if (!controlled())
        return;
    if (kind == THRUM__NOTE_ACQUIRED)
        x_engine_acquired(object);
    else if (kind == THRUM__NOTE_RELEASED)
        x_engine_released(object);
    else if (kind == THRUM__NOTE_GIVES)
        x_engine_gives(object);
    else if (kind == THRUM__NOTE_TAKES)
        x_engine_takes(object);
    else
        x_engine_unheard(object, verb);
}

static bool hook_fault(thrum__fault_kind kind, const char *verb) {
    if (!x_engine_controls() || kind != THRUM__FAULT_MEMORY ||
        !x_engine_fault(x_engine_unasked(THRUM_EXPLORE_ENOMEM), verb))
        return false;
    errno = ENOMEM;
    return true;
}

static const thrum__hooks hooks = {hook_now,  hook_wait,       hook_wake,  hook_point,
                                   hook_note, x_engine_create, hook_fault, x_engine_abandon};

static void front_thread_name(uint32_t thread, char *buffer, size_t size) {
    snprintf(buffer, size, "%s", names[thread]);
}

static const void *front_waits_for(uint32_t thread, char *buffer, size_t size) {
    const thrum__record *record = records[thread];
    char name[64] = "";
    if (!record || !record->key) {
        snprintf(buffer, size, "something outside the library");
        return NULL;
    }
    thrum__object_name(record->wait.object, name, sizeof name);
    if (name[0])
        snprintf(buffer, size, "%s '%s'", thrum__kind_name(record->wait.kind), name);
    else
        snprintf(buffer, size, "%s (object #%u)", thrum__kind_name(record->wait.kind),
                 x_object_number(record->wait.object));
    return record->wait.object;
}

/* A record is used again after the end of its thread: it is the last one's. */
static uint32_t front_owner(uint32_t thread) {
    const thrum__record *record = records[thread];
    for (uint32_t i = thread + 1; i < x_most_threads; i++)
        if (records[i] == record)
            return x_most_threads;
    if (!record || !record->key || !record->wait.forever || !record->wait.owner_word)
        return x_most_threads;
    uint32_t i = x_most_threads, id = *record->wait.owner_word & THRUM__ID_MASK;
    while (i > 0 && !(records[i - 1] && records[i - 1]->id == id))
        i--;
    return i > 0 ? i - 1 : x_most_threads;
}

static bool front_may_be_left(uint32_t thread) {
    const thrum__record *record = records[thread];
    const thrum_thread *t = record ? record->thread : NULL;
    return t && (t->daemon || t->kind == THRUM__THREAD_HIDDEN);
}

/* The threads behind the timers, when there are no timers. */
static bool front_goes_by_itself(uint32_t thread) {
    const thrum__record *record = records[thread];
    const thrum_thread *t = record ? record->thread : NULL;
    x_sanitizer_look_away(); /* they are under a latch, but nobody else has a turn */
    bool goes = t && t->kind == THRUM__THREAD_HIDDEN && thrum__timers_none();
    x_sanitizer_look_again();
    return goes;
}

static void (*count_schedule)(x_shared *shared);

static void front_passed(void) {
    count_schedule(running);
}

static const x_front front = {front_thread_name, thrum__object_name,   front_waits_for, front_owner,
                              front_may_be_left, front_goes_by_itself, front_passed};

/* A C library may keep a lock of its own while its handlers run: whoever forks keeps its turn meanwhile. */
static void hold_still(void) {
    if (x_engine_controls())
        x_engine_forks(true);
}

static void let_go(void) {
    if (x_engine_controls())
        x_engine_forks(false);
}

/* A child that the test forks runs by itself; it has been let go of when the library put itself in order. */
static void set_child_free(void) {
    thrum__hooks_install(NULL);
}

bool x_worker_inside(void) {
    return running != NULL;
}

/* One thread runs at a time, so one CPU is enough, and handing over is cheapest there. */
static void stay_on_one_cpu(void) {
    cpu_set_t set;
    int cpu = sched_getcpu();
    CPU_ZERO(&set);
    CPU_SET(cpu < 0 ? 0 : (size_t)cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set); /* when that is refused it is only slower */
}

/* The engine reports deadlocks, with the schedule that leads there. */
static void keep_quiet(const char *text, void *arg) {
    (void)text;
    (void)arg;
}

/* A repetition says nothing new. */
static void fall_silent(void) {
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0)
        return;
    dup2(null, 2);
    close(null);
}

static void run_all(x_shared *shared, const x_test *test, bool (*next)(x_shared *shared),
                    void (*account)(x_shared *shared)) {
    running = shared;
    if (shared->silent)
        fall_silent();
    count_schedule = account;
    stay_on_one_cpu();
    /* Without memory for it forking tests are uncontrolled. */
    (void)pthread_atfork(hold_still, let_go, set_child_free);
    thrum_deadlock_set_handler(keep_quiet, NULL);
    thrum__hooks_install(&hooks);
    while (next(shared)) {
        memset(records, 0, sizeof records);
        x_engine_begin(shared, &front);
        (void)thrum__record_self();
        (void)controlled();
        test->body(test->arg);
        x_engine_finish();
        shared->outcome.dirty = shared->outcome.dirty || shared->options.isolate;
        account(shared);
        if (shared->outcome.dirty)
            break;
    }
    fflush(NULL);
    _Exit(0);
}

/* The process got nowhere for too long. */
static void record_stall(x_shared *shared) {
    x_outcome *outcome = &shared->outcome;
    const uint32_t turn = outcome->turn;
    const x_step *last = &outcome->trace[(outcome->steps + x_most_steps - 1) % x_most_steps];
    const char *name = turn < x_most_threads ? outcome->thread_names[turn] : "";
    outcome->running = false;
    outcome->failure = THRUM_EXPLORE_LIVELOCK;
    outcome->dirty = outcome->impatient = true;
    snprintf(outcome->text, sizeof outcome->text,
             "  T%" PRIu32
             "%s%s%s has its turn and comes to no call that is under control for %.3g s (the last was %s)\n",
             turn, *name ? " '" : "", name, *name ? "'" : "", (double)shared->patience / 1e9,
             outcome->steps ? last->verb : "none");
}

/* How far the process was when it was seen last to get somewhere, and the CPU time that it had used; and how long ago
 * that is, as far as time has passed for us, too: who was stopped together with it does not hold that against it. */
typedef struct progress {
    uint64_t seen;
    int64_t cpu, waited, looked;
} progress;

static const int64_t look_ns = 100000000; /* from one look to the next */

static int64_t cpu_time_of(pid_t pid) {
    clockid_t clock;
    struct timespec ts;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) != 0)
        return 0;
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void let_wait(progress *last) {
    int64_t now = hook_now(), passed = now - last->looked;
    last->waited += passed < 2 * look_ns ? passed : 2 * look_ns;
    last->looked = now;
}

/* A thread that spins has used the time; one that is blocked has not, and neither has one that other programs keep
 * from running, which must not count as stalled: it has the benefit of some seconds' doubt, and of any doubt while it
 * would run if it could. */
static bool stalled(const x_shared *shared, pid_t pid, progress *last) {
    static const int64_t doubt_ns = 3000000000;
    const x_outcome *outcome = &shared->outcome;
    const uint64_t seen = shared->schedules + outcome->steps + ((uint64_t)outcome->pulse << 32);
    let_wait(last);
    if (seen != last->seen || !outcome->running) {
        *last = (progress){.seen = seen, .cpu = cpu_time_of(pid), .looked = last->looked};
        return false;
    }
    if (last->waited <= shared->patience)
        return false;
    return cpu_time_of(pid) - last->cpu > shared->patience ||
           (last->waited - shared->patience > doubt_ns && !thrum__stranger_wants_cpu(pid));
}

enum { unknown_status = -1 };

/* Returns 1 when the process has ended, 0, or -errno. Where SIGCHLD is ignored nobody is told how it did. */
static int reap(pid_t pid, int *ret_status) {
    pid_t ended = waitpid(pid, ret_status, WNOHANG);
    if (ended < 0 && errno == ECHILD)
        *ret_status = unknown_status;
    return ended == pid || (ended < 0 && errno == ECHILD) ? 1 : ended < 0 && errno != EINTR ? -errno : 0;
}

/* Wait for the end of the process; end it when it gets nowhere for too long. `alive` reads as ended a moment before
 * the process has, unless a process that it started lives on with a copy; or when the test closes what is not its
 * own, and then it is not looked at any more. */
static int wait_for(x_shared *shared, pid_t pid, int alive, int *ret_status) {
    progress last = {.looked = hook_now(), .cpu = cpu_time_of(pid)};
    struct pollfd end = {.fd = alive, .events = POLLIN};
    int r = 0;
    bool is_ended = false; /* by us */
    for (long nap = look_ns; r == 0; nap = nap < look_ns ? 2 * nap : look_ns) {
        if (ppoll(&end, 1, &(struct timespec){.tv_nsec = nap}, NULL) > 0) {
            end.fd = -1;
            nap = 10000;
        }
        r = reap(pid, ret_status);
        if (r == 0 && !is_ended && stalled(shared, pid, &last))
            is_ended = kill(pid, SIGKILL) == 0;
    }
    if (r == 1 && is_ended && shared->outcome.running)
        record_stall(shared);
    return r < 0 ? r : 0;
}

/* The process died in the middle of a schedule. */
static void record_crash(x_outcome *outcome, int status) {
    outcome->failure = THRUM_EXPLORE_CRASH;
    outcome->dirty = true;
    if (x_sanitizer_watches() && status != unknown_status && WIFEXITED(status) &&
        WEXITSTATUS(status) == x_sanitizer_status) {
        outcome->failure = THRUM_EXPLORE_RACE;
        memset(outcome->race, 0, sizeof outcome->race);
        snprintf(outcome->text, sizeof outcome->text, "  ThreadSanitizer has reported it\n");
    } else if (status == unknown_status) {
        snprintf(outcome->text, sizeof outcome->text, "  the test ended the process\n");
    } else if (WIFSIGNALED(status)) {
        snprintf(outcome->text, sizeof outcome->text, "  the test was ended by signal %d (%s)\n", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    } else {
        snprintf(outcome->text, sizeof outcome->text, "  the test ended the process with status %d\n",
                 WEXITSTATUS(status));
    }
}

int x_worker_run(x_shared *shared, const x_test *test, bool (*next)(x_shared *shared),
                 void (*account)(x_shared *shared)) {
    int status;
    shared->outcome.running = false;
    shared->outcome.dirty = false;
    shared->outcome.failure = THRUM_EXPLORE_NOTHING;
    int alive[2];
    if (pipe2(alive, O_CLOEXEC) < 0)
        return -errno;
    fflush(NULL);
    pid_t pid = fork();
    int r = pid < 0 ? -errno : 0;
    if (pid == 0) {
        close(alive[0]);
        run_all(shared, test, next, account);
    }
    close(alive[1]);
    r = r < 0 ? r : wait_for(shared, pid, alive[0], &status);
    close(alive[0]);
    if (r == 0 && shared->outcome.running)
        record_crash(&shared->outcome, status);
    return r;
}

int x_worker_run_until_failure(x_shared *shared, const x_test *test, bool (*next)(x_shared *shared),
                               void (*account)(x_shared *shared)) {
    int r;
    do
        r = x_worker_run(shared, test, next, account);
    while (r == 0 && shared->outcome.failure == THRUM_EXPLORE_NOTHING && shared->outcome.dirty);
    return r;
}
