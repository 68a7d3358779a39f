/* steps.c - what makes a process a well-behaved daemon, besides the forks. The order matters: what needs privileges
 * comes before they are given up, and what could keep a file system busy or a secret open comes before the program
 * runs. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "daemon/context.h"

static int result(int r) {
    return r < 0 ? -errno : 0;
}

static int change_root(thrum_daemon_context *context) {
    const char *root = context->options.chroot_directory;
    if (!root)
        return 0;
    thrum__daemon_about(context, root);
    int r = result(chdir(root)); /* a process whose directory is outside its root is not confined */
    return r < 0 ? r : result(chroot(root));
}

static int prevent_core(thrum_daemon_context *context) {
    struct rlimit none = {0, 0};
    return context->options.allow_core ? 0 : result(setrlimit(RLIMIT_CORE, &none));
}

static int set_umask(thrum_daemon_context *context) {
    umask(context->options.umask);
    return 0;
}

static int change_directory(thrum_daemon_context *context) {
    thrum__daemon_about(context, context->options.working_directory);
    return result(chdir(context->options.working_directory));
}

/* Before the user: afterwards there is no right to. Real, effective and saved id change. */
static int set_group(thrum_daemon_context *context) {
    const thrum_daemon_options *options = &context->options;
    gid_t gid = options->gid ? *options->gid : getgid();
    if (options->initgroups) {
        uid_t uid = options->uid ? *options->uid : getuid();
        errno = 0;
        const struct passwd *user = getpwuid(uid);
        if (!user)
            return errno ? -errno : THRUM_KEY_ERROR;
        if (initgroups(user->pw_name, gid) < 0)
            return -errno;
    }
    return result(setregid(gid, gid));
}

static int set_user(thrum_daemon_context *context) {
    uid_t uid = context->options.uid ? *context->options.uid : getuid();
    return result(setreuid(uid, uid));
}

static int set_signals(thrum_daemon_context *context) {
    static const thrum_daemon_signal defaults[] = {
        {SIGTSTP, SIG_IGN}, {SIGTTIN, SIG_IGN}, {SIGTTOU, SIG_IGN}, {SIGTERM, thrum_daemon_terminate}};
    const thrum_daemon_signal *map = context->options.signal_map;
    size_t count = map ? context->options.signal_map_count : sizeof defaults / sizeof defaults[0];
    if (!map)
        map = defaults;
    for (size_t i = 0; i < count; i++) {
        struct sigaction action = {.sa_flags = SA_RESTART};
        action.sa_handler = map[i].handler;
        sigemptyset(&action.sa_mask);
        if (sigaction(map[i].number, &action, NULL) < 0)
            return -errno;
    }
    return 0;
}

/* A copy of the target of a stream above 2: what is put in place first must not overwrite what is put in place next.
 */
static int save_stream(int target) {
    int fd = target > 0 ? target : open("/dev/null", O_RDWR | O_CLOEXEC);
    int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int r = copy < 0 ? -errno : copy;
    if (target == 0 && fd >= 0)
        close(fd);
    return r;
}

/* Before the root changes: the new one need not have a null device. */
static int save_streams(thrum_daemon_context *context) {
    const int targets[3] = {context->options.stdin_fd, context->options.stdout_fd, context->options.stderr_fd};
    for (int i = 0; i < 3; i++) {
        if (targets[i] == THRUM_DAEMON_KEEP)
            continue;
        int copy = save_stream(targets[i]);
        if (copy < 0)
            return copy;
        context->saved[i] = copy;
    }
    return 0;
}

static int put_streams(thrum_daemon_context *context) {
    for (int i = 0; i < 3; i++) {
        if (context->saved[i] < 0)
            continue;
        if (dup2(context->saved[i], i) < 0)
            return -errno;
        close(context->saved[i]);
        context->saved[i] = -1;
    }
    return 0;
}

/* Kept are the files to preserve, the targets of the streams, and what this module itself needs. */
static int close_files(thrum_daemon_context *context) {
    const thrum_daemon_options *options = &context->options;
    enum { own = 8 };
    int *kept = thrum__malloc((options->files_preserve_count + own) * sizeof *kept);
    if (!kept)
        return -ENOMEM;
    size_t count = 0;
    for (; count < options->files_preserve_count; count++)
        kept[count] = options->files_preserve[count];
    const int more[own] = {context->report,   context->notify,   context->saved[0],  context->saved[1],
                           context->saved[2], options->stdin_fd, options->stdout_fd, options->stderr_fd};
    for (int i = 0; i < own; i++)
        kept[count++] = more[i];
    thrum__close_all_except(kept, count);
    free(kept);
    return 0;
}

static int take_pidfile(thrum_daemon_context *context) {
    thrum_pidlockfile *file = context->options.pidfile;
    int r = file ? thrum_pidlockfile_acquire(file) : 0;
    if (r == THRUM_LOCK_FAILED)
        context->failure.cause = thrum_pidlockfile_error(file);
    return r;
}

const thrum__daemon_step thrum__daemon_steps[] = {
    {"open", save_streams},      {"chroot", change_root}, {"setrlimit", prevent_core}, {"umask", set_umask},
    {"chdir", change_directory}, {"setgid", set_group},   {"setuid", set_user},        {"sigaction", set_signals},
    {"close", close_files},      {"dup2", put_streams},   {"pidfile", take_pidfile},
};
const int thrum__daemon_step_count = sizeof thrum__daemon_steps / sizeof thrum__daemon_steps[0];
