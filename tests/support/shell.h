/* shell.h - run a line of shell, for tests of commands.
 *
 *     CHECK_EQ(shell("thrum --version"), 0);
 *     CHECK_CONTAINS(output, "thrum ");
 */
#ifndef TEST_SHELL_H
#define TEST_SHELL_H

#include "test.h"

static char output[16384];

/* What the line prints on its stdout is in `output`, cut off where that is full. Returns its exit status; fails the
 * test when a signal ended it. */
static inline int shell(const char *line) {
    FILE *pipe = popen(line, "r");
    CHECK(pipe);
    output[fread(output, 1, sizeof output - 1, pipe)] = '\0';
    int status = pclose(pipe);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#endif
