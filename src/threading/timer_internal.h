/* timer_internal.h - the timer object, and the threads that all timers share.
 *
 * One thread, the keeper, sleeps until the wheel's next deadline. It calls no user function: it sees to it that a
 * runner comes, a thread that takes what is due and calls it. A runner that takes a timer while more are due first
 * sees to it that another one comes; so a function that blocks keeps nobody waiting, and ten thousand short ones
 * cost one runner. A few idle runners are kept for a while; so is a keeper without timers.
 *
 * A timer's word: its state in the low bits, whether threads join it, and above these its references. States:
 *     INITIAL    -> WAITING by start, which adds the library's reference; -> CANCELLED by cancel
 *     CANCELLED  -> DONE by start
 *     WAITING    -> RUNNING by the runner that takes it; -> DONE by cancel, which drops the library's reference
 *     RUNNING    -> DONE by its runner
 * All of these under the latch. JOINED is set under the latch of the timer's queue, by a thread that is about to
 * queue itself; whoever moves the state to DONE and finds it set wakes those who are queued.
 *
 * Locking: thrum__timers.latch protects the wheel, the states, and every field of thrum__timers. It is taken before
 * the latch of a queue. Nothing is called while it is held but the wheel and the queues; the wheel moves a bounded
 * number of timers at a time.
 */
#ifndef THRUM_TIMER_INTERNAL_H
#define THRUM_TIMER_INTERNAL_H

#include <thrum/threading/timer.h>

#include "base/hooks.h"
#include "base/wheel.h"
#include "park/latch.h"
#include "park/record.h"

enum {
    THRUM__TIMER_INITIAL,
    THRUM__TIMER_CANCELLED,
    THRUM__TIMER_WAITING,
    THRUM__TIMER_RUNNING,
    THRUM__TIMER_DONE,
    THRUM__TIMER_STATE = 7, /* the bits of the state */
    THRUM__TIMER_JOINED = 8,
    THRUM__TIMER_REFERENCE = 16
};

struct thrum_timer {
    thrum__wheel_node node; /* in the wheel while WAITING */
    uint32_t word;          /* atomic */
    uint32_t process;       /* thrum__timers.process when it was started */
    thrum_timeout interval;
    thrum_target *function;
    void *arg;
    void (*free_arg)(void *arg);
    uint32_t runner; /* the number of the thread that runs it, for reports; atomic */
    bool daemon;
    char name[];
};

typedef struct thrum__timers_state {
    thrum__latch latch;
    bool kept;            /* there is a keeper, which stays while there are timers */
    bool coming;          /* a runner was woken or made and has not looked yet */
    bool end_waits;       /* exit() waits at `alive` */
    uint32_t process;     /* counted up in the child of a fork, where no timer waits and no keeper runs */
    uint32_t idle;        /* runners that wait */
    size_t alive, ended;  /* non-daemon timers that were started and not ended; that have ended so far */
    int64_t sleeps_until; /* what the keeper has gone to sleep for, or thrum__timers_awake */
    thrum__wheel wheel;
} thrum__timers_state;

extern thrum__timers_state thrum__timers;
static const int64_t thrum__timers_awake = INT64_MIN + (1 << thrum__wheel_tick_bits);

/* The timer whose function the calling thread is in, or NULL. */
extern __thread thrum_timer *thrum__timer_mine __attribute__((tls_model("initial-exec")));

/* Under the latch: whether no timer waits. Then the keeper and the runners go when they have been idle for long. */
static inline bool thrum__timers_none(void) {
    return !thrum__wheel_has_due(&thrum__timers.wheel) && !thrum__wheel_has_more(&thrum__timers.wheel);
}

/* Take the latch. A place for a switch of an exploration. */
static inline void thrum__timers_lock(void) {
    thrum__point(&thrum__timers, THRUM__POINT_ATOMIC);
    thrum__latch_lock(&thrum__timers.latch);
}

/* The same, and there is a keeper. 0; or a negative code, without the latch. */
int thrum__timers_lock_kept(void);

/* Tell the keeper that it sleeps too long. */
void thrum__timers_wake_keeper(void);

/* Under the latch: whether the keeper sleeps beyond a deadline, and not only beyond the same tick. */
static inline bool thrum__timers_oversleeps(int64_t deadline) {
    return deadline <= thrum__timers.sleeps_until - (1 << thrum__wheel_tick_bits);
}

/* The function of a RUNNING timer has returned. Drops the library's reference. */
void thrum__timer_end(thrum_timer *timer);

/* Sleep at `key` and wake who sleeps there longest, false when nobody does. Queue is for under the latch. */
void thrum__timers_queue(thrum__record *me, const void *key, int64_t deadline);
bool thrum__timers_wake(const void *key);

#endif
