/* What a child is: where it runs, as whom, with which limits and signals; and why there is none. */
#include <grp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "observe.h"

/* -- the program */

static int spawn_fails(thrum__spawn_request request, thrum__spawn_failure *ret_failure) {
    thrum__process child = {-7, -7};
    int before = own_fds();
    int r = thrum__spawn(&request, &child, ret_failure);
    CHECK_LT(r, 0);
    CHECK_EQ(ret_failure->code, r);
    CHECK_EQ(child.pid, -7); /* untouched */
    CHECK_EQ(own_fds(), before);
    CHECK(!has_children());
    return r;
}

static int status_of(thrum__spawn_request request) {
    thrum__process child = child_start(request);
    return child_end(&child);
}

TEST(the_status_comes_back) {
    const char *const argv[] = {"sh", "-c", "exit 47", NULL};
    CHECK_EQ(status_of((thrum__spawn_request){.program = "/bin/sh", .argv = argv}), 47);
    CHECK_EQ(status_of((thrum__spawn_request){.program = "/bin/true"}), 0);
}

TEST(a_name_is_looked_for_in_the_path) {
    CHECK_EQ(status_of((thrum__spawn_request){.program = "true"}), 0);
    CHECK_EQ(status_of((thrum__spawn_request){.program = "true", .search_path = "/nonexistent::/usr/bin:/bin"}), 0);
}

TEST(the_path_of_the_given_environment_counts) {
    thrum__spawn_failure failure;
    const char *const nowhere[] = {"A=1", "PATH=/nonexistent", NULL}, *const somewhere[] = {"PATH=/bin", NULL};
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "true", .envp = nowhere}, &failure), -ENOENT);
    CHECK_EQ(status_of((thrum__spawn_request){.program = "true", .envp = somewhere}), 0);
}

TEST(without_a_path_the_default_is_searched) {
    const char *const none[] = {NULL};
    CHECK_EQ(status_of((thrum__spawn_request){.program = "true", .envp = none}), 0);
}

TEST(a_missing_program_is_reported_with_its_name) {
    thrum__spawn_failure failure;
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/nonexistent/prog"}, &failure), -ENOENT);
    CHECK_EQ(failure.stage, THRUM__STAGE_EXEC);
    CHECK_STR(failure.filename, "/nonexistent/prog");
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "no-such-program"}, &failure), -ENOENT);
    CHECK_STR(failure.filename, "no-such-program");
}

TEST(an_empty_name_is_a_missing_program) {
    thrum__spawn_failure failure;
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = ""}, &failure), -ENOENT);
}

TEST(a_directory_or_a_file_without_x_is_eacces) {
    thrum__spawn_failure failure;
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/etc"}, &failure), -EACCES);
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/etc/passwd"}, &failure), -EACCES);
}

static void make_program(const char *directory, const char *name, int mode) {
    char file[96];
    snprintf(file, sizeof file, "%s/%s", directory, name);
    int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
    CHECK_GE(fd, 0);
    CHECK_EQ(write(fd, "exit 0\n", 7), 7);
    close(fd);
}

static void remove_program(const char *directory, const char *name) {
    char file[96];
    snprintf(file, sizeof file, "%s/%s", directory, name);
    unlink(file);
    rmdir(directory);
}

/* A file without x is remembered, though the directories after it do not have it, or have it with another error. That
 * a file is in the place of a directory is no error of the program. */
TEST(the_first_real_error_of_the_path_wins) {
    char first[] = "/tmp/thrum-test-XXXXXX", second[] = "/tmp/thrum-test-XXXXXX", path[160];
    CHECK(mkdtemp(first) && mkdtemp(second));
    make_program(first, "prog", 0600);
    make_program(second, "prog", 0700); /* ENOEXEC */
    thrum__spawn_failure failure;
    snprintf(path, sizeof path, "/nonexistent:/etc/passwd:%s:/dev:/etc/passwd", first);
    int missing_later = spawn_fails((thrum__spawn_request){.program = "prog", .search_path = path}, &failure);
    snprintf(path, sizeof path, "%s:%s", first, second);
    int other_later = spawn_fails((thrum__spawn_request){.program = "prog", .search_path = path}, &failure);
    remove_program(first, "prog");
    remove_program(second, "prog");
    CHECK_EQ(missing_later, -EACCES);
    CHECK_EQ(other_later, -EACCES);
}

