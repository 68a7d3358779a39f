/* explore_shell.h - running the `thrum` command, for the tests of what it explores. */
#ifndef EXPLORE_SHELL_H
#define EXPLORE_SHELL_H

#include "shell.h"

#define EXPLORE THRUM_TOOL " explore "

/* As shell(), with what it says on both streams. */
static inline int run(const char *line) {
    char command[2048];
    snprintf(command, sizeof command, "{ %s; } 2>&1", line);
    return shell(command);
}

#endif
