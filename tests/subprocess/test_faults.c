/* Every system call and every allocation on the way to a child fails once: the n-th, for every n. Afterwards there
 * is the right error, no descriptor more, no memory lost, and no child, dead or alive. */
#include <sched.h>
#include <sys/mman.h>

#include "children.h"
#include "spawn_faults.h"

/* -- starting -------------------------------------------------------------------------------------------------- */

static bool is_expected(int r) {
    return r == -injected || r == -ENOMEM;
}

/* As much of the plan as an ordinary user may ask for. */
static thrum_popen_options everything(void) {
    static const char *const env[] = {"PATH=/nonexistent:/bin", NULL};
    static const int pass[] = {2};
    static const thrum_limit limits[] = {{RLIMIT_CORE, 0, 0}};
    static int cpu;
    cpu_set_t cpus;
    CHECK_EQ(sched_getaffinity(0, sizeof cpus, &cpus), 0);
    while (!CPU_ISSET(cpu, &cpus))
        cpu++;
    return (thrum_popen_options){.in = THRUM_PIPE,
                                 .out = THRUM_PIPE,
                                 .err = THRUM_DEVNULL,
                                 .cwd = "/",
                                 .env = env,
                                 .pass_fds = pass,
                                 .pass_fd_count = 1,
                                 .start_new_session = true,
                                 .umask = THRUM_SOME(022),
                                 .limits = limits,
                                 .limit_count = 1,
                                 .nice = 1,
                                 .cpus = &cpu,
                                 .cpu_count = 1,
                                 .parent_death_signal = SIGKILL};
}

/* Returns how many failures there were. */
static int start_with_every_failure(const thrum_popen_options *options) {
    enum { most = 1000 };
    int failures = 0, forgiven = 0;
    thrum_popen_exit(start(THRUM_ARGS("true"), options)); /* what is made once is made now */
    int before = count_fds();
    long blocks = fault_live();
    for (size_t n = 1; n < most; n++) {
        thrum_popen *popen = NULL;
        fault_arm(n);
        int r = thrum_popen_new(&popen, THRUM_ARGS("true"), options);
        bool fired = fault_disarm();
        if (r == 0) {
            CHECK_EQ(status_of(popen), 0);
            thrum_popen_free(popen);
        } else {
            failures++;
            CHECK(is_expected(r));
            CHECK(!popen);
        }
        CHECK_EQ(count_fds(), before);
        CHECK_EQ(fault_live(), blocks);
        CHECK(!has_children());
        if (!fired)
            break;
        forgiven += r == 0;
    }
    CHECK_LE(forgiven,
             2); /* directories of the search path that are out of order, when a later one has the program */
    return failures;
}

TEST(starting_in_shared_memory) {
    NEEDS_LINUX("the portable start of a child makes fewer calls, and knows fewer options");
    thrum_popen_options options = everything();
    CHECK_GE(start_with_every_failure(&options), 20);
}

TEST(starting_in_a_memory_of_its_own) {
    NEEDS_LINUX("the portable start of a child makes fewer calls, and knows fewer options");
    if (geteuid() != 0)
        return;
    fault = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(fault != MAP_FAILED);
    static const char *const groups[] = {"0", NULL};
    thrum_popen_options options = everything();
    options.root = "/";
    options.user = options.group = "0";
    options.extra_groups = groups;
    CHECK_GE(start_with_every_failure(&options), 24);
}

TEST(starting_a_shell_in_a_group) {
    thrum_popen_options options = {.shell = true, .process_group = THRUM_SOME(0), .err = THRUM_PIPE};
    CHECK_GE(start_with_every_failure(&options), 8);
}

/* -- talking --------------------------------------------------------------------------------------------------- */

enum { talk_size = 300000 };

static void check_echo(thrum_output *out, const char *input) {
    CHECK_EQ(out->size, talk_size);
    CHECK(memcmp(out->data, input, talk_size) == 0);
    thrum_output_free(out);
}

/* A failure in the middle loses nothing: the next call goes on. */
TEST(communicate_goes_on_after_any_failure) {
    char *input = malloc(talk_size);
    for (size_t i = 0; i < talk_size; i++)
        input[i] = (char)(i * 7 + i / 1000);
    const thrum_popen_options options = {.in = THRUM_PIPE, .out = THRUM_PIPE};
    int before = count_fds(), failures = 0;
    long blocks = fault_live();
    for (size_t n = 1; n < 1000; n++) {
        thrum_popen *popen = start(THRUM_ARGS("cat"), &options);
        thrum_output out;
        fault_arm(n);
        int r = thrum_popen_communicate_timed(popen, input, talk_size, &out, NULL, thrum_seconds(100));
        bool fired = fault_disarm();
        if (r < 0) {
            failures++;
            CHECK(is_expected(r));
            r = thrum_popen_communicate(popen, input, talk_size, &out, NULL);
            if (r == THRUM_VALUE_ERROR) /* it had begun, and has its input */
                r = thrum_popen_communicate(popen, NULL, 0, &out, NULL);
            CHECK_EQ(r, 0);
        }
        check_echo(&out, input);
        thrum_popen_exit(popen);
        CHECK_EQ(count_fds(), before);
        CHECK_EQ(fault_live(), blocks);
        if (!fired)
            break;
    }
    CHECK_GE(failures, 5);
    free(input);
}

/* What has become text is not made text once more. */
TEST(text_after_any_failure) {
    const thrum_popen_options options = {.out = THRUM_PIPE, .err = THRUM_PIPE, .encoding = "latin-1"};
    int failures = 0;
    for (size_t n = 1; n < 1000; n++) {
        thrum_popen *popen = start(SHELL("printf '\\351'; printf '\\350' >&2"), &options);
        thrum_output out, err;
        fault_arm(n);
        int r = thrum_popen_communicate(popen, NULL, 0, &out, &err);
        bool fired = fault_disarm();
        if (r < 0) {
            failures++;
            CHECK(is_expected(r));
            CHECK_EQ(thrum_popen_communicate(popen, NULL, 0, &out, &err), 0);
        }
        CHECK_STR(out.data, "\xc3\xa9");
        CHECK_STR(err.data, "\xc3\xa8");
        thrum_output_free(&out);
        thrum_output_free(&err);
        thrum_popen_exit(popen);
        if (!fired)
            break;
    }
    CHECK_GE(failures, 4);
}

TEST(run_leaves_nothing_behind) {
    NEEDS_LINUX("the portable start of a child makes fewer calls, and knows fewer options");
    const thrum_run_options options = {
        .input = "pear", .input_size = 4, .capture_output = true, .timeout = thrum_seconds(100)};
    int before = count_fds(), failures = 0;
    long blocks = fault_live();
    for (size_t n = 1; n < 1000; n++) {
        thrum_completed_process *done = NULL;
        fault_arm(n);
        int r = thrum_subprocess_run(&done, THRUM_ARGS("cat"), &options);
        bool fired = fault_disarm();
        if (r < 0) {
            failures++;
            CHECK(is_expected(r));
            CHECK(!done);
        } else {
            CHECK_STR(done->out.data, "pear");
            thrum_completed_process_free(done);
        }
        CHECK_EQ(count_fds(), before);
        CHECK_EQ(fault_live(), blocks);
        CHECK(!has_children());
        if (!fired)
            break;
    }
    CHECK_GE(failures, 15);
}

TEST_MAIN()
