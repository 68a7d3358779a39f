/* thrum/subprocess/popen.h - Popen: a child process, its pipes and its end (subprocess.Popen).
 *
 * The idea
 *       thrum_popen *child;
 *       int r = thrum_popen_new(&child, THRUM_ARGS("sort", "-n"),
 *                               &(thrum_popen_options){.in = THRUM_PIPE, .out = THRUM_PIPE});
 *       if (r < 0)
 *               return r;
 *       thrum_output sorted;
 *       r = thrum_popen_communicate(child, "3\n1\n2\n", 6, &sorted, NULL);
 *       ...
 *       thrum_output_free(&sorted);
 *       child = thrum_popen_free(child);
 *
 *   Keyword arguments are an options struct in which zero is Python's default for each; what Python has preexec_fn
 *   for (limits, priority, processors, terminal, death signal) is a field, which costs nothing and cannot deadlock.
 *
 *   A child is known by its number and by a descriptor that never means another process (a pidfd), so a signal cannot
 *   hit a stranger that got the same number. No signal handler is installed, and it does not matter what the program
 *   does with SIGCHLD.
 *
 *   wait() reads captured output while it waits and keeps it for communicate(). Whoever asks for the descriptor
 *   (thrum_popen_stdout) takes over the reading: from then on it is theirs alone.
 */
#ifndef THRUM_SUBPROCESS_POPEN_H
#define THRUM_SUBPROCESS_POPEN_H

#include <stdio.h>
#include <sys/types.h>
#ifdef __cplusplus
#include <initializer_list>
#endif

#include <thrum/time.h>

/* A child process, by reference. */
typedef struct thrum_popen thrum_popen;

#ifdef __cplusplus
#define THRUM_ARGS(...) (std::initializer_list<const char *>{__VA_ARGS__, nullptr}.begin())
#else
/* The argument list of a call, in the place of a Python list: THRUM_ARGS("ls", "-l"). It lives as long as the block,
 * in C++ as long as the call. */
#define THRUM_ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#endif

/* Where a standard stream goes, besides 0, which is Python's None (the parent's), and a descriptor above 0. */
#define THRUM_PIPE (-1)                      /* subprocess.PIPE: a new pipe to the parent */
#define THRUM_STDOUT (-2)                    /* subprocess.STDOUT: for err only, where out goes */
#define THRUM_DEVNULL (-3)                   /* subprocess.DEVNULL: /dev/null */
#define THRUM_FD(fd) ((fd) == 0 ? -4 : (fd)) /* any descriptor, 0 too */

/* bufsize of Python's 0. Here 0 stands for Python's -1, the default. */
#define THRUM_UNBUFFERED (-1)

/* A number that may be absent, for options where every number means something: .umask = THRUM_SOME(022). */
typedef struct thrum_some {
    bool is_set;
    int value;
} thrum_some;
#ifdef __cplusplus
#define THRUM_SOME(value) (thrum_some{true, (value)})
#else
#define THRUM_SOME(value) ((thrum_some){true, (value)})
#endif

/* A resource limit for the child: {RLIMIT_NOFILE, 64, 64}. THRUM_UNLIMITED is RLIM_INFINITY. */
typedef struct thrum_limit {
    int resource;
    uint64_t soft, hard;
} thrum_limit;
#define THRUM_UNLIMITED UINT64_MAX

/* Why a child could not be started: the parts of Python's OSError. */
typedef struct thrum_popen_failure {
    int code;             /* what thrum_popen_new returned */
    const char *stage;    /* the step, "execve", "chdir", "setreuid"; a string that lives for ever */
    const char *filename; /* OSError.filename: the program or directory as the caller gave it, or NULL */
} thrum_popen_failure;

