/* thrum_replay.c - `thrum replay FILE -- PROGRAM [ARGUMENT...]`: run a program so that its thrum_explore() of the
 * test that FILE is of runs the schedule in FILE and nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

const char replay_arguments[] = "FILE -- PROGRAM [ARGUMENT...]";
const char replay_details[] =
    "FILE is what thrum_explore() saved of a schedule that fails. PROGRAM is the test: its thrum_explore() of that "
    "name runs\n"
    "this schedule only, and those of other names run nothing. For a schedule that `thrum explore` has found, "
    "PROGRAM is\n"
    "`thrum explore` with its program, as it said. Ends with the status of PROGRAM.\n";

int command_replay(int argc, char **argv) {
    int program = argc > 2 && strcmp(argv[2], "--") == 0 ? 3 : 2;
    if (argc <= program) {
        fputs("usage: thrum replay FILE -- PROGRAM [ARGUMENT...]\n", stderr);
        return STATUS_USAGE;
    }
    FILE *file = open_schedule("replay", argv[1]);
    if (!file)
        return STATUS_FAILED;
    fclose(file);
    if (setenv("THRUM_REPLAY", argv[1], 1) == 0)
        execvp(argv[program], argv + program);
    fprintf(stderr, "thrum replay: %s: %s\n", argv[program], strerror(errno));
    return STATUS_FAILED;
}
