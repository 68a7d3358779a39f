/* detach.c - two forks, and the pipe through which the daemon says how it went.
 *
 *     original ----fork----> middle: setsid ----fork----> daemon
 *        |                      |                            |
 *        |<---- reaps ----------'                            |
 *        |<==== messages through the pipe ===================|
 *
 * The middle one leads the new session, and so could get a terminal; the daemon does not lead it, and cannot. The
 * pipe ends when nobody holds its other end, and the daemon is watched besides: one that dies before it is up is
 * noticed at once. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/context.h"
#include "platform/stranger.h"

typedef enum message_kind { STARTED, UP, EXEC, FAILED } message_kind;

/* What goes through the pipe. The stage is a pointer: both ends are the same program image. */
typedef struct message {
    message_kind kind;
    pid_t pid;
    thrum_daemon_failure failure;
    char filename[256];
} message;

static void send_message(thrum_daemon_context *context, message_kind kind) {
    message m = {kind, getpid(), context->failure, ""};
    memcpy(m.filename, context->filename, sizeof m.filename);
    while (context->report >= 0 && write(context->report, &m, sizeof m) < 0 && errno == EINTR)
        ;
}

static void close_report(thrum_daemon_context *context) {
    if (context->report >= 0)
        close(context->report);
    context->report = -1;
}

void thrum__daemon_report_up(thrum_daemon_context *context) {
    send_message(context, UP);
    close_report(context);
}

void thrum__daemon_report_exec(thrum_daemon_context *context) {
    send_message(context, EXEC);
}

void thrum__daemon_report_failure(thrum_daemon_context *context) {
    send_message(context, FAILED);
    close_report(context);
}

/* Does not return but in the daemon. */
static void become_daemon(thrum_daemon_context *context) {
    const char *stage = "setsid";
    pid_t pid = setsid();
    if (pid >= 0) {
        stage = "fork";
        pid = fork();
    }
    if (pid > 0)
        _exit(0);
    if (pid < 0) {
        thrum__daemon_failed(context, -errno, stage);
        thrum__daemon_report_failure(context);
        _exit(1);
    }
    context->pid = getpid();
    send_message(context, STARTED);
}

static int milliseconds_left(thrum_deadline end) {
    int64_t ns = thrum_deadline_left(end).ns, ms = ns / 1000000 + (ns % 1000000 > 0);
    return end.ns == INT64_MAX ? -1 : ms > INT_MAX ? INT_MAX : (int)ms;
}

/* What the original process waits for. */
typedef struct watcher {
    int fd;
    thrum__stranger daemon; /* known from the first message on: its children may hold the pipe when it is gone */
    thrum_deadline end;
} watcher;

/* Wait for a message. Returns 1 with it, 0 at the end of the pipe or of the daemon, or a negative code. */
static int receive(const watcher *w, message *ret_message) {
    for (;;) {
        struct pollfd events[] = {{w->fd, POLLIN, 0}, {w->daemon.pidfd, POLLIN, 0}};
        int count = poll(events, 2, milliseconds_left(w->end));
        if (count == 0 && thrum_deadline_passed(w->end))
            return THRUM_TIMED_OUT;
        if (count > 0 && !events[0].revents) /* what it said before its end would be there */
            return 0;
        ssize_t size = count > 0 ? read(w->fd, ret_message, sizeof *ret_message) : 0;
        if (count > 0 && size >= 0) /* a message is smaller than PIPE_BUF: it comes whole */
            return size > 0;
        if ((count < 0 || size < 0) && errno != EINTR)
            return -errno;
    }
}

/* Follow the daemon's messages until it is clear what became of it. */
static int follow(thrum_daemon_context *context, watcher *w) {
    message m = {.kind = STARTED}, next;
    int r;
    while ((r = receive(w, &next)) == 1) {
        m = next;
        context->pid = m.pid;
        if (m.kind == STARTED)
            thrum__stranger_open(m.pid, &w->daemon); /* if that fails, the end of the pipe has to do */
        if (m.kind == UP)
            return THRUM_DAEMON_PARENT;
        if (m.kind == FAILED) {
            context->failure = m.failure;
            thrum__daemon_about(context, m.failure.filename ? m.filename : NULL);
            return m.failure.code;
        }
    }
    if (r == 0 && m.kind == EXEC)
        return THRUM_DAEMON_PARENT;
    return thrum__daemon_failed(context, r < 0 ? r : THRUM_EOF_ERROR, "ready");
}

static int watch(thrum_daemon_context *context, pid_t middle, int fd) {
    thrum_timeout limit = context->options.ready_timeout;
    watcher w = {fd, {0, -1}, thrum_deadline_after(limit.ns > 0 ? limit : THRUM_FOREVER)};
    int r = follow(context, &w);
    thrum__stranger_close(&w.daemon);
    close(fd);
    while (waitpid(middle, NULL, 0) < 0 && errno == EINTR)
        ;
    if (r < 0 && r != THRUM_TIMED_OUT)
        context->pid = 0;
    if (r == THRUM_DAEMON_PARENT && !context->options.keep_parent)
        _exit(0);
    return r;
}

/* A pipe with both ends above 2. */
static int open_pipe(int fds[2]) {
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    for (int i = 0; i < 2; i++) {
        int moved = thrum__move_up(fds[i]);
        if (moved < 0) {
            close(fds[1 - i]);
            return moved;
        }
        fds[i] = moved;
    }
    return 0;
}

int thrum__daemon_detach(thrum_daemon_context *context) {
    int fds[2];
    int r = open_pipe(fds);
    if (r < 0)
        return thrum__daemon_failed(context, r, "pipe");
    fflush(NULL); /* what is buffered would be written twice, or not at all */
    pid_t middle = fork();
    if (middle > 0) {
        close(fds[1]);
        return watch(context, middle, fds[0]);
    }
    int error = errno;
    close(fds[0]);
    if (middle < 0) {
        r = thrum__daemon_failed(context, -error, "fork");
        close(fds[1]);
        return r;
    }
    context->report = fds[1];
    become_daemon(context);
    return 0;
}
