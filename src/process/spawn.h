/* spawn.h - start a program, with everything that Python does between fork and exec as data.
 *
 * The idea
 *   A request says what the child shall be. It is turned into a plan while the child does not exist yet: names are
 *   looked up, memory is allocated, the search path is cut into candidates. What is left for the child is a table of
 *   steps, each of them system calls only, so the child can run in the parent's memory (as vfork does, whatever the
 *   parent's size) and needs no preexec_fn. The first step that fails comes home with its errno, its name and the
 *   file it is about.
 *
 *       const char *argv[] = {"ls", "-l", NULL};
 *       thrum__spawn_request request = {.program = "ls", .argv = argv, .close_others = true};
 *       thrum__process child;
 *       int r = thrum__spawn(&request, &child, &failure);
 */
#ifndef THRUM_PROCESS_SPAWN_H
#define THRUM_PROCESS_SPAWN_H

#include "platform/spawn.h"

/* The steps of the child in their order, which is Python's, and before and after them what the parent does. */
#define THRUM__STAGE_MAP(X)                                                                                          \
    X(PREPARE, "prepare")                                                                                            \
    X(PIPE, "pipe")                                                                                                  \
    X(CLONE, "clone")                                                                                                \
    X(DESCRIPTORS, "dup2")                                                                                           \
    X(ROOT, "chroot")                                                                                                \
    X(CWD, "chdir")                                                                                                  \
    X(UMASK, "umask")                                                                                                \
    X(SIGNALS, "sigaction")                                                                                          \
    X(SESSION, "setsid")                                                                                             \
    X(PROCESS_GROUP, "setpgid")                                                                                      \
    X(TERMINAL, "TIOCSCTTY")                                                                                         \
    X(LIMITS, "setrlimit")                                                                                           \
    X(NICE, "setpriority")                                                                                           \
    X(AFFINITY, "sched_setaffinity")                                                                                 \
    X(GROUPS, "setgroups")                                                                                           \
    X(GROUP, "setregid")                                                                                             \
    X(USER, "setreuid")                                                                                              \
    X(DEATH_SIGNAL, "prctl")                                                                                         \
    X(PREEXEC, "preexec_fn")                                                                                         \
    X(CLOSE, "close_range")                                                                                          \
    X(UNBLOCK, "sigprocmask")                                                                                        \
    X(EXEC, "execve")

typedef enum thrum__stage {
#define THRUM__STAGE_ENUM_(name, text) THRUM__STAGE_##name,
    THRUM__STAGE_MAP(THRUM__STAGE_ENUM_)
#undef THRUM__STAGE_ENUM_
} thrum__stage;

/* One descriptor of the child: its number `target` is a copy of the parent's `source`. */
typedef struct thrum__fd_place {
    int source, target;
} thrum__fd_place;

typedef struct thrum__limit {
    int resource; /* RLIMIT_NOFILE and its like */
    struct rlimit limit;
} thrum__limit;

/* What the child shall be. All pointers are borrowed until thrum__spawn() returns. Zero means: as the parent, except
 * for `mask`: a child always starts with the mask that the calling thread has. */
typedef struct thrum__spawn_request {
    const char *program;     /* a path when it has a '/', else a name to look for in PATH */
    const char *const *argv; /* NULL-terminated, argv[0] included; NULL: {program} */
    const char *const *envp; /* "NAME=VALUE", NULL-terminated; NULL: the parent's environment */
    const char *search_path; /* directories separated by ':'; NULL: PATH of envp, else "/bin:/usr/bin" */

    const thrum__fd_place *places; /* in any order, overlapping as they may; sources may be closed on exec */
    size_t place_count;
    const int *keep; /* descriptors that stay open under their own number, though they may be closed on exec here */
    size_t keep_count;
    bool close_others; /* everything above 2 that is neither a target nor kept is closed */

    const char *root;     /* chroot, before cwd */
    const char *cwd;      /* relative programs are found from here, as in Python */
    const mode_t *umask;  /* NULL: the parent's */
    bool restore_signals; /* SIGPIPE and SIGXFSZ at their default, as Python's restore_signals */
    bool default_signals; /* every signal at its default, ignored ones too, and none blocked: for services */

    bool new_session;
    const pid_t *process_group; /* setpgid(0, *process_group); 0 makes the child lead a group of its own */
    const int *terminal;        /* becomes the controlling terminal; with new_session. A number of the child */
    const thrum__limit *limits; /* set in this order, before privileges are dropped */
    size_t limit_count;
    int nice;        /* added to the parent's */
    const int *cpus; /* run on these processors only */
    size_t cpu_count;
    const gid_t *groups; /* supplementary groups; NULL: the parent's */
    size_t group_count;
    const gid_t *group;
    const uid_t *user;
    int death_signal; /* sent to the child when the thread that spawned it ends; 0: none */

    int (*preexec)(void *arg); /* runs before the others are closed, in a copy of the memory; not 0: it failed */
    void *preexec_arg;
} thrum__spawn_request;

/* Why there is no child. */
typedef struct thrum__spawn_failure {
    int code;             /* what thrum__spawn() returned */
    thrum__stage stage;   /* where */
    const char *filename; /* the program, the cwd or the root as given in the request, or NULL */
} thrum__spawn_failure;

/* Start the program. Returns 0 with a running child; or, with no child, no zombie and no descriptor left behind:
 * -ENOENT and so on from the step that failed; -ENOMEM; THRUM_VALUE_ERROR for an environment entry without '=';
 * THRUM_SUBPROCESS_ERROR when preexec failed. *ret_failure (may be NULL) is written only on failure. */
int thrum__spawn(const thrum__spawn_request *request, thrum__process *ret_process, thrum__spawn_failure *ret_failure);

/* The name of a stage, "execve". */
const char *thrum__stage_name(thrum__stage stage);

/* Wait until the child has ended, without reaping it: 0, or THRUM_TIMED_OUT at `deadline`. With a pidfd this is one
 * poll; without one, a wait with a time limit looks again at growing intervals. Any number of threads may wait. */
int thrum__process_wait_end(const thrum__process *process, int64_t deadline);

/* Reap the child if it has ended. Returns 1 and the exit status (-N for signal N), or 0 while it runs.
 *
 * When somebody else has reaped it, or the kernel did because SIGCHLD is ignored, the status comes from the pidfd
 * where the kernel remembers it, and otherwise is 0 as in Python. One thread at a time. */
int thrum__process_reap(const thrum__process *process, int *ret_returncode);

/* Close the descriptor of a process, which is not reaped by that, and forget it. */
void thrum__process_close(thrum__process *process);

#endif
