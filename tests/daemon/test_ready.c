/* DaemonContext: what the original process and the service manager learn, and when. */
#include "outside.h"

#include <sched.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static const thrum_daemon_options waiting = {.wait_ready = true};

static void check_failure(thrum_daemon_options options, int code, const char *stage, const char *filename) {
    outcome o = start(options, NULL, NULL);
    CHECK_EQ(o.result, code);
    CHECK_EQ(o.failure.code, code);
    CHECK_EQ(o.pid, 0);
    CHECK_STR(o.failure.stage, stage);
    CHECK_STR(o.filename, filename);
    CHECK_EQ(waitpid(-1, NULL, 0) > 0, 1); /* the daemon has ended, or is about to */
    check_nobody_left();
}

TEST(each_step_that_fails_is_named_in_the_original_process) {
    const uid_t no_user = (uid_t)-2;
    const gid_t no_group = (gid_t)-2;
    thrum_daemon_signal map[] = {{SIGKILL, SIG_IGN}};
    check_failure((thrum_daemon_options){.chroot_directory = "/nothing"}, -ENOENT, "chroot", "/nothing");
    check_failure((thrum_daemon_options){.working_directory = "/nothing"}, -ENOENT, "chdir", "/nothing");
    check_failure((thrum_daemon_options){.signal_map = map, .signal_map_count = 1}, -EINVAL, "sigaction", "");
    check_failure((thrum_daemon_options){.stdout_fd = 999}, -EBADF, "open", "");
    if (geteuid() != 0) {
        check_failure((thrum_daemon_options){.gid = &no_group}, -EPERM, "setgid", "");
        check_failure((thrum_daemon_options){.uid = &no_user}, -EPERM, "setuid", "");
    }
}

static void allow_one_more_descriptor(void) {
    int lowest = dup(0);
    struct rlimit few = {(rlim_t)lowest + 1, (rlim_t)lowest + 1};
    close(lowest);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
}

TEST(without_descriptors_nothing_is_forked) {
    outcome o = start((thrum_daemon_options){0}, allow_one_more_descriptor, NULL);
    CHECK_EQ(o.result, -EMFILE);
    CHECK_STR(o.failure.stage, "pipe");
    check_nobody_left();
}

TEST(a_locked_pidfile_is_named) {
    thrum_pidlockfile *file, *other;
    CHECK_EQ(thrum_pidlockfile_new(&file, in_directory("pid"), NULL), 0);
    CHECK_EQ(thrum_pidlockfile_new(&other, in_directory("nothing/pid"), NULL), 0);
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    check_failure((thrum_daemon_options){.pidfile = file}, THRUM_ALREADY_LOCKED, "pidfile", "");
    outcome o = start((thrum_daemon_options){.pidfile = other}, NULL, NULL);
    CHECK_EQ(o.result, THRUM_LOCK_FAILED);
    CHECK_EQ(o.failure.cause, -ENOENT);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    thrum_pidlockfile_free(file);
    thrum_pidlockfile_free(other);
    REMOVE_DIRECTORY(NULL);
}

TEST(the_original_process_ends_with_0_when_the_daemon_is_up) {
    thrum_daemon_options options = {.detach_process = THRUM_DAEMON_DETACH_YES};
    original o = start_original(options, NULL, NULL);
    CHECK_EQ(wait_status(o.pid), 0);
    outcome none;
    CHECK_EQ(read(o.answer, &none, sizeof none), 0); /* open() did not return there */
    close(o.answer);
    siginfo_t daemon = {0};
    CHECK_EQ(waitid(P_ALL, 0, &daemon, WEXITED | WNOHANG | WNOWAIT), 0); /* there is one, and it has not ended */
    CHECK_EQ(daemon.si_pid, 0);
    char name[32], children[64];
    snprintf(name, sizeof name, "task/%d/children", (int)getpid());
    read_proc(getpid(), name, children, sizeof children);
    end_daemon(atoi(children));
    check_nobody_left();
}

