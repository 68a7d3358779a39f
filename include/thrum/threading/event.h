/* thrum/threading/event.h - Event: a flag that threads can wait for (threading.Event).
 *
 * The idea
 *       static thrum_event ready;                           all zero is unset
 *
 *       thrum_event_wait(&ready);                           any number of threads
 *       thrum_event_set(&ready);                            wakes them all; later waits return at once
 *       thrum_event_clear(&ready);                          from here on waits wait again
 *
 *   A thread that set() woke returns "set" from its wait, even when clear() came before it could run. Both
 *   may be called in a signal handler.
 */
#ifndef THRUM_THREADING_EVENT_H
#define THRUM_THREADING_EVENT_H

#include <thrum/time.h>

/* An event, by value, 4 bytes. All zero is unset. Do not copy one in use. */
typedef struct thrum_event {
    uint32_t word_; /* bit 0: set; bit 1: threads wait; bit 2: see src/threading/event.c */
} thrum_event;

/* An unset event: a name for all-zero bytes. */
#define THRUM_EVENT_INIT                                                                                             \
    { 0 }

THRUM_BEGIN_DECLS

/* Whether the event is set: Event.is_set().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_event_is_set(const thrum_event *event);

/* Set the event and wake every waiting thread: Event.set(). Does nothing when it is set.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API void thrum_event_set(thrum_event *event);

/* Unset the event: Event.clear(). Threads that a set has woken still return "set".
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API void thrum_event_clear(thrum_event *event);

/* Wait until the event is set: Event.wait(). Returns 0.
 * Threads: any.  Signals: unsafe.  Blocks: until the event is set. */
THRUM_API int thrum_event_wait(thrum_event *event);

/* Wait until the event is set or the time has passed: Event.wait(timeout).
 *
 * Returns 0 when set, THRUM_TIMED_OUT when not (a limit of zero or less only looks), or THRUM_OVERFLOW_ERROR beyond
 * THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: until the event is set or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_event_wait_timed(thrum_event *event, thrum_timeout timeout);

/* Forget, in the child of a fork, the threads that waited; the flag stays: Event._at_fork_reinit().
 *
 * Call it only where no other thread can use the event.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_event_at_fork_reinit(thrum_event *event);

/* Write "<thrum_event at 0x...: set>" or "unset" into `buffer` of `size` bytes.
 *
 * Always ends with a NUL when size > 0. Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_event_repr(const thrum_event *event, char *buffer, size_t size);

THRUM_END_DECLS

#endif
