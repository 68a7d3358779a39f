/* thread.c - threads: their beginning and end, join, detach, cancel. Each is a Thread, so that the explorer runs
 * it. */
#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>

#include "preload.h"
#include "thread.h"

static __thread preload_thread *self;
static __thread jmp_buf *way_out; /* where the thread's function was called */
static unsigned detached_late;

preload_thread *preload_self(void) {
    NEXT(pthread_self);
    if (!self) { /* main, or a thread that the program started by thrum_thread_start() */
        self = calloc(1, sizeof *self);
        if (!self)
            abort();
        self->handle = next_pthread_self();
        self->detached = true;
    }
    return self;
}

/* Cancellation is carried out here, where a thread has its turn, and by the C library only in calls that are let go.
 *
 * pthread_exit() unwinds the stack down to here, by way of the program's cleanup handlers and destructors; what is
 * below is not the program's. */
static void stop_unwinding(void *end) {
    longjmp(*(jmp_buf *)end, 1);
}

void *preload_run(preload_thread *me, void *(*function)(void *arg), void *arg) {
    NEXT(pthread_setcancelstate);
    jmp_buf end;
    (void)next_pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); /* cannot fail */
    self = me;
    way_out = &end;
    if (setjmp(end) == 0) {
        pthread_cleanup_push(stop_unwinding, &end);
        me->result = function(arg);
        pthread_cleanup_pop(0);
    }
    way_out = NULL;
    return me->result;
}

static void *call_c11(void *arg) {
    preload_thread *me = arg;
    return (void *)(intptr_t)me->c11_function(me->arg);
}

static int run_thread(void *arg) {
    preload_thread *me = arg;
    NEXT(pthread_self);
    me->handle = next_pthread_self();
    me->begun = true;
    preload_run(me, me->function ? me->function : call_c11, me->function ? me->arg : me);
    threads_destroy_values(me);
    preload_abandon_mutexes();
    thrum_explore_step(me, true, "end");
    me->done = true;
    return 0;
}

static int create(preload_thread *thread) {
    thrum_thread_options options = {.daemon = thread->detached ? THRUM_DAEMON : THRUM_NOT_DAEMON};
    if (thrum_thread_new(&thread->thread, run_thread, thread, &options) < 0)
        return EAGAIN;
    if (thrum_thread_start(thread->thread) < 0) {
        thrum_thread_unref(thread->thread);
        return EAGAIN;
    }
    preload_object_anew(thread, PRELOAD_THREAD)->thread = thread;
    return 0;
}

int threads_create(pthread_t *ret_handle, preload_thread thread) {
    preload_thread *made = preload_lacks_memory("pthread_create") ? NULL : malloc(sizeof *made);
    if (!made)
        return EAGAIN;
    *made = thread;
    int r = create(made);
    if (r != 0)
        free(made);
    else
        *ret_handle = (pthread_t)made;
    return r;
}

INSTEAD(int, pthread_create,
        (pthread_t * ret_thread, const pthread_attr_t *attributes, void *(*function)(void *arg), void *arg),
        (ret_thread, attributes, function, arg)) {
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes)
        pthread_attr_getdetachstate(attributes, &state);
    return threads_create(
        ret_thread, (preload_thread){.function = function, .arg = arg, .detached = state == PTHREAD_CREATE_DETACHED});
}

static preload_thread *thread_of(pthread_t handle) {
    const preload_object *object = preload_object_find((const void *)handle, PRELOAD_THREAD);
    if (!object && (preload_thread *)handle == preload_self())
        return preload_self();
    if (!object)
        thrum_explore_fail("  a thread is joined, detached or cancelled that does not exist (any more)");
    return object->thread;
}

static bool is_done(void *thread) {
    return ((preload_thread *)thread)->done;
}

/* Nobody speaks of it any more. */
static void forget(preload_thread *thread) {
    preload_forget(thread, PRELOAD_THREAD);
    thrum_thread_unref(thread->thread);
    if (thread->done)
        free(thread);
}

int threads_join(pthread_t handle, void **ret_result, thrum_timeout limit) {
    preload_thread *thread = thread_of(handle);
    thrum_explore_step(thread, true, "join");
    if (thread == preload_self())
        return EDEADLK;
    if (thread->detached)
        return EINVAL;
    int r = preload_wait_for(&(preload_wait){.object = thread,
                                             .what = "thread",
                                             .ready = is_done,
                                             .arg = thread,
                                             .limit = limit,
                                             .cancellable = limit.ns != 0});
    if (r == PRELOAD_CANCELLED)
        preload_act_on_cancel();
    if (r != PRELOAD_READY)
        return limit.ns == 0 ? EBUSY : ETIMEDOUT;
    if (ret_result)
        *ret_result = thread->result;
    forget(thread);
    return 0;
}

