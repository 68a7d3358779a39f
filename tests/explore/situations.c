/* situations.c - see situations.h; those of the barrier are in barrier_situations.c. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <thrum/threading.h>

#include "bugs.h"
#include "situations.h"
#include "threading/thread_internal.h"
#include "waiting.h"

static thrum_lock lock, other;
static thrum_rlock rlock;

/* Who comes first to a lock that is held gets it first. */
static thrum_semaphore goes[3];
static int served;

static bool is_queued(void *index) {
    return waits_at((int)(intptr_t)index, &lock);
}

static int come_in_order(void *arg) {
    be((intptr_t)arg);
    if (!arg) {
        thrum_lock_acquire(&lock);
        for (intptr_t i = 1; i < 3; i++) {
            THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_release(&goes[i], 1) == 0);
            wait_until(is_queued, (void *)i);
        }
    } else {
        thrum_semaphore_acquire(&goes[(intptr_t)arg]);
        thrum_lock_acquire(&lock);
        THRUM_EXPLORE_CHECK_THAT(++served == (intptr_t)arg);
    }
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(&lock) == 0);
    return 0;
}

static void first_come_first_served(void *arg) {
    (void)arg;
    forget_waiters();
    served = 0;
    crew(3, come_in_order);
}

/* A thread that comes back to a lock again and again, and keeps it for longer than others are patient, overtakes one
 * that waits a few times, and then no more. */
enum { comes = 10, overtakes = 5 };
static int overtaken;

static int come_back_or_wait(void *arg) {
    be((intptr_t)arg);
    for (int i = 0; i < comes && !get(&served); i++) {
        thrum_lock_acquire(&lock);
        add(&served, arg != NULL);
        if (!arg)
            (void)!thrum_sleep(thrum_milliseconds(2)); /* cannot fail: 0 */
        overtaken += waits_at(1, &lock);
        THRUM_EXPLORE_CHECK_THAT(overtaken <= overtakes && thrum_lock_release(&lock) == 0);
    }
    return 0;
}

static void nobody_is_overtaken_for_ever(void *arg) {
    (void)arg;
    forget_waiters();
    served = overtaken = 0;
    crew(2, come_back_or_wait);
}

/* The inline halves of locks, which threads whose operations are watched do not take. Nothing comes between these. */
static int unwatched; /* plain memory: only the locks order it */

static void take_inline(void) {
    if (thrum_rlock_locked(&rlock) || thrum_lock_locked(&lock))
        return;
    thrum_self_ = thrum__record_self()->id;
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_try_acquire(&lock) == 0);
    unwatched++;
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(&lock) == 0);
    thrum_rlock_acquire(&rlock);
    THRUM_EXPLORE_CHECK_THAT(thrum_rlock_recursion_count(&rlock) == 1 && thrum_rlock_release(&rlock) == 0);
    thrum_self_ = 0;
}

static thrum_condition deep = THRUM_CONDITION_INIT_RLOCK(&rlock);
static bool ready;

static int take_inline_or_wait_deep(void *arg) {
    take_inline();
    THRUM_WITH(&rlock) {
        THRUM_WITH(&deep) {
            ready = ready || arg != NULL;
            thrum_condition_notify_all(&deep);
            while (!ready)
                thrum_condition_wait(&deep);
        }
    }
    take_inline();
    return 0;
}

static void inline_halves(void *arg) {
    (void)arg;
    ready = false;
    crew(2, take_inline_or_wait_deep);
}

/* A number is not that of a thread that ended before. */
static uint64_t idents[6]; /* under lock, as is their count */
static int ident_count;

static int tell_ident(void *arg) {
    (void)arg;
    uint64_t mine = thrum_get_ident();
    THRUM_WITH(&lock) {
        for (int i = 0; i < ident_count; i++)
            THRUM_EXPLORE_CHECK_THAT(idents[i] != mine);
        idents[ident_count++] = mine;
    }
    return 0;
}

static int two_in_turn(void *arg) {
    (void)arg;
    tell_ident(NULL);
    crew(1, tell_ident);
    crew(1, tell_ident);
    return 0;
}

