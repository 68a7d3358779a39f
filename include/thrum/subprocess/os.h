/* thrum/subprocess/os.h - what replaces os.system, os.spawn* and os.popen, one function each.
 *
 *       thrum_os_system("tar cf backup.tar .", &status);                      os.system(...), system(3)
 *       thrum_os_spawn(THRUM_P_WAIT, THRUM_ARGS("make"), NULL, NULL, &status);   os.spawnlp, ..., os.spawnvpe
 *       thrum_os_popen(&ps, "ps ax", "r");                                    os.popen(...), popen(3)
 *
 * Unlike the C library's, they are safe in a program with threads: no signal disposition is changed behind anybody's
 * back, no descriptor leaks into a child that another thread starts meanwhile, and the cost does not grow with the
 * program.
 */
#ifndef THRUM_SUBPROCESS_OS_H
#define THRUM_SUBPROCESS_OS_H

#include <thrum/subprocess/popen.h>

/* Whether to wait for the program: os.P_WAIT and os.P_NOWAIT. */
typedef enum thrum_spawn_mode { THRUM_P_WAIT = 0, THRUM_P_NOWAIT = 1 } thrum_spawn_mode;

THRUM_BEGIN_DECLS

/* Run a shell command and store its status: os.system(command), with the exit status or -N rather than a status word.
 *
 * The child inherits what is not closed on exec (close_fds=False), as with system(3); SIGPIPE is at its default, also
 * where this process ignores it. Returns 0, or the failures of thrum_popen_new; *ret_returncode (may be NULL) is
 * untouched then.
 * Threads: any.  Signals: unsafe.  Blocks: until the command has ended. */
THRUM_API int thrum_os_system(const char *command, int *ret_returncode);

/* Start a program: all eight of os.spawnl to os.spawnvpe.
 *
 * The name is looked for in PATH unless it has a '/'; `env` NULL is the parent's environment. With THRUM_P_WAIT the
 * call waits and stores the status in *ret_returncode; with THRUM_P_NOWAIT it stores the child in *ret_popen, to be
 * waited for and freed. The other one may be NULL. Returns 0, or the failures of thrum_popen_new (Python's spawn
 * reports a missing program as status 127, too late to know why).
 * Threads: any.  Signals: unsafe.  Blocks: until the program has ended, with THRUM_P_WAIT. */
THRUM_API THRUM_NODISCARD int thrum_os_spawn(thrum_spawn_mode mode, const char *const *args, const char *const *env,
                                             thrum_popen **ret_popen, int *ret_returncode);

/* Start a shell command with a pipe to it ("w") or from it ("r"): os.popen(command, mode).
 *
 * The stream is thrum_popen_stdout_file() or thrum_popen_stdin_file() of the child; end with thrum_os_popen_close().
 * Returns 0; THRUM_VALUE_ERROR for another mode ("invalid mode"); and the failures of thrum_popen_new.
 * Threads: any.  Signals: unsafe.  Blocks: until the shell runs. */
THRUM_API THRUM_NODISCARD int thrum_os_popen(thrum_popen **ret_popen, const char *command, const char *mode);

/* Close the stream, wait for the command and free the child: the close() of os.popen's stream, which gives None for
 * a status of 0 where this stores 0. `ret_returncode` may be NULL. Returns 0, or the -errno of writing what was
 * buffered.
 * Threads: owner.  Signals: unsafe.  Blocks: until the command has ended. */
THRUM_API int thrum_os_popen_close(thrum_popen *popen, int *ret_returncode);

THRUM_END_DECLS

#endif
