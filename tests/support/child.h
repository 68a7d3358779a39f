/* child.h - run a part of a test in a process of its own, and look at what it printed and how it ended.
 *
 *     child c;
 *     child_run(&c, body, arg);                  fork, body(arg), exit(0)
 *     CHECK_EQ(child_code(&c), 0);
 *     CHECK_CONTAINS(c.err, "Exception in thread worker");
 *
 * child_again() runs the calling test once more in a fresh process image with a changed environment, for what is read
 * from the environment at start.
 */
#ifndef TEST_CHILD_H
#define TEST_CHILD_H

#include <sys/mman.h>
#include <sys/resource.h>

#include "test.h"

typedef struct child {
    pid_t pid;
    int status;
    int out_fd, err_fd;
    char out[16384], err[16384];
} child;

static inline int child_file_(void) {
    int fd = memfd_create("child", MFD_CLOEXEC);
    CHECK_GE(fd, 0);
    return fd;
}

static inline void child_read_(int fd, char *text, size_t size) {
    ssize_t length = pread(fd, text, size - 1, 0);
    CHECK_GE(length, 0);
    text[length] = '\0';
    close(fd);
}

/* In the child: files for stdout and stderr, a time limit as every test has, and no core file. */
static inline void child_prepare_(child *c) {
    CHECK_GE(dup2(c->out_fd, 1), 0);
    CHECK_GE(dup2(c->err_fd, 2), 0);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    alarm(test_limit());
}

/* Fork; 0 in the child. */
static inline pid_t child_fork(child *c) {
    fflush(NULL);
    c->out_fd = child_file_();
    c->err_fd = child_file_();
    c->pid = fork();
    CHECK_GE(c->pid, 0);
    if (c->pid == 0)
        child_prepare_(c);
    return c->pid;
}

/* Wait for the child's end and collect its output. */
static inline void child_wait(child *c) {
    while (waitpid(c->pid, &c->status, 0) < 0)
        ;
    child_read_(c->out_fd, c->out, sizeof c->out);
    child_read_(c->err_fd, c->err, sizeof c->err);
}

static inline void child_run(child *c, void (*body)(void *arg), void *arg) {
    if (child_fork(c) == 0) {
        body(arg);
        exit(0);
    }
    child_wait(c);
}

/* Run test `name` of this program again with the environment variable set. The test tells by the variable which run
 * it is in. */
static inline void child_again(child *c, const char *name, const char *variable, const char *value) {
    if (child_fork(c) == 0) {
        setenv(variable, value, 1);
        setenv("TEST_NOFORK", "1", 1);
        execl("/proc/self/exe", "test", name, (char *)NULL);
        _exit(127);
    }
    child_wait(c);
}

/* The exit status; fails the test when a signal ended the child. */
static inline int child_code(const child *c) {
    if (!WIFEXITED(c->status))
        TEST_FAIL("child ended by signal %d:\n%s", WTERMSIG(c->status), c->err);
    return WEXITSTATUS(c->status);
}

/* Run body(arg) in a child, which must end with `code` and have printed `out`, and nothing on stderr. */
static inline void child_expect(void (*body)(void *arg), void *arg, int code, const char *out) {
    child c;
    child_run(&c, body, arg);
    if (child_code(&c) != code)
        TEST_FAIL("child ended with %d, and not %d:\n%s", child_code(&c), code, c.err);
    CHECK_STR(c.out, out);
    CHECK_STR(c.err, "");
}

/* The signal that ended the child, 0 when none did. */
static inline int child_signal(const child *c) {
    return WIFSIGNALED(c->status) ? WTERMSIG(c->status) : 0;
}

#endif
