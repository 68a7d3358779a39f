/* spawn.h - what starting and watching a process needs from the operating system.
 *
 * Two builds stand behind it, chosen by the option `platform`: linux/ (a child that shares the parent's memory until
 * it execs, pidfds, close_range) and posix/ (fork, waitid). Everything above this header is the same for both.
 */
#ifndef THRUM_PLATFORM_SPAWN_H
#define THRUM_PLATFORM_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* A child of ours: its number and, where the system has such a thing, a descriptor that can never mean another
 * process. The number stays ours until the child is reaped; the descriptor is closed by thrum__process_close(). */
typedef struct thrum__process {
    pid_t pid; /* 0: no process, or one that has been reaped */
    int pidfd; /* -1: the system gives none */
} thrum__process;

#define THRUM__NO_PROCESS ((thrum__process){0, -1})

/* How a child that could not become the program says why. */
typedef struct thrum__spawn_report {
    int code;  /* 0 as long as nothing failed, or a negative code */
    int stage; /* which step failed: the child body's own numbering */
} thrum__spawn_report;

/* What runs in the child, with every signal blocked and no handler installed. It execs; if it returns, it has filled
 * the report. It may run in the parent's memory, while the calling thread is suspended: it must not allocate, take
 * locks or touch errno, and calls only the functions below. */
typedef void thrum__child_body(const void *plan, thrum__spawn_report *report);

/* The signal mask in the kernel's own format, with the numbers that a libc keeps to itself. */
typedef struct thrum__signal_mask {
    unsigned long words_[16 / sizeof(unsigned long)];
} thrum__signal_mask;

/* Start a child that runs body(plan, report).
 *
 * `own_memory` asks for a copy of the parent's memory instead of sharing it: a child that changes its user must not
 * be reachable through memory that it shares with the privileged parent, and foreign code must not run in shared
 * memory. Returns 0 when the child has become the program; the code of the report when it could not, with the child
 * reaped; or the error of the system call that should have made it. *ret_report is written in every case. */
int thrum__platform_spawn(thrum__child_body *body, const void *plan, bool own_memory, thrum__process *ret_process,
                          thrum__spawn_report *ret_report);

/* -- what the child may call: each is one system call, returning 0 or more, or -errno */

int thrum__child_move(int source, int at_least); /* a close-on-exec copy at a free number >= at_least */
int thrum__child_place(int source, int target);  /* a copy at `target` that survives exec; source != target */
int thrum__child_keep(int fd, bool across_exec); /* clear or set close-on-exec */
int thrum__child_hide_range(unsigned first, unsigned last); /* everything from first to last closes on exec */
int thrum__child_chdir(const char *path);
int thrum__child_chroot(const char *path);
void thrum__child_umask(mode_t mask);
int thrum__child_default_signal(int number);
void thrum__child_default_handlers(void); /* what is neither ignored nor default becomes default */
int thrum__child_set_mask(const thrum__signal_mask *mask);
int thrum__child_setsid(void);
int thrum__child_setpgid(pid_t group);
int thrum__child_take_terminal(int fd);
int thrum__child_limit(int resource, const struct rlimit *limit);
int thrum__child_nice(int increment);
int thrum__child_affinity(const void *cpus, size_t size);
int thrum__child_set_groups(size_t count, const gid_t *groups);
int thrum__child_set_group(gid_t group); /* real, effective and saved */
int thrum__child_set_user(uid_t user);
int thrum__child_die_with_parent(int number, pid_t parent); /* -ESRCH when the parent is gone already */
int thrum__child_exec(const char *path, const char *const *argv, const char *const *envp);

/* Block every signal of the calling thread, the C library's own too, and put the mask back. */
void thrum__signals_block_all(thrum__signal_mask *ret_old);
void thrum__signals_restore(const thrum__signal_mask *old);

/* -- the life of a child */

/* waitid() on the child, by its pidfd where it has one: 0 or -errno. `options` are waitid's. */
int thrum__process_waitid(const thrum__process *process, siginfo_t *info, int options);

/* The exit status (-N for signal N) of a child that somebody else has reaped, or the kernel because SIGCHLD is
 * ignored, where the system remembers it (Linux 6.15): 0, or -ECHILD. */
int thrum__process_lost_status(const thrum__process *process, int *ret_returncode);

/* Send a signal: to the child; to the process group that it leads; or to the child, everything that descends from it
 * and everybody in its group or session. 0, also when nobody is left to receive it (-ESRCH is no error), or -errno.
 * The child must not have been reaped, except for the group where the system can name it by the pidfd (Linux 6.9). */
int thrum__process_signal(const thrum__process *process, int number);
int thrum__process_signal_group(const thrum__process *process, bool reaped, int number);
int thrum__process_signal_tree(const thrum__process *process, int number);

#endif