static void numbers(void *arg) {
    (void)arg;
    ident_count = 0;
    crew(2, two_in_turn);
    THRUM_EXPLORE_CHECK_THAT(thrum_active_count() == 1);
}

/* As deep as can be, and not deeper. */
static int take_deepest(void *arg) {
    uint32_t levels = 0;
    (void)arg;
    thrum_rlock_acquire_restore(&rlock, UINT32_MAX);
    THRUM_EXPLORE_CHECK_THAT(thrum_rlock_acquire_timed(&rlock, THRUM_FOREVER) == 0);
    THRUM_EXPLORE_CHECK_THAT(thrum_rlock_acquire_timed(&rlock, THRUM_FOREVER) == THRUM_OVERFLOW_ERROR);
    THRUM_EXPLORE_CHECK_THAT(thrum_rlock_release(&rlock) == 0);
    THRUM_EXPLORE_CHECK_THAT(thrum_rlock_release_save(&rlock, &levels) == 0 && levels == UINT32_MAX);
    return 0;
}

static void deepest(void *arg) {
    (void)arg;
    crew(2, take_deepest);
}

/* As full as can be: of two that fill it one is refused. */
static thrum_semaphore full;
static int filled;

static int fill(void *arg) {
    (void)arg;
    int r = thrum_semaphore_release(&full, THRUM_SEMAPHORE_MAX);
    THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_OVERFLOW_ERROR);
    add(&filled, r == 0);
    return 0;
}

static void fullest(void *arg) {
    (void)arg;
    filled = 0;
    THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_init(&full, 0) == 0);
    crew(2, fill);
    THRUM_EXPLORE_CHECK_THAT(filled == 1 && thrum_semaphore_value(&full) == THRUM_SEMAPHORE_MAX);
}

/* Whoever has both permits knows that both were given, and needs the semaphore no more: its memory becomes an event,
 * while one of those who gave may not have looked yet whether somebody waits. */
static union {
    thrum_semaphore permits;
    thrum_event event;
} place;

static int give_or_make_an_event(void *arg) {
    if (arg)
        return thrum_semaphore_release(&place.permits, 1);
    thrum_semaphore_acquire(&place.permits);
    thrum_semaphore_acquire(&place.permits);
    place.event = (thrum_event)THRUM_EVENT_INIT;
    THRUM_EXPLORE_CHECK_THAT(thrum_event_wait_timed(&place.event, thrum_seconds(1)) == THRUM_TIMED_OUT);
    return 0;
}

static void semaphore_becomes_event(void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_init(&place.permits, 0) == 0);
    crew(3, give_or_make_an_event);
}

/* A signal handler gives permits, wherever it comes: those who wait get them, though nobody else gives any then. */
static thrum_semaphore alarms;
static int handled;

static void give_two(int number) {
    (void)number;
    add(&handled, 1);
    THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_release(&alarms, 2) == 0);
}

static int give_or_take(void *arg) {
    if (arg)
        thrum_semaphore_acquire(&alarms);
    else if (get(&handled) == 0)
        THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_release(&alarms, 2) == 0);
    return 0;
}

static void interrupted(void *arg) {
    (void)arg;
    struct sigaction action = {.sa_handler = give_two};
    THRUM_EXPLORE_CHECK_THAT(sigaction(SIGUSR1, &action, NULL) == 0 && thrum_semaphore_init(&alarms, 0) == 0);
    handled = 0;
    crew(3, give_or_take);
}

/* A thread that ends as it wants to has not failed. */
static int told;

static int tell(const thrum_excepthook_args *args, void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(args->code == -EACCES);
    add(&told, 1);
    return 0;
}

static int leave_or_fail(void *arg) {
    return arg ? THRUM_SYSTEM_EXIT : -EACCES;
}

static void ends_told(void *arg) {
    (void)arg;
    told = 0;
    thrum_set_excepthook(tell, NULL);
    crew(2, leave_or_fail);
    thrum_set_excepthook(NULL, NULL);
    THRUM_EXPLORE_CHECK_THAT(told == 1);
}

