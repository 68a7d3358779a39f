/* DaemonContext: each step, seen from outside. */
#include "outside.h"

#include <grp.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/resource.h>

static const thrum_daemon_options defaults;

TEST(background_session_and_group) {
    pid_t pid = start_well(defaults, NULL, NULL);
    CHECK_EQ(proc_stat(pid, 4), getpid()); /* an orphan, and we take in orphans */
    CHECK_NE(proc_stat(pid, 6), getsid(0));
    CHECK_NE(proc_stat(pid, 5), getpgid(0));
    CHECK_NE(proc_stat(pid, 6), pid); /* it does not lead the session, so it cannot get a terminal */
    CHECK_EQ(proc_stat(pid, 5), proc_stat(pid, 6));
    end_daemon(pid);
    check_nobody_left();
}

/* A terminal of our own, which becomes the one of the original process. */
static int terminal = -1;
static void take_terminal(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    CHECK_GE(setsid(), 0);
    terminal = open(ptsname(master), O_RDWR); /* a session leader without a terminal gets it by that */
    CHECK_GE(terminal, 0);
    CHECK_NE(proc_stat(getpid(), 7), 0);
}

TEST(no_controlling_terminal) {
    pid_t pid = start_well(defaults, take_terminal, NULL);
    CHECK_EQ(proc_stat(pid, 7), 0);
    end_daemon(pid);
}

static void try_terminal(thrum_daemon_context *context) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK(grantpt(master) == 0 && unlockpt(master) == 0);
    CHECK_GE(open(ptsname(master), O_RDWR), 0);
    thrum_daemon_context_ready(context);
    stay(context);
}

TEST(no_terminal_is_reacquired) {
    pid_t pid = start_well((thrum_daemon_options){.wait_ready = true}, NULL, try_terminal);
    CHECK_EQ(proc_stat(pid, 7), 0);
    end_daemon(pid);
}

TEST(directory_is_the_root_or_the_one_given) {
    pid_t pid = start_well(defaults, NULL, NULL);
    CHECK_STR(proc_link(pid, "cwd"), "/");
    end_daemon(pid);
    pid = start_well((thrum_daemon_options){.working_directory = "/proc"}, NULL, NULL);
    CHECK_STR(proc_link(pid, "cwd"), "/proc");
    end_daemon(pid);
}

static void set_umask(void) {
    umask(077);
}

TEST(umask_is_zero_or_the_one_given) {
    pid_t pid = start_well(defaults, set_umask, NULL);
    CHECK_STR(proc_status(pid, "Umask"), "0000");
    end_daemon(pid);
    pid = start_well((thrum_daemon_options){.umask = 027}, set_umask, NULL);
    CHECK_STR(proc_status(pid, "Umask"), "0027");
    end_daemon(pid);
}

static void check_core_limit(thrum_daemon_options options, const char *wanted) {
    pid_t pid = start_well(options, NULL, NULL);
    char limits[4096], line[128];
    read_proc(pid, "limits", limits, sizeof limits);
    snprintf(line, sizeof line, "%-26s%-21s%-21s", "Max core file size", wanted, wanted);
    if (*wanted)
        CHECK_CONTAINS(limits, line);
    else
        CHECK_CONTAINS(limits, "Max core file size        4096 ");
    end_daemon(pid);
}

TEST(core_dumps_are_prevented) {
    check_core_limit(defaults, "0");
    struct rlimit some;
    CHECK_EQ(getrlimit(RLIMIT_CORE, &some), 0);
    some.rlim_cur = 4096;
    CHECK_EQ(setrlimit(RLIMIT_CORE, &some), 0);
    check_core_limit((thrum_daemon_options){.allow_core = true}, "");
}

TEST(streams_are_the_null_device) {
    pid_t pid = start_well(defaults, NULL, NULL);
    CHECK_STR(proc_link(pid, "fd/0"), "/dev/null");
    CHECK_STR(proc_link(pid, "fd/1"), "/dev/null");
    CHECK_STR(proc_link(pid, "fd/2"), "/dev/null");
    await_fd_count(pid, 3);
    end_daemon(pid);
}

static void close_streams(void) {
    close(0);
    close(1);
    close(2);
}

TEST(streams_may_have_been_closed) {
    pid_t pid = start_well(defaults, close_streams, NULL);
    CHECK_STR(proc_link(pid, "fd/0"), "/dev/null");
    CHECK_STR(proc_link(pid, "fd/2"), "/dev/null");
    await_fd_count(pid, 3);
    end_daemon(pid);
}

static int opened;
static void open_many(void) {
    int limit = opened + 40;
    while (open("/dev/zero", O_RDONLY) < limit)
        ;
}

TEST(other_descriptors_are_closed_unless_preserved) {
    opened = open("/dev/zero", O_RDONLY);
    int keep[] = {opened + 9, opened + 3, opened + 10};
    pid_t pid =
        start_well((thrum_daemon_options){.files_preserve = keep, .files_preserve_count = 3}, open_many, NULL);
    await_fd_count(pid, 6);
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "fd/%d", keep[i]);
        CHECK_STR(proc_link(pid, name), "/dev/zero");
    }
    end_daemon(pid);
}

