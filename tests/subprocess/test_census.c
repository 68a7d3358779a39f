/* Children that nobody waited for: who is warned of, who is listed, and who is reaped. */
#include "children.h"

#include <thrum/threading/deadlock.h>
#include <thrum/threading/thread.h>

static char reports[8192];

/* The last one. */
static void keep_report(const char *text, void *arg) {
    (void)arg;
    snprintf(reports, sizeof reports, "%s", text);
}

static void warn(void) {
    thrum_deadlock_set_handler(keep_report, NULL);
    CHECK(!thrum_resource_warnings(true));
}

static const char *census(int wanted) {
    static char text[65536];
    int pipe_ends[2];
    CHECK_EQ(pipe(pipe_ends), 0);
    CHECK_EQ(thrum_popen_census(pipe_ends[1]), wanted);
    close(pipe_ends[1]);
    text[read(pipe_ends[0], text, sizeof text - 1)] = 0;
    close(pipe_ends[0]);
    return text;
}

/* Until the child has ended; it stays to be waited for. */
static void await_zombie(const thrum_popen *popen) {
    siginfo_t info;
    CHECK_EQ(waitid(P_PID, (id_t)thrum_popen_pid(popen), &info, WEXITED | WNOWAIT), 0);
}

static void check_line(const char *text, pid_t pid, const char *rest) {
    char wanted[200];
    snprintf(wanted, sizeof wanted, "subprocess %d %s", (int)pid, rest);
    CHECK_CONTAINS(text, wanted);
}

TEST(by_default_nobody_is_warned_and_nothing_is_known) {
    thrum_deadlock_set_handler(keep_report, NULL);
    thrum_popen *popen = start(SLEEP, NULL);
    pid_t pid = thrum_popen_pid(popen);
    CHECK_STR(census(0), "thrum: 0 children; resource warnings are off\n");
    thrum_popen_free(popen);
    CHECK_STR(reports, "");
    CHECK_EQ(thrum_subprocess_cleanup(), 1);
    kill(pid, SIGKILL);
}