static void print_without_flushing(void) {
    CHECK_EQ(dup2(open(in_directory("out"), O_WRONLY | O_CREAT, 0600), 1), 1);
    fputs("once", stdout);
}

TEST(what_was_printed_before_is_neither_lost_nor_doubled) {
    in_directory("");
    pid_t pid = start_well((thrum_daemon_options){0}, print_without_flushing, NULL);
    end_daemon(pid);
    CHECK_STR(read_text(in_directory("out")), "once");
    REMOVE_DIRECTORY("out");
}

/* A gate that the daemon waits at. */
static int gate[2];
static void wait_at_gate(void) {
    char byte;
    CHECK_EQ(read(gate[0], &byte, 1), 1);
}
static void make_gate(thrum_daemon_options *options) {
    CHECK_EQ(pipe(gate), 0);
    options->files_preserve = gate;
    options->files_preserve_count = 1;
}

static void ready_behind_gate(thrum_daemon_context *context) {
    wait_at_gate();
    thrum_daemon_context_ready(context);
    thrum_daemon_context_ready(context);
    stay(context);
}

TEST(open_waits_until_the_daemon_is_ready) {
    thrum_daemon_options options = {.wait_ready = true, .keep_parent = true};
    options.detach_process = THRUM_DAEMON_DETACH_YES;
    make_gate(&options);
    original o = start_original(options, NULL, ready_behind_gate);
    struct pollfd answer = {o.answer, POLLIN, 0};
    CHECK_EQ(poll(&answer, 1, 50), 0); /* too short a time can hide a mistake, and never makes one */
    CHECK_EQ(write(gate[1], "x", 1), 1);
    outcome result = outcome_of(o);
    CHECK_EQ(result.result, THRUM_DAEMON_PARENT);
    end_daemon(result.pid);
}

static void fail_inside(thrum_daemon_context *context) {
    thrum_daemon_context_fail(context, -ECONNREFUSED, "connect");
}

TEST(the_daemon_can_say_that_it_will_not_come_up) {
    outcome o = start(waiting, NULL, fail_inside);
    CHECK_EQ(o.result, -ECONNREFUSED);
    CHECK_EQ(o.failure.cause, -ECONNREFUSED);
    CHECK_STR(o.failure.stage, "connect");
}

static void die_inside(thrum_daemon_context *context) {
    (void)context;
    abort();
}

static void close_inside(thrum_daemon_context *context) {
    thrum_daemon_context_close(context);
    stay(context);
}

TEST(a_daemon_that_dies_before_it_is_ready_is_noticed) {
    outcome o = start(waiting, NULL, die_inside);
    CHECK_EQ(o.result, THRUM_EOF_ERROR);
    CHECK_STR(o.failure.stage, "ready");
    original second = start_original(
        (thrum_daemon_options){.wait_ready = true, .keep_parent = true, .detach_process = THRUM_DAEMON_DETACH_YES},
        NULL, close_inside);
    CHECK_EQ(outcome_of(second).result, THRUM_EOF_ERROR);
    end_children();
}

static void leave_a_worker(thrum_daemon_context *context) {
    if (fork() == 0)
        stay(context); /* it has the daemon's end of the pipe */
}

TEST(a_worker_does_not_hide_the_death_of_the_daemon) {
    thrum_daemon_options options = waiting;
    options.ready_timeout = LINUX ? THRUM_FOREVER : thrum_milliseconds(300); /* without pidfds there is the limit */
    outcome o = start(options, NULL, leave_a_worker);
    CHECK_EQ(o.result, LINUX ? THRUM_EOF_ERROR : THRUM_TIMED_OUT);
    end_children();
}

TEST(waiting_for_the_daemon_has_a_limit) {
    thrum_daemon_options options = {.wait_ready = true, .ready_timeout = thrum_milliseconds(20)};
    outcome o = start(options, NULL, stay);
    CHECK_EQ(o.result, THRUM_TIMED_OUT);
    CHECK_STR(o.failure.stage, "ready");
    CHECK_GE(o.pid, 0); /* 0: it had not even said its number */
    end_children();     /* it goes on */
}

