/* quiet_fork.h - a fork in a build with AddressSanitizer waits until the other threads sleep.
 *
 * gcc 12's AddressSanitizer has an allocator with locks that a fork does not look after: when a thread allocates just
 * then (each does as it begins), the child is for ever without memory, and hangs. That is no fault of what is tested,
 * and a thread that sleeps holds no such lock. Where the other threads do not sleep the fork comes anyway, after
 * half a second.
 */
#ifndef THRUM_TEST_QUIET_FORK_H
#define THRUM_TEST_QUIET_FORK_H

#if defined __SANITIZE_ADDRESS__
#define TEST_ASAN 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define TEST_ASAN 1
#endif
#endif

#ifdef TEST_ASAN

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline bool test_thread_runs_(const char *number) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", number);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
    if (fd >= 0)
        close(fd);
    line[size > 0 ? size : 0] = '\0';
    const char *name_end = strrchr(line, ')');
    return name_end && name_end[1] == ' ' && name_end[2] == 'R';
}

static inline bool test_others_sleep_(void) {
    bool sleep = true;
    DIR *threads = opendir("/proc/self/task");
    for (struct dirent *entry; threads && sleep && (entry = readdir(threads)) != NULL;)
        if (entry->d_name[0] != '.' && atol(entry->d_name) != syscall(SYS_gettid))
            sleep = !test_thread_runs_(entry->d_name);
    if (threads)
        closedir(threads);
    return sleep;
}

/* Before each fork. Twice in a row: the one that was woken last may have been looked at first. */
static inline void test_wait_for_sleep_(void) {
    for (int quiet = 0, i = 0; quiet < 2 && i < 500; i++) {
        quiet = test_others_sleep_() ? quiet + 1 : 0;
        if (quiet < 2)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
}

static inline void test_fork_quietly(void) {
    pthread_atfork(test_wait_for_sleep_, NULL, NULL);
}

#else

static inline void test_fork_quietly(void) {
}

#endif
#endif
