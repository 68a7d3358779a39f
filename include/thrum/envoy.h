/* thrum/envoy.h - subprocesses for humans: a pipeline from one line, without a shell (Python's envoy).
 *
 * The idea
 *       thrum_envoy_response *r;
 *       if (thrum_envoy_run(&r, "git log --format=%an | sort | uniq -c", NULL) == 0) {
 *               printf("%d\n%s", r->status_code, r->std_out.data);
 *               r = thrum_envoy_response_free(r);
 *       }
 *
 *   The line is cut at each '|' that is not quoted, and each part into words as thrum_shlex_split() does it. No
 *   shell runs, so nothing is expanded or redirected. The commands run at the same time with real pipes between
 *   them, each leads a process group of its own, and a time limit ends them with all that they have started.
 *
 *   connect() talks to a program that goes on running:
 *
 *       thrum_connected_command *c;
 *       int r = thrum_envoy_connect(&c, "bc -q", NULL);
 *       if (r == 0)
 *               r = thrum_connected_command_send(c, "6 * 7", NULL);
 *       if (r == 0)
 *               r = thrum_connected_command_expect_timed(c, "[0-9]+", thrum_seconds(2), NULL);
 *       c = thrum_connected_command_free(c);                 it is killed, if it still runs
 */
#ifndef THRUM_ENVOY_H
#define THRUM_ENVOY_H

#include <thrum/subprocess/popen.h>

/* Keyword arguments of run() and connect(). Zero is Python's default for each. */
typedef struct thrum_envoy_options {
    const void *data; /* the input of the first command; NULL: none */
    size_t data_size;
    thrum_timeout timeout;       /* run: a command that takes longer gets SIGTERM; zero is None */
    thrum_timeout kill_timeout;  /* run: and SIGKILL so much later; zero is None: it never does */
    thrum_timeout total_timeout; /* run: when it has passed, all that is left is killed; zero: no limit */
    const char *const *env;      /* "NAME=VALUE", NULL-terminated: added to this program's environment */
    const char *cwd;             /* the directory of all commands; NULL: this program's */
    size_t output_limit;         /* bytes kept of each stream; more is THRUM_LIMIT_EXCEEDED. 0: no limit */
} thrum_envoy_options;

/* What became of one command. The response of a pipeline is that of its last command. */
typedef struct thrum_envoy_response {
    const char *const *command; /* its words, NULL-terminated */
    thrum_output std_out;       /* of the last command; data is NULL for the others: the next one has read it */
    thrum_output std_err;       /* of a command that could not be started: why */
    int status_code;            /* its exit status; -N for signal N; 127 when it could not be started */
    bool timed_out;             /* a time limit ended the pipeline */
    const struct thrum_envoy_response *history; /* the commands before it */
    size_t history_count;
} thrum_envoy_response;

/* What expect() has found. It belongs to the connection, and lives until the next call that reads. */
typedef struct thrum_envoy_match {
    const char *text; /* what matched the pattern */
    size_t size;
    const char *before; /* the output between the previous match and this one */
    size_t before_size;
} thrum_envoy_match;

/* Programs that run, and that we talk to: Python's ConnectedCommand. */
typedef struct thrum_connected_command thrum_connected_command;

THRUM_BEGIN_DECLS

/* Run the pipeline of a line and wait for its end: envoy.run(command, ...).
 *
 * `options` may be NULL. A command that fails, cannot be started or takes too long is no failure of this call: see
 * the response. Returns 0 and stores a response in *ret_response; THRUM_LIMIT_EXCEEDED, with a response too, when
 * the output passed output_limit and all was killed; and with no response THRUM_NO_CLOSING_QUOTATION,
 * THRUM_NO_ESCAPED_CHARACTER, THRUM_VALUE_ERROR (a command without words; an entry of env without '='), -ENOMEM or
 * the -errno of making a pipe. In every case no child is left.
 * Threads: any.  Signals: unsafe.  Blocks: until all commands and their output have ended. */
THRUM_API THRUM_NODISCARD int thrum_envoy_run(thrum_envoy_response **ret_response, const char *command,
                                              const thrum_envoy_options *options);

/* Run a pipeline of commands that are cut into words already: envoy.run([["git", "log"], ["sort"]]).
 *
 * `commands` ends with NULL, and so does each command. Results as thrum_envoy_run.
 * Threads: any.  Signals: unsafe.  Blocks: until all commands and their output have ended. */
THRUM_API THRUM_NODISCARD int thrum_envoy_run_args(thrum_envoy_response **ret_response,
                                                   const char *const *const *commands,
                                                   const thrum_envoy_options *options);

