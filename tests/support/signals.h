/* signals.h - waiting until a thread has handled a signal, also under ThreadSanitizer.
 *
 *     CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
 *     UNTIL_HANDLED(thread, get(&handled) == 1);
 *
 * ThreadSanitizer keeps a signal back until its thread comes by an atomic operation or by a call that it intercepts.
 * One that comes between the last look at a word and the system call that sleeps on it is kept back as long as the
 * thread sleeps, which may be for ever when only the handler would wake it. Another signal, to which nobody attends,
 * ends the system call; the thread looks at the word again, and the handler runs. Without ThreadSanitizer nothing of
 * the kind is done: there the handler itself has to wake the thread.
 *
 * That signal is sent to a thread that has been silent for long, and not before: of two signals, the second of which
 * comes while the thread turns to the first, ThreadSanitizer leaves the thread with all signals blocked.
 */
#ifndef TEST_SIGNALS_H
#define TEST_SIGNALS_H

#include <signal.h>

#include "crew.h"

static inline void signals_nobody_attends_(int number) {
    (void)number;
}

static inline void signals_nudge_(pthread_t thread) {
    struct sigaction action = {.sa_handler = signals_nobody_attends_}; /* without SA_RESTART: the call is to end */
    sigemptyset(&action.sa_mask);
    CHECK_EQ(sigaction(SIGURG, &action, NULL), 0);
    CHECK_EQ(pthread_kill(thread, SIGURG), 0);
}

/* Poll until the condition is true. The thread may end meanwhile; nobody may have joined it. */
#define UNTIL_HANDLED(thread_, condition_)                                                                           \
    do {                                                                                                             \
        thrum_deadline patience_ = thrum_deadline_after(thrum_seconds(1));                                           \
        while (!(condition_)) {                                                                                      \
            if (TEST_TSAN && thrum_deadline_passed(patience_)) {                                                     \
                signals_nudge_(thread_);                                                                             \
                patience_ = thrum_deadline_after(thrum_seconds(1));                                                  \
            }                                                                                                        \
            sched_yield();                                                                                           \
        }                                                                                                            \
    } while (0)

#endif
