/* spawn.c - a child that runs in its parent's memory until it execs.
 *
 * CLONE_VM | CLONE_VFORK suspends the calling thread (and only it) until the child has exec'd or ended, and copies
 * no page tables, so the cost does not depend on the parent's size. The child has a stack of its own inside the
 * caller's frame: those pages are warm, and the caller cannot return before the child is gone from them.
 *
 * Why this is sound in a process with other threads and with handlers:
 * - the caller has blocked every signal before the clone, the C library's own too, so no handler of the parent runs
 *   in the child; the child makes its handlers default before it unblocks;
 * - the child calls nothing but system calls: no lock, no allocation, no lazily bound symbol that another thread
 *   could hold half-way; of the libc's state it touches errno, which is the suspended thread's and is put back;
 * - CLONE_FILES and CLONE_SIGHAND are absent: descriptors and dispositions are the child's own copies.
 *
 * This file and what runs in the child are compiled without sanitizers (meson.build): their bookkeeping per thread
 * would be done by the child in the parent's name, and an exec in the middle of a function would leave it
 * unbalanced.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdalign.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/linux/clone3.h"
#include "platform/linux/numbers.h"
#include "platform/spawn.h"

enum { stack_size = 16384, exit_not_found = 127 };

typedef struct child_start {
    thrum__child_body *body;
    const void *plan;
    thrum__spawn_report *report;
    bool handlers_cleared;
} child_start;

/* Handlers that are there must be gone before signals can arrive: they would run in the parent's memory. */
static int child_main(void *arg) {
    const child_start *start = arg;
    if (!start->handlers_cleared)
        thrum__child_default_handlers();
    start->body(start->plan, start->report);
    syscall(SYS_exit_group, exit_not_found); /* not exit: the parent's memory is not ours to tidy up */
    return exit_not_found;
}

/* The same function under a name that ThreadSanitizer does not intercept. Its interceptor of clone takes every clone
 * for a fork, and would do to the parent's memory what is meant for a forked child's. Not every C library has the
 * name. */
extern __typeof__(clone) __clone __attribute__((weak));

static long clone_by_library(child_start *start, char *stack, int flags, int *pidfd) {
    __typeof__(clone) *make = __clone ? __clone : clone;
    start->handlers_cleared = false;
    int pid = make(child_main, stack + stack_size, flags | SIGCHLD, start, pidfd);
    return pid < 0 ? -errno : pid;
}

/* clone3 clears the handlers on the way, which else takes a system call for each signal. */
static long clone_and_clear(child_start *start, char *stack, int flags, int *pidfd) {
    const thrum__clone_args args = {.flags = (uint64_t)flags | THRUM__CLONE_CLEAR_SIGHAND,
                                    .pidfd = (uintptr_t)pidfd,
                                    .exit_signal = SIGCHLD,
                                    .stack = (uintptr_t)stack,
                                    .stack_size = stack_size};
    start->handlers_cleared = true;
    return thrum__clone3(&args, sizeof args, child_main, start);
}

/* Too old a kernel for clone3 or the flag, or a filter in front of it. */
static bool is_missing(long r) {
    return r == -ENOSYS || r == -EINVAL || r == -EPERM;
}

/* Kept out of line, so that the child's stack is in no other frame. */
__attribute__((noinline)) static int clone_child(child_start *start, int flags, thrum__process *ret_process) {
    alignas(64) char stack[stack_size];
    int pidfd = -1;
    flags |= CLONE_VFORK | CLONE_PIDFD;
    long pid = clone_and_clear(start, stack, flags, &pidfd);
    if (is_missing(pid))
        pid = clone_by_library(start, stack, flags, &pidfd);
    if (pid < 0)
        return (int)pid;
    *ret_process = (thrum__process){(pid_t)pid, pidfd};
    return 0;
}

/* A child that did not exec is dead or dying: it leaves no zombie and no descriptor. */
static void bury(thrum__process *process) {
    siginfo_t info;
    while (thrum__process_waitid(process, &info, WEXITED) == -EINTR)
        ;
    if (process->pidfd >= 0)
        close(process->pidfd);
}

/* Above the standard streams: a host that has closed one of them may put something else in its place. */
static void move_up(int *fd) {
    enum { first_free = 3 };
    int copy = *fd >= 0 && *fd < first_free ? fcntl(*fd, F_DUPFD_CLOEXEC, first_free) : -1;
    if (copy < 0)
        return; /* it is above them, or has to stay */
    close(*fd);
    *fd = copy;
}

static int start_child(child_start *start, int flags, thrum__process *ret_process) {
    thrum__process process;
    int saved_errno = errno;
    int r = clone_child(start, flags, &process);
    if (r == 0 && start->report->code != 0) {
        r = start->report->code;
        bury(&process);
    }
    if (r == 0)
        move_up(&process.pidfd);
    errno = saved_errno;
    if (r == 0)
        *ret_process = process;
    return r;
}

/* The report of a child with a memory of its own comes home through one shared page. */
static int start_apart(child_start *start, thrum__process *ret_process) {
    thrum__spawn_report *home = start->report;
    void *page = mmap(NULL, sizeof *home, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return -errno;
    start->report = page;
    int r = start_child(start, 0, ret_process);
    *home = *start->report;
    munmap(page, sizeof *home);
    return r;
}

int thrum__platform_spawn(thrum__child_body *body, const void *plan, bool own_memory, thrum__process *ret_process,
                          thrum__spawn_report *ret_report) {
    *ret_report = (thrum__spawn_report){0, 0};
    child_start start = {body, plan, ret_report, false};
    return own_memory ? start_apart(&start, ret_process) : start_child(&start, CLONE_VM, ret_process);
}
