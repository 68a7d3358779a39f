/* files.c - reading, writing, sockets. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "files.h"

/* Stands for all descriptors: what is written to one is read from another, and the schedule sees that order. */
static char descriptors;

static bool is_ready(void *descriptor) {
    NEXT(poll);
    return next_poll(descriptor, 1, 0) != 0;
}

static bool blocks(int fd) {
    NEXT(fcntl);
    int flags = next_fcntl(fd, F_GETFL);
    return flags >= 0 && !(flags & O_NONBLOCK);
}

static int wait_until_ready(int fd, short events, const char *name, const char *interruptible) {
    struct pollfd descriptor = {.fd = fd, .events = events};
    return preload_wait_for(&(preload_wait){.what = name,
                                            .ready = is_ready,
                                            .arg = &descriptor,
                                            .limit = THRUM_FOREVER,
                                            .cancellable = true,
                                            .outside = true,
                                            .interruptible = interruptible});
}

/* Returns whether it is ready; else it was interrupted. */
static bool wait_for_turn(int fd, short events, const char *name, const char *interruptible) {
    int error = errno;
    struct pollfd descriptor = {.fd = fd, .events = events};
    thrum_explore_step(&descriptors, true, name);
    while (blocks(fd) && !is_ready(&descriptor)) {
        int r = wait_until_ready(fd, events, name, interruptible);
        if (r == PRELOAD_INTERRUPTED)
            return false;
        if (r == PRELOAD_CANCELLED)
            preload_act_on_cancel();
        thrum_explore_step(&descriptors, true, name); /* after what made it ready; another may be faster */
    }
    errno = error;
    return true;
}

void files_wait(int fd, short events, const char *name) {
    (void)wait_for_turn(fd, events, name, NULL); /* nothing interrupts it */
}

void files_leave(files_leaver *leaver, const char *name) {
    NEXT(pthread_setcancelstate);
    int error = errno;
    preload_act_on_cancel();
    *leaver = (files_leaver){.thread = preload_self()};
    leaver->thread->away = true; /* before another can have its turn */
    leaver->left = thrum_explore_leave(name) == 0;
    if (leaver->left && !leaver->thread->uncancellable)
        (void)next_pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); /* cannot fail */
    errno = error;
}

void files_enter(void *arg) {
    NEXT(pthread_setcancelstate);
    files_leaver *leaver = arg;
    int error = errno;
    (void)next_pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); /* cannot fail */
    if (leaver->left)
        thrum_explore_enter();
    leaver->thread->away = false;
    if (!leaver->returned) { /* the C library is on its way out with a thread that was cancelled */
        leaver->thread->exiting = true;
        leaver->thread->result = PTHREAD_CANCELED;
    }
    errno = error;
}

