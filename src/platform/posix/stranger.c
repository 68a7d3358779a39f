/* stranger.c - by number alone: POSIX knows neither a process's start nor a descriptor for it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include <thrum/time.h>

#include "platform/stranger.h"

int thrum__stranger_open(pid_t pid, thrum__stranger *ret_stranger) {
    thrum__stranger stranger = {pid, -1};
    if (thrum__stranger_signal(&stranger, 0) == -ESRCH)
        return -ESRCH;
    *ret_stranger = stranger;
    return 0;
}

void thrum__stranger_close(thrum__stranger *stranger) {
    stranger->pid = 0;
}

int thrum__stranger_age(const thrum__stranger *stranger, int64_t *ret_age) {
    if (thrum__stranger_signal(stranger, 0) == -ESRCH)
        return -ESRCH;
    *ret_age = -1;
    return 0;
}

int thrum__stranger_signal(const thrum__stranger *stranger, int number) {
    return kill(stranger->pid, number) < 0 ? -errno : 0;
}

int thrum__stranger_wait(const thrum__stranger *stranger, int64_t deadline) {
    thrum_deadline end = {deadline};
    while (thrum__stranger_signal(stranger, 0) != -ESRCH) {
        if (thrum_deadline_passed(end))
            return THRUM_TIMED_OUT;
        poll(NULL, 0, 10);
    }
    return 0;
}
