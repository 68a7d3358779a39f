/* signal.h - event set and semaphore release from a signal handler.
 *
 * A handler may have interrupted its own thread inside a queue's latch, and must not wait for that latch. So a thread
 * marks when it is inside; a handler that finds the mark changes the object's state (which needs no latch), notes
 * that its waiters have to be looked after, and leaves; the thread looks after them when it has left the latch.
 */
#ifndef THRUM_PARK_SIGNAL_H
#define THRUM_PARK_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

struct thrum__queue;
struct thrum__wakes;
typedef void thrum__settle(struct thrum__queue *queue, void *object, struct thrum__wakes *wakes);

extern __thread uint32_t thrum__signal_inside __attribute__((tls_model("initial-exec")));
extern __thread uint32_t thrum__signal_noted __attribute__((tls_model("initial-exec")));

void thrum__signal_catch_up(void);

/* Mark that the calling thread is about to take a latch, and that it has let go of it. */
static inline void thrum__signal_enter(void) {
    thrum__signal_inside++;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
static inline void thrum__signal_leave(void) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    bool outside = --thrum__signal_inside == 0;
    /* A handler that comes before the mark is gone leaves a note: it is looked for after that. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (outside && __builtin_expect(thrum__signal_noted != 0, 0))
        thrum__signal_catch_up();
}

/* Settle the waits at `object` now; or, in a handler that interrupted a latch's holder, when that has left it. settle
 * is called with the latch of object's queue held. It must not touch the object unless threads are queued at it, for
 * nothing else keeps it alive. */
void thrum__signal_settle(thrum__settle *settle, void *object);

#endif