TEST(a_script_without_an_interpreter_line_is_enoexec) {
    char name[] = "/tmp/thrum-test-XXXXXX";
    int fd = mkostemp(name, O_CLOEXEC);
    thrum__spawn_failure failure;
    CHECK_EQ(write(fd, "exit 0\n", 7), 7);
    CHECK_EQ(fchmod(fd, 0700), 0);
    close(fd);
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = name}, &failure), -ENOEXEC);
    unlink(name);
}

TEST(an_environment_entry_needs_an_equals_sign) {
    thrum__spawn_failure failure;
    const char *const envp[] = {"A=1", "broken", NULL};
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/bin/true", .envp = envp}, &failure), THRUM_VALUE_ERROR);
    CHECK_EQ(failure.stage, THRUM__STAGE_PREPARE);
}

TEST(too_many_arguments_are_e2big) {
    static char big[200 * 1024];
    memset(big, 'x', sizeof big - 1);
    const char *const argv[] = {"true", big, NULL};
    thrum__spawn_failure failure;
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/bin/true", .argv = argv}, &failure), -E2BIG);
}

/* -- where it runs */

TEST(the_working_directory) {
    thrum__process child = child_start((thrum__spawn_request){.cwd = "/usr"});
    char path[64], there[64] = {0};
    snprintf(path, sizeof path, "/proc/%d/cwd", (int)child.pid);
    CHECK_GT(readlink(path, there, sizeof there - 1), 0);
    CHECK_STR(there, "/usr");
    child_kill(&child);
}

TEST(a_missing_working_directory_is_reported_with_its_name) {
    thrum__spawn_failure failure;
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/bin/true", .cwd = "/nonexistent"}, &failure), -ENOENT);
    CHECK_EQ(failure.stage, THRUM__STAGE_CWD);
    CHECK_STR(failure.filename, "/nonexistent");
}

TEST(a_relative_program_is_found_from_the_working_directory) {
    CHECK_EQ(status_of((thrum__spawn_request){.program = "./true", .cwd = "/bin"}), 0);
    CHECK_EQ(status_of((thrum__spawn_request){.program = "bin/true", .cwd = "/usr"}), 0);
}

TEST(another_root) {
    thrum__spawn_failure failure;
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/bin/true", .root = "/nonexistent"}, &failure), -ENOENT);
    CHECK_EQ(failure.stage, THRUM__STAGE_ROOT);
    CHECK_STR(failure.filename, "/nonexistent");
    if (geteuid() == 0)
        CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/bin/true", .root = "/etc"}, &failure), -ENOENT);
}

TEST(the_umask) {
    umask(022);
    thrum__process child = child_start((thrum__spawn_request){.umask = &(mode_t){0137}});
    CHECK_STR(child_line(child.pid, "status", "Umask"), "0137");
    child_kill(&child);
    child = child_start((thrum__spawn_request){0});
    CHECK_STR(child_line(child.pid, "status", "Umask"), "0022");
    child_kill(&child);
}

/* -- sessions, groups, the terminal */

TEST(a_session_of_its_own) {
    thrum__process child = child_start((thrum__spawn_request){.new_session = true});
    CHECK_EQ(child_stat(child.pid, stat_session), child.pid);
    CHECK_EQ(child_stat(child.pid, stat_group), child.pid);
    child_kill(&child);
    child = child_start((thrum__spawn_request){0});
    CHECK_EQ(child_stat(child.pid, stat_session), getsid(0));
    child_kill(&child);
}

TEST(a_process_group) {
    thrum__process leader = child_start((thrum__spawn_request){.process_group = &(pid_t){0}});
    CHECK_EQ(child_stat(leader.pid, stat_group), leader.pid);
    CHECK_EQ(child_stat(leader.pid, stat_session), getsid(0));
    thrum__process member = child_start((thrum__spawn_request){.process_group = &leader.pid});
    CHECK_EQ(child_stat(member.pid, stat_group), leader.pid);
    child_kill(&member);
    child_kill(&leader);
}

