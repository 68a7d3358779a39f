/* future.c - Future: making, asking, cancelling, setting. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/hooks.h"
#include "futures/future_internal.h"

int thrum_future_new(thrum_future **ret_future) {
    thrum_future *future = thrum__calloc(1, sizeof *future);
    if (!future)
        return -ENOMEM;
    future->references_ = 1;
    *ret_future = future;
    return 0;
}

thrum_future *thrum_future_ref(thrum_future *future) {
    /* Relaxed: the caller has a reference, so the future is there. */
    __atomic_fetch_add(&future->references_, 1, __ATOMIC_RELAXED);
    return future;
}

/* What a future holds, when nobody else uses it any more. */
static void release_content(thrum_future *future) {
    if ((thrum__future_word(future) & THRUM__STATE) == THRUM__FINISHED && future->text_)
        free(future->text_);
    if (future->listeners_)
        thrum__callbacks_free(future->listeners_);
}

thrum_future *thrum_future_unref(thrum_future *future) {
    /* Acquire and release: what every owner did with the future comes before its end. */
    if (future && __atomic_sub_fetch(&future->references_, 1, __ATOMIC_ACQ_REL) == 0) {
        release_content(future);
        free(future);
    }
    return NULL;
}

static bool is_left_alone(uint32_t word) {
    bool busy = (word & THRUM__STATE) == THRUM__RUNNING || (word & THRUM__STATE) == THRUM__SETTING;
    return !busy && !(word & (THRUM__HANDED | THRUM__CALLING));
}

/* Wait until nobody uses it. What a worker's own executor has in its queue may be behind the call that the worker is
 * making. So it takes the future out, after making the call if nobody has. */
static void see_it_left(thrum_future *future, const void *site) {
    thrum_executor *executor = thrum__executor_here;
    (void)thrum__future_help(future);
    if (executor && thrum__future_word(future) & THRUM__HANDED && future->executor_ == executor &&
        executor->ops->withdraw && executor->ops->withdraw(executor, future))
        thrum_future_run(future); /* which has nothing to call any more, and lets go of it */
    (void)thrum__future_wait(future, is_left_alone, INT64_MAX, site);
}

void thrum_future_fini(thrum_future *future) {
    thrum__point(future, THRUM__POINT_READ);
    if (!is_left_alone(thrum__future_word(future)))
        see_it_left(future, __builtin_return_address(0));
    release_content(future);
    memset(future, 0, sizeof *future);
}

static thrum_future_state public_state(uint32_t word) {
    static const thrum_future_state states[] = {THRUM_FUTURE_PENDING,
                                                THRUM_FUTURE_RUNNING,
                                                THRUM_FUTURE_RUNNING,
                                                THRUM_FUTURE_CANCELLED,
                                                THRUM_FUTURE_CANCELLED_AND_NOTIFIED,
                                                THRUM_FUTURE_FINISHED};
    return states[word & THRUM__STATE];
}

thrum_future_state thrum_future_state_of(const thrum_future *future) {
    thrum__point(future, THRUM__POINT_READ);
    return public_state(thrum__future_word(future));
}

bool thrum_future_cancelled(const thrum_future *future) {
    thrum_future_state state = thrum_future_state_of(future);
    return state == THRUM_FUTURE_CANCELLED || state == THRUM_FUTURE_CANCELLED_AND_NOTIFIED;
}

bool thrum_future_running(const thrum_future *future) {
    return thrum_future_state_of(future) == THRUM_FUTURE_RUNNING;
}

bool thrum_future_done(const thrum_future *future) {
    thrum__point(future, THRUM__POINT_READ);
    return thrum__is_done(thrum__future_word(future));
}

bool thrum_future_cancel(thrum_future *future) {
    return thrum__future_move(future, THRUM__PENDING, THRUM__CANCELLED, 0) || thrum_future_cancelled(future);
}

int thrum_future_set_running_or_notify_cancel(thrum_future *future) {
    if (thrum__future_move(future, THRUM__PENDING, THRUM__RUNNING, 0))
        return 1;
    if (thrum__future_move(future, THRUM__CANCELLED, THRUM__NOTIFIED, 0))
        return 0;
    thrum__futures_log("Future %p in unexpected state: %s", (void *)future,
                       thrum_future_state_name(thrum_future_state_of(future)));
    return THRUM_RUNTIME_ERROR;
}

/* Become the one who sets the result. */
static bool begin_setting(thrum_future *future) {
    uint32_t word = thrum__future_word(future);
    for (;;) {
        uint32_t state = word & THRUM__STATE;
        if ((state != THRUM__PENDING && state != THRUM__RUNNING) || word & THRUM__MADE)
            return false;
        if (thrum__future_move(future, state, THRUM__SETTING, 0))
            return true;
        word = thrum__future_word(future);
    }
}

int thrum_future_set_result(thrum_future *future, void *result) {
    if (!begin_setting(future))
        return THRUM_INVALID_STATE;
    future->error_ = 0;
    future->text_ = NULL;
    future->result_ = result;
    thrum__future_move(future, THRUM__SETTING, THRUM__FINISHED, 0);
    return 0;
}

int thrum_future_set_error(thrum_future *future, int error, const char *text) {
    if (error >= 0)
        return THRUM_VALUE_ERROR;
    char *copy = text ? thrum__strdup(text) : NULL;
    if (text && !copy)
        return -ENOMEM;
    if (!begin_setting(future)) {
        free(copy);
        return THRUM_INVALID_STATE;
    }
    future->error_ = error;
    future->text_ = copy;
    future->result_ = NULL;
    thrum__future_move(future, THRUM__SETTING, THRUM__FINISHED, 0);
    return 0;
}
