/* thread_pool.c - ThreadPoolExecutor: futures on a pool.
 *
 * Ownership: the executor lives as long as its pool, of which it has a reference and each worker another; the pool
 * frees it. So a shutdown that does not wait, and a free after it, take nothing away from the workers.
 *
 * Each worker has a note of the call that it is making, for reports. Notes are in a list that only grows, and are
 * freed with the executor.
 *
 * A thread whose initializer has failed makes no calls. It sets `broken` before anything else, and from then on every
 * worker ends what it finds in the queue of calls instead of making it: so it does not matter which of them finds a
 * call that was being submitted at that moment.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "futures/future_internal.h"
#include "futures/pool.h"
#include "platform/platform.h"
#include "threading/report.h"
#include "threading/thread_internal.h"

static const char broken_text[] = "A thread initializer failed, the thread pool is not usable anymore";

typedef struct note {
    thrum__making making;
    thrum_thread *thread;
    struct note *older;
} note;

typedef struct thread_pool {
    thrum_executor executor;
    thrum__pool *pool;
    int (*initializer)(void *arg);
    void *initializer_arg;
    note *newest;   /* atomic */
    bool broken;    /* atomic */
    bool shut_down; /* atomic */
} thread_pool;

/* Relaxed, both: nothing else is read by it; who sees that a call has failed for it sees it, too. */
static bool flag(const bool *which) {
    return __atomic_load_n(which, __ATOMIC_RELAXED);
}
static void set_flag(bool *which) {
    __atomic_store_n(which, true, __ATOMIC_RELAXED);
}

