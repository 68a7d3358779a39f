/* stranger.c - by number alone: POSIX knows neither a process's start nor a descriptor for it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include <thrum/time.h>

#include "platform/stranger.h"

/* A child of ours that nobody has reaped still has its number. Of others we cannot tell. */
static bool has_ended(pid_t pid) {
    siginfo_t info = {0};
    bool child = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    return child ? info.si_pid == pid : kill(pid, 0) < 0 && errno == ESRCH;
}

int thrum__stranger_open(pid_t pid, thrum__stranger *ret_stranger) {
    if (kill(pid, 0) < 0 && errno == ESRCH)
        return -ESRCH;
    *ret_stranger = (thrum__stranger){pid, -1};
    return 0;
}

void thrum__stranger_close(thrum__stranger *stranger) {
    (void)stranger; /* nothing holds on to the process */
}

int thrum__stranger_age(const thrum__stranger *stranger, int64_t *ret_age) {
    if (has_ended(stranger->pid))
        return -ESRCH;
    *ret_age = -1;
    return 0;
}

bool thrum__stranger_wants_cpu(pid_t pid) {
    (void)pid;
    return false;
}

int thrum__stranger_signal(const thrum__stranger *stranger, int number) {
    return kill(stranger->pid, number) < 0 ? -errno : 0;
}

int thrum__stranger_wait(const thrum__stranger *stranger, int64_t deadline) {
    thrum_deadline end = {deadline};
    while (!has_ended(stranger->pid)) {
        if (thrum_deadline_passed(end))
            return THRUM_TIMED_OUT;
        poll(NULL, 0, 10);
    }
    return 0;
}
