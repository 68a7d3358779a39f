#include "runner/program.h"

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { most_seconds = 60 };

static void use_one_cpu(void) {
    cpu_set_t allowed, one;
    int cpu = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        err(126, "sched_getaffinity");
    while (!CPU_ISSET(cpu, &allowed))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        err(126, "sched_setaffinity");
}

static pid_t program_start(const char *path, const char *argument, bool one_cpu, int output) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    dup2(output, STDOUT_FILENO);
    if (one_cpu)
        use_one_cpu();
    execl(path, path, argument, (char *)NULL);
    err(126, "%s", path);
}

/* Read until the other end is closed. False when it takes too long or is too much. */
static bool read_all(int fd, char *output, size_t size) {
    time_t until = time(NULL) + most_seconds;
    size_t length = 0;
    while (length + 1 < size) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        time_t left = until - time(NULL);
        if (left <= 0 || poll(&readable, 1, (int)left * 1000) <= 0)
            return false;
        ssize_t n = read(fd, output + length, size - length - 1);
        if (n <= 0) {
            output[length] = '\0';
            return n == 0;
        }
        length += (size_t)n;
    }
    return false;
}

bool program_run(const char *path, const char *argument, bool one_cpu, char *output, size_t size) {
    int ends[2], status;
    if (pipe2(ends, O_CLOEXEC) != 0)
        err(1, "pipe");
    pid_t pid = program_start(path, argument, one_cpu, ends[1]);
    if (pid < 0)
        err(1, "fork");
    close(ends[1]);
    bool complete = read_all(ends[0], output, size);
    close(ends[0]);
    if (!complete)
        kill(pid, SIGKILL);
    if (waitpid(pid, &status, 0) != pid)
        err(1, "waitpid");
    if (complete && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (!complete)
        warnx("%s %s: no end within %d s", path, argument, most_seconds);
    else if (WIFSIGNALED(status))
        warnx("%s %s: ended by signal %d", path, argument, WTERMSIG(status));
    else
        warnx("%s %s: exit status %d", path, argument, WEXITSTATUS(status));
    return false;
}
