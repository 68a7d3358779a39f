/* thrum/subprocess/run.h - run a program to its end (subprocess.run and its relatives).
 *
 * The idea
 *   One call starts the child, feeds it, captures it, waits for it, and kills it when it takes too long. What Python
 *   raises as CalledProcessError or TimeoutExpired is the result code, and the record that comes with it is the same
 *   that success gives: the command, the status and what the child had written.
 *
 *       thrum_completed_process *done;
 *       int r = thrum_subprocess_run(&done, THRUM_ARGS("make"), &(thrum_run_options){.check = true});
 *       if (r == THRUM_CALLED_PROCESS_ERROR) {
 *               char why[200];
 *               thrum_completed_process_str(done, why, sizeof why);
 *               puts(why);           Command '['make']' returned non-zero exit status 2.
 *       }
 *       done = thrum_completed_process_free(done);
 */
#ifndef THRUM_SUBPROCESS_RUN_H
#define THRUM_SUBPROCESS_RUN_H

#include <thrum/subprocess/popen.h>

/* run()'s keyword arguments. Zero is Python's default for each. */
typedef struct thrum_run_options {
    thrum_popen_options popen; /* how to start it */
    const void *input;         /* written to the child's stdin, which becomes a pipe; NULL: none */
    size_t input_size;
    bool capture_output; /* stdout and stderr become pipes */
    bool check;          /* a status other than 0 is THRUM_CALLED_PROCESS_ERROR */
    bool kill_tree;      /* a child that takes too long is killed with all that it started, in a session of its own */
    thrum_timeout timeout; /* zero is Python's None, for ever; a negative span has passed already */
} thrum_run_options;

/* CompletedProcess, CalledProcessError and TimeoutExpired in one record. Read it; it is freed as a whole. */
typedef struct thrum_completed_process {
    int result;              /* what the call returned: 0, or which of the exceptions this is */
    const char *const *args; /* Python's args and cmd */
    bool shell;              /* args[0] is a shell command, which Python would show as one string */
    int returncode;          /* the exit status, or -N for signal N */
    thrum_output out, err;   /* captured output; data is NULL where nothing was captured */
    thrum_timeout timeout;   /* the limit that was given */
    bool text;               /* out and err were translated to text, and repr() shows them as str and not as bytes */
} thrum_completed_process;

THRUM_BEGIN_DECLS

/* Run a program and wait for it: subprocess.run(args, ...).
 *
 * `options` may be NULL. Returns 0 and stores a record in *ret_completed. A record is stored as well, to be freed as
 * well, with THRUM_CALLED_PROCESS_ERROR (check, and the status is not 0), THRUM_TIMEOUT_EXPIRED (the child is killed
 * and reaped, the output is what had come) and THRUM_LIMIT_EXCEEDED (output_limit; the child is killed, the output
 * is what the limit allows). With every other failure *ret_completed is untouched: THRUM_VALUE_ERROR for input
 * together with popen.in ("stdin and input arguments may not both be used.") or capture_output together with
 * popen.out or popen.err; THRUM_UNICODE_ERROR; and all of thrum_popen_new. On the way out there is no child,
 * whatever happened.
 * Threads: any.  Signals: unsafe.  Blocks: until the child has ended or is killed. */
THRUM_API THRUM_NODISCARD int thrum_subprocess_run(thrum_completed_process **ret_completed, const char *const *args,
                                                   const thrum_run_options *options);

/* Free a record with its output. NULL is allowed; returns NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_completed_process *thrum_completed_process_free(thrum_completed_process *completed);

/* 0 when the status is 0, else THRUM_CALLED_PROCESS_ERROR, which the record then is:
 * CompletedProcess.check_returncode().
 * Threads: caller-serialised.  Signals: safe.  Blocks: no. */
THRUM_API int thrum_completed_process_check_returncode(thrum_completed_process *completed);

/* Write the sentence of Python's exception into `buffer` of `size` bytes: "Command '['false']' returned non-zero
 * exit status 1.", "Command '['cat']' died with <Signals.SIGTERM: 15>.", "Command '['sleep', '9']' timed out after
 * 0.5 seconds", or for a success repr(): "CompletedProcess(args=['true'], returncode=0)". Returns the length of the
 * whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_completed_process_str(const thrum_completed_process *completed, char *buffer, size_t size);

/* Write repr() of the CompletedProcess, with stdout= and stderr= where they were captured. Returns as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_completed_process_repr(const thrum_completed_process *completed, char *buffer, size_t size);

/* Run a program and store its status: subprocess.call(args, ...). Nothing is captured.
 *
 * Of the options popen, timeout and kill_tree count. Returns 0; THRUM_TIMEOUT_EXPIRED with the child killed and
 * reaped; and all of thrum_popen_new. *ret_returncode (may be NULL) is written only with 0.
 * Threads: any.  Signals: unsafe.  Blocks: until the child has ended or is killed. */
THRUM_API int thrum_subprocess_call(const char *const *args, const thrum_run_options *options, int *ret_returncode);

/* Run a program that must succeed: subprocess.check_call(args, ...).
 *
 * Returns as thrum_subprocess_call, or THRUM_CALLED_PROCESS_ERROR; *ret_returncode (may be NULL) is written with 0
 * and with that.
 * Threads: any.  Signals: unsafe.  Blocks: until the child has ended or is killed. */
THRUM_API THRUM_NODISCARD int thrum_subprocess_check_call(const char *const *args, const thrum_run_options *options,
                                                          int *ret_returncode);

/* Run a program that must succeed and store what it writes to stdout: subprocess.check_output(args, ...).
 *
 * popen.out must be 0 (THRUM_VALUE_ERROR: "stdout argument not allowed, it will be overridden."). With 0, and with
 * THRUM_CALLED_PROCESS_ERROR, THRUM_TIMEOUT_EXPIRED and THRUM_LIMIT_EXCEEDED, *ret_out holds what came, to be freed
 * with thrum_output_free(); use thrum_subprocess_run() to learn the status too. Other failures as
 * thrum_subprocess_run.
 * Threads: any.  Signals: unsafe.  Blocks: until the child has ended or is killed. */
THRUM_API THRUM_NODISCARD int thrum_subprocess_check_output(const char *const *args, const thrum_run_options *options,
                                                            thrum_output *ret_out);

/* The output (stdout and stderr) of a shell command as text, without its last newline: subprocess.getoutput(command).
 *
 * Returns 0, whatever the command's status, and all failures of thrum_popen_new.
 * Threads: any.  Signals: unsafe.  Blocks: until the command has ended. */
THRUM_API THRUM_NODISCARD int thrum_subprocess_getoutput(const char *command, thrum_output *ret_out);

/* The same with the status, as poll() would give it: subprocess.getstatusoutput(command).
 * Threads: any.  Signals: unsafe.  Blocks: until the command has ended. */
THRUM_API THRUM_NODISCARD int thrum_subprocess_getstatusoutput(const char *command, int *ret_returncode,
                                                               thrum_output *ret_out);

THRUM_END_DECLS

#endif
