/* timer_keeper.c - the threads behind all timers: the keeper and the runners. See timer_internal.h. */
#include <pthread.h>

#include <thrum/threading/lock.h>

#include "base/hooks.h"
#include "park/queue.h"
#include "threading/thread_internal.h"
#include "threading/timer_internal.h"
#include "time/time_internal.h"

enum { most_idle = 4 };
static const int64_t idle_time = INT64_C(10) * thrum__ns_per_s;
static const int64_t retry_time = 10 * 1000 * 1000; /* after the system refused a thread */

thrum__timers_state thrum__timers;
__thread thrum_timer *thrum__timer_mine __attribute__((tls_model("initial-exec")));

static thrum_lock starting; /* held while a keeper is made, and for nothing else; before the latch */

/* Keys of the waiting room: the keeper's own, the runners', and thrum__timers.alive, where exit() waits. */
#define KEEPER (&thrum__timers.sleeps_until)
#define RUNNERS (&thrum__timers.idle)

void thrum__timers_queue(thrum__record *me, const void *key, int64_t deadline) {
    thrum__wait wait = thrum__wait_for(THRUM__KIND_SLEEP, NULL, NULL, deadline, __builtin_return_address(0));
    thrum__queue *queue = thrum__queue_lock(key);
    thrum__queue_push_front(queue, me, key, &wait); /* the one that ran last is woken first: its memory is warm */
    thrum__queue_unlock(queue);
}

bool thrum__timers_wake(const void *key) {
    thrum__queue *queue = thrum__queue_lock(key);
    thrum__record *record = thrum__queue_first(queue, key);
    if (record)
        thrum__queue_remove(queue, record);
    thrum__queue_unlock(queue);
    if (record)
        thrum__deliver(record, 0);
    return record != NULL;
}

void thrum__timers_wake_keeper(void) {
    thrum__timers_wake(KEEPER);
}

/* Runners. */

static bool bring_runner(void);

/* Under the latch: whether the caller is to bring a runner. */
static bool lacks_runner(void) {
    bool lacks = thrum__wheel_has_due(&thrum__timers.wheel) && !thrum__timers.coming;
    thrum__timers.coming |= lacks;
    return lacks;
}

/* Under the latch: the first timer that is due, which nobody can cancel from here on. */
static thrum_timer *take(const thrum__record *me) {
    thrum_timer *timer = (thrum_timer *)thrum__wheel_pop(&thrum__timers.wheel);
    if (!timer)
        return NULL;
    __atomic_store_n(&timer->runner, me->id, __ATOMIC_RELAXED); /* relaxed: a walk confirms what it finds */
    /* Release: pairs with the acquire load of whoever reads the state. */
    __atomic_fetch_add(&timer->word, THRUM__TIMER_RUNNING - THRUM__TIMER_WAITING, __ATOMIC_RELEASE);
    thrum__note(timer, THRUM__NOTE_TAKES);
    return timer;
}

/* Under the latch, which is let go of meanwhile: wait for work. Returns whether there may be some. */
static bool idle(thrum__record *me) {
    if (thrum__timers.idle >= most_idle)
        return false;
    int64_t deadline = thrum__add_saturated(thrum_monotonic_ns(), idle_time);
    thrum__timers.idle++;
    thrum__timers_queue(me, RUNNERS, deadline);
    thrum__latch_unlock(&thrum__timers.latch);
    bool called = thrum__park_at_once(me, RUNNERS, deadline) == 0;
    thrum__timers_lock();
    thrum__timers.idle--;
    if (called)
        thrum__timers.coming = false;
    return called || thrum__wheel_has_due(&thrum__timers.wheel);
}

/* The next timer to run; NULL when the runner is not needed any more. */
static thrum_timer *next_timer(thrum__record *me) {
    thrum_timer *timer = NULL;
    thrum__timers_lock();
    while (!thrum__exit_is_over() && !(timer = take(me)) && idle(me))
        ;
    bool lacks = timer && lacks_runner();
    thrum__latch_unlock(&thrum__timers.latch);
    if (lacks)
        bring_runner();
    return timer;
}

/* However its function is left: also by pthread_exit(). The thread's values of thrum_local end with it, as they would
 * with a thread of its own. */
static void end(void *arg) {
    thrum_thread *me = thrum_current_thread();
    if (thrum__me->locals)
        thrum__record_destroy_locals(thrum__me);
    thrum__timer_mine = NULL;
    if (me->kind == THRUM__THREAD_HIDDEN) { /* in the child of a fork it is the main thread */
        thrum__thread_borrow_name(me, "timer runner");
        __atomic_store_n(&me->daemon, true, __ATOMIC_RELAXED); /* relaxed: a fact by itself */
    }
    thrum__timer_end(arg);
}

/* While it runs a timer, the thread passes for the timer's own. */
static void run(thrum_timer *timer) {
    thrum_thread *me = thrum_current_thread();
    thrum__thread_borrow_name(me, timer->name);
    __atomic_store_n(&me->daemon, timer->daemon, __ATOMIC_RELAXED); /* relaxed: a fact by itself */
    thrum__timer_mine = timer;
    me->text[0] = '\0'; /* what an earlier function may have said */
    pthread_cleanup_push(end, timer);
    thrum__excepthook(me, timer->function(timer->arg));
    pthread_cleanup_pop(1);
}

static int run_timers(void *arg) {
    thrum__record *me = thrum__record_self();
    uint32_t process = thrum__timers.process;
    (void)arg;
    thrum__timers_lock();
    thrum__timers.coming = false;
    thrum__latch_unlock(&thrum__timers.latch);
    for (thrum_timer *timer; process == thrum__timers.process && (timer = next_timer(me));)
        run(timer);
    return 0;
}