/* Two hold a lock each and want the other's. */
static int reports;
static thrum_event held[2];

static void count_report(const char *text, void *arg) {
    (void)text;
    (void)arg;
    add(&reports, 1);
}

static void begin_opposition(thrum_deadlock_action policy) {
    forget_waiters();
    reports = 0;
    thrum_event_clear(&held[0]);
    thrum_event_clear(&held[1]);
    (void)thrum_lock_order(false); /* that the order is opposite it would say, too */
    thrum_deadlock_set_handler(count_report, NULL);
    (void)thrum_deadlock_policy(policy);
}

/* The calling thread holds its own; until the other does. */
static void meet_opponent(intptr_t me) {
    thrum_event_set(&held[me]);
    THRUM_EXPLORE_CHECK_THAT(thrum_event_wait(&held[1 - me]) == 0);
}

static bool both_wait(void *arg) {
    (void)arg;
    return waits_at(0, &other) && waits_at(1, &lock);
}

/* Anybody may release a Lock: so the third saves the first two. */
static int oppose_or_save(void *arg) {
    thrum_lock *mine = arg ? &other : &lock, *wanted = arg ? &lock : &other;
    be((intptr_t)arg);
    if ((intptr_t)arg == 2) {
        wait_until(both_wait, NULL);
        return thrum_lock_release(&lock);
    }
    thrum_lock_acquire(mine);
    meet_opponent((intptr_t)arg);
    thrum_lock_acquire(wanted);
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(wanted) == 0 && (!arg || thrum_lock_release(mine) == 0));
    return 0;
}

static void saved_and_reported_once(void *arg) {
    (void)arg;
    begin_opposition(THRUM_DEADLOCK_REPORT);
    crew(3, oppose_or_save);
    THRUM_EXPLORE_CHECK_THAT(reports <= 1);
}

static void saved_and_not_to_be_reported(void *arg) {
    (void)arg;
    begin_opposition(THRUM_DEADLOCK_OFF);
    crew(3, oppose_or_save);
    (void)thrum_deadlock_policy(THRUM_DEADLOCK_REPORT);
    THRUM_EXPLORE_CHECK_THAT(reports == 0);
}

/* Who has a time limit goes on by itself. */
static int oppose_in_time(void *arg) {
    int r = 0;
    thrum_lock_acquire(arg ? &other : &lock);
    meet_opponent((intptr_t)arg);
    if (arg)
        thrum_lock_acquire(&lock);
    else
        r = thrum_lock_acquire_timed(&other, thrum_seconds(1));
    THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_TIMED_OUT);
    THRUM_EXPLORE_CHECK_THAT(r < 0 || thrum_lock_release(arg ? &lock : &other) == 0);
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(arg ? &other : &lock) == 0);
    return 0;
}

static void limits_are_no_deadlock(void *arg) {
    (void)arg;
    begin_opposition(THRUM_DEADLOCK_REPORT);
    crew(2, oppose_in_time);
    THRUM_EXPLORE_CHECK_THAT(reports == 0);
}

/* Where the way leads through a Lock, an RLock's acquire waits its time out. */
static int oppose_through_a_lock(void *arg) {
    if (arg) {
        thrum_rlock_acquire(&rlock);
        meet_opponent(1);
        thrum_lock_acquire(&lock);
        THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(&lock) == 0 && thrum_rlock_release(&rlock) == 0);
    } else {
        thrum_lock_acquire(&lock);
        meet_opponent(0);
        int r = thrum_rlock_acquire_timed(&rlock, thrum_seconds(1));
        THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_TIMED_OUT);
        THRUM_EXPLORE_CHECK_THAT(r < 0 || thrum_rlock_release(&rlock) == 0);
        THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(&lock) == 0);
    }
    return 0;
}

static void a_lock_is_not_certain(void *arg) {
    (void)arg;
    begin_opposition(THRUM_DEADLOCK_REPORT);
    crew(2, oppose_through_a_lock);
    THRUM_EXPLORE_CHECK_THAT(reports == 0);
}

