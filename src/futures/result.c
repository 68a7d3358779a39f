/* result.c - waiting for the end of a future, and what it ended with. Threads wait at its address. */
#include "base/hooks.h"
#include "futures/future_internal.h"
#include "park/spin.h"
#include "threading/deadlock_internal.h"
#include "time/time_internal.h"

__thread thrum_executor *thrum__executor_here __attribute__((tls_model("initial-exec")));

/* Whether a call that has not begun may be made by the calling thread. The executor itself is not looked at: only a
 * mark that it left says that it is still there. */
static bool may_help(const thrum_future *future, uint32_t word) {
    if ((word & THRUM__STATE) != THRUM__PENDING || !(word & THRUM__HANDED))
        return false;
    return word & THRUM__HELPABLE || (thrum__executor_here && future->executor_ == thrum__executor_here);
}

bool thrum__future_help(thrum_future *future) {
    if (!may_help(future, thrum__future_word(future)))
        return false;
    bool mine = thrum__future_move(future, THRUM__PENDING, THRUM__RUNNING | THRUM__MADE, 0);
    if (mine)
        thrum__future_execute(future);
    return mine;
}

/* Sleep until the word changes in a way that matters to somebody. */
static int sleep_at(thrum_future *future, bool (*enough)(uint32_t word), int64_t deadline, const void *site) {
    thrum__record *me = thrum__record_self();
    thrum__wait wait = thrum__wait_for(THRUM__KIND_FUTURE, future, &future->runner_, deadline, site);
    thrum__queue *room = thrum__queue_lock(future);
    bool must_wait = thrum__future_mark(future, enough);
    if (must_wait)
        thrum__queue_push(room, me, future, &wait);
    thrum__queue_unlock(room);
    if (!must_wait)
        return 0;
    int r = thrum__deadlock_check(me, true);
    if (r < 0 && thrum__queue_leave(me, future))
        return r;
    return thrum__park(me, future, deadline);
}

/* Somebody is at work on it: let him, for as long as some short calls take. A pool that has been caught up with gets
 * ahead again, and the next futures are done when the caller comes to them. */
static void let_it_come(const thrum_future *future) {
    if ((thrum__future_word(future) & THRUM__STATE) != THRUM__PENDING && !thrum__hooks_get())
        thrum__spin_for_a_moment();
}

int thrum__future_wait(thrum_future *future, bool (*enough)(uint32_t word), int64_t deadline, const void *site) {
    bool waited = false;
    int r = 0;
    thrum__point(future, THRUM__POINT_READ);
    while (r == 0 && !enough(thrum__future_word(future))) {
        if (deadline == INT64_MIN)
            return THRUM_TIMED_OUT;
        if (thrum__future_help(future))
            continue;
        if (waited)
            r = sleep_at(future, enough, deadline, site);
        else
            let_it_come(future);
        waited = true;
    }
    return r;
}

/* 0 when it is finished, in whatever way. */
static int wait_until_finished(thrum_future *future, int64_t deadline, const void *site) {
    int r = thrum__future_wait(future, thrum__is_done, deadline, site);
    if (r < 0)
        return r;
    return (thrum__future_word(future) & THRUM__STATE) == THRUM__FINISHED ? 0 : THRUM_CANCELLED;
}

int thrum__future_result(thrum_future *future, int64_t deadline, const void *site, void **ret_result) {
    int r = wait_until_finished(future, deadline, site);
    if (r < 0)
        return r;
    if (future->error_ < 0)
        return future->error_;
    if (ret_result)
        *ret_result = future->result_;
    return 0;
}

int thrum_future_result(thrum_future *future, void **ret_result) {
    return thrum__future_result(future, THRUM__NEVER, __builtin_return_address(0), ret_result);
}

int thrum_future_result_timed(thrum_future *future, void **ret_result, thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : thrum__future_result(future, deadline, __builtin_return_address(0), ret_result);
}

static int exception(thrum_future *future, int64_t deadline, const void *site, int *ret_error) {
    int r = wait_until_finished(future, deadline, site);
    if (r == 0)
        *ret_error = future->error_;
    return r;
}

int thrum_future_exception(thrum_future *future, int *ret_error) {
    return exception(future, THRUM__NEVER, __builtin_return_address(0), ret_error);
}

int thrum_future_exception_timed(thrum_future *future, int *ret_error, thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : exception(future, deadline, __builtin_return_address(0), ret_error);
}

const char *thrum_future_exception_text(const thrum_future *future) {
    if ((thrum__future_word(future) & THRUM__STATE) != THRUM__FINISHED || future->error_ == 0)
        return NULL;
    return future->text_ ? future->text_ : thrum_strerror(future->error_);
}