/* Popen's keyword arguments. Zero is Python's default for each. Everything is borrowed for the call only. */
typedef struct thrum_popen_options {
    const char *executable; /* run this program (or shell) under the name args[0] */
    bool shell;             /* args[0] is a command for /bin/sh; further items become $0, $1, ... */
    int in, out, err;       /* stdin, stdout, stderr: 0, THRUM_PIPE, THRUM_DEVNULL, THRUM_STDOUT, a descriptor */
    int bufsize;            /* of the FILE streams: 0 = default, THRUM_UNBUFFERED, 1 = lines, else bytes */
    int pipesize;           /* capacity of the pipes in bytes; 0 = the system's */

    const char *cwd;        /* the child's directory; a relative program is found from there */
    const char *const *env; /* the whole environment, "NAME=VALUE", NULL-terminated; NULL = the parent's */

    bool keep_fds;       /* close_fds=False */
    const int *pass_fds; /* stay open in the child; keep_fds is then ignored */
    size_t pass_fd_count;

    bool keep_signals;               /* restore_signals=False: SIGPIPE and SIGXFSZ stay ignored if they are */
    bool start_new_session;          /* setsid() */
    thrum_some process_group;        /* setpgid(0, value); THRUM_SOME(0): a new group that the child leads */
    const char *user, *group;        /* a name or a number: setreuid, setregid */
    const char *const *extra_groups; /* names or numbers, NULL-terminated; an empty list drops all groups */
    thrum_some umask;
    bool text;            /* universal newlines, and checked UTF-8, in what communicate() returns */
    const char *encoding; /* of the child's text: "utf-8" (default), "ascii", "latin-1"; sets text */
    /* "strict" (default), "ignore", "replace", "surrogateescape" or "backslashreplace"; sets text */
    const char *errors;

    /* Runs in the child, in a copy of the memory, before exec; async-signal-safe calls only. Not 0 is
     * THRUM_SUBPROCESS_ERROR. Prefer the fields below. */
    int (*preexec_fn)(void *arg);
    void *preexec_arg;

    const char *root;          /* chroot() before cwd */
    const thrum_limit *limits; /* setrlimit() */
    size_t limit_count;
    int nice;        /* added to the priority number */
    const int *cpus; /* run on these processors only */
    size_t cpu_count;
    thrum_some terminal; /* this descriptor of the child becomes its controlling terminal (implies a new session) */
    int parent_death_signal; /* sent to the child when the *thread* that started it ends */

    size_t output_limit; /* bytes kept of each captured stream; more is THRUM_LIMIT_EXCEEDED. 0 = no limit */
    thrum_popen_failure *ret_failure; /* filled in when the child cannot be started; may be NULL */
} thrum_popen_options;

/* Captured bytes. data is NULL when the stream was not a pipe (Python's None); otherwise data[size] is a NUL byte. */
typedef struct thrum_output {
    char *data;
    size_t size;
    size_t capacity_, reserved_;
} thrum_output;

THRUM_BEGIN_DECLS

/* Start a child: subprocess.Popen(args, ...).
 *
 * `args` ends with NULL and has at least the program's name; it is looked for in PATH (of options->env where given)
 * unless it has a '/'. `options` may be NULL. Stores a new child in *ret_popen. On failure there is no child, no
 * zombie and no descriptor more than before, *ret_popen is untouched, options->ret_failure says where it failed, and
 * the result is -ENOENT, -EACCES and so on from the system; -ENOMEM; THRUM_VALUE_ERROR (an empty list, an
 * environment entry without '=', out = THRUM_STDOUT, an unknown encoding, a negative user or limit); THRUM_KEY_ERROR
 * (an unknown user or group name); THRUM_OVERFLOW_ERROR (an id that is too large; in extra_groups
 * THRUM_VALUE_ERROR); THRUM_SUBPROCESS_ERROR (preexec_fn failed).
 * Threads: any.  Signals: unsafe.  Blocks: until the child runs the program. */
THRUM_API THRUM_NODISCARD int thrum_popen_new(thrum_popen **ret_popen, const char *const *args,
                                              const thrum_popen_options *options);

