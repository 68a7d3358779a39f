/* calls.c - what a test says to the explorer that runs it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/turns.h"
#include "explore/sanitizer.h"

bool thrum_explore_active(void) {
    return x_engine_controls();
}

uint32_t thrum_explore_choose(uint32_t n) {
    return n > 1 && x_engine_controls() ? x_engine_choose(n) : 0;
}

int thrum_explore_fault(uint32_t kind, const char *verb) {
    bool known = kind == THRUM_EXPLORE_ENOMEM || kind == THRUM_EXPLORE_EINTR;
    if (!known || !x_engine_controls() || !x_engine_fault(kind, verb))
        return 0;
    return kind == THRUM_EXPLORE_ENOMEM ? -ENOMEM : -EINTR;
}

void thrum_explore_point(const volatile void *object, bool write) {
    if (x_engine_controls())
        x_engine_point((const void *)(uintptr_t)object, write, write ? "write" : "read", NULL);
}

void thrum_explore_quiet(bool quiet) {
    if (x_engine_controls())
        x_engine_quiet(quiet);
}

/* What is waited for, but not under control, has this for an object: whoever comes back from there may have been told
 * by whoever went there. */
static char outside;

static void gives(const void *object) {
    x_sanitizer_gives(object);
    x_engine_gives(object);
}

static void takes(const void *object) {
    x_sanitizer_takes(object);
    x_engine_takes(object);
}

/* A step is on an object that orders, such as a lock of the test's own: what goes on there is taken for as much order
 * as there can be, so that no race is made up. */

void thrum_explore_step(const volatile void *object, bool write, const char *verb) {
    const void *what = (const void *)(uintptr_t)object;
    if (!x_engine_controls())
        return;
    x_engine_point(what, write, verb, NULL);
    gives(what);
    takes(what);
}

static int await(const x_await *what, thrum_timeout limit) {
    if (!x_engine_controls())
        return THRUM_RUNTIME_ERROR;
    int r = x_engine_await(what, thrum_deadline_after(limit).ns) == 0 ? 0 : THRUM_TIMED_OUT;
    takes(what->outside ? &outside : what->object);
    return r;
}

int thrum_explore_await(const void *object, const char *what, bool (*ready)(void *arg), void *arg,
                        thrum_timeout limit) {
    return await(&(x_await){object, what, ready, arg, false}, limit);
}

int thrum_explore_await_outside(const char *what, bool (*ready)(void *arg), void *arg, thrum_timeout limit) {
    return await(&(x_await){NULL, what, ready, arg, true}, limit);
}

int thrum_explore_leave(const char *what) {
    if (!x_engine_controls())
        return 0;
    gives(&outside);
    return x_engine_leave(what);
}

void thrum_explore_enter(void) {
    if (!x_engine_controls())
        return;
    x_engine_enter();
    takes(&outside);
}

void thrum_explore_unheard(const void *object, const char *verb) {
    if (x_engine_controls())
        x_engine_unheard(object, verb);
}

void thrum_explore_pass(void) {
    if (x_engine_controls())
        x_engine_pass();
    exit(0);
}

void thrum_explore_fail(const char *format, ...) {
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text - 1, format, args);
    va_end(args);
    strcat(text, "\n");
    if (x_engine_controls()) {
        x_circle_check(text);
        x_engine_fail(THRUM_EXPLORE_CHECK, text);
    }
    fputs(text, stderr);
    abort();
}

const char *thrum_explore_failure_name(thrum_explore_failure failure) {
    static const char *const names[] = {"nothing",       "deadlock",    "lost wake-up",
                                        "leaked thread", "leaked lock", "crash",
                                        "failed check",  "livelock",    "failure that is not under control",
                                        "data race"};
    return failure <= THRUM_EXPLORE_RACE ? names[failure] : "unknown failure";
}
