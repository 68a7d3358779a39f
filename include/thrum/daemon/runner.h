/* thrum/daemon/runner.h - DaemonRunner: start, stop, restart and status of a daemon, by its pid file.
 *
 * The idea
 *   A program that is a daemon, and the command that controls it, in one:
 *
 *       int main(int argc, char **argv) {
 *               thrum_daemon_app app = {.run = serve,
 *                                       .pidfile_path = "/run/mine.pid", .stderr_path = "/var/log/mine"};
 *               thrum_daemon_runner *runner;
 *               int r = thrum_daemon_runner_new(&runner, &app);
 *               if (r < 0)
 *                       return 1;
 *               r = thrum_daemon_runner_parse_args(runner, argc, argv);
 *               if (r == 0)
 *                       r = thrum_daemon_runner_do_action(runner);
 *               fprintf(stderr, "%s\n", thrum_daemon_runner_message(runner));
 *               return r == THRUM_VALUE_ERROR ? 2 : r < 0;
 *       }
 *
 * What is better than in Python
 *   start reports what went wrong in the daemon. stop waits until the process is gone, and signals no stranger that
 *   got its number. restart does not start the new one while the old one runs. Output files are appended to. There
 *   is a status.
 */
#ifndef THRUM_DAEMON_RUNNER_H
#define THRUM_DAEMON_RUNNER_H

#include <thrum/daemon/context.h>

/* What a runner runs, and how: Python's app object. */
typedef struct thrum_daemon_app {
    int (*run)(thrum_daemon_context *context, void *arg); /* in the daemon; what start() returns there: 0 or a code */
    void *arg;
    const char *pidfile_path;              /* absolute; NULL: no pid file, and then only start works */
    thrum_timeout pidfile_timeout;         /* how long start waits for an owner to go; zero: it fails */
    const char *stdin_path;                /* NULL: /dev/null */
    const char *stdout_path, *stderr_path; /* NULL: /dev/null; created, and appended to */
    thrum_timeout stop_timeout;            /* how long stop waits for the process to go; zero: ten seconds */
    thrum_daemon_options daemon; /* all the rest; its pidfile, and its streams where a path is given, are not used */
} thrum_daemon_app;

/* A runner, by reference. */
typedef struct thrum_daemon_runner thrum_daemon_runner;

THRUM_BEGIN_DECLS

/* A runner for `app`, which is copied; its strings and arrays are borrowed: DaemonRunner(app).
 *
 * Returns 0, -ENOMEM, or THRUM_VALUE_ERROR when the pid file's path is not absolute.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_daemon_runner_new(thrum_daemon_runner **ret_runner, const thrum_daemon_app *app);

/* Free a runner. Takes NULL; returns NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_daemon_runner *thrum_daemon_runner_free(thrum_daemon_runner *runner);

/* Take the action from the command line: argv[1] is start, stop, restart or status: parse_args().
 *
 * What follows it is the program's own. Returns 0, or THRUM_VALUE_ERROR with the usage line as the message; Python's
 * exit status for that is 2.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_daemon_runner_parse_args(thrum_daemon_runner *runner, int argc, char **argv);

/* Do what parse_args() found: do_action(). Results as the action's; THRUM_RUNTIME_ERROR without one.
 * Threads: owner.  Signals: unsafe.  Blocks: until the action is done. */
THRUM_API THRUM_NODISCARD int thrum_daemon_runner_do_action(thrum_daemon_runner *runner);

/* Open the context and call app.run in the daemon: start.
 *
 * Returns in the daemon, when app.run has, with its result and the pid file released. In the original process: as
 * thrum_daemon_context_open(), or the -errno of opening an output file.
 * Threads: owner.  Signals: unsafe.  Blocks: until the daemon is up, or has ended. */
THRUM_API THRUM_NODISCARD int thrum_daemon_runner_start(thrum_daemon_runner *runner);

/* Send SIGTERM to the owner of the pid file and wait until it is gone: stop.
 *
 * A file that it left behind is removed. Returns 0; THRUM_NOT_LOCKED when nobody owns the file (a stale one is
 * removed); THRUM_TIMED_OUT when the process still runs after stop_timeout; or the -errno of the signal.
 * Threads: owner.  Signals: unsafe.  Blocks: until the process is gone or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_daemon_runner_stop(thrum_daemon_runner *runner);

/* stop, then start: restart. Results as of the first that failed.
 * Threads: owner.  Signals: unsafe.  Blocks: until the old process is gone, then as start. */
THRUM_API THRUM_NODISCARD int thrum_daemon_runner_restart(thrum_daemon_runner *runner);

/* Whether the daemon runs. Python has no such action.
 *
 * Returns 0 with its number in *ret_pid (which may be NULL), or THRUM_NOT_LOCKED.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_daemon_runner_status(thrum_daemon_runner *runner, pid_t *ret_pid);

/* The sentence for what the last call did or why it did not: "started with pid 17", "PID file '/run/mine.pid'
 * already locked". It lives until the next call.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API const char *thrum_daemon_runner_message(const thrum_daemon_runner *runner);

THRUM_END_DECLS

#endif
