/* test_processes.c - the programs about processes. */
#include "run.h"

TEST(channel_sends_messages_to_a_child_and_gets_answers) {
    CHECK_EQ(run("", "channel", NULL), 0);
    CHECK_STR(output, "send     Hello World\n"
                      "receive  the child got 'Hello World', 11 bytes\n"
                      "send     42\n"
                      "receive  the child got '42', 2 bytes\n"
                      "send     a line\nand another one\n"
                      "receive  the child got 'a line\nand another one', 22 bytes\n"
                      "the child has ended with status 0\n");
}

TEST_MAIN()