/* Let go of a child: close the pipes and free the object. NULL is allowed; returns NULL.
 *
 * A child that still runs goes on, and is reaped when a later call of the library notices its end (Python's _active
 * list); thrum_resource_warnings() tells where that happens. The context manager's exit is thrum_popen_exit().
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_popen *thrum_popen_free(thrum_popen *popen);

/* Close the pipes, wait for the child and free the object: the end of Python's with block. NULL is allowed; returns
 * NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: until the child has ended. */
THRUM_API thrum_popen *thrum_popen_exit(thrum_popen *popen);

/* Whether the child has ended: Popen.poll().
 *
 * Returns true and stores the exit status, or -N for a child that signal N ended, in *ret_returncode (may be NULL);
 * or false while it runs, with *ret_returncode untouched. A stopped child still runs.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_popen_poll(thrum_popen *popen, int *ret_returncode);

/* Wait for the end of the child: Popen.wait().
 *
 * Captured output is read meanwhile and kept for communicate(), so a full pipe is no deadlock. Returns 0 and the
 * exit status or -N in *ret_returncode (may be NULL); THRUM_LIMIT_EXCEEDED when the output passed output_limit (the
 * child runs, what came is kept); -ENOMEM. All threads that wait get the same status.
 * Threads: any.  Signals: unsafe.  Blocks: until the child has ended. */
THRUM_API int thrum_popen_wait(thrum_popen *popen, int *ret_returncode);

/* Popen.wait(timeout). As thrum_popen_wait, or THRUM_TIMEOUT_EXPIRED with the child running on; a negative limit has
 * passed already, THRUM_OVERFLOW_ERROR is one beyond THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: until the child has ended or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_popen_wait_timed(thrum_popen *popen, thrum_timeout timeout, int *ret_returncode);

/* Write `input` to the child, read its output to the end and wait for it: Popen.communicate(input).
 *
 * `input` (NULL: none) is ignored when stdin is no pipe; it stays the caller's and is needed until a call has
 * succeeded. Stores what the pipes gave in *ret_out and *ret_err (each may be NULL), to be freed with
 * thrum_output_free(). Returns 0; THRUM_VALUE_ERROR for input after the first call ("Cannot send input after
 * starting communication") and for a second call after one that succeeded with captured output (Python: "I/O
 * operation on closed file"); THRUM_UNICODE_ERROR with text; THRUM_LIMIT_EXCEEDED; -ENOMEM. After a failure
 * everything read so far is kept: thrum_popen_output() shows it, and a further call goes on where this one stopped.
 * A child that does not read its input is no error.
 * Threads: any.  Signals: unsafe.  Blocks: until the output has ended and the child too. */
THRUM_API THRUM_NODISCARD int thrum_popen_communicate(thrum_popen *popen, const void *input, size_t input_size,
                                                      thrum_output *ret_out, thrum_output *ret_err);

