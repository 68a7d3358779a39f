/* bare.h - children by vfork or fork, whichever BARE_FORK is, and exec: nothing is checked, nothing is reported.
 * With vfork this is the floor. */
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "peers/process/pipes.h"

static inline void peer_start_and_wait(const char *program) {
    char *argv[] = {(char *)program, NULL};
    int status;
    pid_t pid = BARE_FORK();
    if (pid == 0) {
        execve(program, argv, environ);
        _exit(127);
    }
    waitpid(pid, &status, 0);
}

static inline void peer_start_asked(const char *program) {
    char *argv[] = {(char *)program, NULL};
    three_pipes pipes;
    int status;
    open_pipes(&pipes);
    pid_t pid = BARE_FORK();
    if (pid == 0) {
        for (int i = 0; i < 3; i++)
            dup2(pipes.theirs[i], i);
        if (chdir("/") < 0)
            _exit(127);
        setsid();
        close_range(3, ~0U, 0);
        execve(program, argv, few_variables);
        _exit(127);
    }
    close_three(pipes.theirs);
    waitpid(pid, &status, 0);
    close_three(pipes.ours);
}

static inline size_t peer_capture(const char *program) {
    char *argv[] = {(char *)program, NULL};
    int ends[2], status;
    if (pipe2(ends, O_CLOEXEC) < 0)
        give_up("pipe2 failed");
    pid_t pid = BARE_FORK();
    if (pid == 0) {
        dup2(ends[1], 1);
        execve(program, argv, environ);
        _exit(127);
    }
    close(ends[1]);
    size_t size = read_all(ends[0]);
    waitpid(pid, &status, 0);
    return size;
}
