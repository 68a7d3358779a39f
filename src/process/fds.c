/* fds.c - the few things that are done to descriptors, each with its trap taken out. */
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "platform/buffers.h"
#include "process/fds.h"
#include "time/time_internal.h"

enum { first_free = 3 };

void thrum__close(int *fd) {
    if (*fd < 0)
        return;
    int saved_errno = errno;
    close(*fd);
    errno = saved_errno;
    *fd = -1;
}

/* Take a descriptor, and return a copy above 2 where it is below. */
static int above_streams(int fd) {
    if (fd < 0)
        return -errno;
    if (fd >= first_free)
        return fd;
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, first_free);
    int r = higher < 0 ? -errno : higher;
    thrum__close(&fd);
    return r;
}

int thrum__pipe(int ret_fds[2]) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    int in = above_streams(fds[0]);
    int out = above_streams(fds[1]);
    if (in < 0 || out < 0) {
        int r = in < 0 ? in : out;
        thrum__close(&in);
        thrum__close(&out);
        return r;
    }
    ret_fds[0] = in;
    ret_fds[1] = out;
    return 0;
}

int thrum__pipe_resize(int fd, size_t bytes) {
    return thrum__pipe_widen(fd, bytes);
}

int thrum__open(const char *path, int flags, int mode) {
    int fd;
    do
        fd = open(path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return above_streams(fd);
}

int thrum__set_nonblocking(int fd, bool nonblocking) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -errno;
    int wanted = nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return wanted != flags && fcntl(fd, F_SETFL, wanted) < 0 ? -errno : 0;
}

/* What ppoll is to wait for: NULL for ever, and zero once the deadline has passed. */
static const struct timespec *time_left(int64_t deadline, struct timespec *left) {
    if (deadline == THRUM__NEVER)
        return NULL;
    int64_t ns = deadline == INT64_MIN ? 0 : thrum_deadline_left((thrum_deadline){deadline}).ns;
    *left = (struct timespec){ns / thrum__ns_per_s, ns % thrum__ns_per_s};
    return left;
}

int thrum__poll(struct pollfd *fds, nfds_t count, int64_t deadline) {
    for (;;) {
        struct timespec left;
        int r = ppoll(fds, count, time_left(deadline, &left), NULL);
        if (r >= 0)
            return r;
        if (errno != EINTR)
            return -errno;
    }
}