/* A timer's function that waits for another timer's. */
static thrum_event second_has_run;

static int wait_for_second(void *arg) {
    (void)arg;
    return thrum_event_wait(&second_has_run);
}

static int set_second(void *arg) {
    (void)arg;
    thrum_event_set(&second_has_run);
    return 0;
}

/* Where it is quiet no time passes but what somebody sleeps: nobody is to sleep until the second gets a thread. */
static void timers_that_wait(void *arg) {
    thrum_timer *timers[2];
    (void)arg;
    bool quiet = thrum_explore_choose(2) == 1;
    thrum_explore_quiet(quiet);
    int64_t begin = thrum_monotonic_ns();
    for (int i = 0; i < 2; i++)
        if (thrum_timer_new(&timers[i], THRUM_NOWAIT, i ? set_second : wait_for_second, NULL, NULL) < 0 ||
            thrum_timer_start(timers[i]) < 0)
            abort();
    for (int i = 0; i < 2; i++) {
        THRUM_EXPLORE_CHECK_THAT(thrum_timer_join(timers[i]) == 0);
        thrum_timer_unref(timers[i]);
    }
    THRUM_EXPLORE_CHECK_THAT(!quiet || thrum_monotonic_ns() - begin < thrum_seconds(1).ns);
}

/* The end of the process waits for threads, but not for daemons. */
static thrum_event dismissed;

static int wait_until_dismissed(void *arg) {
    (void)arg;
    return thrum_event_wait(&dismissed);
}

static int come_and_go(void *arg) {
    (void)arg;
    return 0;
}

static void end_of_the_process(void *arg) {
    thrum_thread *daemon, *thread;
    (void)arg;
    thrum_event_clear(&dismissed);
    if (thrum_thread_new(&daemon, wait_until_dismissed, NULL, &(thrum_thread_options){.daemon = THRUM_DAEMON}) < 0 ||
        thrum_thread_new(&thread, come_and_go, NULL, NULL) < 0 || thrum_thread_start(daemon) < 0 ||
        thrum_thread_start(thread) < 0)
        abort();
    for (thrum_thread *left; (left = thrum__thread_list_non_daemon()); thrum_thread_unref(left))
        THRUM_EXPLORE_CHECK_THAT(thrum_thread_join(left) == 0);
    THRUM_EXPLORE_CHECK_THAT(!thrum_thread_is_alive(thread) && thrum_thread_is_alive(daemon));
    thrum_event_set(&dismissed);
    THRUM_EXPLORE_CHECK_THAT(thrum_thread_join(daemon) == 0);
    thrum_thread_unref(daemon);
    thrum_thread_unref(thread);
}

const situation situations[] = {
    {"first_come_first_served", first_come_first_served, 0, false},
    {"nobody_is_overtaken_for_ever", nobody_is_overtaken_for_ever, 0, false},
    {"inline_halves", inline_halves, 0, false},
    {"numbers", numbers, 0, false},
    {"deepest", deepest, 0, false},
    {"fullest", fullest, 0, false},
    {"semaphore_becomes_event", semaphore_becomes_event, 0, false},
    {"interrupted", interrupted, THRUM_EXPLORE_SIGNAL, false},
    {"failing_action", failing_action, 0, false},
    {"newcomers", newcomers, 0, false},
    {"late_limits", late_limits, 0, false},
    {"limits_of_some", limits_of_some, 0, false},
    {"in_sight", in_sight, 0, false},
    {"place_used_again", place_used_again, 0, false},
    {"ends_told", ends_told, 0, false},
    {"saved_and_reported_once", saved_and_reported_once, 0, false},
    {"saved_and_not_to_be_reported", saved_and_not_to_be_reported, 0, false},
    {"limits_are_no_deadlock", limits_are_no_deadlock, 0, false},
    {"a_lock_is_not_certain", a_lock_is_not_certain, 0, false},
    {"timers_that_wait", timers_that_wait, 0, true},
    {"end_of_the_process", end_of_the_process, 0, false},
};
const int situation_count = sizeof situations / sizeof situations[0];
