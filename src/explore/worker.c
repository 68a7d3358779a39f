/* worker.c - the hooks of the waiting room, led to the engine; and the process in which schedules run. */
#include <errno.h>
#include <sched.h>
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
#include "explore/worker.h"
#include "platform/platform.h"
#include "threading/deadlock_internal.h"
#include "threading/thread_internal.h"

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
        snprintf(names[self], sizeof names[self], "%s", thrum__me->name ? thrum__me->name : "?");
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
    if (controlled() && (kind != THRUM__POINT_ATOMIC || running->options.grain == THRUM_EXPLORE_ATOMICS))
        x_engine_point(object, kind != THRUM__POINT_READ, verb);
}

static void hook_note(const void *object, thrum__note_kind kind, const char *verb) {
    if (!controlled())
        return;
    if (kind == THRUM__NOTE_ACQUIRED)
        x_engine_acquired(object);
    else if (kind == THRUM__NOTE_RELEASED)
        x_engine_released(object);
    else
        x_engine_unheard(object, verb);
}

static const thrum__hooks hooks = {hook_now, hook_wait, hook_wake, hook_point, hook_note, x_engine_create};

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

static bool front_may_be_left(uint32_t thread) {
    const thrum__record *record = records[thread];
    const thrum_thread *t = record ? record->thread : NULL;
    return t && (t->daemon || t->kind == THRUM__THREAD_HIDDEN);
}

static const x_front front = {front_thread_name, thrum__object_name, front_waits_for, front_may_be_left};

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

static void run_all(x_shared *shared, const x_test *test, bool (*next)(x_shared *shared),
                    void (*account)(x_shared *shared)) {
    running = shared;
    stay_on_one_cpu();
    thrum_deadlock_set_handler(keep_quiet, NULL);
    thrum__hooks_install(&hooks);
    while (next(shared)) {
        memset(records, 0, sizeof records);
        x_engine_begin(shared, &front);
        test->body(test->arg);
        x_engine_finish();
        shared->outcome.dirty = shared->outcome.dirty || shared->options.isolate;
        account(shared);
        if (shared->outcome.dirty)
            break;
    }
    fflush(NULL);
    _exit(0);
}

/* The process died in the middle of a schedule. */
static void record_crash(x_outcome *outcome, int status) {
    outcome->failure = THRUM_EXPLORE_CRASH;
    outcome->dirty = true;
    if (WIFSIGNALED(status))
        snprintf(outcome->text, sizeof outcome->text, "  the test was ended by signal %d (%s)\n", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(outcome->text, sizeof outcome->text, "  the test ended the process with status %d\n",
                 WEXITSTATUS(status));
}

int x_worker_run(x_shared *shared, const x_test *test, bool (*next)(x_shared *shared),
                 void (*account)(x_shared *shared)) {
    int status;
    shared->outcome.running = false;
    shared->outcome.dirty = false;
    shared->outcome.failure = THRUM_EXPLORE_NOTHING;
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        run_all(shared, test, next, account);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    if (shared->outcome.running)
        record_crash(&shared->outcome, status);
    return 0;
}
