/* stranger.h - a process that may be anybody's, known by its number only.
 *
 * A number can come to another process at any time, unless a descriptor (a pidfd) holds on to the process. Where the
 * system has none, the calls below work on the number, with the race that this means.
 */
#ifndef THRUM_PLATFORM_STRANGER_H
#define THRUM_PLATFORM_STRANGER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct thrum__stranger {
    pid_t pid;
    int pidfd; /* -1: the system has none */
} thrum__stranger;

/* Take hold of the process `pid`. Returns 0, -ESRCH when there is none, or -errno. */
int thrum__stranger_open(pid_t pid, thrum__stranger *ret_stranger);
void thrum__stranger_close(thrum__stranger *stranger);

/* How long ago the process was started, in nanoseconds; -1 where the system does not tell. Returns 0, or -ESRCH when
 * it has ended, be it reaped or not. */
int thrum__stranger_age(const thrum__stranger *stranger, int64_t *ret_age);

/* Whether a thread of the process would run if it had a CPU, or has one. False where the system does not tell. */
bool thrum__stranger_wants_cpu(pid_t pid);

/* Send a signal. Returns 0, -ESRCH or -EPERM. */
int thrum__stranger_signal(const thrum__stranger *stranger, int number);

/* Wait until the process has ended. Returns 0, or THRUM_TIMED_OUT at `deadline`. */
int thrum__stranger_wait(const thrum__stranger *stranger, int64_t deadline);

#endif
