/* Every allocation and every system call on the way to a daemon fails once. The original process learns which, no
 * daemon is left, and no descriptor. */
#include "fault.h"

#include "outside.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* As in fault.h, for calls that take what `int f(...)` takes and return -1. meson.build has the same list. */
#define WRAP(name, parameters, arguments)                                                                            \
    int __real_##name parameters;                                                                                    \
    int __wrap_##name parameters;                                                                                    \
    int __wrap_##name parameters {                                                                                   \
        return fault_here(#name, EIO) ? -1 : __real_##name arguments;                                                \
    }

WRAP(pipe2, (int fds[2], int flags), (fds, flags))
WRAP(fork, (void), ())
WRAP(setsid, (void), ())
WRAP(chdir, (const char *path), (path))
WRAP(setrlimit, (int resource, const struct rlimit *limit), (resource, limit))
WRAP(setregid, (gid_t real, gid_t effective), (real, effective))
WRAP(setreuid, (uid_t real, uid_t effective), (real, effective))
WRAP(sigaction, (int number, const struct sigaction *action, struct sigaction *old), (number, action, old))
WRAP(dup2, (int from, int to), (from, to))
WRAP(link, (const char *from, const char *to), (from, to))
WRAP(thrum__close_range, (unsigned first, unsigned last), (first, last))

/* Called once, just before a pid file is locked. */
static void (*before_lock)(void);

static void watch(const char *name, int command) {
    void (*call)(void) = before_lock;
    if (!call || strcmp(name, "fcntl") != 0 || command != F_OFD_SETLK)
        return;
    before_lock = NULL;
    call();
}

/* Calls with an open end. A libc for large files has a second name for each, which need not exist. */
#define WRAP_OPEN_END(symbol, name, first, type)                                                                     \
    int __real_##symbol(first, int, ...) __attribute__((weak));                                                      \
    int __wrap_##symbol(first, int, ...);                                                                            \
    int __wrap_##symbol(first one, int two, ...) {                                                                   \
        va_list rest;                                                                                                \
        va_start(rest, two);                                                                                         \
        type three = va_arg(rest, type);                                                                             \
        va_end(rest);                                                                                                \
        watch(name, two);                                                                                            \
        return fault_here(name, EIO) ? -1 : __real_##symbol(one, two, three);                                        \
    }

typedef const char *path;
WRAP_OPEN_END(open, "open", path, int)
WRAP_OPEN_END(open64, "open", path, int)
WRAP_OPEN_END(fcntl, "fcntl", int, void *)
WRAP_OPEN_END(fcntl64, "fcntl", int, void *)

static size_t nth;
static thrum_pidlockfile *pidfile;

static void arm(void) {
    fault_arm(nth);
}

static void disarm_and_stay(thrum_daemon_context *context) {
    fault->wanted = 0;
    thrum_daemon_context_ready(context);
    stay(context);
}

static void check_outcome(const outcome *o) {
    if (o->result == THRUM_DAEMON_PARENT) {
        end_daemon(o->pid);
        return;
    }
    CHECK_LT(o->result, 0);
    CHECK_NE(o->result, THRUM_EOF_ERROR); /* it has been said, and not only been noticed */
    CHECK(o->failure.stage != NULL);
    if (o->result == THRUM_LOCK_FAILED)
        CHECK_EQ(o->failure.cause, -EIO);
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

/* One start in which the n-th call fails. Returns whether there was an n-th. */
static bool start_with_fault(size_t n) {
    nth = n;
    int fds = count_fds(getpid());
    outcome o = start((thrum_daemon_options){.pidfile = pidfile, .wait_ready = true}, arm, disarm_and_stay);
    const char *failed = fault->failed;
    fault->wanted = 0;
    check_outcome(&o);
    bool tolerated = !failed || strcmp(failed, "thrum__close_range") == 0; /* there is another way */
    CHECK_EQ(o.result == THRUM_DAEMON_PARENT, tolerated);
    CHECK_EQ(count_fds(getpid()), fds);
    CHECK_EQ(thrum_pidlockfile_break_lock(pidfile), 0);
    check_nobody_left();
    return failed;
}

TEST(every_call_on_the_way_fails_once) {
    fault = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(fault != MAP_FAILED);
    CHECK_EQ(thrum_pidlockfile_new(&pidfile, in_directory("pid"), NULL), 0);
    size_t n = 1;
    while (start_with_fault(n))
        n++;
    CHECK_GT(n, 25);
    thrum_pidlockfile_free(pidfile);
    REMOVE_DIRECTORY(NULL);
}

TEST(every_allocation_of_an_object_fails_once) {
    thrum_daemon_options options = {.chroot_directory = "/a", .working_directory = "/b"};
    thrum_daemon_app app = {.pidfile_path = "/c"};
    for (size_t n = 1; n <= 3; n++) {
        thrum_daemon_context *context = NULL;
        fault_arm(n);
        CHECK_EQ(thrum_daemon_context_new(&context, &options), -ENOMEM);
        CHECK(context == NULL && fault_disarm());
        CHECK_EQ(fault_live(), 0);
    }
    for (size_t n = 1; n <= 3; n++) {
        thrum_daemon_runner *runner = NULL;
        fault_arm(n);
        CHECK_EQ(thrum_daemon_runner_new(&runner, &app), -ENOMEM);
        CHECK(runner == NULL && fault_disarm());
        CHECK_EQ(fault_live(), 0);
    }
}

/* Between the look at a stale file and its lock, somebody else may take its place. */
static thrum_pidlockfile *quicker;
static void overtake(void) {
    CHECK_EQ(thrum_pidlockfile_acquire(quicker), 0);
}

static void overtake_at_last(void) {
    before_lock = overtake; /* this one locks the new file, the next one the stale file */
}

TEST(what_took_the_place_of_a_stale_file_is_not_removed) {
    CHECK_EQ(thrum_pidlockfile_new(&pidfile, in_directory("pid"), NULL), 0);
    CHECK_EQ(thrum_pidlockfile_new(&quicker, in_directory("pid"), NULL), 0);
    write_text(in_directory("pid"), "nothing\n");
    before_lock = overtake_at_last;
    CHECK_EQ(thrum_pidlockfile_acquire(pidfile), THRUM_ALREADY_LOCKED);
    CHECK(before_lock == NULL);
    CHECK(thrum_pidlockfile_is_locked(pidfile));
    CHECK_EQ(thrum_pidlockfile_release(quicker), 0);
    thrum_pidlockfile_free(pidfile);
    thrum_pidlockfile_free(quicker);
    REMOVE_DIRECTORY(NULL);
}

TEST_MAIN()
