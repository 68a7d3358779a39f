/* thrum/sched.h - a scheduler of events: call these functions at these times, in this order (Python's sched).
 *
 * The idea
 *   A scheduler is an agenda: events with a time, a priority and a function. It has no thread of its own; whoever
 *   calls thrum_scheduler_run() works through it, one event after the other, and waits in between:
 *
 *       static int say(void *text) { puts(text); return 0; }
 *
 *       thrum_scheduler *s;
 *       thrum_scheduler_event dinner;
 *       if (thrum_scheduler_new(&s, NULL) == 0) {
 *               thrum_scheduler_enter(s, thrum_seconds(10), 1, say, "dinner", &dinner);
 *               thrum_scheduler_enter(s, thrum_seconds(5), 2, say, "lay the table", NULL);
 *               thrum_scheduler_enter(s, thrum_seconds(5), 1, say, "wash your hands", NULL);
 *               thrum_scheduler_cancel(s, &dinner);
 *               thrum_scheduler_run(s);                 hands, then table, 5 s from now
 *               s = thrum_scheduler_free(s);
 *       }
 *
 *   The order is exact: the earlier time first; at the same time the lower number of priority; of these the one that
 *   was entered first. A function that takes long delays those behind it, and loses none.
 *
 * Other threads may enter and cancel events while one runs: a run() that sleeps notices when an earlier event comes
 * or the one that it sleeps for goes. (In Python it sleeps on.) Several threads may run one scheduler; each event is
 * called once, by one of them. An action may do to its scheduler whatever anybody may, but free it.
 *
 * A clock of one's own
 *   With options.timefunc and options.delayfunc the time is whatever they say: a simulation's steps, or a test's fake
 *   clock, which makes a day's schedule pass in a microsecond. The times are then points on that clock, still in
 *   nanoseconds. A delayfunc cannot be woken: an earlier event is seen when it returns, as in Python.
 */
#ifndef THRUM_SCHED_H
#define THRUM_SCHED_H

#include <thrum/threading/thread.h>
#include <thrum/time.h>

/* A scheduler: Python's sched.scheduler. */
typedef struct thrum_scheduler thrum_scheduler;

/* What is to be done when: Python's sched.Event, a plain value that may be copied and kept as long as one likes.
 *
 * `sequence` counts the events of a scheduler and is never used twice, so an event that has been called or cancelled
 * stays that, however many look like it. */
typedef struct thrum_scheduler_event {
    thrum_deadline time;
    int priority;
    uint64_t sequence;
    thrum_target *action;
    void *argument; /* the caller's; the scheduler only hands it on */
    const thrum_scheduler *scheduler_;
    uint32_t slot_;
} thrum_scheduler_event;

/* scheduler()'s keyword arguments. Zero is Python's default for each. */
typedef struct thrum_scheduler_options {
    /* The time now, in nanoseconds; NULL: thrum_monotonic_ns(). As in Python it is called by run(), with the
     * scheduler's lock held by the calling thread, which may enter and cancel events, and must not run them; and by
     * enter() without the lock, so that several threads may be in it at once. */
    int64_t (*timefunc)(void *clock);
    /* Let `delay` pass, and be called with THRUM_NOWAIT after each event; NULL: sleep until then or until the next
     * event is another one. May return early. A result other than 0 ends run(), which returns it. */
    int (*delayfunc)(void *clock, thrum_timeout delay);
    void *clock; /* what both are called with */
} thrum_scheduler_options;

THRUM_BEGIN_DECLS

/* Make a scheduler without events: sched.scheduler(timefunc, delayfunc).
 *
 * Stores it in *ret_scheduler, for the caller to free. Returns 0 or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_scheduler_new(thrum_scheduler **ret_scheduler,
                                                  const thrum_scheduler_options *options);

/* Free the scheduler and forget its events, which name nothing then, and whose arguments stay the caller's. No
 * thread may be in one of its calls, so an action cannot do this. Takes NULL. Returns NULL.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_scheduler *thrum_scheduler_free(thrum_scheduler *scheduler);

/* Call action(argument) at `time`: scheduler.enterabs(time, priority, action, argument).
 *
 * A time that has passed is now; the deadline that never comes, INT64_MAX, is a time as good as others, and run()
 * waits for it. `ret_event` may be NULL; otherwise *ret_event is the event, by which it can be cancelled. Returns 0;
 * THRUM_VALUE_ERROR when action is NULL; -ENOMEM. After an error nothing was entered. The cost does not depend on how
 * many events wait for a later time: it grows with the logarithm of those that are near. That is an average: now and
 * then a call puts a part of the events in order, for all that follow.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_scheduler_enterabs(thrum_scheduler *scheduler, thrum_deadline time, int priority,
                                       thrum_target *action, void *argument, thrum_scheduler_event *ret_event);

/* As thrum_scheduler_enterabs(), `delay` from now: scheduler.enter(delay, priority, action, argument).
 *
 * A negative delay is a time that has passed; THRUM_FOREVER is the deadline that never comes. THRUM_OVERFLOW_ERROR
 * beyond THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_scheduler_enter(thrum_scheduler *scheduler, thrum_timeout delay, int priority,
                                    thrum_target *action, void *argument, thrum_scheduler_event *ret_event);

/* Take an event out: scheduler.cancel(event).
 *
 * The very event that was entered, not one that looks like it. Returns 0 when it will not be called any more; or
 * THRUM_VALUE_ERROR with nothing changed when it is not in the queue, because it was called, is being called, was
 * cancelled, or belongs to another scheduler.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_scheduler_cancel(thrum_scheduler *scheduler, const thrum_scheduler_event *event);

/* Whether there are no events: scheduler.empty(). One that is being called does not count.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_scheduler_empty(thrum_scheduler *scheduler);

/* The events in the order in which they will be called: scheduler.queue.
 *
 * Stores a copy of the moment in *ret_events, one block for the caller to free(), also when it is empty, and the
 * number of events in *ret_count. Returns 0 or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_scheduler_queue(thrum_scheduler *scheduler, thrum_scheduler_event **ret_events,
                                                    size_t *ret_count);

/* Call the events at their times, until there is none: scheduler.run().
 *
 * An event is taken out before its action is called; no lock is held during actions and delays. Returns 0 when the
 * queue is empty; or what an action or delayfunc returned, when that is not 0: the events behind it stay, and run()
 * may be called again.
 * Threads: any.  Signals: unsafe.  Blocks: until there are no events. */
THRUM_API int thrum_scheduler_run(thrum_scheduler *scheduler);

/* As thrum_scheduler_run(), for the events whose times are up to `timeout` from now, on the scheduler's clock.
 *
 * A negative limit counts as zero. Returns THRUM_TIMED_OUT when there are later events and the limit has passed, and
 * THRUM_OVERFLOW_ERROR, with nothing done, for a limit beyond THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: until there are no events or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_scheduler_run_timed(thrum_scheduler *scheduler, thrum_timeout timeout);

/* Call the events that are due, and say when the next will be: scheduler.run(blocking=False).
 *
 * Stores in *ret_delay how long it is until the next event, or THRUM_FOREVER when there is none (None). Events that
 * become due meanwhile are called, too. Returns and fails as thrum_scheduler_run() does. delayfunc is still called
 * with THRUM_NOWAIT after each event.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_scheduler_run_nowait(thrum_scheduler *scheduler, thrum_timeout *ret_delay);

THRUM_END_DECLS

#endif
