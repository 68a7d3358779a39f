/* sigpipe.h - writing to a child that may not read: an error, and not the end of this process.
 *
 * Writing to a pipe that nobody reads raises SIGPIPE in the writing thread. Between the two calls it is blocked
 * there, and one that was raised meanwhile is taken back. */
#ifndef THRUM_PROCESS_SIGPIPE_H
#define THRUM_PROCESS_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

typedef struct thrum__sigpipe_guard {
    sigset_t old;
    bool was_pending;
} thrum__sigpipe_guard;

void thrum__sigpipe_block(thrum__sigpipe_guard *guard);

/* Of the thread that called thrum__sigpipe_block(). A SIGPIPE that was pending before stays so. errno is kept. */
void thrum__sigpipe_restore(const thrum__sigpipe_guard *guard);

#endif
