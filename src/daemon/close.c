/* close.c - close what a daemon inherited: in as few system calls as there are gaps between the kept ones, or one by
 * one where the system cannot do that. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/context.h"
#include "platform/close.h"

int thrum__move_up(int fd) {
    if (fd < 0 || fd > 2)
        return fd;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int r = copy < 0 ? -errno : copy;
    close(fd);
    return r;
}

static int compare_numbers(const void *a, const void *b) {
    int left = *(const int *)a, right = *(const int *)b;
    return (left > right) - (left < right);
}

/* `kept` is sorted. Returns 0 or -ENOSYS. */
static int close_gaps(const int *kept, size_t count) {
    int from = 3;
    for (size_t i = 0; i < count; i++) {
        if (kept[i] < from)
            continue;
        int r = kept[i] > from ? thrum__close_range((unsigned)from, (unsigned)kept[i] - 1) : 0;
        if (r < 0)
            return r;
        from = kept[i] + 1;
    }
    return thrum__close_range((unsigned)from, UINT_MAX);
}

static bool is_kept(int fd, const int *kept, size_t count) {
    return fd <= 2 || bsearch(&fd, kept, count, sizeof fd, compare_numbers);
}

/* Every number that there can be. */
static void close_by_number(const int *kept, size_t count) {
    struct rlimit limit;
    int last = 2048; /* Python's guess where there is no limit */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < INT_MAX)
        last = (int)limit.rlim_max;
    for (int fd = 3; fd < last; fd++)
        if (!is_kept(fd, kept, count))
            close(fd);
}

/* Every number that is open, as the system lists them. */
static void close_listed(DIR *directory, const int *kept, size_t count) {
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        int fd = atoi(entry->d_name); /* "." and ".." are 0, which stays */
        if (fd != dirfd(directory) && !is_kept(fd, kept, count))
            close(fd);
    }
    closedir(directory);
}

void thrum__close_all_except(int *kept, size_t count) {
    qsort(kept, count, sizeof *kept, compare_numbers);
    if (close_gaps(kept, count) == 0)
        return;
    DIR *directory = opendir("/dev/fd"); /* after chroot it may be missing */
    if (directory)
        close_listed(directory, kept, count);
    else
        close_by_number(kept, count);
}