static const char *const program[] = {"sleep", "1000", NULL};
static void exec_sleep(thrum_daemon_context *context) {
    thrum_daemon_context_exec(context, program);
}

static const char *const no_program[] = {"/nothing/at/all", NULL};
static void exec_nothing(thrum_daemon_context *context) {
    CHECK_EQ(thrum_daemon_context_exec(context, no_program), -ENOENT);
}

TEST(becoming_a_program_is_being_ready) {
    thrum_pidlockfile *file;
    CHECK_EQ(thrum_pidlockfile_new(&file, in_directory("pid"), NULL), 0);
    pid_t pid = start_well((thrum_daemon_options){.wait_ready = true, .pidfile = file}, NULL, exec_sleep), recorded;
    await_command(pid, "sleep");
    CHECK_EQ(thrum_pidlockfile_read_pid(file, &recorded), 0);
    CHECK_EQ(recorded, pid);
    CHECK(thrum_pidlockfile_is_locked(file));
    await_fd_count(pid, 3);
    end_daemon(pid);
    CHECK(thrum_pidlockfile_is_stale(file));
    thrum_pidlockfile_free(file);
    REMOVE_DIRECTORY("pid");
}

TEST(a_program_that_cannot_be_run_is_named) {
    outcome o = start(waiting, NULL, exec_nothing);
    CHECK_EQ(o.result, -ENOENT);
    CHECK_STR(o.failure.stage, "execve");
    CHECK_STR(o.filename, "/nothing/at/all");
}

/* A service manager's socket. */
static int listen_at(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    CHECK_EQ(bind(fd, (struct sockaddr *)&address, size), 0);
    CHECK_EQ(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void check_word(int fd, const char *wanted) {
    char text[128];
    ssize_t size = recv(fd, text, sizeof text - 1, 0);
    CHECK_GE(size, 0);
    text[size] = '\0';
    CHECK_STR(text, wanted);
}

static void check_notified(const char *name) {
    int fd = listen_at(name);
    pid_t pid = start_well((thrum_daemon_options){0}, NULL, NULL);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "READY=1\nMAINPID=%d", (int)pid);
    check_word(fd, wanted);
    end_daemon(pid);
    close(fd);
}

TEST(systemd_is_told) {
    char name[64];
    check_notified(in_directory("socket"));
    snprintf(name, sizeof name, "@thrum-daemon-%d", (int)getpid());
    check_notified(name);
    REMOVE_DIRECTORY("socket");
}

TEST(systemd_is_told_before_the_daemon_becomes_a_program) {
    int fd = listen_at(in_directory("socket"));
    pid_t pid = start_well(waiting, NULL, exec_sleep);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "READY=1\nMAINPID=%d", (int)pid);
    check_word(fd, wanted);
    await_fd_count(pid, 3);
    end_daemon(pid);
    close(fd);
    REMOVE_DIRECTORY("socket");
}

