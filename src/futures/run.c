/* run.c - the executor's side of a future: taking one over, making its call, letting go of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/hooks.h"
#include "futures/future_internal.h"
#include "futures/pool.h"
#include "threading/thread_internal.h"

__thread thrum__making *thrum__making_here __attribute__((tls_model("initial-exec")));

static void set_making(thrum_call *call, void *arg) {
    /* Relaxed, both: a report says what it finds. */
    __atomic_store_n(&thrum__making_here->call, call, __ATOMIC_RELAXED);
    __atomic_store_n(&thrum__making_here->arg, arg, __ATOMIC_RELAXED);
}

/* Make the call, which may be inside another that waits. */
static int make_call(thrum_future *future, void **ret_result) {
    if (!thrum__making_here)
        return future->call_(future->arg_, ret_result);
    thrum__making outer = *thrum__making_here;
    set_making(future->call_, future->arg_);
    int r = future->call_(future->arg_, ret_result);
    set_making(outer.call, outer.arg);
    if (!outer.call)
        thrum__pool_settle();
    return r;
}

void thrum__future_execute(thrum_future *future) {
    void *result = NULL;
    /* Relaxed: who looks for a deadlock looks again under the latch of the waiting room. */
    __atomic_store_n(&future->runner_, thrum__record_self()->id, __ATOMIC_RELAXED);
    int r = make_call(future, &result);
    future->error_ = r < 0 ? r : 0;
    future->result_ = r < 0 ? NULL : result;
    future->text_ = r < 0 ? thrum__thread_take_text() : NULL;
    __atomic_store_n(&future->runner_, 0, __ATOMIC_RELAXED); /* relaxed: as above; who waits on waits for no thread */
    thrum__future_move(future, THRUM__RUNNING, THRUM__FINISHED, THRUM__MADE); /* from here on it may be gone */
}

void thrum_future_run(thrum_future *future) {
    bool counted = thrum__future_is_counted(future);
    if (thrum__future_move(future, THRUM__PENDING, THRUM__RUNNING | THRUM__MADE, THRUM__HANDED))
        thrum__future_execute(future);
    else if (!thrum__future_move(future, THRUM__CANCELLED, THRUM__NOTIFIED, THRUM__HANDED))
        thrum__future_unmark(future, THRUM__HANDED); /* somebody who waited has made the call, or set a result */
    if (counted)
        thrum_future_unref(future);
}

void thrum_future_drop(thrum_future *future, int error, const char *text) {
    if (error == 0)
        thrum_future_cancel(future);
    else if (thrum_future_set_error(future, error, text) == -ENOMEM)
        (void)thrum_future_set_error(future, error, NULL); /* without the text, of which there is no copy */
    thrum_future_run(future);
}

/* Mark a future as the executor's. */
static void hand_over(thrum_future *future, thrum_executor *executor, thrum_call *call, void *arg) {
    uint32_t word = thrum__future_word(future), mark = THRUM__HANDED;
    future->call_ = call;
    future->arg_ = arg;
    future->executor_ = executor;
    if (executor->callers_help)
        mark |= THRUM__HELPABLE;
    while (!thrum__future_exchange(future, &word, word | mark))
        ;
}

int thrum_executor_submit_into(thrum_executor *executor, thrum_call *call, void *arg, thrum_future *future) {
    if (!call)
        return THRUM_VALUE_ERROR;
    uint32_t word = thrum__future_word(future);
    if ((word & THRUM__STATE) != THRUM__PENDING || word & THRUM__HANDED)
        return THRUM_INVALID_STATE;
    hand_over(future, executor, call, arg);
    int r = executor->ops->submit(executor, future);
    if (r == 0)
        return 0;
    thrum__future_unmark(future, THRUM__HANDED | THRUM__HELPABLE);
    /* A thread that waits for it may have made the call meanwhile. */
    return (thrum__future_word(future) & THRUM__STATE) == THRUM__PENDING ? r : 0;
}

int thrum_executor_submit(thrum_executor *executor, thrum_call *call, void *arg, thrum_future **ret_future) {
    if (!call)
        return THRUM_VALUE_ERROR;
    thrum_future *future = thrum__malloc(sizeof *future);
    if (!future)
        return -ENOMEM;
    *future = (thrum_future){.word_ = THRUM__HANDED | (executor->callers_help ? THRUM__HELPABLE : 0),
                             .references_ = ret_future ? 2 : 1, /* the executor's, and the caller's */
                             .call_ = call,
                             .arg_ = arg,
                             .executor_ = executor};
    int r = executor->ops->submit(executor, future);
    if (r < 0)
        free(future);
    else if (ret_future)
        *ret_future = future;
    return r;
}