TEST(a_process_group_that_cannot_be_joined) {
    thrum__spawn_failure failure;
    thrum__spawn_request request = {.program = "/bin/true", .new_session = true, .process_group = &(pid_t){1}};
    CHECK_EQ(spawn_fails(request, &failure), -EPERM);
    CHECK_EQ(failure.stage, THRUM__STAGE_PROCESS_GROUP);
    CHECK(!failure.filename);
}

TEST(a_controlling_terminal) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK_GE(master, 0);
    CHECK_EQ(grantpt(master), 0);
    CHECK_EQ(unlockpt(master), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK_GE(slave, 0);
    struct stat st;
    CHECK_EQ(fstat(slave, &st), 0);
    const thrum__fd_place places[] = {{slave, 0}, {slave, 1}, {slave, 2}};
    thrum__process child = child_start((thrum__spawn_request){
        .places = places, .place_count = 3, .new_session = true, .terminal = &(int){0}, .close_others = true});
    CHECK_EQ(child_stat(child.pid, stat_terminal), (long)st.st_rdev);
    child_kill(&child);
}

TEST(a_terminal_that_is_none) {
    thrum__spawn_failure failure;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const thrum__fd_place places[] = {{null, 0}};
    thrum__spawn_request request = {
        .program = "/bin/true", .places = places, .place_count = 1, .new_session = true, .terminal = &(int){0}};
    CHECK_EQ(spawn_fails(request, &failure), -ENOTTY);
    CHECK_EQ(failure.stage, THRUM__STAGE_TERMINAL);
}

/* -- limits, priority, processors */

TEST(resource_limits) {
    const thrum__limit limits[] = {{RLIMIT_NOFILE, {40, 50}}, {RLIMIT_CORE, {0, 0}}};
    thrum__process child = child_start((thrum__spawn_request){.limits = limits, .limit_count = 2});
    const char *files = child_line(child.pid, "limits", "Max open files");
    CHECK_EQ(strtol(files, NULL, 10), 40);
    child_kill(&child);
}

TEST(a_limit_that_is_refused) {
    const thrum__limit limits[] = {{RLIMIT_NOFILE, {50, 40}}};
    thrum__spawn_failure failure;
    CHECK_EQ(
        spawn_fails((thrum__spawn_request){.program = "/bin/true", .limits = limits, .limit_count = 1}, &failure),
        -EINVAL);
    CHECK_EQ(failure.stage, THRUM__STAGE_LIMITS);
}

TEST(niceness_is_added) {
    const int nice = getpriority(PRIO_PROCESS, 0);
    thrum__process child = child_start((thrum__spawn_request){.nice = 3});
    CHECK_EQ(child_stat(child.pid, stat_nice), nice < 16 ? nice + 3 : 19);
    child_kill(&child);
}

TEST(processors) {
    NEEDS_LINUX("POSIX has no set of processors");
    cpu_set_t now;
    CHECK_EQ(sched_getaffinity(0, sizeof now, &now), 0);
    int last = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &now))
            last = cpu;
    char expected[16];
    snprintf(expected, sizeof expected, "%d", last);
    thrum__process child = child_start((thrum__spawn_request){.cpus = &last, .cpu_count = 1});
    CHECK_STR(child_line(child.pid, "status", "Cpus_allowed_list"), expected);
    child_kill(&child);
}

TEST(processors_that_do_not_exist) {
    NEEDS_LINUX("POSIX has no set of processors");
    thrum__spawn_failure failure;
    int far = 4000, negative = -1;
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/bin/true", .cpus = &far, .cpu_count = 1}, &failure),
             -EINVAL);
    CHECK_EQ(failure.stage, THRUM__STAGE_AFFINITY);
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/bin/true", .cpus = &negative, .cpu_count = 1}, &failure),
             THRUM_VALUE_ERROR);
}

/* -- who it is */

static bool is_root(void) {
    if (geteuid() == 0)
        return true;
    printf("# needs root: only the refusal is tested\n");
    return false;
}

