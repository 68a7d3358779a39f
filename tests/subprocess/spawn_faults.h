/* spawn_faults.h - the calls on the way to a child, each replaced by one that fails when its turn has come (fault.h).
 * The linker sends the library's calls here: see spawn_fault_args in meson.build. */
#ifndef THRUM_TEST_SPAWN_FAULTS_H
#define THRUM_TEST_SPAWN_FAULTS_H

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "fault.h"
#include "process/spawn.h"

/* The child runs some of these in our memory, in the middle of which it becomes another program: no books here. */
#define IN_CHILD __attribute__((no_sanitize("thread"), noinline))

enum { injected = EIO };

/* fcntl64 and its like are not in every C library. Who does not have them does not call them. */
#define MAY_BE_MISSING __attribute__((weak))

IN_CHILD static bool fails_here(void) {
    if (fault->wanted == 0 || ++fault->count != fault->wanted)
        return false;
    fault->failed = "a call of the child";
    return true;
}

static bool fails(void) {
    return fault_here("a call of the parent", injected);
}

/* The macros below end so that they take a semicolon, as a declaration does.
 *
 * WRAP(result, name, parameters, arguments): a call of the C library, -1 and errno when it is its turn. */
#define WRAP(type, name, parameters, arguments)                                                                      \
    type __real_##name parameters;                                                                                   \
    type __wrap_##name parameters;                                                                                   \
    type __wrap_##name parameters {                                                                                  \
        return fails() ? (type)-1 : __real_##name arguments;                                                         \
    }                                                                                                                \
    struct takes_the_semicolon_

/* A call of the child: -errno. */
#define WRAP_CHILD(name, parameters, arguments)                                                                      \
    int __real_thrum__child_##name parameters;                                                                       \
    int __wrap_thrum__child_##name parameters;                                                                       \
    IN_CHILD int __wrap_thrum__child_##name parameters {                                                             \
        return fails_here() ? -injected : __real_thrum__child_##name arguments;                                      \
    }                                                                                                                \
    struct takes_the_semicolon_

WRAP(int, pipe2, (int fds[2], int flags), (fds, flags));
WRAP(int, ppoll, (struct pollfd * fds, nfds_t count, const struct timespec *left, const sigset_t *mask),
     (fds, count, left, mask));
WRAP(ssize_t, read, (int fd, void *buffer, size_t size), (fd, buffer, size));
WRAP(ssize_t, write, (int fd, const void *buffer, size_t size), (fd, buffer, size));
WRAP(void *, mmap, (void *at, size_t size, int prot, int flags, int fd, off_t offset),
     (at, size, prot, flags, fd, offset));
WRAP(void *, mmap64, (void *at, size_t size, int prot, int flags, int fd, off_t offset),
     (at, size, prot, flags, fd, offset));

WRAP_CHILD(move, (int source, int at_least), (source, at_least));
WRAP_CHILD(place, (int source, int target), (source, target));
WRAP_CHILD(keep, (int fd, bool across_exec), (fd, across_exec));
WRAP_CHILD(hide_range, (unsigned first, unsigned last), (first, last));
WRAP_CHILD(chdir, (const char *path), (path));
WRAP_CHILD(chroot, (const char *path), (path));
WRAP_CHILD(default_signal, (int number), (number));
WRAP_CHILD(set_mask, (const thrum__signal_mask *mask), (mask));
WRAP_CHILD(setsid, (void), ());
WRAP_CHILD(setpgid, (pid_t group), (group));
WRAP_CHILD(limit, (int resource, const struct rlimit *limit), (resource, limit));
WRAP_CHILD(nice, (int increment), (increment));
WRAP_CHILD(affinity, (const void *cpus, size_t size), (cpus, size));
WRAP_CHILD(set_groups, (size_t count, const gid_t *groups), (count, groups));
WRAP_CHILD(set_group, (gid_t group), (group));
WRAP_CHILD(set_user, (uid_t user), (user));
WRAP_CHILD(die_with_parent, (int number, pid_t parent), (number, parent));
WRAP_CHILD(exec, (const char *path, const char *const *argv, const char *const *envp), (path, argv, envp));

/* The calls with a variable tail. */
#define WRAP_FCNTL(name)                                                                                             \
    MAY_BE_MISSING int __real_##name(int fd, int command, ...);                                                      \
    int __wrap_##name(int fd, int command, ...);                                                                     \
    int __wrap_##name(int fd, int command, ...) {                                                                    \
        va_list rest;                                                                                                \
        va_start(rest, command);                                                                                     \
        long argument = va_arg(rest, long);                                                                          \
        va_end(rest);                                                                                                \
        return fails() ? -1 : __real_##name(fd, command, argument);                                                  \
    }                                                                                                                \
    struct takes_the_semicolon_
WRAP_FCNTL(fcntl);
WRAP_FCNTL(fcntl64);

#define WRAP_OPEN(name)                                                                                              \
    MAY_BE_MISSING int __real_##name(const char *path, int flags, ...);                                              \
    int __wrap_##name(const char *path, int flags, ...);                                                             \
    int __wrap_##name(const char *path, int flags, ...) {                                                            \
        return fails() ? -1 : __real_##name(path, flags, 0);                                                         \
    }                                                                                                                \
    struct takes_the_semicolon_
WRAP_OPEN(open);
WRAP_OPEN(open64);

#define WRAP_CLONE(name)                                                                                             \
    MAY_BE_MISSING int __real_##name(int (*body)(void *), void *stack, int flags, void *arg, ...);                   \
    int __wrap_##name(int (*body)(void *), void *stack, int flags, void *arg, ...);                                  \
    int __wrap_##name(int (*body)(void *), void *stack, int flags, void *arg, ...) {                                 \
        va_list rest;                                                                                                \
        va_start(rest, arg);                                                                                         \
        int *pidfd = va_arg(rest, int *);                                                                            \
        va_end(rest);                                                                                                \
        return fails() ? -1 : __real_##name(body, stack, flags, arg, pidfd);                                         \
    }                                                                                                                \
    struct takes_the_semicolon_
WRAP_CLONE(clone);
WRAP_CLONE(__clone);

/* Its failures come as -errno. */
long __real_thrum__clone3(const void *args, size_t size, int (*body)(void *), void *arg);
long __wrap_thrum__clone3(const void *args, size_t size, int (*body)(void *), void *arg);
long __wrap_thrum__clone3(const void *args, size_t size, int (*body)(void *), void *arg) {
    return fails() ? -injected : __real_thrum__clone3(args, size, body, arg);
}

WRAP(pid_t, fork, (void), ());

#endif
