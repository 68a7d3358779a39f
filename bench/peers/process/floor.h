/* floor.h - the wait of the floor: a poll on a pidfd, and nothing around it. */
#include <poll.h>

#define BARE_FORK vfork
#include "peers/process/bare.h"

static pid_t lingering;
static int lingering_fd, lingering_end;

static inline void peer_linger_start(const char *program) {
    char *argv[] = {(char *)program, (char *)"linger", NULL};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        give_up("pipe2 failed");
    lingering = vfork();
    if (lingering == 0) {
        dup2(ends[0], 0);
        execve(program, argv, environ);
        _exit(127);
    }
    close(ends[0]);
    lingering_end = ends[1];
    lingering_fd = (int)syscall(SYS_pidfd_open, lingering, 0);
}

static inline void peer_linger_release(void) {
    close(lingering_end);
}

static inline void peer_linger_wait(void) {
    struct pollfd end = {.fd = lingering_fd, .events = POLLIN};
    int status;
    poll(&end, 1, 100000);
    waitpid(lingering, &status, 0);
    close(lingering_fd);
}
