/* child_calls.c - what a forked child calls, in POSIX: async-signal-safe functions only. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/spawn.h"

_Static_assert(sizeof(thrum__signal_mask) <= sizeof(sigset_t), "a mask is kept in the front of a sigset_t");

static int result(long r) {
    return r < 0 ? -errno : (int)r;
}

int thrum__child_move(int source, int at_least) {
    return result(fcntl(source, F_DUPFD_CLOEXEC, at_least));
}

int thrum__child_place(int source, int target) {
    int r;
    while ((r = result(dup2(source, target))) == -EINTR)
        ;
    return r;
}

int thrum__child_keep(int fd, bool across_exec) {
    return result(fcntl(fd, F_SETFD, across_exec ? 0 : FD_CLOEXEC));
}

/* One call per number up to the limit: the portable price. */
int thrum__child_hide_range(unsigned first, unsigned last) {
    long limit = sysconf(_SC_OPEN_MAX);
    for (unsigned fd = first; fd <= last && (long)fd < limit; fd++)
        thrum__child_keep((int)fd, false);
    return 0;
}

int thrum__child_chdir(const char *path) {
    return result(chdir(path));
}

int thrum__child_chroot(const char *path) {
    return result(chroot(path));
}

void thrum__child_umask(mode_t mask) {
    umask(mask);
}

int thrum__child_default_signal(int number) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    return result(sigaction(number, &action, NULL));
}

void thrum__child_default_handlers(void) {
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
            thrum__child_default_signal(number);
    }
}

static void unpack(const thrum__signal_mask *mask, sigset_t *ret_set) {
    sigemptyset(ret_set);
    memcpy(ret_set, mask, sizeof *mask);
}

int thrum__child_set_mask(const thrum__signal_mask *mask) {
    sigset_t set;
    unpack(mask, &set);
    return result(sigprocmask(SIG_SETMASK, &set, NULL));
}

void thrum__signals_block_all(thrum__signal_mask *ret_old) {
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    memcpy(ret_old, &old, sizeof *ret_old);
}

void thrum__signals_restore(const thrum__signal_mask *old) {
    sigset_t set;
    unpack(old, &set);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
}

int thrum__child_setsid(void) {
    return result(setsid());
}

int thrum__child_setpgid(pid_t group) {
    return result(setpgid(0, group));
}

int thrum__child_take_terminal(int fd) {
    return result(ioctl(fd, TIOCSCTTY, 0));
}

int thrum__child_limit(int resource, const struct rlimit *limit) {
    return result(setrlimit(resource, limit));
}

int thrum__child_nice(int increment) {
    errno = 0;
    int now = getpriority(PRIO_PROCESS, 0);
    if (now == -1 && errno != 0)
        return -errno;
    return result(setpriority(PRIO_PROCESS, 0, now + increment));
}

int thrum__child_affinity(const void *cpus, size_t size) {
    (void)cpus;
    (void)size;
    return -ENOSYS; /* POSIX has no such thing */
}

int thrum__child_set_groups(size_t count, const gid_t *groups) {
    return result(setgroups(count, groups));
}

int thrum__child_set_group(gid_t group) {
    return result(setregid(group, group));
}

int thrum__child_set_user(uid_t user) {
    return result(setreuid(user, user));
}

int thrum__child_die_with_parent(int number, pid_t parent) {
    (void)number;
    (void)parent;
    return -ENOSYS; /* POSIX has no such thing */
}

int thrum__child_exec(const char *path, const char *const *argv, const char *const *envp) {
    return result(execve(path, (char *const *)argv, (char *const *)envp));
}
