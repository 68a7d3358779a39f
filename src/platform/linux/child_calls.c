/* child_calls.c - the system calls of a child that shares its parent's memory, without the C library's wrappers.
 *
 * The wrappers would do more than the call: setuid() tells every thread of the process to follow, sigaction() hides
 * signals. syscall() does nothing but the call and errno, which the parent puts back. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "platform/linux/numbers.h"
#include "platform/spawn.h"

enum { first_signal = 1, last_signal = 64, kernel_mask_size = 8 };

/* The kernel's struct sigaction: handler, flags, restorer where the processor has one, mask. All zero is SIG_DFL. */
typedef struct kernel_sigaction {
    unsigned long handler;
    unsigned long rest_[7];
} kernel_sigaction;

static int result(long r) {
    return r < 0 ? -errno : (int)r;
}

int thrum__child_move(int source, int at_least) {
    return result(syscall(SYS_fcntl, source, F_DUPFD_CLOEXEC, at_least));
}

int thrum__child_place(int source, int target) {
    int r;
    do
        r = result(syscall(SYS_dup3, source, target, 0));
    while (r == -EINTR || r == -EBUSY); /* EBUSY: another thread's open() is using the number at this instant */
    return r;
}

int thrum__child_keep(int fd, bool across_exec) {
    return result(syscall(SYS_fcntl, fd, F_SETFD, across_exec ? 0 : FD_CLOEXEC));
}

/* Where close_range is missing: the open descriptors one by one, as the kernel lists them. */
typedef struct directory_entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
} directory_entry;

static bool read_number(const char *text, unsigned *ret_number) {
    unsigned number = 0;
    const char *digit = text;
    for (; *digit >= '0' && *digit <= '9'; digit++)
        number = number * 10 + (unsigned)(*digit - '0');
    *ret_number = number;
    return digit != text && *digit == 0;
}

static int hide_listed(int directory, unsigned first, unsigned last) {
    _Alignas(directory_entry) char buffer[1024];
    int bytes;
    while ((bytes = result(syscall(SYS_getdents64, directory, buffer, sizeof buffer))) > 0) {
        for (int at = 0; at < bytes;) {
            const directory_entry *entry = (const void *)(buffer + at);
            unsigned fd;
            at += entry->length;
            if (read_number(entry->name, &fd) && fd >= first && fd <= last)
                thrum__child_keep((int)fd, false);
        }
    }
    return bytes;
}

int thrum__child_hide_range(unsigned first, unsigned last) {
    if (first > last)
        return 0;
    int r = result(syscall(SYS_close_range, first, last, thrum__close_range_cloexec));
    if (r != -ENOSYS && r != -EINVAL)
        return r;
    int directory = result(syscall(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory < 0)
        return directory;
    r = hide_listed(directory, first, last);
    syscall(SYS_close, directory);
    return r;
}

int thrum__child_chdir(const char *path) {
    return result(syscall(SYS_chdir, path));
}

int thrum__child_chroot(const char *path) {
    return result(syscall(SYS_chroot, path));
}

void thrum__child_umask(mode_t mask) {
    syscall(SYS_umask, mask);
}

int thrum__child_default_signal(int number) {
    static const kernel_sigaction default_action;
    return result(syscall(SYS_rt_sigaction, number, &default_action, NULL, kernel_mask_size));
}

void thrum__child_default_handlers(void) {
    for (int number = first_signal; number <= last_signal; number++) {
        kernel_sigaction action = {0};
        syscall(SYS_rt_sigaction, number, NULL, &action, kernel_mask_size);
        if (action.handler != (unsigned long)SIG_DFL && action.handler != (unsigned long)SIG_IGN)
            thrum__child_default_signal(number);
    }
}

static int set_mask(const thrum__signal_mask *mask, thrum__signal_mask *ret_old) {
    return result(syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, ret_old, kernel_mask_size));
}

int thrum__child_set_mask(const thrum__signal_mask *mask) {
    return set_mask(mask, NULL);
}

void thrum__signals_block_all(thrum__signal_mask *ret_old) {
    static const thrum__signal_mask all = {{~0UL, ~0UL}};
    set_mask(&all, ret_old);
}

void thrum__signals_restore(const thrum__signal_mask *old) {
    set_mask(old, NULL);
}

int thrum__child_setsid(void) {
    return result(syscall(SYS_setsid));
}

int thrum__child_setpgid(pid_t group) {
    return result(syscall(SYS_setpgid, 0, group));
}

int thrum__child_take_terminal(int fd) {
    return result(syscall(SYS_ioctl, fd, TIOCSCTTY, 0));
}

int thrum__child_limit(int resource, const struct rlimit *limit) {
    const uint64_t wide[2] = {limit->rlim_cur, limit->rlim_max};
    return result(syscall(SYS_prlimit64, 0, resource, wide, NULL));
}

int thrum__child_nice(int increment) {
    int reversed =
        result(syscall(SYS_getpriority, PRIO_PROCESS, 0)); /* the kernel says 20 - nice, to keep it positive */
    if (reversed < 0)
        return reversed;
    return result(syscall(SYS_setpriority, PRIO_PROCESS, 0, 20 - reversed + increment));
}

int thrum__child_affinity(const void *cpus, size_t size) {
    return result(syscall(SYS_sched_setaffinity, 0, size, cpus));
}

int thrum__child_set_groups(size_t count, const gid_t *groups) {
    return result(syscall(THRUM__SYS_SETGROUPS, count, groups));
}

int thrum__child_set_group(gid_t group) {
    return result(syscall(THRUM__SYS_SETRESGID, group, group, group));
}

int thrum__child_set_user(uid_t user) {
    return result(syscall(THRUM__SYS_SETRESUID, user, user, user));
}

int thrum__child_die_with_parent(int number, pid_t parent) {
    int r = result(syscall(SYS_prctl, PR_SET_PDEATHSIG, number, 0, 0, 0));
    if (r < 0)
        return r;
    return syscall(SYS_getppid) == parent ? 0 : -ESRCH; /* it died before we asked to be told */
}

int thrum__child_exec(const char *path, const char *const *argv, const char *const *envp) {
    return result(syscall(SYS_execve, path, argv, envp));
}
