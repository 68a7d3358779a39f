/* timer.c - Timer: the object. The threads behind it are in timer_keeper.c, the state table in timer_internal.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/hooks.h"
#include "park/queue.h"
#include "threading/deadlock_internal.h"
#include "threading/thread_internal.h"
#include "threading/timer_internal.h"
#include "time/time_internal.h"

static uint32_t word_of(const thrum_timer *timer) {
    /* Acquire: pairs with move() and with the last unref. What its function did is seen by whoever finds it done. */
    return __atomic_load_n(&timer->word, __ATOMIC_ACQUIRE);
}

static uint32_t state_of(const thrum_timer *timer) {
    return word_of(timer) & THRUM__TIMER_STATE;
}

/* Started by a process of which this one is a fork: its thread is not here, and it is no longer in the wheel. */
static bool left_behind(const thrum_timer *timer) {
    uint32_t state = state_of(timer);
    return (state == THRUM__TIMER_WAITING || state == THRUM__TIMER_RUNNING) &&
           timer->process != thrum__timers.process;
}

/* Under the latch: from one state to another. Returns the word as it was. */
static uint32_t move(thrum_timer *timer, uint32_t from, uint32_t to, int references) {
    uint32_t difference = to - from + (uint32_t)references * THRUM__TIMER_REFERENCE;
    /* Acquire and release: pairs with word_of(), and with JOINED being set. */
    return __atomic_fetch_add(&timer->word, difference, __ATOMIC_ACQ_REL);
}

static uint32_t next_number(void) {
    static uint32_t last;
    return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED); /* relaxed: only has to be different */
}

static thrum_timer *allocate(const char *name) {
    char made[24];
    if (!name)
        snprintf(made, sizeof made, "Timer-%u", next_number());
    size_t size = strlen(name ? name : made) + 1;
    thrum_timer *timer = thrum__calloc(1, sizeof *timer + size);
    if (timer)
        memcpy(timer->name, name ? name : made, size);
    return timer;
}

static bool inherit_daemon(thrum_daemon wish) {
    return wish == THRUM_DAEMON_INHERIT ? thrum_thread_daemon(thrum_current_thread()) : wish == THRUM_DAEMON;
}

int thrum_timer_new(thrum_timer **ret_timer, thrum_timeout interval, thrum_target *function, void *arg,
                    const thrum_timer_options *options) {
    static const thrum_timer_options defaults;
    int64_t deadline;
    if (!options)
        options = &defaults;
    int r = function ? thrum__deadline(interval, THRUM__NEGATIVE_IS_EXPIRED, &deadline) : THRUM_VALUE_ERROR;
    if (r < 0)
        return r;
    thrum_timer *timer = allocate(options->name);
    if (!timer)
        return -ENOMEM;
    timer->word = THRUM__TIMER_INITIAL + THRUM__TIMER_REFERENCE;
    timer->interval = interval;
    timer->function = function;
    timer->arg = arg;
    timer->free_arg = options->free_arg;
    timer->daemon = inherit_daemon(options->daemon);
    *ret_timer = timer;
    return 0;
}

/* Under the latch: into the wheel. */
static void admit(thrum_timer *timer, int64_t deadline) {
    timer->process = thrum__timers.process;
    thrum__timers.alive += !timer->daemon;
    thrum__wheel_insert(&thrum__timers.wheel, &timer->node, deadline);
    move(timer, THRUM__TIMER_INITIAL, THRUM__TIMER_WAITING, +1);
}

static int start(thrum_timer *timer, int64_t deadline) {
    bool wakes = false;
    int r = thrum__timers_lock_kept();
    if (r < 0)
        return r;
    uint32_t state = state_of(timer);
    if (state == THRUM__TIMER_CANCELLED) {
        move(timer, THRUM__TIMER_CANCELLED, THRUM__TIMER_DONE, 0);
    } else if (state == THRUM__TIMER_INITIAL) {
        wakes = thrum__timers_oversleeps(deadline);
        admit(timer, deadline);
    }
    thrum__latch_unlock(&thrum__timers.latch);
    if (wakes)
        thrum__timers_wake_keeper();
    return state == THRUM__TIMER_CANCELLED || state == THRUM__TIMER_INITIAL ? 0 : THRUM_RUNTIME_ERROR;
}

int thrum_timer_start(thrum_timer *timer) {
    int64_t deadline;
    thrum__point(timer, THRUM__POINT_WRITE);
    thrum__note(timer, THRUM__NOTE_GIVES);
    if (thrum__exit_is_over())
        return THRUM_RUNTIME_ERROR;
    (void)thrum__deadline(timer->interval, THRUM__NEGATIVE_IS_EXPIRED, &deadline); /* cannot fail: new has tried it */
    return start(timer, deadline);
}

/* Under the latch: the timer holds up the end of the process no longer. Returns whether exit() has to look. */
static bool count_out(const thrum_timer *timer) {
    if (timer->daemon)
        return false;
    thrum__timers.alive--;
    thrum__timers.ended++;
    return thrum__timers.end_waits;
}

