/* context.c - DaemonContext: open, the word that it is open, close. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "daemon/context.h"

/* The context that is open, for the functions that run at the end of the process. Written by the thread that opens
 * and closes; the handler of SIGTERM reads it, hence volatile: it sees the old or the new pointer. */
static thrum_daemon_context *volatile current;

static int copy_string(const char **text) {
    if (!*text)
        return 0;
    *text = thrum__strdup(*text);
    return *text ? 0 : -ENOMEM;
}

int thrum_daemon_context_new(thrum_daemon_context **ret_context, const thrum_daemon_options *options) {
    thrum_daemon_context *context = thrum__calloc(1, sizeof *context);
    if (!context)
        return -ENOMEM;
    if (options)
        context->options = *options;
    if (!context->options.working_directory)
        context->options.working_directory = "/";
    context->report = context->notify = -1;
    context->saved[0] = context->saved[1] = context->saved[2] = -1;
    int root = copy_string(&context->options.chroot_directory);
    int directory = copy_string(&context->options.working_directory);
    if (root < 0 || directory < 0) {
        thrum_daemon_context_free(context);
        return -ENOMEM;
    }
    *ret_context = context;
    return 0;
}

thrum_daemon_context *thrum_daemon_context_free(thrum_daemon_context *context) {
    if (!context)
        return NULL;
    thrum_daemon_context_close(context);
    free((char *)context->options.chroot_directory);
    free((char *)context->options.working_directory);
    free(context);
    return NULL;
}

int thrum__daemon_failed(thrum_daemon_context *context, int code, const char *stage) {
    if (context->failure.cause == 0)
        context->failure.cause = code;
    context->failure.code = code;
    context->failure.stage = stage;
    return code;
}

void thrum__daemon_about(thrum_daemon_context *context, const char *filename) {
    if (filename)
        snprintf(context->filename, sizeof context->filename, "%s", filename);
    context->failure.filename = filename ? context->filename : NULL;
}

static void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int run_steps(thrum_daemon_context *context) {
    for (int i = 0; i < thrum__daemon_step_count; i++) {
        thrum__daemon_about(context, NULL);
        int r = thrum__daemon_steps[i].run(context);
        if (r < 0)
            return thrum__daemon_failed(context, r, thrum__daemon_steps[i].stage);
    }
    return 0;
}

static void close_current(void) {
    if (current)
        thrum_daemon_context_close(current);
}

static void mark_open(thrum_daemon_context *context) {
    static bool registered;
    if (!registered)
        registered = atexit(close_current) == 0;
    context->is_open = true;
    context->pid = getpid();
    current = context;
}

static bool must_detach(const thrum_daemon_context *context) {
    if (context->options.detach_process == THRUM_DAEMON_DETACH_AUTO)
        return thrum_daemon_is_detach_process_context_required();
    return context->options.detach_process == THRUM_DAEMON_DETACH_YES;
}

static void drop_failed(thrum_daemon_context *context) {
    close_fd(&context->notify);
    for (int i = 0; i < 3; i++)
        close_fd(&context->saved[i]);
}

/* In the daemon, or in the process that stays what it is. */
static int become(thrum_daemon_context *context, bool detached) {
    int notify = thrum__move_up(thrum__notify_connect());
    context->notify = notify >= 0 ? notify : -1; /* a manager that cannot be reached is no reason not to run */
    int r = run_steps(context);
    if (r < 0) {
        thrum__daemon_report_failure(context);
        if (detached)
            _exit(1);
        drop_failed(context);
        return r;
    }
    mark_open(context);
    if (!context->options.wait_ready)
        thrum_daemon_context_ready(context);
    return 0;
}

int thrum_daemon_context_open(thrum_daemon_context *context) {
    if (context->is_open)
        return 0;
    context->failure = (thrum_daemon_failure){0};
    if (current)
        return thrum__daemon_failed(context, THRUM_RUNTIME_ERROR, "open");
    bool detach = must_detach(context);
    int r = detach ? thrum__daemon_detach(context) : 0;
    return r == 0 ? become(context, detach) : r;
}

static void notify_ready(thrum_daemon_context *context) {
    char state[64];
    int length = snprintf(state, sizeof state, "READY=1\nMAINPID=%d", (int)getpid());
    (void)!send(context->notify, state, (size_t)length, MSG_NOSIGNAL); /* nobody to tell that it was not heard */
    close_fd(&context->notify);
}

void thrum_daemon_context_ready(thrum_daemon_context *context) {
    if (context->notify >= 0)
        notify_ready(context);
    thrum__daemon_report_up(context);
}

static void report_failure(thrum_daemon_context *context, int code, const char *stage, const char *filename) {
    context->failure.cause = 0;
    thrum__daemon_about(context, filename);
    thrum__daemon_failed(context, code, stage);
    thrum__daemon_report_failure(context);
}

void thrum_daemon_context_fail(thrum_daemon_context *context, int code, const char *stage) {
    report_failure(context, code, stage, NULL);
}

int thrum_daemon_context_exec(thrum_daemon_context *context, const char *const *argv) {
    if (context->notify >= 0)
        notify_ready(context); /* later there is nobody to do it */
    thrum__daemon_report_exec(context);
    execvp(argv[0], (char *const *)argv); /* POSIX leaves out the const: the words are not written to */
    int r = -errno;
    report_failure(context, r, "execve", argv[0]);
    return r;
}

void thrum_daemon_context_close(thrum_daemon_context *context) {
    if (!context->is_open || context->pid != getpid())
        return;
    context->is_open = false;
    current = NULL;
    if (context->options.pidfile)
        thrum_pidlockfile_release(context->options.pidfile);
    close_fd(&context->report); /* not ready, and never will be: the original process sees the end */
    close_fd(&context->notify);
}

bool thrum_daemon_context_is_open(const thrum_daemon_context *context) {
    return context->is_open;
}

pid_t thrum_daemon_context_pid(const thrum_daemon_context *context) {
    return context->pid;
}

const thrum_daemon_failure *thrum_daemon_context_failure(const thrum_daemon_context *context) {
    return &context->failure;
}

/* Async-signal-safe: the number by hand, and system calls. */
static void say_terminating(int number) {
    char text[] = "Terminating on signal ??\n";
    char *digits = strchr(text, '?');
    digits[0] = number > 9 ? (char)('0' + number / 10) : ' ';
    digits[1] = (char)('0' + number % 10);
    (void)!write(STDERR_FILENO, text, sizeof text - 1); /* the process ends either way */
}

void thrum_daemon_terminate(int number) {
    thrum_daemon_context *context = current;
    say_terminating(number);
    if (context && context->pid == getpid() && context->options.pidfile)
        unlink(thrum_pidlockfile_path(context->options.pidfile));
    _exit(1);
}
