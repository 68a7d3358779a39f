#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <thrum/time.h>

#include "platform/stranger.h"

/* The numbers of Linux 5.1 and 5.3, the same on every architecture, for a libc that does not name them. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int thrum__stranger_open(pid_t pid, thrum__stranger *ret_stranger) {
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0 && errno != ENOSYS) /* EINVAL, ENOENT since Linux 6.15: a thread's number, or none at all */
        return errno == EINVAL || errno == ENOENT ? -ESRCH : -errno;
    *ret_stranger = (thrum__stranger){pid, pidfd};
    return 0;
}

void thrum__stranger_close(thrum__stranger *stranger) {
    if (stranger->pidfd >= 0)
        close(stranger->pidfd);
    stranger->pidfd = -1;
}

/* The line of a `stat` in /proc behind the name, which may hold anything: state, parent and so on. */
static char *read_line(const char *path, char *line, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    ssize_t count = read(fd, line, size - 1);
    close(fd);
    line[count > 0 ? count : 0] = '\0';
    char *name_end = strrchr(line, ')');
    return name_end ? name_end + 2 : NULL;
}

static char *read_stat(pid_t pid, char *line, size_t size) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    return read_line(path, line, size);
}

/* Field 22: the start in clock ticks since boot. `fields` begins with field 3. */
static int64_t started_ns(char *fields) {
    for (int field = 3; field < 22; field++) {
        fields = strchr(fields, ' ');
        if (!fields)
            return -1;
        fields++;
    }
    return (int64_t)strtoull(fields, NULL, 10) * (1000000000 / sysconf(_SC_CLK_TCK));
}

int thrum__stranger_age(const thrum__stranger *stranger, int64_t *ret_age) {
    char line[1024];
    char *fields = read_stat(stranger->pid, line, sizeof line);
    if (!fields) /* without /proc the number is all there is */
        return thrum__stranger_signal(stranger, 0) == -ESRCH ? -ESRCH : (*ret_age = -1, 0);
    if (*fields == 'Z' || *fields == 'X')
        return -ESRCH;
    int64_t started = started_ns(fields);
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    *ret_age = started < 0 ? -1 : (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - started;
    return 0;
}

bool thrum__stranger_wants_cpu(pid_t pid) {
    char path[64], line[1024];
    bool wants = false;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    for (struct dirent *thread; threads && !wants && (thread = readdir(threads)) != NULL;) {
        /* A thread's number: what is longer is none of them. */
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/stat", (int)pid, thread->d_name);
        const char *fields = read_line(path, line, sizeof line);
        wants = fields && *fields == 'R';
    }
    if (threads)
        closedir(threads);
    return wants;
}

int thrum__stranger_signal(const thrum__stranger *stranger, int number) {
    int r = stranger->pidfd < 0 ? kill(stranger->pid, number)
                                : (int)syscall(SYS_pidfd_send_signal, stranger->pidfd, number, NULL, 0);
    return r < 0 ? -errno : 0;
}

/* Milliseconds for poll, rounded up so that it does not return before the deadline. */
static int poll_milliseconds(thrum_timeout left) {
    int64_t ms = left.ns / 1000000 + (left.ns % 1000000 > 0);
    return left.ns == INT64_MAX ? -1 : ms > INT_MAX ? INT_MAX : (int)ms;
}

/* Without a pidfd there is no event to wait for: look again every 10 ms. */
static int wait_by_looking(const thrum__stranger *stranger, thrum_deadline deadline) {
    int64_t age;
    while (thrum__stranger_age(stranger, &age) == 0) {
        if (thrum_deadline_passed(deadline))
            return THRUM_TIMED_OUT;
        poll(NULL, 0, 10);
    }
    return 0;
}

int thrum__stranger_wait(const thrum__stranger *stranger, int64_t deadline) {
    thrum_deadline end = {deadline};
    if (stranger->pidfd < 0)
        return wait_by_looking(stranger, end);
    struct pollfd event = {stranger->pidfd, POLLIN, 0};
    for (;;) {
        int count = poll(&event, 1, poll_milliseconds(thrum_deadline_left(end)));
        if (count > 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return -errno;
        if (thrum_deadline_passed(end))
            return THRUM_TIMED_OUT;
    }
}
