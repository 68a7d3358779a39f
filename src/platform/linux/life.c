/* life.c - wait for and signal a child by its pidfd, which never means another process. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "platform/linux/numbers.h"
#include "platform/spawn.h"

/* The system call itself: the library's waitid() is a cancellation point, and a child must not be lost to one. */
int thrum__process_waitid(const thrum__process *process, siginfo_t *info, int options) {
    bool by_fd = process->pidfd >= 0;
    int saved_errno = errno;
    long r = syscall(SYS_waitid, by_fd ? thrum__p_pidfd : P_PID, by_fd ? process->pidfd : process->pid, info, options,
                     NULL);
    int code = r < 0 ? -errno : 0;
    errno = saved_errno;
    return code;
}

int thrum__process_lost_status(const thrum__process *process, int *ret_returncode) {
    thrum__pidfd_info info = {.mask = thrum__pidfd_info_exit};
    int saved_errno = errno;
    /* The system call itself: the C libraries do not agree on the type of a request. */
    long r = process->pidfd >= 0 ? syscall(SYS_ioctl, process->pidfd, THRUM__PIDFD_GET_INFO, &info) : -1;
    errno = saved_errno;
    if (r < 0 || !(info.mask & thrum__pidfd_info_exit))
        return -ECHILD;
    *ret_returncode = WIFSIGNALED(info.exit_code) ? -WTERMSIG(info.exit_code) : WEXITSTATUS(info.exit_code);
    return 0;
}

static int sent(long r) {
    return r < 0 && errno != ESRCH ? -errno : 0;
}

int thrum__process_signal(const thrum__process *process, int number) {
    if (process->pidfd < 0)
        return sent(kill(process->pid, number));
    return sent(syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, 0));
}

int thrum__process_signal_group(const thrum__process *process, bool reaped, int number) {
    if (process->pidfd >= 0) {
        long r = syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, thrum__signal_process_group);
        if (r == 0 || errno != EINVAL)
            return sent(r);
    }
    return reaped ? 0 : sent(kill(-process->pid, number)); /* reaped: the number may be a stranger's group by now */
}