TEST(notify) {
    unsetenv("NOTIFY_SOCKET");
    CHECK_EQ(thrum_daemon_notify("STATUS=nobody hears"), 0);
    int fd = listen_at(in_directory("socket"));
    CHECK_EQ(thrum_daemon_notify("STATUS=busy"), 1);
    check_word(fd, "STATUS=busy");
    close(fd);
    CHECK_EQ(thrum_daemon_notify("STATUS=gone"), -ECONNREFUSED);
    setenv("NOTIFY_SOCKET", "relative", 1);
    CHECK_EQ(thrum_daemon_notify("X=1"), -EAFNOSUPPORT);
    char longest[200];
    memset(longest, '/', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    setenv("NOTIFY_SOCKET", longest, 1);
    CHECK_EQ(thrum_daemon_notify("X=1"), -E2BIG);
    REMOVE_DIRECTORY("socket");
}

TEST(a_manager_that_is_gone_does_not_keep_the_daemon_from_running) {
    setenv("NOTIFY_SOCKET", "/nothing/at/all", 1);
    end_daemon(start_well((thrum_daemon_options){0}, NULL, NULL));
}

TEST(started_by_inetd_it_stays_in_place) {
    int pair[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK(!thrum_daemon_is_process_started_by_superserver());
    CHECK_EQ(dup2(pair[0], 0), 0);
    CHECK(thrum_daemon_is_process_started_by_superserver());
    CHECK(!thrum_daemon_is_detach_process_context_required());
    thrum_daemon_context *context;
    thrum_daemon_options options = {0};
    options.stdin_fd = options.stdout_fd = options.stderr_fd = THRUM_DAEMON_KEEP;
    CHECK_EQ(thrum_daemon_context_new(&context, &options), 0);
    pid_t before = getpid(), session = getsid(0);
    CHECK_EQ(thrum_daemon_context_open(context), 0);
    CHECK_EQ(getpid(), before);
    CHECK_EQ(getsid(0), session);
    CHECK_STR(proc_link(before, "cwd"), "/");
    CHECK(thrum_daemon_is_process_started_by_superserver());
    CHECK_EQ(thrum_daemon_context_pid(context), before);
    thrum_daemon_context_free(context);
}

/* The first process of a namespace of its own is number 1 there. What is forked from here on is in it. */
static int seen_by_child_of_init(void) {
    if (unshare(CLONE_NEWPID) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
        return 9;
    pid_t init = fork();
    if (init > 0)
        return WEXITSTATUS(wait_status(init));
    close(0);
    pid_t child = fork();
    if (child == 0)
        _exit(thrum_daemon_is_process_started_by_init() && !thrum_daemon_is_detach_process_context_required() ? 7
                                                                                                              : 8);
    _exit(WEXITSTATUS(wait_status(child)));
}

TEST(started_by_init_it_stays_in_place) {
    CHECK(!thrum_daemon_is_process_started_by_init());
    pid_t pid = fork();
    if (pid == 0)
        _exit(seen_by_child_of_init());
    int status = wait_status(pid) >> 8;
    CHECK(status == 7 || status == 9); /* 9: no namespaces to be had, and nothing to see */
}

TEST(without_detaching_a_failure_is_returned_here) {
    thrum_daemon_context *context;
    thrum_daemon_options options = {.detach_process = THRUM_DAEMON_DETACH_NO, .working_directory = "/nothing"};
    CHECK_EQ(thrum_daemon_context_new(&context, &options), 0);
    CHECK_EQ(thrum_daemon_context_failure(context)->code, 0);
    CHECK_EQ(thrum_daemon_context_open(context), -ENOENT);
    CHECK_STR(thrum_daemon_context_failure(context)->stage, "chdir");
    CHECK(!thrum_daemon_context_is_open(context));
    CHECK_EQ(thrum_daemon_context_pid(context), 0);
    CHECK(thrum_daemon_context_free(context) == NULL);
    CHECK(thrum_daemon_context_free(NULL) == NULL);
}

TEST(one_context_at_a_time) {
    thrum_daemon_context *one, *two;
    thrum_daemon_options options = {.detach_process = THRUM_DAEMON_DETACH_NO};
    options.stdin_fd = options.stdout_fd = options.stderr_fd = THRUM_DAEMON_KEEP;
    CHECK_EQ(thrum_daemon_context_new(&one, &options), 0);
    CHECK_EQ(thrum_daemon_context_new(&two, &options), 0);
    CHECK_EQ(thrum_daemon_context_open(one), 0);
    CHECK_EQ(thrum_daemon_context_open(two), THRUM_RUNTIME_ERROR);
    one = thrum_daemon_context_free(one);
    CHECK_EQ(thrum_daemon_context_open(two), 0);
    thrum_daemon_context_free(two);
}

TEST_MAIN()