#define WAITS(result, name, events, parameters, arguments)                                                           \
    INSTEAD(result, name, parameters, arguments) {                                                                   \
        NEXT(name);                                                                                                  \
        if (!wait_for_turn(fd, events, #name, #name))                                                                \
            return -1;                                                                                               \
        return next_##name arguments;                                                                                \
    }

WAITS(ssize_t, read, POLLIN, (int fd, void *buffer, size_t size), (fd, buffer, size))
WAITS(ssize_t, readv, POLLIN, (int fd, const struct iovec *parts, int count), (fd, parts, count))
WAITS(ssize_t, recv, POLLIN, (int fd, void *buffer, size_t size, int flags), (fd, buffer, size, flags))
WAITS(ssize_t, recvfrom, POLLIN,
      (int fd, void *restrict buffer, size_t size, int flags, __SOCKADDR_ARG from, socklen_t *restrict length),
      (fd, buffer, size, flags, from, length))
WAITS(ssize_t, recvmsg, POLLIN, (int fd, struct msghdr *message, int flags), (fd, message, flags))
WAITS(int, accept, POLLIN, (int fd, __SOCKADDR_ARG from, socklen_t *restrict length), (fd, from, length))
WAITS(int, accept4, POLLIN, (int fd, __SOCKADDR_ARG from, socklen_t *restrict length, int flags),
      (fd, from, length, flags))

/* What programs call that are compiled with _FORTIFY_SOURCE. */
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags);
WAITS(ssize_t, __read_chk, POLLIN, (int fd, void *buffer, size_t size, size_t room), (fd, buffer, size, room))
WAITS(ssize_t, __recv_chk, POLLIN, (int fd, void *buffer, size_t size, size_t room, int flags),
      (fd, buffer, size, room, flags))

/* A descriptor that takes something may not take all of it at once: what is more than a pipe takes at least is let
 * go. */
static bool is_large(int fd, size_t size) {
    struct stat status;
    return size > PIPE_BUF && fstat(fd, &status) == 0 && !S_ISREG(status.st_mode) && blocks(fd);
}

#define WRITES(result, name, size, parameters, arguments)                                                            \
    INSTEAD(result, name, parameters, arguments) {                                                                   \
        NEXT(name);                                                                                                  \
        if (!wait_for_turn(fd, POLLOUT, #name, #name))                                                               \
            return -1;                                                                                               \
        if (!is_large(fd, size))                                                                                     \
            return next_##name arguments;                                                                            \
        LET_GO(result, #name, next_##name arguments);                                                                \
    }

static size_t size_of(const struct iovec *parts, size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].iov_len;
    return size;
}

WRITES(ssize_t, write, size, (int fd, const void *buffer, size_t size), (fd, buffer, size))
WRITES(ssize_t, writev, size_of(parts, (size_t)count), (int fd, const struct iovec *parts, int count),
       (fd, parts, count))
WRITES(ssize_t, send, size, (int fd, const void *buffer, size_t size, int flags), (fd, buffer, size, flags))
WRITES(ssize_t, sendto, size,
       (int fd, const void *buffer, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t length),
       (fd, buffer, size, flags, to, length))
WRITES(ssize_t, sendmsg, size_of(message->msg_iov, message->msg_iovlen),
       (int fd, const struct msghdr *message, int flags), (fd, message, flags))

/* Connect without waiting in the kernel. Returns 0 or -1, with errno. */
static int connect_later(int fd, __CONST_SOCKADDR_ARG to, socklen_t length) {
    NEXT(connect);
    NEXT(fcntl);
    int flags = next_fcntl(fd, F_GETFL), error = 0;
    socklen_t size = sizeof error;
    (void)next_fcntl(fd, F_SETFL, flags | O_NONBLOCK); /* cannot fail: it is a descriptor */
    int r = next_connect(fd, to, length);
    int result = errno;
    (void)next_fcntl(fd, F_SETFL, flags);
    if (r == 0 || result != EINPROGRESS) {
        errno = result;
        return r;
    }
    if (wait_until_ready(fd, POLLOUT, "connect", NULL) == PRELOAD_CANCELLED)
        preload_act_on_cancel();
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
        return 0;
    return preload_error(error ? error : errno);
}

INSTEAD(int, connect, (int fd, __CONST_SOCKADDR_ARG to, socklen_t length), (fd, to, length)) {
    NEXT(connect);
    thrum_explore_step(&descriptors, true, "connect");
    if (!blocks(fd))
        return next_connect(fd, to, length);
    int r = connect_later(fd, to, length);
    if (r == 0 || errno != EAGAIN) /* a unix socket whose queue is full */
        return r;
    LET_GO(int, "connect", next_connect(fd, to, length));
}

INSTEAD(int, flock, (int fd, int operation), (fd, operation)) {
    NEXT(flock);
    thrum_explore_step(&descriptors, true, "flock");
    if (operation & (LOCK_NB | LOCK_UN))
        return next_flock(fd, operation);
    if (next_flock(fd, operation | LOCK_NB) == 0)
        return 0;
    LET_GO(int, "flock", next_flock(fd, operation));
}

int fcntl(int fd, int command, ...);
int fcntl(int fd, int command, ...) {
    NEXT(fcntl);
    va_list args;
    va_start(args, command);
    void *arg = va_arg(args, void *);
    va_end(args);
    if (!TAKES() || (command != F_SETLKW && command != F_OFD_SETLKW))
        return next_fcntl(fd, command, arg);
    thrum_explore_step(&descriptors, true, "fcntl");
    if (next_fcntl(fd, command == F_SETLKW ? F_SETLK : F_OFD_SETLK, arg) == 0)
        return 0;
    LET_GO(int, "fcntl", next_fcntl(fd, command, arg));
}
