/* excepthook.c - what is done with the error that a thread's function returned, and the functions called around it.
 *
 * Locking: latch protects the pairs of function and argument, which are copied out and called without it. Every
 * thread that starts takes it, so a fork holds it: the child is not to find it held by a thread that is not there.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "park/latch.h"
#include "threading/thread_internal.h"

typedef void thread_hook(thrum_thread *thread, void *arg);

static struct {
    thrum__latch latch;
    thrum_excepthook *excepthook; /* NULL: the default */
    void *excepthook_arg;
    thread_hook *started, *stopped;
    void *hook_arg;
} hooks;

int thrum_thread_fail(int code, const char *format, ...) {
    thrum_thread *thread = thrum_current_thread();
    va_list args;
    va_start(args, format);
    vsnprintf(thread->text, sizeof thread->text, format, args);
    va_end(args);
    return code;
}

char *thrum__thread_take_text(void) {
    thrum__record *me = thrum__me;
    thrum_thread *thread = me ? me->thread : NULL;
    if (!thread || !thread->text[0])
        return NULL;
    char *copy = thrum__strdup(thread->text);
    thread->text[0] = '\0';
    return copy;
}

void thrum_set_excepthook(thrum_excepthook *hook, void *arg) {
    thrum__latch_lock(&hooks.latch);
    hooks.excepthook = hook;
    hooks.excepthook_arg = arg;
    thrum__latch_unlock(&hooks.latch);
}

/* One write, so that the lines of two threads do not mix. */
int thrum_default_excepthook(const thrum_excepthook_args *args, void *arg) {
    (void)arg;
    char number[24];
    const char *name = number;
    if (args->thread)
        name = thrum_thread_name(args->thread);
    else
        snprintf(number, sizeof number, "%llu", (unsigned long long)thrum_get_ident());
    if (args->code < 0)
        fprintf(stderr, "Exception in thread %s:\n%s: %s\n", name, thrum_error_name(args->code), args->text);
    else
        fprintf(stderr, "Exception in thread %s:\ncode %d: %s\n", name, args->code, args->text);
    return 0;
}

void thrum__excepthook(thrum_thread *thread, int code) {
    if (code == 0 || code == THRUM_SYSTEM_EXIT)
        return;
    thrum__latch_lock(&hooks.latch);
    thrum_excepthook *hook = hooks.excepthook ? hooks.excepthook : thrum_default_excepthook;
    void *arg = hooks.excepthook_arg;
    thrum__latch_unlock(&hooks.latch);
    const char *text = thread->text[0] ? thread->text
                       : code < 0      ? thrum_strerror(code)
                                       : "a thread's function failed";
    int r = hook(&(thrum_excepthook_args){code, text, thread}, arg);
    if (r != 0)
        fprintf(stderr, "Exception in threading.excepthook for thread %s:\n%s: %s\n", thrum_thread_name(thread),
                thrum_error_name(r), thrum_strerror(r));
    thread->text[0] = '\0';
}

void thrum_set_thread_hooks(void (*started)(thrum_thread *thread, void *arg),
                            void (*stopped)(thrum_thread *thread, void *arg), void *arg) {
    thrum__latch_lock(&hooks.latch);
    hooks.started = started;
    hooks.stopped = stopped;
    hooks.hook_arg = arg;
    thrum__latch_unlock(&hooks.latch);
}

/* A thread gets the two that were there when it began, or none. */
void thrum__thread_hook_started(thrum_thread *thread) {
    if (thread->kind == THRUM__THREAD_HIDDEN)
        return;
    thrum__latch_lock(&hooks.latch);
    thread_hook *started = hooks.started;
    thread->stopped = hooks.stopped;
    thread->hook_arg = hooks.hook_arg;
    thrum__latch_unlock(&hooks.latch);
    if (started)
        started(thread, thread->hook_arg);
}

void thrum__thread_hook_stopped(thrum_thread *thread) {
    if (thread->stopped)
        thread->stopped(thread, thread->hook_arg);
}

static void before_fork(void) {
    thrum__latch_lock(&hooks.latch);
}

static void after_fork(void) {
    thrum__latch_unlock(&hooks.latch);
}

__attribute__((constructor(201))) static void load(void) {
    pthread_atfork(before_fork, after_fork, after_fork);
}