TEST(letting_go_of_a_child_that_runs_is_warned_of) {
    warn();
    thrum_popen *popen = start(SLEEP, NULL);
    pid_t pid = thrum_popen_pid(popen);
    thrum_popen_free(popen);
    check_line(reports, pid, "is still running: ['/bin/sleep', '1000'], started ");
    CHECK_CONTAINS(reports, "thrum: ResourceWarning: ");
    CHECK_CONTAINS(reports, " ago at ");
    check_line(census(1), pid, "['/bin/sleep', '1000'] runs, was let go of, started ");
    kill(pid, SIGKILL);
    siginfo_t info;
    CHECK_EQ(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    CHECK_EQ(thrum_subprocess_cleanup(), 0);
    CHECK_STR(census(0), "thrum: 0 children\n");
}

/* As in Python, which cannot know that it has ended. */
TEST(and_so_is_one_that_has_ended_but_was_not_waited_for) {
    warn();
    thrum_popen *popen = start(THRUM_ARGS("true"), NULL);
    pid_t pid = thrum_popen_pid(popen);
    await_zombie(popen);
    check_line(census(1), pid, "['true'] has ended and was not waited for, started ");
    await_zombie(popen); /* to look is not to reap */
    thrum_popen_free(popen);
    check_line(reports, pid, "was not waited for: ['true'], started ");
    CHECK(!has_children());
}

TEST(who_waits_or_polls_is_not_warned) {
    warn();
    thrum_popen *popen = start(SHELL("exit 7"), NULL);
    pid_t pid = thrum_popen_pid(popen);
    CHECK_EQ(status_of(popen), 7);
    check_line(census(1), pid, "['/bin/sh', '-c', 'exit 7'] ended with 7, started ");
    thrum_popen_free(popen);
    thrum_popen_exit(start(THRUM_ARGS("true"), NULL));
    popen = start(THRUM_ARGS("true"), NULL);
    await_zombie(popen);
    CHECK(thrum_popen_poll(popen, NULL));
    thrum_popen_free(popen);
    CHECK_EQ(thrum_subprocess_call(THRUM_ARGS("true"), NULL, NULL), 0);
    CHECK_STR(reports, "");
    CHECK_STR(census(0), "thrum: 0 children\n");
}

TEST(the_census_lists_the_newest_first) {
    warn();
    thrum_popen *first = start(SLEEP, NULL),
                *second = start(THRUM_ARGS("/bin/cat"), &(thrum_popen_options){.in = THRUM_PIPE});
    thrum_popen *third = NULL;
    CHECK_EQ(thrum_os_popen(&third, "exec sleep 1000", "r"), 0);
    const char *text = census(3);
    CHECK_CONTAINS(text, "thrum: 3 children\n");
    check_line(text, thrum_popen_pid(third), "'exec sleep 1000' runs, started ");
    check_line(text, thrum_popen_pid(second), "['/bin/cat'] runs, started ");
    CHECK(strstr(text, "exec sleep") < strstr(text, "/bin/cat"));
    CHECK(strstr(text, "/bin/cat") < strstr(text, "/bin/sleep"));
    thrum_popen_exit(second); /* out of the middle */
    text = census(2);
    CHECK(!strstr(text, "/bin/cat"));
    finish(third);
    finish(first);
    CHECK_STR(census(0), "thrum: 0 children\n");
    CHECK_EQ(thrum_popen_census(-1), -EBADF);
}

TEST(many_arguments_are_cut) {
    warn();
    char long_word[600] = "";
    memset(long_word, 'x', sizeof long_word - 1);
    thrum_popen *popen = start(THRUM_ARGS("true", long_word), NULL);
    CHECK_CONTAINS(census(1), "xxx... ");
    thrum_popen_exit(popen);
}

/* What the process says on stderr when it ends. */
static const char *end_of_process(void (*body)(void)) {
    static char text[8192];
    int pipe_ends[2];
    CHECK_EQ(pipe(pipe_ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pipe_ends[1], 2);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        body();
        exit(0);
    }
    close(pipe_ends[1]);
    size_t size = 0;
    for (ssize_t got; (got = read(pipe_ends[0], text + size, sizeof text - 1 - size)) > 0;)
        size += (size_t)got;
    text[size] = 0;
    close(pipe_ends[0]);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    return text;
}

static thrum_popen *kept;

static void leave_two_behind(void) {
    thrum_resource_warnings(true);
    kept =
        start(THRUM_ARGS("cat"), &(thrum_popen_options){.in = THRUM_PIPE, .err = THRUM_DEVNULL}); /* ends with us */
    start(THRUM_ARGS("true"), NULL);
}

TEST(who_is_left_at_exit_is_told_of) {
    const char *said = end_of_process(leave_two_behind);
    CHECK_CONTAINS(said, "thrum: ResourceWarning: 2 children are left at the end\n");
    CHECK_CONTAINS(said, "['true'] ");
    CHECK_CONTAINS(said, "['cat'] runs, started ");
}

static void leave_nobody_behind(void) {
    thrum_resource_warnings(true);
    thrum_popen_exit(start(THRUM_ARGS("true"), NULL));
}

TEST(nobody_left_is_nothing_to_say) {
    CHECK_STR(end_of_process(leave_nobody_behind), "");
}

/* The children of a process are not those of its child. */
static void do_nothing(void) {
}

TEST(a_forked_child_has_no_children) {
    warn();
    thrum_deadlock_set_handler(NULL, NULL);
    thrum_popen *popen = start(SLEEP, NULL);
    CHECK_STR(end_of_process(do_nothing), "");
    finish(popen);
}

/* This program again, with the variable. */
TEST(the_environment_turns_it_on) {
    if (getenv("THRUM_RESOURCE_WARNINGS")) {
        CHECK(thrum_resource_warnings(false));
        return;
    }
    CHECK(!thrum_resource_warnings(false));
    const char *const env[] = {"THRUM_RESOURCE_WARNINGS=1", NULL};
    const thrum_run_options options = {.popen = {.env = env, .out = THRUM_DEVNULL}};
    int returncode;
    CHECK_EQ(
        thrum_subprocess_call(THRUM_ARGS("/proc/self/exe", "the_environment_turns_it_on"), &options, &returncode), 0);
    CHECK_EQ(returncode, 0);
}

static void ignore_report(const char *text, void *arg) {
    (void)text;
    (void)arg;
}

static int start_and_end(void *arg) {
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(thrum_subprocess_call(THRUM_ARGS("true"), NULL, NULL), 0);
        thrum_popen_free(start(THRUM_ARGS("true"), NULL));
    }
    __atomic_sub_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
    return 0;
}

TEST(it_may_be_looked_at_while_children_come_and_go) {
    enum { threads = 3 };
    thrum_thread *thread[threads];
    int busy = threads, null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    thrum_deadlock_set_handler(ignore_report, NULL);
    thrum_resource_warnings(true);
    for (int i = 0; i < threads; i++) {
        CHECK_EQ(thrum_thread_new(&thread[i], start_and_end, &busy, NULL), 0);
        CHECK_EQ(thrum_thread_start(thread[i]), 0);
    }
    while (__atomic_load_n(&busy, __ATOMIC_SEQ_CST))
        CHECK_GE(thrum_popen_census(null), 0);
    for (int i = 0; i < threads; i++) {
        CHECK_EQ(thrum_thread_join(thread[i]), 0);
        thrum_thread_unref(thread[i]);
    }
    while (thrum_subprocess_cleanup() > 0)
        thrum_subprocess_call(THRUM_ARGS("true"), NULL, NULL);
    CHECK_STR(census(0), "thrum: 0 children\n");
    CHECK(!has_children());
}

TEST_MAIN()