/* After the latch: tell those who wait for the timer to be done. `word` is what it was before it was. */
static void tell(const thrum_timer *timer, uint32_t word, bool tell_exit) {
    while (word & THRUM__TIMER_JOINED && thrum__timers_wake(timer))
        ;
    if (tell_exit)
        thrum__timers_wake(&thrum__timers.alive);
}

void thrum_timer_cancel(thrum_timer *timer) {
    uint32_t word = 0;
    bool tell_exit = false;
    thrum__point(timer, THRUM__POINT_WRITE);
    thrum__timers_lock();
    uint32_t state = state_of(timer);
    if (state == THRUM__TIMER_INITIAL) {
        move(timer, THRUM__TIMER_INITIAL, THRUM__TIMER_CANCELLED, 0);
    } else if (state == THRUM__TIMER_WAITING && !left_behind(timer)) {
        thrum__wheel_remove(&thrum__timers.wheel, &timer->node);
        word = move(timer, THRUM__TIMER_WAITING, THRUM__TIMER_DONE, -1);
        tell_exit = count_out(timer);
    }
    thrum__latch_unlock(&thrum__timers.latch);
    tell(timer, word, tell_exit);
}

void thrum__timer_end(thrum_timer *timer) {
    thrum__note(timer, THRUM__NOTE_GIVES);
    thrum__timers_lock();
    uint32_t word = move(timer, THRUM__TIMER_RUNNING, THRUM__TIMER_DONE, 0);
    bool tell_exit = count_out(timer);
    thrum__latch_unlock(&thrum__timers.latch);
    tell(timer, word, tell_exit);
    thrum_timer_unref(timer);
}

bool thrum_timer_is_alive(const thrum_timer *timer) {
    thrum__point(timer, THRUM__POINT_READ);
    uint32_t state = state_of(timer);
    thrum__note(timer, THRUM__NOTE_TAKES);
    return (state == THRUM__TIMER_WAITING || state == THRUM__TIMER_RUNNING) && !left_behind(timer);
}

/* The runner is the owner: that one waits for the caller, and this for the runner, is a deadlock. */
static int wait_for_end(thrum_timer *timer, int64_t deadline, const void *site) {
    thrum__record *me = thrum__record_self();
    thrum__wait wait = thrum__wait_for(THRUM__KIND_TIMER, timer, &timer->runner, deadline, site);
    thrum__queue *queue = thrum__queue_lock(timer);
    /* Acquire and release: either this finds the timer done, or move() finds JOINED and looks into the queue. */
    uint32_t word = __atomic_fetch_or(&timer->word, THRUM__TIMER_JOINED, __ATOMIC_ACQ_REL);
    bool ended = (word & THRUM__TIMER_STATE) == THRUM__TIMER_DONE;
    if (!ended)
        thrum__queue_push(queue, me, timer, &wait);
    thrum__queue_unlock(queue);
    thrum__note(timer, THRUM__NOTE_TAKES);
    if (ended)
        return 0;
    int r = thrum__deadlock_check(me, true);
    if (r < 0 && thrum__queue_leave(me, timer))
        return r;
    return thrum__park(me, timer, deadline);
}

static int join(thrum_timer *timer, int64_t deadline, const void *site) {
    uint32_t state = state_of(timer);
    if (state == THRUM__TIMER_INITIAL || state == THRUM__TIMER_CANCELLED || timer == thrum__timer_mine)
        return THRUM_RUNTIME_ERROR;
    if (!thrum_timer_is_alive(timer))
        return 0;
    return deadline == INT64_MIN ? THRUM_TIMED_OUT : wait_for_end(timer, deadline, site);
}

int thrum_timer_join(thrum_timer *timer) {
    return join(timer, THRUM__NEVER, __builtin_return_address(0));
}

int thrum_timer_join_timed(thrum_timer *timer, thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : join(timer, deadline, __builtin_return_address(0));
}

const char *thrum_timer_name(const thrum_timer *timer) {
    return timer->name;
}

bool thrum_timer_daemon(const thrum_timer *timer) {
    return timer->daemon;
}

thrum_timer *thrum_timer_ref(thrum_timer *timer) {
    /* Relaxed: the caller has a reference, so the timer is there. */
    __atomic_fetch_add(&timer->word, THRUM__TIMER_REFERENCE, __ATOMIC_RELAXED);
    return timer;
}

thrum_timer *thrum_timer_unref(thrum_timer *timer) {
    if (!timer)
        return NULL;
    /* The reference of the library went with the process that the timer was left behind by. */
    uint32_t last = left_behind(timer) ? 2 : 1;
    thrum__note(timer, THRUM__NOTE_GIVES);
    /* Acquire and release: what every owner did with the timer comes before its destruction. */
    uint32_t word = __atomic_fetch_sub(&timer->word, THRUM__TIMER_REFERENCE, __ATOMIC_ACQ_REL);
    if (word / THRUM__TIMER_REFERENCE != last)
        return NULL;
    thrum__note(timer, THRUM__NOTE_TAKES);
    if (timer->free_arg)
        timer->free_arg(timer->arg);
    free(timer);
    return NULL;
}
