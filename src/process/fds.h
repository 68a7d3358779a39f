/* fds.h - descriptors: made closed-on-exec and above 2, waited for with a deadline, closed exactly once. */
#ifndef THRUM_PROCESS_FDS_H
#define THRUM_PROCESS_FDS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/holders.h" /* thrum__pipe_writers() */

/* A pipe: [0] is read, [1] is written. Both ends close on exec and are above 2, so that they cannot be mistaken for a
 * standard stream that the host has closed. 0 or -errno, with nothing opened. */
int thrum__pipe(int ret_fds[2]);

/* Give a pipe room for `bytes`: 0, or -errno when the system refuses or cannot. */
int thrum__pipe_resize(int fd, size_t bytes);

/* open() with O_CLOEXEC, above 2, retried after a signal: a descriptor or -errno. */
int thrum__open(const char *path, int flags, int mode);

/* Close *fd unless it is negative, and make it -1. close() is never retried: the number is gone either way. */
void thrum__close(int *fd);

/* 0 or -errno. */
int thrum__set_nonblocking(int fd, bool nonblocking);

/* poll() until `deadline` (THRUM__NEVER: for ever; INT64_MIN: do not wait), going on after signals.
 * Returns how many are ready, 0 when the time has passed, or -errno. */
int thrum__poll(struct pollfd *fds, nfds_t count, int64_t deadline);

#endif