static int join_until(pthread_t handle, void **ret_result, clockid_t clock, const struct timespec *until) {
    if (!preload_is_time(until) || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return EINVAL;
    int r = threads_join(handle, ret_result, preload_until(clock, until));
    return r == EBUSY ? ETIMEDOUT : r;
}

INSTEAD(int, pthread_join, (pthread_t thread, void **ret_result), (thread, ret_result)) {
    return threads_join(thread, ret_result, THRUM_FOREVER);
}

INSTEAD(int, pthread_tryjoin_np, (pthread_t thread, void **ret_result), (thread, ret_result)) {
    return threads_join(thread, ret_result, THRUM_NOWAIT);
}

INSTEAD(int, pthread_timedjoin_np, (pthread_t thread, void **ret_result, const struct timespec *until),
        (thread, ret_result, until)) {
    return join_until(thread, ret_result, CLOCK_REALTIME, until);
}

INSTEAD(int, pthread_clockjoin_np,
        (pthread_t thread, void **ret_result, clockid_t clock, const struct timespec *until),
        (thread, ret_result, clock, until)) {
    return join_until(thread, ret_result, clock, until);
}

int threads_detach(pthread_t handle) {
    preload_thread *thread = thread_of(handle);
    thrum_explore_step(thread, true, "detach");
    if (thread->detached)
        return EINVAL;
    thread->detached = true;
    detached_late++;
    return 0;
}

INSTEAD(pthread_t, pthread_self, (void), ()) {
    return (pthread_t)preload_self();
}

INSTEAD(int, pthread_detach, (pthread_t thread), (thread)) {
    return threads_detach(thread);
}

static void look_for_joinable(preload_object *object, void *found) {
    if (object->kind == PRELOAD_THREAD && !object->thread->detached && !object->thread->done)
        *(bool *)found = true;
}

static bool are_joinable_done(void *unused) {
    bool found = false;
    (void)unused;
    preload_for_each(look_for_joinable, &found);
    return !found;
}

/* The explorer does not know of pthread_detach(), and would wait for those threads, too. */
void preload_finish_threads(void) {
    if (detached_late == 0)
        return;
    (void)preload_wait_for(
        &(preload_wait){.what = "the end of its threads", .ready = are_joinable_done, .limit = THRUM_FOREVER});
    thrum_explore_pass();
}

void threads_exit(void *result) {
    NEXT(pthread_exit);
    if (self && way_out) {
        self->result = result;
        self->exiting = true;
    }
    next_pthread_exit(result);
    __builtin_unreachable();
}

/* The C library's own does, with no schedule running, what ours does. */
void pthread_exit(void *result) __attribute__((noreturn));
void pthread_exit(void *result) {
    threads_exit(result);
}

/* What a wait is ready for: what it waits for, or a cancellation. */
typedef struct wait_wish {
    const preload_wait *wait;
    const preload_thread *thread;
} wait_wish;

static bool is_cancelled(const preload_thread *thread) {
    return thread->cancelled && !thread->uncancellable && !thread->exiting;
}

static bool is_fulfilled(void *arg) {
    const wait_wish *wish = arg;
    return wish->wait->ready(wish->wait->arg) || (wish->wait->cancellable && is_cancelled(wish->thread));
}

int preload_wait_for(const preload_wait *wait) {
    wait_wish wish = {wait, preload_self()};
    if (wait->cancellable && is_cancelled(wish.thread))
        return PRELOAD_CANCELLED;
    if (wait->interruptible && wait->limit.ns > 0 && !wait->ready(wait->arg) &&
        preload_is_interrupted(wait->interruptible))
        return PRELOAD_INTERRUPTED;
    int r = wait->outside ? thrum_explore_await_outside(wait->what, is_fulfilled, &wish, wait->limit)
                          : thrum_explore_await(wait->object, wait->what, is_fulfilled, &wish, wait->limit);
    if (wait->ready(wait->arg))
        return PRELOAD_READY;
    return r < 0 ? PRELOAD_TIMED_OUT : PRELOAD_CANCELLED;
}

void preload_act_on_cancel(void) {
    if (is_cancelled(preload_self()))
        threads_exit(PTHREAD_CANCELED);
}

INSTEAD(int, pthread_cancel, (pthread_t thread), (thread)) {
    preload_thread *target = thread_of(thread);
    NEXT(pthread_cancel);
    thrum_explore_step(target, true, "cancel");
    target->cancelled = true;
    if (target->away && !target->uncancellable)
        (void)next_pthread_cancel(target->handle); /* cannot fail: it has not ended */
    return 0;
}

INSTEAD(int, pthread_setcancelstate, (int state, int *ret_old), (state, ret_old)) {
    preload_thread *me = preload_self();
    if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
        return EINVAL;
    if (ret_old)
        *ret_old = me->uncancellable ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
    me->uncancellable = state == PTHREAD_CANCEL_DISABLE;
    return 0;
}

void pthread_testcancel(void);
void pthread_testcancel(void) {
    NEXT(pthread_testcancel);
    if (!TAKES()) {
        next_pthread_testcancel();
        return;
    }
    thrum_explore_step(preload_self(), false, "testcancel");
    preload_act_on_cancel();
}