TEST(user_group_and_groups) {
    thrum__spawn_failure failure;
    thrum__spawn_request request = {.program = "/bin/sleep",
                                    .argv = child_sleep,
                                    .user = &(uid_t){12345},
                                    .group = &(gid_t){23456},
                                    .groups = (gid_t[]){34567, 45678},
                                    .group_count = 2};
    if (!is_root()) {
        CHECK_EQ(spawn_fails(request, &failure), -EPERM);
        return;
    }
    thrum__process child = child_start(request);
    CHECK_STR(child_line(child.pid, "status", "Uid"), "12345\t12345\t12345\t12345");
    CHECK_STR(child_line(child.pid, "status", "Gid"), "23456\t23456\t23456\t23456");
    CHECK_CONTAINS(child_line(child.pid, "status", "Groups"), "34567 45678");
    child_kill(&child);
    CHECK_EQ(geteuid(), 0);
}

TEST(an_empty_list_drops_all_groups) {
    if (!is_root())
        return;
    thrum__process child = child_start((thrum__spawn_request){.groups = (gid_t[]){0}, .group_count = 0});
    CHECK_STR(child_line(child.pid, "status", "Groups"), "");
    child_kill(&child);
}

TEST(a_user_that_is_refused_has_no_file_name) {
    thrum__spawn_failure failure;
    if (is_root())
        CHECK_EQ(setresuid(12345, 12345, 12345), 0);
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/bin/true", .user = &(uid_t){0}}, &failure), -EPERM);
    CHECK_EQ(failure.stage, THRUM__STAGE_USER);
    CHECK(!failure.filename);
}

static int preexec_calls;

static int preexec_succeeds(void *arg) {
    preexec_calls++; /* in a copy of the memory */
    return fchdir(*(int *)arg);
}

static int preexec_refuses(void *arg) {
    (void)arg;
    return 1;
}

TEST(preexec_runs_in_a_copy_of_the_memory) {
    int usr = open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    thrum__spawn_request request = {
        .program = "./bin/true", .close_others = true, .preexec = preexec_succeeds, .preexec_arg = &usr};
    CHECK_EQ(status_of(request), 0);
    CHECK_EQ(preexec_calls, 0);
}

static int preexec_opens(void *arg) {
    return dup2(1, *(int *)arg) < 0;
}

TEST(what_preexec_opens_is_closed) {
    int fd = 50;
    thrum__process child =
        child_start((thrum__spawn_request){.close_others = true, .preexec = preexec_opens, .preexec_arg = &fd});
    CHECK_NE(child_fd(child.pid, 1), 0);
    CHECK_EQ(child_fd(child.pid, fd), 0);
    child_kill(&child);
}

/* Its place in the order: all the rest has been done, down to the user. */
static int preexec_looks(void *arg) {
    char path[64] = "";
    const uid_t user = *(uid_t *)arg;
    return getuid() != user || geteuid() != user || !getcwd(path, sizeof path) || strcmp(path, "/usr") != 0 ||
           getsid(0) != getpid() || umask(0) != 0137;
}

TEST(preexec_comes_after_the_rest) {
    uid_t user = geteuid() == 0 ? 12345 : getuid();
    thrum__spawn_request request = {.program = "/bin/true",
                                    .cwd = "/usr",
                                    .umask = &(mode_t){0137},
                                    .new_session = true,
                                    .user = geteuid() == 0 ? &user : NULL,
                                    .preexec = preexec_looks,
                                    .preexec_arg = &user};
    CHECK_EQ(status_of(request), 0);
}

TEST(preexec_that_fails_is_a_subprocess_error) {
    thrum__spawn_failure failure;
    CHECK_EQ(spawn_fails((thrum__spawn_request){.program = "/bin/true", .preexec = preexec_refuses}, &failure),
             THRUM_SUBPROCESS_ERROR);
    CHECK_EQ(failure.stage, THRUM__STAGE_PREEXEC);
}

/* -- signals */

#define BIT(number) (1ULL << ((number)-1))

static void handler(int number) {
    (void)number;
}

