/* thrum/daemon/context.h - DaemonContext: make this process a daemon, and let its starter know whether it became
 * one.
 *
 * The idea
 *       thrum_daemon_context *context;
 *       int r = thrum_daemon_context_new(&context, &(thrum_daemon_options){.pidfile = pidfile});
 *       if (r == 0)
 *               r = thrum_daemon_context_open(context);
 *       if (r < 0) {                                    still in the process that was started: say why
 *               fprintf(stderr, "%s: %s\n", thrum_daemon_context_failure(context)->stage, thrum_strerror(r));
 *               return 1;
 *       }
 *       serve();                                        here is the daemon
 *       context = thrum_daemon_context_free(context);   the pid file is gone
 *
 * The steps, in their order
 *   fork, setsid, fork: in the background, a new session and group, no terminal, and no way to get one;
 *   chroot, no core dumps, umask, working directory, group and user;
 *   terminal signals ignored, SIGTERM ends the daemon;
 *   every descriptor closed that is not named; standard streams to /dev/null or where they are sent;
 *   the pid file.
 *   All of them happen in the daemon. One that fails comes home through a pipe: open() returns the error in the
 *   original process, which is as it was. Only when all are done, or the daemon says that it is ready, does the
 *   original process end with status 0. Under systemd the daemon is announced with READY=1 at that moment.
 *
 *   A process that init or inetd started is in the background already: it is not detached, and a failure is returned
 *   to it.
 *
 * Open it before threads are started: a fork takes along only the thread that calls it. One context is open at a
 * time.
 */
#ifndef THRUM_DAEMON_CONTEXT_H
#define THRUM_DAEMON_CONTEXT_H

#include <sys/types.h>

#include <thrum/daemon/pidlockfile.h>

/* A daemon context, by reference. */
typedef struct thrum_daemon_context thrum_daemon_context;

/* Whether to leave the starter's process and session: detach_process. */
typedef enum thrum_daemon_detach {
    THRUM_DAEMON_DETACH_AUTO, /* None: unless init or inetd started this process */
    THRUM_DAEMON_DETACH_YES,  /* True */
    THRUM_DAEMON_DETACH_NO,   /* False */
} thrum_daemon_detach;

/* What a signal does in the daemon: an entry of signal_map. */
typedef struct thrum_daemon_signal {
    int number;
    void (*handler)(int number); /* a function, SIG_IGN (Python's None) or SIG_DFL */
} thrum_daemon_signal;

/* As stdin_fd, stdout_fd or stderr_fd: leave the stream as it is. */
#define THRUM_DAEMON_KEEP (-1)

/* What open() returns in the original process, when it was asked to keep it. */
#define THRUM_DAEMON_PARENT 1

/* Keyword arguments of DaemonContext. Zero is Python's default for each. */
typedef struct thrum_daemon_options {
    const int *files_preserve; /* descriptors that stay open; borrowed until open() has returned */
    size_t files_preserve_count;
    const char *chroot_directory;  /* NULL: none */
    const char *working_directory; /* NULL: "/" */
    mode_t umask;                  /* 0: files get the permissions that they are opened with */
    thrum_pidlockfile *pidfile;    /* acquired last, released by close(); borrowed */
    thrum_daemon_detach detach_process;
    /* NULL: SIGTSTP, SIGTTIN, SIGTTOU ignored, SIGTERM terminates. Borrowed. */
    const thrum_daemon_signal *signal_map;
    size_t signal_map_count;
    const uid_t *uid; /* NULL: the real one, which gives up what a set-user-id program got. Borrowed. */
    const gid_t *gid; /* NULL: the real one. Borrowed. */
    bool initgroups;  /* take on the supplementary groups of the user; otherwise they stay as they are */
    bool allow_core;  /* prevent_core=False: memory may be dumped to a file, with the secrets in it */
    int stdin_fd, stdout_fd, stderr_fd; /* 0: /dev/null, THRUM_DAEMON_KEEP, or a descriptor to copy there */

    bool keep_parent;            /* open() returns THRUM_DAEMON_PARENT in the original process instead of ending it */
    bool wait_ready;             /* the daemon is up when it calls thrum_daemon_context_ready(), not before */
    thrum_timeout ready_timeout; /* how long the original process waits for that; zero: as long as it takes */
} thrum_daemon_options;

