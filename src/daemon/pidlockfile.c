/* pidlockfile.c - the pid file and its lock.
 *
 * Protocol. The owner's file is written and locked under another name, and then linked to its own, which fails if
 * that exists: the file is never seen empty or unlocked. Whoever finds a file that is there may remove it only while
 * holding its lock and only after seeing that the path still means that file, so of two that find the same stale
 * file one removes it, and neither removes what the other has put in its place.
 *
 * The lock is that of an open file description: a child of the owner that was forked and does not exec shares it,
 * and as long as such a worker lives the file is held. It is not inherited through exec.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "daemon/pidlockfile.h"

struct thrum_pidlockfile {
    char *path;
    thrum_timeout timeout;
    int fd; /* of the file while it is ours: holds the lock; else -1 */
    int error;
};

static char *absolute(const char *path) {
    if (path[0] == '/')
        return thrum__strdup(path);
    char *directory = getcwd(NULL, 0);
    if (!directory)
        return NULL;
    size_t size = strlen(directory) + strlen(path) + 2;
    char *joined = thrum__malloc(size);
    if (joined)
        snprintf(joined, size, "%s/%s", directory, path);
    free(directory);
    return joined;
}

int thrum_pidlockfile_new(thrum_pidlockfile **ret_file, const char *path, const thrum_pidlockfile_options *options) {
    thrum_pidlockfile *file = thrum__calloc(1, sizeof *file);
    if (!file)
        return -ENOMEM;
    file->fd = -1;
    file->timeout = options ? options->timeout : THRUM_NOWAIT;
    file->path = absolute(path);
    if (!file->path) {
        int r = errno ? -errno : -ENOMEM;
        free(file);
        return r;
    }
    *ret_file = file;
    return 0;
}

static void close_lock(thrum_pidlockfile *file) {
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

thrum_pidlockfile *thrum_pidlockfile_free(thrum_pidlockfile *file) {
    if (!file)
        return NULL;
    close_lock(file);
    free(file->path);
    free(file);
    return NULL;
}

static int set_lock(int fd) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &whole) < 0 ? -errno : 0;
}

/* Whether somebody holds the lock. Asking does not take it, so it disturbs nobody. */
static bool lock_is_held(int fd) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

/* The number on the first line. */
static int parse_pid(const char *text, pid_t *ret_pid) {
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    end += strspn(end, " \t\r");
    if (end == text || (*end != '\0' && *end != '\n') || number <= 0 || number > INT_MAX || errno)
        return THRUM_VALUE_ERROR;
    *ret_pid = (pid_t)number;
    return 0;
}

static int read_pid(int fd, pid_t *ret_pid) {
    char text[64];
    ssize_t count = pread(fd, text, sizeof text - 1, 0);
    if (count < 0)
        return -errno;
    text[count] = '\0';
    return parse_pid(text, ret_pid);
}

/* Time on the wall since the file was written, in nanoseconds. */
static int64_t time_since_writing(int fd) {
    struct stat status;
    struct timespec now;
    if (fstat(fd, &status) < 0)
        return 0;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)(now.tv_sec - status.st_mtim.tv_sec) * 1000000000 + (now.tv_nsec - status.st_mtim.tv_nsec);
}

/* Whether the process runs, and did when the file was written. Both times are coarse, and the two clocks differ a
 * little. A lock says more than the clock, which somebody may have set. */
static bool may_have_written(const thrum__stranger *stranger, int fd, bool locked) {
    const int64_t tolerance = INT64_C(1000000000);
    int64_t age;
    if (thrum__stranger_age(stranger, &age) == -ESRCH)
        return false;
    return locked || age < 0 || age + tolerance >= time_since_writing(fd);
}

/* Take hold of the owner of an open file. Returns 0, or -ESRCH when it is stale. A file that is locked and whose
 * process is gone is held by children of that process: the owner's number is 0 then. */
static int open_owner(int fd, bool locked, thrum__stranger *ret_owner) {
    thrum__stranger owner = {0, -1};
    pid_t pid;
    int r = read_pid(fd, &pid);
    if (r == 0)
        r = thrum__stranger_open(pid, &owner);
    if (r == 0 && !may_have_written(&owner, fd, locked)) {
        thrum__stranger_close(&owner);
        r = -ESRCH;
    }
    bool known_dead = r == -ESRCH || r == THRUM_VALUE_ERROR;
    if (known_dead && !locked)
        return -ESRCH;
    *ret_owner = owner;
    return 0;
}

int thrum__pidlockfile_owner(thrum_pidlockfile *file, thrum__stranger *ret_owner) {
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? THRUM_NOT_LOCKED : -errno;
    int r = open_owner(fd, lock_is_held(fd), ret_owner);
    close(fd);
    return r;
}

static bool is_at_path(int fd, const char *path) {
    struct stat by_fd, by_path;
    return fstat(fd, &by_fd) == 0 && stat(path, &by_path) == 0 && by_fd.st_ino == by_path.st_ino &&
           by_fd.st_dev == by_path.st_dev;
}

/* A file that cannot be written to cannot be locked, and so not be removed: `error`. Whether it has an owner can be
 * told all the same. */
static int look_at_forbidden(thrum_pidlockfile *file, int error) {
    thrum__stranger owner;
    int r = thrum__pidlockfile_owner(file, &owner);
    if (r == 0)
        thrum__stranger_close(&owner);
    return r == 0 ? THRUM_ALREADY_LOCKED : r == THRUM_NOT_LOCKED ? 0 : error;
}

