/* holders.c - who has a pipe open, read in /proc: there each descriptor is a link, which names a pipe by the number
 * of its inode. The link alone is looked at. To follow it could mean to wait for a file system that does not
 * answer. */
#include "platform/holders.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef char link_text[40]; /* "pipe:[12345]" */

typedef struct pipes {
    link_text links[thrum__most_pipes];
    size_t count;
} pipes;

static pipes links_of(const int *fds, size_t count) {
    pipes wanted = {.count = 0};
    struct stat st;
    for (size_t i = 0; i < count; i++)
        if (fds[i] >= 0 && fstat(fds[i], &st) == 0)
            snprintf(wanted.links[wanted.count++], sizeof(link_text), "pipe:[%llu]", (unsigned long long)st.st_ino);
    return wanted;
}

static bool is_one_of(const pipes *wanted, const char *link) {
    for (size_t i = 0; i < wanted->count; i++)
        if (strcmp(wanted->links[i], link) == 0)
            return true;
    return false;
}

/* The link's own permissions are those of the descriptor. */
static bool writes(int directory, const char *name, const pipes *wanted) {
    link_text link;
    struct stat st;
    ssize_t length = readlinkat(directory, name, link, sizeof link - 1);
    link[length > 0 ? length : 0] = '\0';
    return is_one_of(wanted, link) && fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           (st.st_mode & S_IWUSR);
}

static bool process_writes(pid_t pid, const pipes *wanted) {
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *fds = opendir(path);
    bool found = false;
    if (!fds)
        return false;
    for (const struct dirent *entry; !found && (entry = readdir(fds));)
        found = writes(dirfd(fds), entry->d_name, wanted);
    closedir(fds);
    return found;
}

size_t thrum__pipe_writers(const int *fds, size_t count, pid_t *pids, size_t size) {
    const pipes wanted = links_of(fds, count);
    DIR *proc = wanted.count > 0 ? opendir("/proc") : NULL;
    size_t found = 0;
    if (!proc)
        return 0;
    for (const struct dirent *entry; (entry = readdir(proc));) {
        pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? (pid_t)atoi(entry->d_name) : 0;
        if (pid == 0 || !process_writes(pid, &wanted))
            continue;
        if (found < size)
            pids[found] = pid;
        found++;
    }
    closedir(proc);
    return found;
}