/* Why there is no daemon. */
typedef struct thrum_daemon_failure {
    int code;             /* what open() returned */
    const char *stage;    /* the step: "chroot", "setuid", "pidfile"; a string that lives for ever */
    const char *filename; /* the directory or program that it is about, or NULL; belongs to the context */
    int cause;            /* the -errno behind code, where code is none itself (THRUM_LOCK_FAILED); else code */
} thrum_daemon_failure;

THRUM_BEGIN_DECLS

/* A context that is not open: DaemonContext(...).
 *
 * `options` may be NULL; its strings are copied. Nothing happens to the process. Returns 0 or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_daemon_context_new(thrum_daemon_context **ret_context,
                                                       const thrum_daemon_options *options);

/* Close and free a context. Takes NULL; returns NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_daemon_context *thrum_daemon_context_free(thrum_daemon_context *context);

/* Become a daemon: context.open().
 *
 * Returns 0 in the daemon, and at once when the context is open already. The original process ends with _exit(0)
 * when the daemon is up, after stdio has been flushed; with keep_parent it gets THRUM_DAEMON_PARENT instead. A
 * failure is returned in the original process, with the daemon gone and nothing changed: -errno of the step,
 * -ENOMEM, THRUM_ALREADY_LOCKED, THRUM_LOCK_TIMEOUT or THRUM_LOCK_FAILED of the pid file, THRUM_KEY_ERROR
 * (initgroups, and the user is in no database), THRUM_EOF_ERROR (the daemon ended before it was up), THRUM_TIMED_OUT
 * (ready_timeout; the daemon goes on), or what the daemon passed to thrum_daemon_context_fail().
 * THRUM_RUNTIME_ERROR: another context is open. Without detaching a failure leaves the steps before it done.
 * Threads: owner.  Signals: unsafe.  Blocks: until the daemon is up. */
THRUM_API THRUM_NODISCARD int thrum_daemon_context_open(thrum_daemon_context *context);

/* Say that the daemon is up: what the original process and systemd wait for, with the option wait_ready.
 *
 * Without that option open() has done it. Does nothing the second time.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_daemon_context_ready(thrum_daemon_context *context);

/* Say that the daemon will not come up, with the option wait_ready: open() returns `code`, negative, in the original
 * process, and `stage` (a string that lives for ever) is where. The daemon should then end.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_daemon_context_fail(thrum_daemon_context *context, int code, const char *stage);

/* Become the program argv[0], which is looked for in PATH; with the option wait_ready, the daemon is up when that
 * has worked. The pid file stays: its owner is the same process. Returns only on failure, with the -errno, which the
 * original process has been told.
 * Threads: owner.  Signals: unsafe.  Blocks: until the program is loaded. */
THRUM_API int thrum_daemon_context_exec(thrum_daemon_context *context, const char *const *argv);

/* Release the pid file: context.close(). Happens at exit by itself. Nothing is undone of what open() did to the
 * process.
 *
 * Does nothing in a context that is not open, and in a child of the daemon.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_daemon_context_close(thrum_daemon_context *context);

/* Whether open() has worked, and close() was not called since: context.is_open.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_daemon_context_is_open(const thrum_daemon_context *context);

/* The number of the daemon's process: in the daemon, and in the original process after THRUM_DAEMON_PARENT, or after
 * THRUM_TIMED_OUT if the daemon had said it by then. 0 otherwise.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API pid_t thrum_daemon_context_pid(const thrum_daemon_context *context);

/* Why the last open() failed; code is 0 when none did. The record belongs to the context.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API const thrum_daemon_failure *thrum_daemon_context_failure(const thrum_daemon_context *context);

/* The default handler of SIGTERM: context.terminate(). Writes "Terminating on signal N" to stderr, removes the pid
 * file and ends the process with status 1, as SystemExit with a message does. Functions registered with atexit() do
 * not run.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API void thrum_daemon_terminate(int number);

/* Whether process 1 is the parent of this one: is_process_started_by_init().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_daemon_is_process_started_by_init(void);

/* Whether stdin is a socket, as inetd hands it over: is_process_started_by_superserver().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_daemon_is_process_started_by_superserver(void);

/* Whether a context detaches by default: neither of the two: is_detach_process_context_required().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_daemon_is_detach_process_context_required(void);

/* Send `state` ("STATUS=...", "STOPPING=1", lines of NAME=VALUE) to the service manager that $NOTIFY_SOCKET names:
 * sd_notify(3), with the same results.
 *
 * Returns 1 when it was sent, 0 when there is no such variable, or -errno.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_daemon_notify(const char *state);

THRUM_END_DECLS

#endif
