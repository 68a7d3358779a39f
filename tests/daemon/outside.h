/* outside.h - start a daemon and look at it from outside: through /proc, and as the process that inherits it.
 *
 * The test makes itself the reaper of orphans, so the daemon becomes its child when the one that started it has
 * ended, and its end can be waited for.
 */
#ifndef THRUM_TEST_OUTSIDE_H
#define THRUM_TEST_OUTSIDE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thrum/daemon.h>

#include "test.h"

/* What open() gave in the original process. */
typedef struct outcome {
    int result;
    pid_t pid;
    thrum_daemon_failure failure;
    char filename[64]; /* of the failure; empty: none */
} outcome;

/* The original process, while it is in open(). */
typedef struct original {
    pid_t pid;
    int answer; /* readable when open() has returned there */
} original;

/* Stay until somebody ends it, and in no case for ever. */
static inline void stay(thrum_daemon_context *context) {
    (void)context;
    for (;;)
        pause();
}

/* Run in the original process, before open(). */
typedef void setup(void);
typedef void body(thrum_daemon_context *context);

static inline int count_fds(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *directory = opendir(path);
    CHECK(directory != NULL);
    int count = -2; /* "." and ".." */
    while (readdir(directory))
        count++;
    closedir(directory);
    return pid == getpid() ? count - 1 : count;
}

static inline void run_original(thrum_daemon_options options, setup *before, body *inside, int answer) {
    thrum_daemon_context *context;
    CHECK_EQ(thrum_daemon_context_new(&context, &options), 0);
    if (before)
        before();
    int fds = count_fds(getpid());
    int r = thrum_daemon_context_open(context);
    if (r == 0) {
        alarm(60);
        inside(context);
        exit(0);
    }
    CHECK_EQ(count_fds(getpid()), fds);
    outcome o = {r, thrum_daemon_context_pid(context), *thrum_daemon_context_failure(context), ""};
    snprintf(o.filename, sizeof o.filename, "%s", o.failure.filename ? o.failure.filename : "");
    CHECK_EQ(write(answer, &o, sizeof o), sizeof o);
    thrum_daemon_context_free(context);
    _exit(0);
}

static inline original start_original(thrum_daemon_options options, setup *before, body *inside) {
    int fds[2];
    CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    CHECK_EQ(pipe2(fds, O_CLOEXEC), 0);
    pid_t pid = fork();
    CHECK_GE(pid, 0);
    if (pid == 0)
        run_original(options, before, inside ? inside : stay, fds[1]);
    close(fds[1]);
    return (original){pid, fds[0]};
}

static inline int wait_status(pid_t pid) {
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

static inline outcome outcome_of(original o) {
    outcome result;
    CHECK_EQ(read(o.answer, &result, sizeof result), sizeof result);
    close(o.answer);
    CHECK_EQ(wait_status(o.pid), 0);
    return result;
}

/* Start a daemon that is detached, and whose original process tells how it went. */
static inline outcome start(thrum_daemon_options options, setup *before, body *inside) {
    options.keep_parent = true;
    if (options.detach_process == THRUM_DAEMON_DETACH_AUTO)
        options.detach_process = THRUM_DAEMON_DETACH_YES;
    return outcome_of(start_original(options, before, inside));
}

/* A daemon that must come up. */
static inline pid_t start_well(thrum_daemon_options options, setup *before, body *inside) {
    outcome o = start(options, before, inside);
    if (o.result != THRUM_DAEMON_PARENT)
        TEST_FAIL("open: %s: %s", o.failure.stage, thrum_strerror(o.result));
    CHECK_GT(o.pid, 0);
    return o.pid;
}

static inline void end_daemon(pid_t pid) {
    CHECK_GT(pid, 0);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(wait_status(pid), SIGKILL);
}

/* No child is left: what was started has ended and was reaped. */
static inline void check_nobody_left(void) {
    CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1);
    CHECK_EQ(errno, ECHILD);
}

static inline void kill_children(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    for (int pid; fscanf(file, "%d", &pid) == 1;)
        kill(pid, SIGKILL);
    fclose(file);
}

/* End whatever is left of what was started. The system's list may leave out some while others end, and children of
 * those who end come to us: look until there is nobody. */
static inline void end_children(void) {
    do {
        kill_children();
        sched_yield();
    } while (waitpid(-1, NULL, WNOHANG) >= 0);
}

static inline void read_proc(pid_t pid, const char *name, char *ret_text, size_t size) {
    char path[128];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    ret_text[fread(ret_text, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* A field of /proc/PID/stat, counted from 1: 4 parent, 5 group, 6 session, 7 terminal. */
static inline long proc_stat(pid_t pid, int field) {
    char text[2048];
    read_proc(pid, "stat", text, sizeof text);
    char *at = strrchr(text, ')') + 2;
    for (int i = 3; i < field; i++)
        at = strchr(at, ' ') + 1;
    return atol(at);
}

/* The value of a line of /proc/PID/status, "Umask": up to the end of the line. */
static inline const char *proc_status(pid_t pid, const char *name) {
    static char text[8192];
    char key[32];
    read_proc(pid, "status", text, sizeof text);
    snprintf(key, sizeof key, "\n%s:\t", name);
    char *line = strstr(text, key);
    CHECK(line != NULL);
    line += strlen(key);
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static inline bool proc_ignores(pid_t pid, int signal) {
    return strtoull(proc_status(pid, "SigIgn"), NULL, 16) >> (signal - 1) & 1;
}

static inline bool proc_catches(pid_t pid, int signal) {
    return strtoull(proc_status(pid, "SigCgt"), NULL, 16) >> (signal - 1) & 1;
}

/* Where a link of /proc/PID leads: "cwd", "root", "fd/0". Empty when there is none. */
static inline const char *proc_link(pid_t pid, const char *name) {
    static char target[PATH_MAX];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    ssize_t size = readlink(path, target, sizeof target - 1);
    target[size > 0 ? size : 0] = '\0';
    return target;
}

/* The daemon comes to have so many descriptors. It closes the pipe to the original process just after it has said
 * that it is up, and a program that was just loaded opens its libraries: look until it has them, or the test's time
 * is over. */
static inline void await_fd_count(pid_t pid, int wanted) {
    while (count_fds(pid) != wanted)
        sched_yield();
}

/* The process comes to be the program of this name. Its files are closed a little earlier than its arguments are in
 * place: look until they are, or the test's time is over. */
static inline void await_command(pid_t pid, const char *name) {
    char command[64] = "";
    while (strcmp(command, name) != 0)
        read_proc(pid, "cmdline", command, sizeof command);
}

/* A directory for the files of one test. */
static char directory[] = "/tmp/thrum-daemon-XXXXXX";

static inline const char *in_directory(const char *name) {
    static char paths[8][PATH_MAX];
    static int next;
    char *path = paths[next++ % 8];
    if (strchr(directory, 'X') && strcmp(directory + strlen(directory) - 6, "XXXXXX") == 0)
        CHECK(mkdtemp(directory) != NULL);
    snprintf(path, PATH_MAX, "%s/%s", directory, name);
    return path;
}

/* Remove the directory. What is still in it, besides the names given, is a failure. */
static inline void remove_directory(const char *const *names) {
    for (; *names; names++)
        CHECK_EQ(unlink(in_directory(*names)), 0);
    CHECK_EQ(rmdir(directory), 0);
}
#define REMOVE_DIRECTORY(...) remove_directory((const char *const[]){__VA_ARGS__, NULL})

static inline void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    fputs(text, file);
    fclose(file);
}

static inline const char *read_text(const char *path) {
    static char text[4096];
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

#endif
