/* runner.c - DaemonRunner: start, stop, restart, status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <thrum/daemon/runner.h>

#include "base/memory.h"
#include "daemon/pidlockfile.h"

typedef int runner_action(thrum_daemon_runner *runner);

struct thrum_daemon_runner {
    thrum_daemon_app app;
    thrum_pidlockfile *pidfile; /* NULL: none */
    runner_action *action;
    char message[512];
};

static int say(thrum_daemon_runner *runner, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Set the message. Returns `result`. */
static int say(thrum_daemon_runner *runner, int result, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(runner->message, sizeof runner->message, format, arguments);
    va_end(arguments);
    return result;
}

int thrum_daemon_runner_new(thrum_daemon_runner **ret_runner, const thrum_daemon_app *app) {
    if (app->pidfile_path && app->pidfile_path[0] != '/')
        return THRUM_VALUE_ERROR;
    thrum_daemon_runner *runner = thrum__calloc(1, sizeof *runner);
    if (!runner)
        return -ENOMEM;
    runner->app = *app;
    thrum_pidlockfile_options options = {app->pidfile_timeout};
    int r = app->pidfile_path ? thrum_pidlockfile_new(&runner->pidfile, app->pidfile_path, &options) : 0;
    if (r < 0)
        free(runner);
    else
        *ret_runner = runner;
    return r;
}

thrum_daemon_runner *thrum_daemon_runner_free(thrum_daemon_runner *runner) {
    if (!runner)
        return NULL;
    thrum_pidlockfile_free(runner->pidfile);
    free(runner);
    return NULL;
}

static int do_status(thrum_daemon_runner *runner) {
    return thrum_daemon_runner_status(runner, NULL);
}

typedef struct named_action {
    const char *name;
    runner_action *run;
} named_action;

static const named_action actions[] = {
    {"start", thrum_daemon_runner_start},
    {"stop", thrum_daemon_runner_stop},
    {"restart", thrum_daemon_runner_restart},
    {"status", do_status},
};

int thrum_daemon_runner_parse_args(thrum_daemon_runner *runner, int argc, char **argv) {
    for (size_t i = 0; i < sizeof actions / sizeof actions[0] && argc >= 2; i++)
        if (strcmp(argv[1], actions[i].name) == 0) {
            runner->action = actions[i].run;
            return 0;
        }
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    const char *program = slash ? slash + 1 : argc > 0 ? argv[0] : "daemon";
    return say(runner, THRUM_VALUE_ERROR, "usage: %s start|stop|restart|status", program);
}

int thrum_daemon_runner_do_action(thrum_daemon_runner *runner) {
    if (!runner->action)
        return say(runner, THRUM_RUNTIME_ERROR, "no action was given");
    return runner->action(runner);
}

/* Open the files of the standard streams; fds[i] is -1 where no path is given. */
static int open_streams(thrum_daemon_runner *runner, int fds[3]) {
    const char *paths[3] = {runner->app.stdin_path, runner->app.stdout_path, runner->app.stderr_path};
    for (int i = 0; i < 3; i++)
        fds[i] = -1;
    for (int i = 0; i < 3; i++) {
        if (!paths[i])
            continue;
        int flags = i == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND;
        int fd = open(paths[i], flags | O_CLOEXEC, 0644);
        fds[i] = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3); /* 0 would mean /dev/null */
        int r = fds[i] < 0 ? -errno : 0;
        if (fd >= 0)
            close(fd);
        if (r < 0)
            return say(runner, r, "cannot open '%s': %s", paths[i], thrum_strerror(r));
    }
    return 0;
}

