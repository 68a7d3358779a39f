/* life.c - wait for and signal a child by its number, which is ours until we reap it. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/spawn.h"

int thrum__process_waitid(const thrum__process *process, siginfo_t *info, int options) {
    return waitid(P_PID, (id_t)process->pid, info, options) < 0 ? -errno : 0;
}

int thrum__process_lost_status(const thrum__process *process, int *ret_returncode) {
    (void)process;
    (void)ret_returncode;
    return -ECHILD;
}

static int sent(int r) {
    return r < 0 && errno != ESRCH ? -errno : 0;
}

int thrum__process_signal(const thrum__process *process, int number) {
    return sent(kill(process->pid, number));
}

int thrum__process_signal_group(const thrum__process *process, bool reaped, int number) {
    return reaped ? 0 : sent(kill(-process->pid, number)); /* reaped: the number may be a stranger's group by now */
}

/* POSIX cannot list processes: who leads a group takes it along, and otherwise only the child is reached. */
int thrum__process_signal_tree(const thrum__process *process, int number) {
    return getpgid(process->pid) == process->pid ? thrum__process_signal_group(process, false, number)
                                                 : thrum__process_signal(process, number);
}
