/* `thrum daemon` from outside. */
#include <grp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include "outside.h"
#include "shell.h"

/* Where the platform cannot tell that a stranger has ended before it is reaped (LINUX is 0), init has to reap what
 * `stop` waits for. */
static bool take_orphans = true;

/* Run `thrum daemon` with words for a shell, in the test's directory, and return its exit status. What it says on
 * either stream is in `output`. */
static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int run(const char *format, ...) {
    char words[512], line[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    in_directory("");
    snprintf(line, sizeof line, "cd %s && exec %s daemon %s 2>&1 </dev/null", directory, THRUM_TOOL, words);
    CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, take_orphans), 0);
    return shell(line);
}

static pid_t recorded_pid(void) {
    return atoi(read_text(in_directory("pid")));
}

TEST(start_status_restart_stop) {
    take_orphans = LINUX;
    CHECK_EQ(run("status -p pid"), 3);
    CHECK_EQ(run("-p pid sleep 1000"), 0);
    pid_t first = recorded_pid();
    char wanted[64];
    snprintf(wanted, sizeof wanted, "started with pid %d\n", (int)first);
    CHECK_STR(output, wanted);
    await_command(first, "sleep");
    CHECK_EQ(proc_stat(first, 7), 0);
    CHECK_STR(proc_link(first, "cwd"), "/");
    CHECK_STR(proc_status(first, "Umask"), "0022");
    CHECK_STR(proc_link(first, "fd/1"), "/dev/null");
    CHECK_EQ(run("status -p pid"), 0);
    CHECK_EQ(run("start -p pid sleep 1000"), 1);
    CHECK_CONTAINS(output, "already locked");
    CHECK_EQ(run("restart -p pid -- sleep 1001"), 0);
    if (take_orphans)
        CHECK_EQ(wait_status(first), SIGTERM);
    CHECK_NE(recorded_pid(), first);
    CHECK_EQ(run("stop --pidfile=pid"), 0);
    CHECK_EQ(run("stop -p pid"), 1);
    CHECK_CONTAINS(output, "not locked");
    end_children();
    REMOVE_DIRECTORY(NULL);
}

TEST(restart_starts_what_does_not_run) {
    CHECK_EQ(run("restart -p pid sleep 1000"), 0);
    end_daemon(recorded_pid());
    CHECK_EQ(run("status -p pid"), 1);
    CHECK_CONTAINS(output, "stale");
    take_orphans = LINUX;
    CHECK_EQ(run("-p pid sleep 1000"), 0);
    CHECK_EQ(run("stop -p pid"), 0);
    end_children();
    REMOVE_DIRECTORY(NULL);
}

TEST(options_are_obeyed) {
    write_text(in_directory("in"), "from the input\n");
    CHECK_EQ(run("-d /usr -m 027 -i in -o out -- sh -c 'cat; pwd; umask; echo oops >&2'"), 0);
    CHECK_GT(waitpid(-1, NULL, 0), 0);
    CHECK_STR(read_text(in_directory("out")), "from the input\n/usr\n0027\noops\n");
    CHECK_EQ(run("-o out -e err -c sh -c 'echo more; echo oops >&2'"), 0);
    CHECK_GT(waitpid(-1, NULL, 0), 0);
    CHECK_STR(read_text(in_directory("out")), "from the input\n/usr\n0027\noops\nmore\n");
    CHECK_STR(read_text(in_directory("err")), "oops\n");
    CHECK_EQ(run("--cwd=/usr --log=err -- pwd"), 0);
    CHECK_GT(waitpid(-1, NULL, 0), 0);
    CHECK_STR(read_text(in_directory("err")), "oops\n/usr\n");
    REMOVE_DIRECTORY("in", "out", "err");
}

