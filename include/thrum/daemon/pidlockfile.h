/* thrum/daemon/pidlockfile.h - PIDLockFile: a file with a process number in it, and at most one process that owns
 * it.
 *
 * The idea
 *   The file holds the owner's number and a newline, as all Unix programs expect it, and its being there means that
 *   the owner runs:
 *
 *       thrum_pidlockfile *file;
 *       int r = thrum_pidlockfile_new(&file, "/run/mine.pid", NULL);
 *       if (r == 0 && (r = thrum_pidlockfile_acquire(file)) == THRUM_ALREADY_LOCKED)
 *               puts("it runs already");
 *       ...
 *       thrum_pidlockfile_release(file);
 *       file = thrum_pidlockfile_free(file);
 *
 * What is better than in Python
 *   The file appears with its content, at once. The owner keeps it locked (an open file description lock), which
 *   ends with the owner however it ends: a file that a crash left behind is stale, and acquire takes its place. A
 *   file without the lock, as another program writes it, is stale when its process is gone, or was started after the
 *   file was written: then the number has come to another process in the meantime.
 *
 * TimeoutPIDLockFile is the same with options->timeout: acquire waits for so long.
 */
#ifndef THRUM_DAEMON_PIDLOCKFILE_H
#define THRUM_DAEMON_PIDLOCKFILE_H

#include <sys/types.h>

#include <thrum/time.h>

/* A pid file, held or not. */
typedef struct thrum_pidlockfile thrum_pidlockfile;

/* Keyword arguments of PIDLockFile and TimeoutPIDLockFile. */
typedef struct thrum_pidlockfile_options {
    /* How long acquire waits for the owner to go: timeout=, acquire_timeout=. Zero: it fails. */
    thrum_timeout timeout;
} thrum_pidlockfile_options;

THRUM_BEGIN_DECLS

/* An object for the file `path`, which need not exist: PIDLockFile(path, timeout=...).
 *
 * A relative path counts from the directory of now, whatever it is later. `options` may be NULL. Returns 0, -ENOMEM
 * or the -errno of asking for the directory.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_pidlockfile_new(thrum_pidlockfile **ret_file, const char *path,
                                                    const thrum_pidlockfile_options *options);

/* Free the object. A file that it holds stays, and is stale from then on. Takes NULL; returns NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_pidlockfile *thrum_pidlockfile_free(thrum_pidlockfile *file);

/* Become the owner: create the file with the number of this process: acquire().
 *
 * Takes the place of a stale file. Returns 0; THRUM_ALREADY_LOCKED when it has an owner, which may be this process,
 * and options->timeout is zero or negative; THRUM_LOCK_TIMEOUT when it still has one after options->timeout;
 * THRUM_LOCK_FAILED when the file cannot be made: thrum_pidlockfile_error() says why; THRUM_OVERFLOW_ERROR.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the file is free or options->timeout has passed. */
THRUM_API THRUM_NODISCARD int thrum_pidlockfile_acquire(thrum_pidlockfile *file);

/* Become the owner within a time limit: acquire(timeout). Results as thrum_pidlockfile_acquire, with `timeout` for
 * the limit of the options.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the file is free or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_pidlockfile_acquire_timed(thrum_pidlockfile *file, thrum_timeout timeout);

/* Remove the file: release().
 *
 * Returns 0; THRUM_NOT_LOCKED when there is no file; THRUM_NOT_MY_LOCK when it has the number of another process, as
 * it has for a child of the owner; or the -errno of removing it.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_pidlockfile_release(thrum_pidlockfile *file);

/* Whether the file has an owner that runs: is_locked(), which in Python is true of a stale file too.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_pidlockfile_is_locked(thrum_pidlockfile *file);

/* Whether the file is there, and its owner is not: is_pidfile_stale().
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_pidlockfile_is_stale(thrum_pidlockfile *file);

/* Whether the file has the number of this process: i_am_locking().
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_pidlockfile_i_am_locking(thrum_pidlockfile *file);

/* The number on the first line of the file, whether its process runs or not: read_pid().
 *
 * Spaces around it, further lines and a missing newline are tolerated. Returns 0; THRUM_NOT_LOCKED when there is no
 * file; THRUM_VALUE_ERROR when the line is no process number; or the -errno of reading it.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_pidlockfile_read_pid(thrum_pidlockfile *file, pid_t *ret_pid);

/* Remove the file, whoever owns it: break_lock(). Returns 0, also when there is none, or the -errno of removing it.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_pidlockfile_break_lock(thrum_pidlockfile *file);

/* The absolute path of the file: lock.path. It lives as long as the object.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API const char *thrum_pidlockfile_path(const thrum_pidlockfile *file);

/* The -errno behind the last THRUM_LOCK_FAILED; 0 when there was none.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_pidlockfile_error(const thrum_pidlockfile *file);

THRUM_END_DECLS

#endif
