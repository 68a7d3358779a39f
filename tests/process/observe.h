/* observe.h - start children and look at them from outside, in /proc: nothing that a child says of itself is
 * believed. */
#ifndef THRUM_TEST_OBSERVE_H
#define THRUM_TEST_OBSERVE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/spawn.h"
#include "test.h"
#include "time/time_internal.h"

/* A program that stays until it is told to go. */
static const char *const child_sleep[] = {"/bin/sleep", "1000", NULL};
static const char *const child_true[] = {"/bin/true", NULL};

/* The kernel lets the parent go on in the middle of the child's exec: descriptors and handlers go a moment later, and
 * the name changes between the two. The child is itself when it sleeps under its new name. What it sleeps in, in
 * /proc/PID/syscall, is for those who may trace it: in a container root may not, when the child is somebody else. */
static inline void child_wait_for_sleep(pid_t pid) {
    char path[64], text[128] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    while (!strstr(text, " (sleep) S ")) { /* bounded by the test's time limit */
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        text[got > 0 ? got : 0] = 0;
        close(fd);
        sched_yield();
    }
}

static inline thrum__process child_start(thrum__spawn_request request) {
    thrum__process child;
    thrum__spawn_failure failure = {0};
    if (!request.program) {
        request.program = child_sleep[0];
        request.argv = child_sleep;
    }
    int r = thrum__spawn(&request, &child, &failure);
    if (r < 0)
        TEST_FAIL("spawn: %d at %s, %s", r, thrum__stage_name(failure.stage),
                  failure.filename ? failure.filename : "-");
    if (strcmp(request.program, child_sleep[0]) == 0)
        child_wait_for_sleep(child.pid);
    return child;
}

static inline int child_end(thrum__process *child) {
    int returncode = INT_MAX;
    CHECK_EQ(thrum__process_wait_end(child, THRUM__NEVER), 0);
    CHECK_EQ(thrum__process_reap(child, &returncode), 1);
    thrum__process_close(child);
    return returncode;
}

static inline void child_kill(thrum__process *child) {
    CHECK_EQ(thrum__process_signal(child, SIGKILL), 0);
    CHECK_EQ(child_end(child), -SIGKILL);
}

/* The line "Name:<tab>value" of /proc/PID/FILE, without its name. */
static inline const char *child_line(pid_t pid, const char *file, const char *name) {
    static char line[512];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    FILE *in = fopen(path, "re");
    CHECK(in);
    while (fgets(line, sizeof line, in)) {
        if (strncmp(line, name, strlen(name)) != 0)
            continue;
        fclose(in);
        line[strcspn(line, "\n")] = 0;
        return line + strlen(name) + strspn(line + strlen(name), ":\t ");
    }
    TEST_FAIL("no %s in %s", name, path);
}

/* A field of /proc/PID/stat, counted from 1 as in proc(5); those after the name only. */
static inline long child_stat(pid_t pid, int field) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *in = fopen(path, "re");
    CHECK(in);
    text[fread(text, 1, sizeof text - 1, in)] = 0;
    fclose(in);
    char *at = strrchr(text, ')') + 2;
    for (int i = 3; i < field; i++)
        at = strchr(at, ' ') + 1;
    return strtol(at, NULL, 10);
}
enum { stat_parent = 4, stat_group = 5, stat_session = 6, stat_terminal = 7, stat_nice = 19 };

static inline unsigned long long child_mask(pid_t pid, const char *name) {
    return strtoull(child_line(pid, "status", name), NULL, 16);
}

/* The file behind a descriptor of the child, or 0 when it is closed. */
static inline ino_t child_fd(pid_t pid, int fd) {
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
    return stat(path, &st) < 0 ? 0 : st.st_ino;
}

static inline int child_fd_count(const char *pid) {
    char path[64];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *fds = opendir(path);
    CHECK(fds);
    for (const struct dirent *entry; (entry = readdir(fds));)
        count += entry->d_name[0] != '.';
    closedir(fds);
    return count;
}

static inline int child_fds(pid_t pid) {
    char number[16];
    snprintf(number, sizeof number, "%d", (int)pid);
    return child_fd_count(number);
}

/* How many descriptors this process has, the one that counts them left out. */
static inline int own_fds(void) {
    return child_fd_count("self") - 1;
}

/* Whether this process has a child, dead or alive. */
static inline bool has_children(void) {
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* A new file of its own, at exactly this number. */
static inline ino_t file_at(int fd) {
    char name[] = "/tmp/thrum-test-XXXXXX";
    int made = mkstemp(name);
    CHECK_GE(made, 0);
    unlink(name);
    if (made != fd) {
        CHECK_EQ(dup2(made, fd), fd);
        close(made);
    }
    struct stat st;
    CHECK_EQ(fstat(fd, &st), 0);
    return st.st_ino;
}

#endif
