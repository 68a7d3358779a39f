/* children.h - small shell scripts as children, and what tests ask about descriptors and zombies. */
#ifndef THRUM_TEST_CHILDREN_H
#define THRUM_TEST_CHILDREN_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thrum/subprocess.h>

#include "test.h"

#define SHELL(script) THRUM_ARGS("/bin/sh", "-c", (script))
#define SLEEP THRUM_ARGS("/bin/sleep", "1000")

static inline thrum_popen *start(const char *const *args, const thrum_popen_options *options) {
    thrum_popen *popen = NULL;
    CHECK_EQ(thrum_popen_new(&popen, args, options), 0);
    CHECK(popen);
    return popen;
}

/* End a child that may still run. */
static inline void finish(thrum_popen *popen) {
    CHECK_EQ(thrum_popen_kill(popen), 0);
    CHECK(thrum_popen_exit(popen) == NULL);
}

static inline int status_of(thrum_popen *popen) {
    int returncode = 12345;
    CHECK_EQ(thrum_popen_wait(popen, &returncode), 0);
    return returncode;
}

/* What the command writes to stdout. */
static inline const char *output_of(const char *const *args, const thrum_popen_options *options) {
    static char text[65536];
    thrum_popen_options piped = options ? *options : (thrum_popen_options){0};
    piped.out = THRUM_PIPE;
    thrum_popen *popen = start(args, &piped);
    thrum_output out;
    CHECK_EQ(thrum_popen_communicate(popen, NULL, 0, &out, NULL), 0);
    CHECK_LT(out.size, sizeof text);
    memcpy(text, out.data, out.size + 1);
    thrum_output_free(&out);
    thrum_popen_free(popen);
    return text;
}

/* A file without a name, to be read from its beginning. */
static inline int temporary_file(const char *content) {
    char name[] = "/tmp/thrum-test-XXXXXX";
    int fd = mkostemp(name, O_CLOEXEC);
    CHECK_GE(fd, 0);
    unlink(name);
    CHECK_EQ(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* All that is in it, wherever its offset is. */
static inline const char *content_of(int fd) {
    static char text[200];
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    CHECK_GE(size, 0);
    text[size] = 0;
    return text;
}

/* How many descriptors this process has. */
static inline int count_fds(void) {
    int count = 0;
    DIR *fds = opendir("/proc/self/fd");
    CHECK(fds);
    for (const struct dirent *entry; (entry = readdir(fds));)
        count += entry->d_name[0] != '.';
    closedir(fds);
    return count - 1;
}

/* Whether this process has a child, dead or alive. */
static inline bool has_children(void) {
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Wait until the child has written a byte: it is then where its script says. */
static inline void await_byte(thrum_popen *popen) {
    char byte;
    CHECK_EQ(read(thrum_popen_stdout(popen), &byte, 1), 1);
}

/* Until nobody holds the pipe any more. */
static inline void await_end_of(int fd) {
    char byte;
    while (read(fd, &byte, 1) > 0)
        ;
}

#endif
