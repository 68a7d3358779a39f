/* spawn.c - the portable way: fork, and a pipe that exec closes.
 *
 * The child has a memory of its own, so sharing is not a question here; what it must not do is the same as in
 * linux/: other threads' locks were copied as they were. The report comes through a pipe that closes on exec: end of
 * file is success.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/spawn.h"

enum { exit_not_found = 127 };

static void run_child(thrum__child_body *body, const void *plan, int home) {
    thrum__spawn_report report = {0, 0};
    int safe = fcntl(home, F_DUPFD_CLOEXEC, 1024); /* out of the way of the numbers that the plan hands out */
    if (safe < 0)
        safe = fcntl(home, F_DUPFD_CLOEXEC, 3); /* a low limit on descriptors: at least out of the way of 0, 1, 2 */
    if (safe >= 0)
        home = safe;
    thrum__child_default_handlers();
    body(plan, &report);
    while (write(home, &report, sizeof report) < 0 && errno == EINTR)
        ;
    _exit(exit_not_found);
}

static ssize_t read_report(int home, thrum__spawn_report *ret_report) {
    thrum__spawn_report report;
    ssize_t got;
    while ((got = read(home, &report, sizeof report)) < 0 && errno == EINTR)
        ;
    if (got == (ssize_t)sizeof report)
        *ret_report = report;
    return got;
}

static void bury(const thrum__process *process) {
    siginfo_t info;
    while (thrum__process_waitid(process, &info, WEXITED) == -EINTR)
        ;
}

int thrum__platform_spawn(thrum__child_body *body, const void *plan, bool own_memory, thrum__process *ret_process,
                          thrum__spawn_report *ret_report) {
    (void)own_memory;
    int home[2];
    *ret_report = (thrum__spawn_report){0, 0};
    if (pipe2(home, O_CLOEXEC) < 0)
        return -errno;
    pid_t pid = fork();
    int r = pid < 0 ? -errno : 0;
    if (pid == 0)
        run_child(body, plan, home[1]);
    close(home[1]);
    if (r == 0) {
        thrum__process process = {pid, -1};
        read_report(home[0], ret_report);
        if ((r = ret_report->code) != 0)
            bury(&process);
        else
            *ret_process = process;
    }
    close(home[0]);
    return r;
}