static void close_streams(int fds[3]) {
    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static thrum_daemon_options context_options(const thrum_daemon_runner *runner, const int fds[3]) {
    thrum_daemon_options options = runner->app.daemon;
    options.pidfile = runner->pidfile;
    if (fds[0] >= 0)
        options.stdin_fd = fds[0];
    if (fds[1] >= 0)
        options.stdout_fd = fds[1];
    if (fds[2] >= 0)
        options.stderr_fd = fds[2];
    return options;
}

static int say_not_started(thrum_daemon_runner *runner, const thrum_daemon_failure *failure) {
    if (failure->code == THRUM_ALREADY_LOCKED || failure->code == THRUM_LOCK_TIMEOUT)
        return say(runner, failure->code, "PID file '%s' already locked", thrum_pidlockfile_path(runner->pidfile));
    if (failure->code == THRUM_LOCK_FAILED)
        return say(runner, failure->code, "cannot make the PID file '%s': %s",
                   thrum_pidlockfile_path(runner->pidfile), thrum_strerror(failure->cause));
    if (failure->filename)
        return say(runner, failure->code, "%s '%s': %s", failure->stage, failure->filename,
                   thrum_strerror(failure->code));
    return say(runner, failure->code, "%s: %s", failure->stage, thrum_strerror(failure->code));
}

/* Returns in the daemon when the program has run, and in the original process when it is clear that it does or does
 * not. */
static int run_daemon(thrum_daemon_runner *runner, thrum_daemon_context *context, int fds[3]) {
    int r = thrum_daemon_context_open(context);
    pid_t pid = thrum_daemon_context_pid(context);
    if (r == THRUM_DAEMON_PARENT || r < 0)
        close_streams(fds);
    if (r < 0)
        return say_not_started(runner, thrum_daemon_context_failure(context));
    say(runner, 0, "started with pid %d", (int)pid);
    if (r == THRUM_DAEMON_PARENT)
        return r;
    close_streams(fds); /* they are in place */
    r = runner->app.run(context, runner->app.arg);
    bool known = r < 0 && r == thrum_daemon_context_failure(context)->code;
    return known ? say_not_started(runner, thrum_daemon_context_failure(context)) : r;
}

int thrum_daemon_runner_start(thrum_daemon_runner *runner) {
    int fds[3];
    int r = open_streams(runner, fds);
    thrum_daemon_options options = context_options(runner, fds);
    thrum_daemon_context *context;
    if (r == 0)
        r = thrum_daemon_context_new(&context, &options);
    if (r < 0) {
        close_streams(fds);
        return r;
    }
    r = run_daemon(runner, context, fds);
    thrum_daemon_context_free(context);
    return r;
}

/* Take hold of the daemon. Returns 0, or THRUM_NOT_LOCKED, with the message, and no stale file. */
static int find_daemon(thrum_daemon_runner *runner, thrum__stranger *ret_owner) {
    int r = runner->pidfile ? thrum__pidlockfile_owner(runner->pidfile, ret_owner) : THRUM_NOT_LOCKED;
    const char *path = runner->pidfile ? thrum_pidlockfile_path(runner->pidfile) : "";
    if (r == 0)
        return 0;
    if (r == -ESRCH)
        return say(runner, THRUM_NOT_LOCKED, "PID file '%s' not locked: it is stale", path);
    if (r == THRUM_NOT_LOCKED)
        return say(runner, r, "PID file '%s' not locked", path);
    return say(runner, r, "cannot read the PID file '%s': %s", path, thrum_strerror(r));
}

/* SIGTERM, and wait for the end. */
static int end_process(thrum_daemon_runner *runner, const thrum__stranger *owner) {
    const thrum_timeout usual = thrum_seconds(10);
    if (owner->pid == 0)
        return say(runner, -ESRCH, "Failed to terminate: the process is gone, but its children hold the PID file");
    int r = thrum__stranger_signal(owner, SIGTERM);
    if (r < 0 && r != -ESRCH)
        return say(runner, r, "Failed to terminate %d: %s", (int)owner->pid, thrum_strerror(r));
    thrum_timeout limit = runner->app.stop_timeout.ns > 0 ? runner->app.stop_timeout : usual;
    r = thrum__stranger_wait(owner, thrum_deadline_after(limit).ns);
    if (r < 0)
        return say(runner, r, "Failed to terminate %d: %s", (int)owner->pid, thrum_strerror(r));
    return say(runner, 0, "stopped the process with pid %d", (int)owner->pid);
}

int thrum_daemon_runner_stop(thrum_daemon_runner *runner) {
    thrum__stranger owner;
    int r = find_daemon(runner, &owner);
    if (r == 0) {
        r = end_process(runner, &owner);
        thrum__stranger_close(&owner);
    }
    if (runner->pidfile && (r == 0 || r == THRUM_NOT_LOCKED))
        thrum__pidlockfile_remove_stale(runner->pidfile);
    return r;
}

int thrum_daemon_runner_restart(thrum_daemon_runner *runner) {
    int r = thrum_daemon_runner_stop(runner);
    return r < 0 ? r : thrum_daemon_runner_start(runner);
}

int thrum_daemon_runner_status(thrum_daemon_runner *runner, pid_t *ret_pid) {
    thrum__stranger owner;
    int r = find_daemon(runner, &owner);
    if (r < 0)
        return r;
    thrum__stranger_close(&owner);
    if (ret_pid)
        *ret_pid = owner.pid;
    return say(runner, 0, "running with pid %d", (int)owner.pid);
}

const char *thrum_daemon_runner_message(const thrum_daemon_runner *runner) {
    return runner->message;
}