/* Free a response with its history. Takes NULL; returns NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_envoy_response *thrum_envoy_response_free(thrum_envoy_response *response);

/* Write repr(response), `<Response [PROG]>`, into `buffer` of `size` bytes. Returns the length of the whole text, as
 * snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_envoy_response_repr(const thrum_envoy_response *response, char *buffer, size_t size);

/* Start the pipeline of a line and stay connected to it: envoy.connect(command, ...).
 *
 * Its input is written by send(), its output read by expect(). options->data is sent first; the time limits are not
 * used. Returns 0 and stores a connection in *ret_connected, or, with nothing left running, the error of starting a
 * command (-ENOENT, -EACCES, ...) and what thrum_envoy_run returns without a response.
 * Threads: any.  Signals: unsafe.  Blocks: until the programs are started. */
THRUM_API THRUM_NODISCARD int thrum_envoy_connect(thrum_connected_command **ret_connected, const char *command,
                                                  const thrum_envoy_options *options);

/* Kill what still runs, and free the connection: the end of Python's with block. Takes NULL; returns NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: until the killed have ended. */
THRUM_API thrum_connected_command *thrum_connected_command_free(thrum_connected_command *connected);

/* The process number of the last command: connected.pid.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API pid_t thrum_connected_command_pid(const thrum_connected_command *connected);

/* Whether the last command has ended, and how: connected.status_code, which in Python stays None until block().
 *
 * Returns true and stores the status as Popen.poll() has it, or false with *ret_status_code untouched.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_connected_command_status_code(thrum_connected_command *connected, int *ret_status_code);

/* Write `text` and `end` to the first command: connected.send(text, end='\n'). NULL for `end` is a newline.
 *
 * Output that comes meanwhile is taken in, so that neither side waits for the other. A command that does not read is
 * no error. Returns 0, THRUM_CLOSED after thrum_connected_command_close_std_in(), THRUM_LIMIT_EXCEEDED or -ENOMEM.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until everything is written. */
THRUM_API THRUM_NODISCARD int thrum_connected_command_send(thrum_connected_command *connected, const char *text,
                                                           const char *end);

/* Write within a time limit. As thrum_connected_command_send, or THRUM_TIMED_OUT: what is not written yet will be,
 * by the calls that follow.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until everything is written or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_connected_command_send_timed(thrum_connected_command *connected, const char *text,
                                                                 const char *end, thrum_timeout timeout);

/* Let the first command know that its input has ended, once everything that was sent is written.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_connected_command_close_std_in(thrum_connected_command *connected);

/* Wait for output that matches `pattern`: connected.expect(pattern), which in Python is empty.
 *
 * The pattern is a POSIX extended regular expression; ^ and $ match at lines too, and a NUL byte in the output is in
 * no match. The search begins behind the previous match. *ret_match (which may be NULL) is what was found. Returns
 * 0; THRUM_EOF_ERROR when the output has ended without a match; THRUM_VALUE_ERROR for a pattern that is none;
 * THRUM_LIMIT_EXCEEDED or -ENOMEM. After a failure nothing is lost: all output is still there for the next pattern.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until a match or the end of the output. */
THRUM_API THRUM_NODISCARD int thrum_connected_command_expect(thrum_connected_command *connected, const char *pattern,
                                                             thrum_envoy_match *ret_match);

/* Wait for output within a time limit. As thrum_connected_command_expect, or THRUM_TIMED_OUT; a negative limit has
 * passed.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until a match, the end of the output or of the time. */
THRUM_API THRUM_NODISCARD int thrum_connected_command_expect_timed(thrum_connected_command *connected,
                                                                   const char *pattern, thrum_timeout timeout,
                                                                   thrum_envoy_match *ret_match);

/* Wait for the end of all commands, taking in their output: connected.block().
 *
 * A command that reads to the end of its input waits for thrum_connected_command_close_std_in(). Returns 0 with the
 * last command's status in *ret_status_code (which may be NULL), THRUM_LIMIT_EXCEEDED or -ENOMEM.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the commands and their output have ended. */
THRUM_API int thrum_connected_command_block(thrum_connected_command *connected, int *ret_status_code);

/* Wait within a time limit. As thrum_connected_command_block, or THRUM_TIMED_OUT with the commands running on.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the end of all or of the time. */
THRUM_API THRUM_NODISCARD int thrum_connected_command_block_timed(thrum_connected_command *connected,
                                                                  thrum_timeout timeout, int *ret_status_code);

/* Send SIGKILL to all commands and to all that they have started: connected.kill().
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_connected_command_kill(thrum_connected_command *connected);

/* All that the last command has written so far: connected.std_out. It belongs to the connection, and lives until the
 * next call that reads.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_output thrum_connected_command_std_out(thrum_connected_command *connected);

/* All that the last command has written to its standard error so far: connected.std_err. As
 * thrum_connected_command_std_out.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_output thrum_connected_command_std_err(thrum_connected_command *connected);

THRUM_END_DECLS

#endif