/* Popen.communicate(input, timeout). As thrum_popen_communicate, or THRUM_TIMEOUT_EXPIRED, which ends nothing and
 * loses nothing; a grandchild that holds a pipe open is covered by the limit too.
 * Threads: any.  Signals: unsafe.  Blocks: until the output has ended and the child too, or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_popen_communicate_timed(thrum_popen *popen, const void *input, size_t input_size,
                                                            thrum_output *ret_out, thrum_output *ret_err,
                                                            thrum_timeout timeout);

/* What has been captured and not yet been returned by communicate(): TimeoutExpired.output and .stderr.
 *
 * The bytes belong to the child object and stay as they are until the next call that reads. data is NULL for a stream
 * that is no pipe. Either out-parameter may be NULL.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_popen_output(thrum_popen *popen, thrum_output *ret_out, thrum_output *ret_err);

/* Who can still write into the captured pipes: after a time-out, whom communicate() waits for. That may be the child,
 * and whatever it has started and left behind.
 *
 * Stores the process numbers of at most `size` of them in `pids` and returns how many there are, all that /proc shows
 * of them at this moment: 0 on a system without it, and without those of other users. It looks through all processes,
 * so it takes milliseconds.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API size_t thrum_popen_holders(thrum_popen *popen, pid_t *pids, size_t size);

/* Free captured bytes and make *output empty. NULL and an empty output are allowed.
 *
 * The pages of one large output (more than half a MiB) stay with the library for the next, 128 MiB at most: writing
 * to fresh ones takes longer than all the rest. They are the system's as soon as it is short of memory, and none are
 * held back where RLIMIT_AS is set.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_output_free(thrum_output *output);

/* Send a signal: Popen.send_signal(number). Nothing is sent to a child that has ended: its number may be another's.
 *
 * Returns 0, also when the child has just ended, or -EINVAL or -EPERM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_popen_send_signal(thrum_popen *popen, int number);

/* Send SIGTERM: Popen.terminate(). Returns as thrum_popen_send_signal.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_popen_terminate(thrum_popen *popen);

/* Send SIGKILL: Popen.kill(). Returns as thrum_popen_send_signal.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_popen_kill(thrum_popen *popen);

/* Send a signal to the child and to all that it started: its children's children, and everybody in the process group
 * or session that it leads.
 *
 * Orphans whose parent has ended are found by group or session, so start a child that is to be ended this way with
 * .process_group = THRUM_SOME(0) or .start_new_session: then it works after the child itself has ended as well
 * (Linux 6.9). Returns 0, or the -errno of a process that refused.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_popen_kill_tree(thrum_popen *popen, int number);

/* The arguments, as given: Popen.args. They belong to the child object.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API const char *const *thrum_popen_args(const thrum_popen *popen);

/* The process number, also after the end: Popen.pid.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API pid_t thrum_popen_pid(const thrum_popen *popen);

/* A descriptor that is readable once the child has ended (a pidfd), for poll loops; -1 where the system has none. It
 * belongs to the child object and stays open until that is freed.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API int thrum_popen_pidfd(const thrum_popen *popen);

/* The status that an earlier call has seen, without looking again: Popen.returncode. False while there is none.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_popen_returncode(const thrum_popen *popen, int *ret_returncode);

/* The parent's end of a pipe: Popen.stdin, .stdout, .stderr as a descriptor, or -1 where no pipe was asked for or it
 * is closed. It belongs to the child object. The caller of these does the reading and writing from now on: wait()
 * leaves the pipe alone. communicate() may still be called, and goes on with what is left in it.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_popen_stdin(thrum_popen *popen);
THRUM_API int thrum_popen_stdout(thrum_popen *popen);
THRUM_API int thrum_popen_stderr(thrum_popen *popen);

/* The same as a C stream with options->bufsize, made at the first call; NULL where there is no pipe, or no memory.
 * It belongs to the child object: do not fclose() it. With a stream in use, communicate() does not see what it has
 * buffered.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API FILE *thrum_popen_stdin_file(thrum_popen *popen);
THRUM_API FILE *thrum_popen_stdout_file(thrum_popen *popen);
THRUM_API FILE *thrum_popen_stderr_file(thrum_popen *popen);

/* Close the parent's end of a pipe: Popen.stdin.close(), which is how the child learns that its input ends. Nothing
 * happens when it is closed already. Returns 0, or the -errno of writing what a stream had buffered: -EPIPE, and no
 * SIGPIPE, when the child has closed its end.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_popen_close_stdin(thrum_popen *popen);
THRUM_API int thrum_popen_close_stdout(thrum_popen *popen);
THRUM_API int thrum_popen_close_stderr(thrum_popen *popen);

/* Write Python's repr(), "<Popen: returncode: None args: ['sleep', '1']>", into `buffer` of `size` bytes. A list
 * longer than 80 characters is cut as in Python. Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_popen_repr(const thrum_popen *popen, char *buffer, size_t size);

/* Write the sentence of a failure, "[Errno 2] No such file or directory: 'nosuch'", into `buffer` of `size` bytes.
 * Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_popen_failure_str(const thrum_popen_failure *failure, char *buffer, size_t size);

THRUM_END_DECLS

#endif
