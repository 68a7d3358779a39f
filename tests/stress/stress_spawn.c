/* 10,000 children from 8 threads: no descriptor and no child is left, every status is right, and nobody gets
 * another's pipe. */
#include <dirent.h>
#include <errno.h>

#include <thrum/subprocess.h>
#include <thrum/threading/thread.h>

#define TEST_SECONDS 250
#include "test.h"

enum { threads = 8, children = 10000 };

static int count_fds(void) {
    int count = 0;
    DIR *fds = opendir("/proc/self/fd");
    CHECK(fds);
    while (readdir(fds))
        count++;
    closedir(fds);
    return count;
}

static void run_one(int number) {
    char input[16];
    int size = snprintf(input, sizeof input, "%d", number);
    thrum_output out;
    const thrum_run_options options = {.input = input, .input_size = (size_t)size, .timeout = thrum_seconds(200)};
    CHECK_EQ(thrum_subprocess_check_output(THRUM_ARGS("/bin/cat"), &options, &out), 0);
    CHECK_STR(out.data, input);
    thrum_output_free(&out);
}

static void fail_one(void) {
    thrum_popen *popen;
    const thrum_popen_options pipes = {.in = THRUM_PIPE, .out = THRUM_PIPE};
    CHECK_EQ(thrum_popen_new(&popen, THRUM_ARGS("/nonexistent/program"), &pipes), -ENOENT);
}

/* Killed while it may be anywhere between its first and its last instruction. */
static void kill_one(void) {
    thrum_popen *popen;
    int returncode;
    CHECK_EQ(thrum_popen_new(&popen, THRUM_ARGS("/bin/sleep", "1000"), NULL), 0);
    CHECK_EQ(thrum_popen_kill(popen), 0);
    CHECK_EQ(thrum_popen_wait(popen, &returncode), 0);
    CHECK_EQ(returncode, -SIGKILL);
    thrum_popen_free(popen);
}

static int work(void *arg) {
    for (int i = *(int *)arg; i < children; i += threads) {
        if (i % 10 == 8)
            fail_one();
        else if (i % 10 == 9)
            kill_one();
        else
            run_one(i);
    }
    return 0;
}

TEST(ten_thousand_children_from_eight_threads) {
    thrum_thread *thread[threads];
    int first[threads], before = count_fds();
    siginfo_t info;
    for (int i = 0; i < threads; i++) {
        first[i] = i;
        CHECK_EQ(thrum_thread_new(&thread[i], work, &first[i], NULL), 0);
        CHECK_EQ(thrum_thread_start(thread[i]), 0);
    }
    for (int i = 0; i < threads; i++) {
        CHECK_EQ(thrum_thread_join(thread[i]), 0);
        thrum_thread_unref(thread[i]);
    }
    CHECK_EQ(count_fds(), before);
    CHECK_EQ(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), -1);
}

TEST_MAIN()
