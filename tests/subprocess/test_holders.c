/* Who still holds a captured pipe: the grandchildren for which the output does not end. */
#include "children.h"

/* The numbers that the child has written, one a line. */
static void read_numbers(thrum_popen *popen, pid_t *ret_pids, int count) {
    thrum_output out;
    CHECK_EQ(status_of(popen), 0);
    thrum_popen_output(popen, &out, NULL);
    char *at = out.data;
    for (int i = 0; i < count; i++)
        ret_pids[i] = (pid_t)strtol(at, &at, 10);
}

static void end_group(thrum_popen *popen) {
    CHECK_EQ(kill(-thrum_popen_pid(popen), SIGKILL), 0);
    thrum_popen_free(popen);
}

TEST(a_grandchild_that_holds_the_pipe_is_named) {
    NEEDS_LINUX("POSIX does not tell who has a pipe open");
    thrum_popen *popen = start(SHELL("sleep 1000 & echo $!"),
                               &(thrum_popen_options){.out = THRUM_PIPE, .process_group = THRUM_SOME(0)});
    pid_t grandchild, holder = 0;
    read_numbers(popen, &grandchild, 1);
    CHECK_EQ(thrum_popen_communicate_timed(popen, NULL, 0, NULL, NULL, THRUM_NOWAIT), THRUM_TIMEOUT_EXPIRED);
    CHECK_EQ(thrum_popen_holders(popen, &holder, 1), 1);
    CHECK_EQ(holder, grandchild);
    CHECK_EQ(kill(grandchild, SIGKILL), 0);
    CHECK_EQ(thrum_popen_communicate(popen, NULL, 0, NULL, NULL), 0); /* there it ends */
    CHECK_EQ(thrum_popen_holders(popen, &holder, 1), 0);
    CHECK_EQ(holder, grandchild); /* untouched */
    thrum_popen_free(popen);
}

TEST(there_may_be_more_than_there_is_room_for) {
    NEEDS_LINUX("POSIX does not tell who has a pipe open");
    thrum_popen *popen =
        start(SHELL("sleep 1000 & echo $!; exec >&2; sleep 1000 & :"),
              &(thrum_popen_options){
                  .out = THRUM_PIPE, .err = THRUM_PIPE, .process_group = THRUM_SOME(0)}); /* one for each pipe */
    pid_t grandchild, holders[3] = {0};
    read_numbers(popen, &grandchild, 1);
    CHECK_EQ(thrum_popen_holders(popen, NULL, 0), 2);
    CHECK_EQ(thrum_popen_holders(popen, holders, 1), 2);
    CHECK_EQ(holders[1], 0);
    CHECK_EQ(thrum_popen_holders(popen, holders, 3), 2);
    CHECK(holders[0] == grandchild || holders[1] == grandchild);
    CHECK_NE(holders[0], holders[1]);
    CHECK_EQ(holders[2], 0);
    end_group(popen);
}

TEST(the_child_itself_is_one) {
    NEEDS_LINUX("POSIX does not tell who has a pipe open");
    thrum_popen *popen = start(SLEEP, &(thrum_popen_options){.err = THRUM_PIPE});
    pid_t holder;
    CHECK_EQ(thrum_popen_holders(popen, &holder, 1), 1);
    CHECK_EQ(holder, thrum_popen_pid(popen));
    finish(popen);
}

TEST(only_what_is_captured_counts) {
    pid_t holder = 77;
    thrum_popen *popen = start(THRUM_ARGS("cat"), &(thrum_popen_options){.in = THRUM_PIPE, .out = THRUM_DEVNULL});
    CHECK_EQ(thrum_popen_holders(popen, &holder, 1), 0);
    thrum_popen_exit(popen);
    popen = start(THRUM_ARGS("true"), &(thrum_popen_options){.out = THRUM_PIPE});
    CHECK_EQ(status_of(popen), 0);
    CHECK_EQ(thrum_popen_holders(popen, &holder, 1), 0);
    CHECK_EQ(holder, 77);
    thrum_popen_free(popen);
}

/* Whoever reads as we do keeps nothing from ending. */
TEST(a_reader_is_none) {
    thrum_popen *popen = start(THRUM_ARGS("true"), &(thrum_popen_options){.out = THRUM_PIPE});
    CHECK_EQ(status_of(popen), 0);
    pid_t reader = fork();
    if (reader == 0) {
        pause();
        _exit(0);
    }
    CHECK_EQ(thrum_popen_holders(popen, NULL, 0), 0);
    CHECK_EQ(kill(reader, SIGKILL), 0);
    CHECK_EQ(waitpid(reader, NULL, 0), reader);
    thrum_popen_free(popen);
}

TEST_MAIN()