static int start_thread(thrum_target *target, const char *name) {
    thrum_thread *thread;
    int r = thrum__thread_start_hidden(&thread, target, NULL, name);
    if (r == 0)
        thrum_thread_unref(thread);
    return r;
}

/* Wake a runner or make one; `coming` was set before. False when the system refuses: the keeper tries again. */
static bool bring_runner(void) {
    if (thrum__timers_wake(RUNNERS) || start_thread(run_timers, "timer runner") == 0)
        return true;
    thrum__timers_lock();
    thrum__timers.coming = false;
    thrum__latch_unlock(&thrum__timers.latch);
    thrum__timers_wake_keeper();
    return false;
}

/* The keeper. */

/* Let time go on. Returns true when the caller is queued, to sleep until *ret_until; else *ret_lacks says whether it
 * is to bring a runner. */
static bool look(thrum__record *me, bool *ret_lacks, int64_t *ret_until) {
    int64_t now = thrum_monotonic_ns();
    thrum__timers_lock();
    bool finished = thrum__wheel_advance(&thrum__timers.wheel, now);
    *ret_lacks = lacks_runner();
    bool sleeps = finished && !*ret_lacks;
    thrum__timers.sleeps_until = sleeps ? thrum__wheel_next(&thrum__timers.wheel) : thrum__timers_awake;
    *ret_until = thrum__timers.sleeps_until;
    if (*ret_until == THRUM__NEVER) /* then it may not be needed any more */
        *ret_until = thrum__add_saturated(now, idle_time);
    if (sleeps)
        thrum__timers_queue(me, KEEPER, *ret_until);
    thrum__latch_unlock(&thrum__timers.latch);
    return sleeps;
}

/* The keeper has slept its time. Returns whether it goes, because there is no timer: whoever starts one then brings
 * another keeper, which finds everything as the first one did. */
static bool goes(void) {
    thrum__timers_lock();
    bool leaves = thrum__timers.kept && thrum__timers_none();
    if (leaves) {
        thrum__timers.kept = false;
        thrum__timers.sleeps_until = thrum__timers_awake;
        thrum__timers.wheel = (thrum__wheel){.now = 0};
    }
    thrum__latch_unlock(&thrum__timers.latch);
    return leaves;
}

static int keep(void *arg) {
    thrum__record *me = thrum__record_self();
    bool gone = false;
    (void)arg;
    while (!gone && !thrum__exit_is_over()) {
        bool lacks;
        int64_t until;
        if (look(me, &lacks, &until)) /* whatever ends the sleep: look again */
            gone = thrum__park_at_once(me, KEEPER, until) != 0 && goes();
        else if (lacks && !bring_runner())
            (void)thrum_sleep(thrum_nanoseconds(retry_time)); /* cannot fail: it is a good span */
    }
    return 0;
}

static bool is_kept(void) {
    thrum__timers_lock();
    bool is = thrum__timers.kept;
    thrum__latch_unlock(&thrum__timers.latch);
    return is;
}

/* While `starting` is held. It does not go before it counts as one. */
static int start_keeper(void) {
    int r = start_thread(keep, "timer keeper");
    if (r < 0)
        return r;
    thrum__timers_lock();
    thrum__timers.kept = true;
    thrum__latch_unlock(&thrum__timers.latch);
    return 0;
}

static int make_keeper(void) {
    thrum_lock_acquire(&starting);
    int r = is_kept() ? 0 : start_keeper();
    (void)thrum_lock_release(&starting); /* cannot fail: it is held */
    return r;
}

int thrum__timers_lock_kept(void) {
    thrum__timers_lock();
    while (!thrum__timers.kept) {
        thrum__latch_unlock(&thrum__timers.latch);
        int r = make_keeper();
        if (r < 0)
            return r;
        thrum__timers_lock();
    }
    return 0;
}

/* The process. */

/* What thrum__exit_wait_for_timers() promises. The timer from whose function exit() is called is not waited for. */
static bool wait_for_timers(void) {
    static size_t seen;
    thrum__record *me = thrum__record_self();
    size_t mine = thrum__timer_mine && !thrum__timer_mine->daemon;
    thrum__timers_lock();
    thrum__timers.end_waits = true;
    while (thrum__timers.alive > mine) {
        thrum__timers_queue(me, &thrum__timers.alive, THRUM__NEVER);
        thrum__latch_unlock(&thrum__timers.latch);
        (void)thrum__park_at_once(me, &thrum__timers.alive, THRUM__NEVER); /* only woken: there is no time limit */
        thrum__timers_lock();
    }
    bool changed = thrum__timers.ended != seen;
    seen = thrum__timers.ended;
    thrum__latch_unlock(&thrum__timers.latch);
    return changed;
}

static void before_fork(void) {
    thrum__latch_lock(&thrum__timers.latch);
}

static void after_fork_parent(void) {
    thrum__latch_unlock(&thrum__timers.latch);
}

/* No timer waits here but those that the child will start, and none runs but one whose function has forked. */
static void after_fork_child(void) {
    thrum_timer *mine = thrum__timer_mine;
    uint32_t process = thrum__timers.process + 1;
    thrum__timers = (thrum__timers_state){.process = process, .alive = mine && !mine->daemon};
    if (mine)
        mine->process = process;
    thrum_lock_at_fork_reinit(&starting);
}

__attribute__((constructor(201))) static void load(void) {
    thrum__exit_wait_for_timers = wait_for_timers;
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}