static void speak(thrum_daemon_context *context) {
    fputs("to stdout\n", stdout);
    fputs("to stderr\n", stderr);
    fflush(NULL);
    thrum_daemon_context_ready(context);
    stay(context);
}

TEST(streams_go_where_they_are_sent) {
    int out = open(in_directory("out"), O_WRONLY | O_CREAT, 0600);
    int err = open(in_directory("err"), O_WRONLY | O_CREAT, 0600);
    thrum_daemon_options options = {.stdout_fd = out, .stderr_fd = err, .wait_ready = true};
    options.stdin_fd = THRUM_DAEMON_KEEP;
    pid_t pid = start_well(options, NULL, speak);
    CHECK_STR(read_text(in_directory("out")), "to stdout\n");
    CHECK_STR(read_text(in_directory("err")), "to stderr\n");
    end_daemon(pid);
    REMOVE_DIRECTORY("out", "err");
}

static void swap_setup(void) {
    CHECK_EQ(dup2(open(in_directory("one"), O_WRONLY | O_CREAT, 0600), 1), 1);
    CHECK_EQ(dup2(open(in_directory("two"), O_WRONLY | O_CREAT, 0600), 2), 2);
}

TEST(streams_may_change_places) {
    in_directory("");
    pid_t pid =
        start_well((thrum_daemon_options){.stdout_fd = 2, .stderr_fd = 1, .wait_ready = true}, swap_setup, speak);
    CHECK_STR(read_text(in_directory("one")), "to stderr\n");
    CHECK_STR(read_text(in_directory("two")), "to stdout\n");
    end_daemon(pid);
    REMOVE_DIRECTORY("one", "two");
}

TEST(terminal_signals_are_ignored_and_sigterm_terminates) {
    signal(SIGHUP, SIG_DFL); /* nohup leaves it ignored */
    pid_t pid = start_well(defaults, NULL, NULL);
    CHECK(proc_ignores(pid, SIGTSTP));
    CHECK(proc_ignores(pid, SIGTTIN));
    CHECK(proc_ignores(pid, SIGTTOU));
    CHECK(proc_catches(pid, SIGTERM));
    CHECK(!proc_ignores(pid, SIGHUP) && !proc_catches(pid, SIGHUP));
    CHECK_EQ(kill(pid, SIGTERM), 0);
    CHECK_EQ(wait_status(pid), 1 << 8);
}

static void ignore_it(int number) {
    (void)number;
}

TEST(signal_map_of_ones_own) {
    thrum_daemon_signal map[] = {{SIGHUP, SIG_IGN}, {SIGUSR1, ignore_it}, {SIGUSR2, SIG_DFL}};
    signal(SIGHUP, SIG_DFL); /* as above */
    signal(SIGUSR2, SIG_IGN);
    pid_t pid = start_well((thrum_daemon_options){.signal_map = map, .signal_map_count = 3}, NULL, NULL);
    CHECK(!proc_ignores(pid, SIGUSR2));
    CHECK(proc_ignores(pid, SIGHUP));
    CHECK(proc_catches(pid, SIGUSR1));
    CHECK(!proc_ignores(pid, SIGTSTP));
    CHECK(!proc_catches(pid, SIGTERM));
    end_daemon(pid);
    pid = start_well((thrum_daemon_options){.signal_map = map, .signal_map_count = 0}, NULL, NULL);
    CHECK(!proc_ignores(pid, SIGHUP) && !proc_ignores(pid, SIGTSTP) && !proc_catches(pid, SIGTERM));
    end_daemon(pid);
}

TEST(terminate_says_so_and_removes_the_pidfile) {
    thrum_pidlockfile *file;
    CHECK_EQ(thrum_pidlockfile_new(&file, in_directory("pid"), NULL), 0);
    int err = open(in_directory("err"), O_WRONLY | O_CREAT, 0600);
    pid_t pid = start_well((thrum_daemon_options){.pidfile = file, .stderr_fd = err}, NULL, NULL);
    CHECK(thrum_pidlockfile_is_locked(file));
    CHECK_EQ(kill(pid, SIGTERM), 0);
    CHECK_EQ(wait_status(pid), 1 << 8);
    CHECK_STR(read_text(in_directory("err")), "Terminating on signal 15\n");
    thrum_pidlockfile_free(file);
    REMOVE_DIRECTORY("err");
}

static void end_at_once(thrum_daemon_context *context) {
    thrum_daemon_context_ready(context);
}

static void close_twice(thrum_daemon_context *context) {
    CHECK(thrum_daemon_context_is_open(context));
    CHECK_EQ(thrum_daemon_context_open(context), 0);
    thrum_daemon_context_ready(context);
    thrum_daemon_context_close(context);
    CHECK(!thrum_daemon_context_is_open(context));
    thrum_daemon_context_close(context);
    thrum_daemon_context_free(context);
}