/* Without memory for it the worker works all the same, and is in no report. */
static void take_note(thread_pool *self) {
    note *mine = thrum__calloc(1, sizeof *mine);
    if (!mine)
        return;
    mine->thread = thrum_thread_ref(thrum_current_thread());
    thrum__making_here = &mine->making;
    mine->older = __atomic_load_n(&self->newest, __ATOMIC_RELAXED); /* relaxed: see below */
    /* Release: pairs with the load in report(). Relaxed on failure: tried again. */
    while (!__atomic_compare_exchange_n(&self->newest, &mine->older, mine, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

/* In each worker, first of all. */
static int on_start(void *arg) {
    thread_pool *self = arg;
    take_note(self);
    int r = self->initializer ? self->initializer(self->initializer_arg) : 0;
    if (r >= 0) {
        thrum__executor_here = &self->executor; /* from now on it may make calls */
        return 0;
    }
    char *said = thrum__thread_take_text();
    thrum__futures_log("Exception in initializer:\n%s: %s", thrum_error_name(r), said ? said : thrum_strerror(r));
    free(said);
    set_flag(&self->broken);
    return THRUM_BROKEN_THREAD_POOL;
}

/* Under exploration the same thread is another one of the test afterwards. */
static void on_end(void *arg) {
    (void)arg;
    thrum__executor_here = NULL;
    thrum__making_here = NULL;
}

static thrum_future *future_of(thrum__task *task) {
    return (thrum_future *)((char *)task - offsetof(thrum_future, task_));
}

/* End all that have not begun. */
static void drop_all(thread_pool *self, int error, const char *text) {
    for (thrum__task *task = thrum__pool_take_all(self->pool), *next; task; task = next) {
        next = task->next_;
        thrum_future_drop(future_of(task), error, text);
    }
}

static void on_broken(void *arg, int code) {
    drop_all(arg, code, broken_text);
}

static void on_free(void *arg) {
    thread_pool *self = arg;
    for (note *each = self->newest, *older; each; each = older) {
        older = each->older;
        thrum_thread_unref(each->thread);
        free(each);
    }
    free(self);
}

static void run(thrum__task *task) {
    thrum_future *future = future_of(task);
    if (flag(&((thread_pool *)future->executor_)->broken))
        thrum_future_drop(future, THRUM_BROKEN_THREAD_POOL, broken_text);
    else
        thrum_future_run(future);
}

static int submit(thrum_executor *executor, thrum_future *future) {
    thread_pool *self = (thread_pool *)executor;
    future->task_.run_ = run;
    int r = thrum__pool_submit(self->pool, &future->task_);
    return r == THRUM_SHUT_DOWN ? THRUM_RUNTIME_ERROR : r;
}

static int shut_down(thrum_executor *executor, bool cancel_futures, thrum_deadline deadline) {
    thread_pool *self = (thread_pool *)executor;
    set_flag(&self->shut_down);
    thrum__pool_close(self->pool);
    if (cancel_futures)
        drop_all(self, 0, NULL);
    return thrum__pool_join(self->pool, deadline.ns);
}

static bool withdraw(thrum_executor *executor, thrum_future *future) {
    return thrum__pool_withdraw(((thread_pool *)executor)->pool, &future->task_);
}

static const char *refusal(thrum_executor *executor) {
    const thread_pool *self = (const thread_pool *)executor;
    if (flag(&self->broken))
        return broken_text;
    if (flag(&self->shut_down))
        return "cannot schedule new futures after shutdown";
    return thrum__pools_are_over() ? "cannot schedule new futures after interpreter shutdown" : NULL;
}

/* Add a line for a worker that makes a call. Returns whether it does. */
static bool add_line(thrum__text *text, const note *each) {
    void *function;
    /* Relaxed, both: it may be over when it is read. */
    thrum_call *call = __atomic_load_n(&each->making.call, __ATOMIC_RELAXED);
    void *arg = __atomic_load_n(&each->making.arg, __ATOMIC_RELAXED);
    if (!call)
        return false;
    memcpy(&function, &call, sizeof function); /* the C language knows no conversion */
    thrum__text_add(text, "  ");
    thrum__text_add_thread(text, thrum_thread_name(each->thread), thrum_thread_native_id(each->thread));
    thrum__text_add(text, " runs ");
    thrum__text_add_site(text, function);
    thrum__text_add(text, " with %p\n", arg);
    return true;
}

static int report(thrum_executor *executor, char *buffer, size_t size) {
    thread_pool *self = (thread_pool *)executor;
    char nowhere[1];
    thrum__text text;
    size_t running = 0;
    thrum__text_init(&text, size ? buffer : nowhere, size ? size : 1);
    /* Acquire: pairs with take_note(). */
    for (note *each = __atomic_load_n(&self->newest, __ATOMIC_ACQUIRE); each; each = each->older)
        running += add_line(&text, each);
    thrum__text_add(&text, "%zu running, %s waiting\n", running,
                    thrum__pool_has_tasks(self->pool) ? "others" : "none");
    return (int)text.length;
}

static void free_executor(thrum_executor *executor) {
    thrum__pool_unref(((thread_pool *)executor)->pool);
}

static const thrum_executor_ops ops = {.submit = submit,
                                       .shutdown = shut_down,
                                       .withdraw = withdraw,
                                       .report = report,
                                       .refusal = refusal,
                                       .free = free_executor};

static uint32_t default_workers(void) {
    uint32_t workers = thrum__os_cpus() + 4; /* as Python: some of the calls will wait for something */
    return workers < 32 ? workers : 32;
}

static int make_pool(thread_pool *self, int max_workers, const char *prefix) {
    static uint32_t made;
    char name[32];
    /* Relaxed: only has to be different. */
    if (!prefix || !*prefix)
        snprintf(name, sizeof name, "ThreadPoolExecutor-%u", __atomic_fetch_add(&made, 1, __ATOMIC_RELAXED));
    thrum__pool_options options = {.max_workers = max_workers ? (uint32_t)max_workers : default_workers(),
                                   .name_prefix = prefix && *prefix ? prefix : name,
                                   .on_start = on_start,
                                   .on_end = on_end,
                                   .on_broken = on_broken,
                                   .on_free = on_free,
                                   .arg = self};
    return thrum__pool_new(&self->pool, &options);
}

int thrum_thread_pool_executor_new(thrum_executor **ret_executor, const thrum_thread_pool_options *options) {
    static const thrum_thread_pool_options defaults;
    if (!options)
        options = &defaults;
    if (options->max_workers < 0)
        return THRUM_VALUE_ERROR;
    thread_pool *self = thrum__calloc(1, sizeof *self);
    if (!self)
        return -ENOMEM;
    self->executor.ops = &ops;
    self->executor.callers_help = options->callers_help && !options->initializer;
    self->initializer = options->initializer;
    self->initializer_arg = options->initializer_arg;
    int r = make_pool(self, options->max_workers, options->thread_name_prefix);
    if (r < 0)
        free(self);
    else
        *ret_executor = &self->executor;
    return r;
}