TEST(user_and_group) {
    int status = run("-u nobody -g 65533 -o out id");
    if (geteuid() != 0) {
        CHECK_EQ(status, 1);
        CHECK_CONTAINS(output, "Operation not permitted");
    } else {
        CHECK_EQ(status, 0);
        CHECK_GT(waitpid(-1, NULL, 0), 0);
        CHECK_CONTAINS(read_text(in_directory("out")), "uid=65534(nobody) gid=65533");
        CHECK_EQ(run("-u 65534 -o out id"), 0);
        CHECK_GT(waitpid(-1, NULL, 0), 0);
        CHECK_CONTAINS(read_text(in_directory("out")), "uid=65534(nobody) gid=65534");
        CHECK_EQ(setgroups(2, (const gid_t[]){0, 65533}), 0); /* which such a user must not keep */
        CHECK_EQ(run("-u 65431 -g 65432 -o alone id"), 0);
        CHECK_GT(waitpid(-1, NULL, 0), 0);
        CHECK_STR(read_text(in_directory("alone")), "uid=65431 gid=65432 groups=65432\n");
        CHECK_EQ(unlink(in_directory("alone")), 0);
    }
    CHECK_EQ(run("-u 65431 true"), 2);
    CHECK_CONTAINS(output, "--group is needed");
    REMOVE_DIRECTORY("out");
}

TEST(in_the_foreground_it_is_the_command) {
    CHECK_EQ(run("-f -- sh -c 'echo here; exit 7'"), 7);
    CHECK_STR(output, "here\n");
    CHECK_EQ(run("-f -- /nothing/at/all"), 1);
    CHECK_STR(output, "thrum daemon: execve '/nothing/at/all': No such file or directory\n");
    REMOVE_DIRECTORY(NULL);
}

TEST(under_inetd_it_is_the_command_at_the_socket) {
    int pair[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(dup2(pair[1], 0) == 0 && dup2(pair[1], 1) == 1);
        execl(THRUM_TOOL, "thrum", "daemon", "cat", NULL);
        _exit(127);
    }
    close(pair[1]);
    char answer[16];
    CHECK_EQ(write(pair[0], "hello", 5), 5);
    CHECK_EQ(read(pair[0], answer, sizeof answer), 5);
    CHECK(memcmp(answer, "hello", 5) == 0);
    CHECK_EQ(proc_stat(pid, 6), getsid(0)); /* it was not detached */
    close(pair[0]);
    CHECK_EQ(wait_status(pid), 0);
}

TEST(what_goes_wrong_is_said) {
    CHECK_EQ(run("/nothing/at/all"), 1);
    CHECK_STR(output, "thrum daemon: execve '/nothing/at/all': No such file or directory\n");
    CHECK_EQ(run("-d /nothing true"), 1);
    CHECK_STR(output, "thrum daemon: chdir '/nothing': No such file or directory\n");
    CHECK_EQ(run("-p /nothing/pid true"), 1);
    CHECK_CONTAINS(output, "cannot make the PID file '/nothing/pid': No such file or directory");
    CHECK_EQ(run("-o /nothing/out true"), 1);
    CHECK_CONTAINS(output, "cannot open '/nothing/out'");
    end_children();
    REMOVE_DIRECTORY(NULL);
}

TEST(stop_gives_up) {
    CHECK_EQ(run("-p pid -o out -- sh -c 'trap \"\" TERM; echo deaf; while :; do sleep 1000; done'"), 0);
    pid_t pid = recorded_pid();
    while (!strstr(read_text(in_directory("out")), "deaf"))
        sched_yield();
    CHECK_EQ(run("stop -p pid -t 0.05"), 1);
    CHECK_CONTAINS(output, "Failed to terminate");
    end_daemon(pid);
    end_children();
    REMOVE_DIRECTORY("pid", "out");
}

TEST(usage_errors_do_nothing) {
    static const char *const lines[] = {"",
                                        "--",
                                        "stop",
                                        "status",
                                        "restart -p pid",
                                        "stop -p pid true",
                                        "-z true",
                                        "-m 9 true",
                                        "-m 01000 true",
                                        "-t soon true",
                                        "-t -1 true",
                                        "-u no-such-user true",
                                        "-g no-such-group true",
                                        "-u -1 true",
                                        "-p"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        CHECK_EQ(run("%s", lines[i]), 2);
        CHECK_CONTAINS(output, "thrum daemon");
    }
    REMOVE_DIRECTORY(NULL);
}

TEST_MAIN()