TEST(pidfile_is_gone_after_close_and_at_exit) {
    thrum_pidlockfile *file;
    CHECK_EQ(thrum_pidlockfile_new(&file, in_directory("pid"), NULL), 0);
    body *ends[] = {end_at_once, close_twice};
    for (int i = 0; i < 2; i++) {
        pid_t pid = start_well((thrum_daemon_options){.pidfile = file, .wait_ready = true}, NULL, ends[i]);
        CHECK_EQ(wait_status(pid), 0);
    }
    thrum_pidlockfile_free(file);
    REMOVE_DIRECTORY(NULL);
}

static void fork_a_worker(thrum_daemon_context *context) {
    pid_t worker = fork();
    if (worker == 0) {
        thrum_daemon_context_close(context);
        CHECK(thrum_daemon_context_is_open(context)); /* it is the daemon's */
        exit(0);                                      /* runs the functions registered at exit */
    }
    CHECK_EQ(wait_status(worker), 0);
    thrum_daemon_context_ready(context);
    stay(context);
}

TEST(a_child_of_the_daemon_does_not_remove_the_pidfile) {
    thrum_pidlockfile *file;
    CHECK_EQ(thrum_pidlockfile_new(&file, in_directory("pid"), NULL), 0);
    pid_t pid = start_well((thrum_daemon_options){.pidfile = file, .wait_ready = true}, NULL, fork_a_worker),
          recorded;
    CHECK_EQ(thrum_pidlockfile_read_pid(file, &recorded), 0);
    CHECK_EQ(recorded, pid);
    end_daemon(pid);
    thrum_pidlockfile_free(file);
    REMOVE_DIRECTORY("pid");
}

static const uid_t nobody_user = 65534;
static const gid_t nobody_group = 65534;

TEST(group_and_user) {
    thrum_daemon_options options = {.uid = &nobody_user, .gid = &nobody_group};
    outcome o = start(options, NULL, NULL);
    if (geteuid() != 0) { /* only root may */
        CHECK_EQ(o.result, -EPERM);
        CHECK_STR(o.failure.stage, "setgid");
        return;
    }
    CHECK_EQ(o.result, THRUM_DAEMON_PARENT);
    CHECK_STR(proc_status(o.pid, "Uid"), "65534\t65534\t65534\t65534");
    CHECK_STR(proc_status(o.pid, "Gid"), "65534\t65534\t65534\t65534");
    end_daemon(o.pid);
}

static void become_half_nobody(void) {
    gid_t groups[] = {7, 8};
    CHECK_EQ(setgroups(2, groups), 0);
    CHECK_EQ(setregid(nobody_group, 0), 0);
    CHECK_EQ(setreuid(nobody_user, 0), 0); /* as a set-user-id program that nobody started */
}

TEST(privileges_of_a_set_user_id_program_are_given_up) {
    if (geteuid() != 0) {
        CHECK_EQ(start_well(defaults, NULL, end_at_once) > 0, 1);
        return;
    }
    pid_t pid = start_well(defaults, become_half_nobody, NULL);
    CHECK_STR(proc_status(pid, "Uid"), "65534\t65534\t65534\t65534");
    CHECK_STR(proc_status(pid, "Gid"), "65534\t65534\t65534\t65534");
    CHECK_STR(proc_status(pid, "Groups"), "7 8 ");
    end_daemon(pid);
}

TEST(initgroups_takes_the_users_groups) {
    const struct passwd *user = getpwuid(getuid());
    gid_t groups[64], gid = user->pw_gid;
    int count = 64;
    CHECK_GT(getgrouplist(user->pw_name, gid, groups, &count), 0);
    outcome o = start((thrum_daemon_options){.initgroups = true, .gid = &gid}, NULL, NULL);
    if (geteuid() != 0) {
        CHECK_EQ(o.result, -EPERM);
        return;
    }
    CHECK_EQ(o.result, THRUM_DAEMON_PARENT);
    char wanted[512] = "";
    for (int i = 0; i < count; i++)
        snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%d ", (int)groups[i]);
    CHECK_STR(proc_status(o.pid, "Groups"), wanted);
    end_daemon(o.pid);
}

TEST(initgroups_needs_a_known_user) {
    const uid_t unknown = 3999999;
    outcome o = start((thrum_daemon_options){.initgroups = true, .uid = &unknown}, NULL, NULL);
    CHECK_EQ(o.result, THRUM_KEY_ERROR);
    CHECK_STR(o.failure.stage, "setgid");
}

TEST(chroot_confines) {
    in_directory("");
    outcome o = start((thrum_daemon_options){.chroot_directory = directory}, NULL, NULL);
    if (geteuid() != 0) {
        CHECK_EQ(o.result, -EPERM);
        CHECK_STR(o.failure.stage, "chroot");
    } else {
        CHECK_EQ(o.result, THRUM_DAEMON_PARENT);
        pid_t pid = o.pid;
        CHECK_STR(proc_link(pid, "fd/0"), "/dev/null"); /* which there is not in the new root */
        CHECK_STR(proc_link(pid, "root"), directory);
        CHECK_STR(proc_link(pid, "cwd"), directory);
        end_daemon(pid);
    }
    REMOVE_DIRECTORY(NULL);
}

TEST_MAIN()
