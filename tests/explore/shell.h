/* shell.h - running the `thrum` command, for the tests of what it explores. */
#ifndef SHELL_H
#define SHELL_H

#include "test.h"

#define EXPLORE THRUM_TOOL " explore "

static char output[16384];

/* Run a line of shell; what it says, on both streams, is in `output`. Returns its exit status. */
static inline int run(const char *line) {
    char command[2048];
    snprintf(command, sizeof command, "{ %s; } 2>&1", line);
    FILE *pipe = popen(command, "r");
    CHECK(pipe);
    size_t length = fread(output, 1, sizeof output - 1, pipe);
    output[length] = '\0';
    int status = pclose(pipe);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#endif
