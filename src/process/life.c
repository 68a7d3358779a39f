/* life.c - the end of a child: noticed through its pidfd, reaped once, never asked for by number when there is
 * better. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thrum/base.h>

#include "process/fds.h"
#include "process/spawn.h"
#include "time/time_internal.h"

static bool pidfd_is_readable(const thrum__process *process) {
    struct pollfd end = {.fd = process->pidfd, .events = POLLIN};
    return thrum__poll(&end, 1, INT64_MIN) > 0;
}

/* Without a pidfd: look again after 0.5 ms, 1 ms, ... 50 ms, as Python does. */
static int look_again_until(const thrum__process *process, int64_t deadline) {
    enum { shortest = 500000, longest = 50000000 };
    for (int64_t pause = shortest;; pause = 2 * pause < longest ? 2 * pause : longest) {
        siginfo_t info = {0};
        int r = thrum__process_waitid(process, &info, WEXITED | WNOHANG | WNOWAIT);
        if (r == -ECHILD || (r == 0 && info.si_pid != 0))
            return 0;
        int64_t now = thrum_monotonic_ns();
        if (now >= deadline)
            return THRUM_TIMED_OUT;
        int64_t next = thrum__add_saturated(now, pause);
        thrum__poll(NULL, 0, next < deadline ? next : deadline);
    }
}

int thrum__process_wait_end(const thrum__process *process, int64_t deadline) {
    if (process->pidfd >= 0) {
        struct pollfd end = {.fd = process->pidfd, .events = POLLIN};
        int r = thrum__poll(&end, 1, deadline);
        return r > 0 ? 0 : r == 0 ? THRUM_TIMED_OUT : r;
    }
    if (deadline != THRUM__NEVER)
        return look_again_until(process, deadline);
    siginfo_t info;
    while (thrum__process_waitid(process, &info, WEXITED | WNOWAIT) == -EINTR)
        ;
    return 0;
}

/* No child of that name is left to wait for. If it runs all the same, it is another process's child now. */
static int reap_lost(const thrum__process *process, int *ret_returncode) {
    if (process->pidfd >= 0 && !pidfd_is_readable(process))
        return 0;
    if (thrum__process_lost_status(process, ret_returncode) < 0)
        *ret_returncode = 0;
    return 1;
}

int thrum__process_reap(const thrum__process *process, int *ret_returncode) {
    siginfo_t info = {0};
    int r;
    while ((r = thrum__process_waitid(process, &info, WEXITED | WNOHANG)) == -EINTR)
        ;
    if (r == -ECHILD)
        return reap_lost(process, ret_returncode);
    if (r < 0 || info.si_pid == 0)
        return 0;
    *ret_returncode = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
    return 1;
}

void thrum__process_close(thrum__process *process) {
    thrum__close(&process->pidfd);
    *process = THRUM__NO_PROCESS;
}
