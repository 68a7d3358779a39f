/* thrum/threading/deadlock.h - a deadlock is a report and not a hang.
 *
 * The idea
 *   Each lock knows its owner. A thread that is about to sleep follows "I wait for this lock, its owner waits for
 *   that lock, whose owner..."; when the chain comes back to itself, nobody in it will ever run again, and the
 *   library says so on stderr, with the names of all threads and locks, who holds what, and how long and where each
 *   waits:
 *
 *       thrum: deadlock: 2 threads wait for each other and none can go on
 *         'Thread-1 (left)' (tid 4711) has waited 21 us for rlock 'fork-b', at left+0x66
 *           held by 'Thread-2 (right)' (tid 4712)
 *         'Thread-2 (right)' (tid 4712) has waited 47.7 ms for rlock 'fork-a', at right+0x66
 *           held by 'Thread-1 (left)' (tid 4711)
 *         'Thread-1 (left)' (tid 4711) is told so (THRUM_DEADLOCK) and can back off
 *
 *   The first thread is the one that closed the circle. A place is a function and an offset, or, for a function whose
 *   name the linker did not export, "./program+0x1a2f" for `addr2line -e ./program 0x1a2f`.
 *
 *   The check runs only in a thread that must sleep anyway; an uncontended lock pays nothing for it.
 *
 * What is done about it is the policy. Python's RLock is released by its owner only, so a cycle of RLocks is certain:
 * a _timed acquire of an RLock that would close one returns THRUM_DEADLOCK at once, whatever the limit, unless the
 * policy is `off` or `abort`. Python's Lock may be released by any thread, so a cycle that leads through a Lock only
 * "looks like a deadlock", and the report says so; then a _timed acquire fails under `error` only, as a join does. A
 * bare acquire cannot fail: it waits on, as in Python, or aborts the process under `abort`.
 *
 * A wait with a time limit ends by itself: a cycle that leads through another thread's is no deadlock, and a limited
 * wait of the caller is looked at only where it would be told. Each deadlock is reported once.
 */
#ifndef THRUM_THREADING_DEADLOCK_H
#define THRUM_THREADING_DEADLOCK_H

#include <thrum/base.h>

/* What to do about a deadlock. The environment variable THRUM_DEADLOCK (report, error, abort, off) sets it first. */
typedef enum thrum_deadlock_action {
    THRUM_DEADLOCK_REPORT = 0, /* report it; a _timed acquire of an RLock returns THRUM_DEADLOCK; the default */
    THRUM_DEADLOCK_ERROR = 1,  /* and a _timed acquire of a Lock, and a join, return THRUM_DEADLOCK too */
    THRUM_DEADLOCK_ABORT = 2,  /* report it and abort the process */
    THRUM_DEADLOCK_OFF = 3     /* do not look */
} thrum_deadlock_action;

/* A receiver of reports. `text` is the whole report, of several lines, and valid during the call. */
typedef void thrum_deadlock_handler(const char *text, void *arg);

THRUM_BEGIN_DECLS

/* Set what to do about a deadlock from now on. Returns the previous policy.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_deadlock_action thrum_deadlock_policy(thrum_deadlock_action action);

/* Send reports, those about lock order too, to handler(text, arg) instead of stderr; NULL brings stderr back.
 *
 * The handler is called in the thread that closed the cycle, which holds locks: it must not acquire any that the
 * program's threads hold.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_deadlock_set_handler(thrum_deadlock_handler *handler, void *arg);

/* Write to `fd`, for every thread: its name, its kernel number, what it waits for, how long and where, and who holds
 * that, in the words of the report above. A thread that waits for nothing that the library knows "runs".
 *
 * For a program that seems to hang; call it from a thread kept for the purpose, or from a debugger. Returns 0, -errno
 * when fd cannot be written, or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: until fd takes the text. */
THRUM_API int thrum_dump(int fd);

/* Give an object (a lock, an rlock, a condition, an event...) the name that reports and dumps show instead of its
 * address.
 *
 * `name` is copied; NULL takes the name away, which whoever frees a named object must do. Returns 0, or -ENOMEM with
 * nothing changed.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_set_object_name(const void *object, const char *name);

/* Watch the order in which locks are taken, and report locks that different threads take in orders that contradict
 * each other, before these threads ever meet in a deadlock:
 *
 *     thrum: lock order: lock 'fork-b' and lock 'fork-a' are taken in both orders, which can end in a deadlock
 *       'Thread-2 (right)' (tid 4712)
 *         took lock 'fork-b' at right+0x1f
 *         then lock 'fork-a' at right+0x2b
 *       'Thread-1 (left)' (tid 4711)
 *         took lock 'fork-a' at left+0x1f
 *         then lock 'fork-b' at left+0x2b
 *
 * Each pair is reported once. Rings of up to 8 locks are found too. No danger, and not reported, are: two orders in
 * one thread; two orders under a third lock that both threads hold; a lock that was released before the next was
 * taken; an acquire that only tries or has a time limit; and a Lock that a thread released for another, which is used
 * as a signal.
 *
 * On by default in debug builds of the library (-Dlock_order=true); THRUM_LOCK_ORDER=1 or 0 in the environment
 * decides at start. It costs each acquire and release together some hundred nanoseconds; it also makes deadlock
 * reports and dumps name the locks that each thread holds, how long, and where it took them.
 *
 * Call it before other threads are started: only threads that begin afterwards, and the caller, are watched. Returns
 * what it was before.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_lock_order(bool on);

/* Forget what is known of the order of a lock, because its memory is about to be used for something else, which may
 * be another lock.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_lock_order_forget(const void *lock);

THRUM_END_DECLS

#endif
