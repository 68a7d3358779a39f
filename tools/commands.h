/* commands.h - what a subcommand of `thrum` is.
 *
 * To add one: write tools/thrum_<name>.c with `int command_<name>(int argc, char **argv)`, declare it below, give it
 * a row in the table of thrum.c, and add the file to tools/meson.build. argv[0] is the subcommand's name.
 */
#ifndef THRUM_COMMANDS_H
#define THRUM_COMMANDS_H

#include <stdio.h>

/* What the shell sees, for every subcommand. A command that we run for others may end with a status of its own. */
enum {
    STATUS_DONE = 0,   /* the work was done */
    STATUS_FAILED = 1, /* the work failed, in whole or in part; stderr says where */
    STATUS_USAGE = 2   /* the command line made no sense; nothing was done */
};

typedef struct command {
    const char *name;
    const char *arguments; /* as the usage line shows them, "[NAME...]" */
    const char *summary;   /* one line, no full stop */
    const char *details;   /* what `thrum help NAME` says beyond it, lines that end in \n */
    int (*run)(int argc, char **argv);
} command;

/* thrum_daemon.c */
extern const char daemon_arguments[], daemon_details[];
int command_daemon(int argc, char **argv);
/* thrum_tour.c */
extern const char tour_arguments[], tour_details[];
int command_tour(int argc, char **argv);

/* thrum_explain.c */
extern const char explain_arguments[], explain_details[];
int command_explain(int argc, char **argv);
/* The recorded schedule in `path`, behind its first line; or NULL, when `name`, the subcommand, has said why not. */
FILE *open_schedule(const char *name, const char *path);

/* thrum_explore.c */
extern const char explore_arguments[], explore_details[];
int command_explore(int argc, char **argv);

/* thrum_replay.c */
extern const char replay_arguments[], replay_details[];
int command_replay(int argc, char **argv);

#endif
