/* tree.c - all that a process has started, found in /proc and signalled through pidfds.
 *
 * A member is a process whose chain of parents leads to the root, or which is in the group or session that the root
 * leads (that finds orphans too). The root must not have been reaped: its number is then taken, so both tests mean
 * what they say.
 *
 * What is found is out of date at once: processes fork and end. So each number is turned into a pidfd first and
 * looked at again through it, and the search is repeated until it finds nobody new. For SIGKILL, which leaves nobody
 * to ask afterwards, everybody is stopped first: what does not run does not fork.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "platform/linux/numbers.h"
#include "platform/spawn.h"

typedef struct relative {
    pid_t pid, parent, group, session;
    unsigned long long started; /* with the pid, one process for ever */
    bool member;
} relative;

typedef struct family {
    relative *list;
    size_t count, room;
} family;

enum { most_passes = 64 }; /* a fork bomb can outrun us for ever */

static bool read_stat(pid_t pid, char *buffer, size_t size) {
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, buffer, size - 1);
    close(fd);
    buffer[got > 0 ? got : 0] = 0;
    return got > 0;
}

/* The name in the second field may contain anything, so what follows is found from the last ')'. */
static bool look_at(pid_t pid, relative *ret) {
    char text[1024];
    if (!read_stat(pid, text, sizeof text))
        return false;
    const char *rest = strrchr(text, ')');
    relative found = {.pid = pid};
    if (!rest || sscanf(rest, ") %*c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                        &found.parent, &found.group, &found.session, &found.started) != 4)
        return false;
    *ret = found;
    return true;
}

static int add(family *all, const relative *one) {
    if (all->count == all->room) {
        size_t room = all->room ? 2 * all->room : 256;
        relative *list = thrum__realloc(all->list, room * sizeof *list);
        if (!list)
            return -ENOMEM;
        all->list = list;
        all->room = room;
    }
    all->list[all->count++] = *one;
    return 0;
}

static int list_processes(family *all) {
    DIR *proc = opendir("/proc");
    if (!proc)
        return -errno;
    int r = 0;
    all->count = 0;
    for (const struct dirent *entry; r == 0 && (entry = readdir(proc));) {
        relative one;
        if (isdigit((unsigned char)entry->d_name[0]) && look_at((pid_t)atoi(entry->d_name), &one))
            r = add(all, &one);
    }
    closedir(proc);
    return r;
}

static bool is_member(const family *all, const relative *one, pid_t root) {
    if (one->pid == root || one->group == root || one->session == root)
        return true;
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].member && all->list[i].pid == one->parent)
            return true;
    return false;
}

static void mark_members(family *all, pid_t root) {
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < all->count; i++) {
            relative *one = &all->list[i];
            if (!one->member && one->pid != getpid() && is_member(all, one, root))
                one->member = changed = true;
        }
    }
}

static bool same(const relative *a, const relative *b) {
    return a->pid == b->pid && a->started == b->started;
}

static bool contains(const family *all, const relative *one) {
    for (size_t i = 0; i < all->count; i++)
        if (same(&all->list[i], one))
            return true;
    return false;
}

static int signal_one(const relative *one, int number) {
    int pidfd = (int)syscall(SYS_pidfd_open, one->pid, 0);
    if (pidfd < 0) /* ENOENT: the number has come to a thread of somebody's */
        return errno == ESRCH || errno == ENOENT ? 0 : -errno;
    relative now;
    int r = 0;
    if (look_at(one->pid, &now) && same(&now, one) && syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) < 0)
        r = errno == ESRCH ? 0 : -errno;
    close(pidfd);
    return r;
}

/* One pass over all processes. Returns how many new members were signalled, or -errno; *worst keeps the first
 * refusal. */
static int sweep(family *all, family *done, pid_t root, int number, int *worst) {
    int r = list_processes(all), fresh = 0;
    if (r < 0)
        return r;
    mark_members(all, root);
    for (size_t i = 0; i < all->count; i++) {
        const relative *one = &all->list[i];
        if (!one->member || contains(done, one))
            continue;
        if ((r = add(done, one)) < 0)
            return r;
        r = signal_one(one, number);
        *worst = *worst ? *worst : r;
        fresh++;
    }
    return fresh;
}

static int signal_all(pid_t root, int number) {
    family all = {0}, done = {0};
    int worst = 0, r = 1;
    for (int pass = 0; r > 0 && pass < most_passes; pass++)
        r = sweep(&all, &done, root, number, &worst);
    free(all.list);
    free(done.list);
    return r < 0 ? r : worst;
}

int thrum__process_signal_tree(const thrum__process *process, int number) {
    if (number == SIGKILL)
        signal_all(process->pid, SIGSTOP);
    int r = signal_all(process->pid, number);
    if (r == -ENOENT) /* no /proc here: the group is what can be reached */
        r = getpgid(process->pid) == process->pid ? thrum__process_signal_group(process, false, number)
                                                  : thrum__process_signal(process, number);
    return r;
}