/* Remove what is at the path if it is stale. Returns 0 when the path may be free now, THRUM_ALREADY_LOCKED, or
 * -errno. */
static int remove_stale(thrum_pidlockfile *file) {
    int fd = open(file->path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : look_at_forbidden(file, -errno);
    thrum__stranger owner;
    int r = set_lock(fd) < 0 ? THRUM_ALREADY_LOCKED : 0;
    if (r == 0 && open_owner(fd, false, &owner) == 0) {
        thrum__stranger_close(&owner);
        r = THRUM_ALREADY_LOCKED;
    }
    if (r == 0 && is_at_path(fd, file->path) && unlink(file->path) < 0)
        r = -errno;
    close(fd);
    return r;
}

/* Write and lock a file of our own under `name`. Returns its descriptor or -errno. */
static int write_file(const char *name) {
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int r = set_lock(fd);
    if (r == 0 && dprintf(fd, "%d\n", (int)getpid()) < 0)
        r = -errno;
    if (r == 0)
        return fd;
    unlink(name);
    close(fd);
    return r;
}

/* One attempt to put our file at the path. Returns 0, -EEXIST or another -errno. */
static int create(thrum_pidlockfile *file) {
    char name[PATH_MAX];
    int length = snprintf(name, sizeof name, "%s.%d", file->path, (int)getpid());
    if (length >= (int)sizeof name)
        return -ENAMETOOLONG;
    unlink(name); /* left by a crash of a process with our number */
    int fd = write_file(name);
    if (fd < 0)
        return fd;
    int r = link(name, file->path) < 0 ? -errno : 0;
    unlink(name);
    if (r < 0)
        close(fd);
    else
        file->fd = fd;
    return r;
}

/* Returns 0, THRUM_ALREADY_LOCKED or THRUM_LOCK_FAILED. */
static int try_acquire(thrum_pidlockfile *file) {
    if (file->fd >= 0 && is_at_path(file->fd, file->path))
        return THRUM_ALREADY_LOCKED;
    close_lock(file); /* somebody broke the lock that this object had */
    int r;
    while ((r = create(file)) == -EEXIST) {
        r = remove_stale(file);
        if (r < 0)
            break;
    }
    if (r == 0 || r == THRUM_ALREADY_LOCKED)
        return r;
    file->error = r;
    return THRUM_LOCK_FAILED;
}

int thrum_pidlockfile_acquire(thrum_pidlockfile *file) {
    return thrum_pidlockfile_acquire_timed(file, file->timeout);
}

/* Python's interval: a tenth of the time limit, and no more than a tenth of a second. */
static thrum_timeout interval_of(thrum_timeout timeout) {
    const int64_t longest = 100000000;
    return thrum_nanoseconds(timeout.ns / 10 < longest ? timeout.ns / 10 + 1 : longest);
}

int thrum_pidlockfile_acquire_timed(thrum_pidlockfile *file, thrum_timeout timeout) {
    if (timeout.ns > THRUM_TIMEOUT_MAX.ns && timeout.ns != THRUM_FOREVER.ns)
        return THRUM_OVERFLOW_ERROR;
    thrum_deadline end = thrum_deadline_after(timeout);
    int r;
    while ((r = try_acquire(file)) == THRUM_ALREADY_LOCKED && !thrum_deadline_passed(end))
        thrum_sleep(interval_of(timeout));
    return r == THRUM_ALREADY_LOCKED && timeout.ns > 0 ? THRUM_LOCK_TIMEOUT : r;
}

int thrum_pidlockfile_release(thrum_pidlockfile *file) {
    pid_t pid;
    int r = thrum_pidlockfile_read_pid(file, &pid);
    if (r == THRUM_NOT_LOCKED)
        return r;
    if (r < 0 || pid != getpid())
        return THRUM_NOT_MY_LOCK;
    if (unlink(file->path) < 0)
        return -errno;
    close_lock(file);
    return 0;
}

bool thrum_pidlockfile_is_locked(thrum_pidlockfile *file) {
    thrum__stranger owner;
    int r = thrum__pidlockfile_owner(file, &owner);
    if (r == 0)
        thrum__stranger_close(&owner);
    return r == 0;
}

bool thrum_pidlockfile_is_stale(thrum_pidlockfile *file) {
    thrum__stranger owner;
    int r = thrum__pidlockfile_owner(file, &owner);
    if (r == 0)
        thrum__stranger_close(&owner);
    return r == -ESRCH;
}

bool thrum_pidlockfile_i_am_locking(thrum_pidlockfile *file) {
    pid_t pid;
    return thrum_pidlockfile_read_pid(file, &pid) == 0 && pid == getpid();
}

int thrum_pidlockfile_read_pid(thrum_pidlockfile *file, pid_t *ret_pid) {
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? THRUM_NOT_LOCKED : -errno;
    int r = read_pid(fd, ret_pid);
    close(fd);
    return r;
}

int thrum_pidlockfile_break_lock(thrum_pidlockfile *file) {
    return unlink(file->path) < 0 && errno != ENOENT ? -errno : 0;
}

int thrum__pidlockfile_remove_stale(thrum_pidlockfile *file) {
    return remove_stale(file);
}

const char *thrum_pidlockfile_path(const thrum_pidlockfile *file) {
    return file->path;
}

int thrum_pidlockfile_error(const thrum_pidlockfile *file) {
    return file->error;
}