TEST(handlers_become_default_and_ignored_signals_stay_ignored) {
    signal(SIGUSR1, handler);
    signal(SIGUSR2, SIG_IGN);
    thrum__process child = child_start((thrum__spawn_request){0});
    CHECK_EQ(child_mask(child.pid, "SigCgt") & BIT(SIGUSR1), 0);
    CHECK_EQ(child_mask(child.pid, "SigIgn") & BIT(SIGUSR1), 0);
    CHECK_NE(child_mask(child.pid, "SigIgn") & BIT(SIGUSR2), 0);
    child_kill(&child);
    struct sigaction now;
    CHECK_EQ(sigaction(SIGUSR1, NULL, &now), 0);
    CHECK(now.sa_handler == handler); /* the parent's is untouched */
}

TEST(restore_signals_is_about_two) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);
    thrum__process child = child_start((thrum__spawn_request){.restore_signals = true});
    CHECK_EQ(child_mask(child.pid, "SigIgn") & (BIT(SIGPIPE) | BIT(SIGXFSZ)), 0);
    CHECK_NE(child_mask(child.pid, "SigIgn") & BIT(SIGUSR2), 0);
    child_kill(&child);
    child = child_start((thrum__spawn_request){0});
    CHECK_NE(child_mask(child.pid, "SigIgn") & BIT(SIGPIPE), 0);
    child_kill(&child);
}

TEST(the_mask_is_the_callers) {
    sigset_t set, now;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(sigprocmask(SIG_SETMASK, &set, NULL), 0);
    thrum__process child = child_start((thrum__spawn_request){0});
    CHECK_EQ(child_mask(child.pid, "SigBlk"), BIT(SIGUSR1));
    child_kill(&child);
    CHECK_EQ(sigprocmask(SIG_SETMASK, NULL, &now), 0);
    CHECK(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
}

TEST(a_service_starts_with_nothing_blocked_or_ignored) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(sigprocmask(SIG_SETMASK, &set, NULL), 0);
    signal(SIGUSR2, SIG_IGN);
    thrum__process child = child_start((thrum__spawn_request){.default_signals = true});
    CHECK_EQ(child_mask(child.pid, "SigBlk"), 0);
    CHECK_EQ(child_mask(child.pid, "SigIgn") & BIT(SIGUSR2), 0);
    child_kill(&child);
}

/* The child of a child that asked for it is killed when the thread that started it ends. As an orphan it is ours. */
TEST(death_signal) {
    NEEDS_LINUX("POSIX has no signal for the death of a parent");
    int told[2], status;
    pid_t grandchild;
    CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    CHECK_EQ(pipe2(told, O_CLOEXEC), 0);
    pid_t parent = fork();
    if (parent == 0) {
        thrum__process child = child_start((thrum__spawn_request){.death_signal = SIGKILL});
        _exit(write(told[1], &child.pid, sizeof child.pid) != sizeof child.pid);
    }
    CHECK_EQ(read(told[0], &grandchild, sizeof grandchild), sizeof grandchild);
    CHECK_EQ(waitpid(parent, &status, 0), parent);
    CHECK_EQ(status, 0);
    CHECK_EQ(waitpid(grandchild, &status, 0), grandchild);
    CHECK_EQ(status, SIGKILL);
}

TEST(errno_is_left_alone) {
    thrum__spawn_failure failure;
    errno = 1234;
    CHECK_EQ(status_of((thrum__spawn_request){.program = "/bin/true"}), 0);
    CHECK_EQ(errno, 1234);
    errno = 1234;
    thrum__process child;
    thrum__spawn_request request = {.program = "/nonexistent"};
    CHECK_EQ(thrum__spawn(&request, &child, &failure), -ENOENT);
    CHECK_EQ(errno, 1234);
}

TEST(every_stage_has_a_name) {
    CHECK_STR(thrum__stage_name(THRUM__STAGE_EXEC), "execve");
    CHECK_STR(thrum__stage_name(THRUM__STAGE_PREPARE), "prepare");
    CHECK_STR(thrum__stage_name((thrum__stage)999), "unknown");
}

TEST_MAIN()
