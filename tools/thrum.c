/* thrum.c - the `thrum` command: finds the subcommand and runs it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <thrum.h>

#include "commands.h"

static int command_help(int argc, char **argv);
static int command_version(int argc, char **argv);

static const command commands[] = {
    {"daemon", daemon_arguments, "make a daemon of a command, stop it, look at it", daemon_details, command_daemon},
    {"explain", explain_arguments, "show a recorded schedule, a column per thread", explain_details, command_explain},
    {"explore", explore_arguments, "run a program's threads in many orders, to find the one that fails",
     explore_details, command_explore},
    {"help", "[COMMAND]", "list the commands, or explain one", "", command_help},
    {"replay", replay_arguments, "run a program under a recorded schedule", replay_details, command_replay},
    {"tour", tour_arguments, "list the example programs, or run some of them", tour_details, command_tour},
    {"version", "", "print the version of the library", "", command_version},
};

enum { command_count = sizeof commands / sizeof commands[0] };

static const command *find(const char *name) {
    for (int i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void print_overview(FILE *out) {
    fputs("usage: thrum COMMAND [ARGUMENT...]\n\ncommands:\n", out);
    for (int i = 0; i < command_count; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\n`thrum help COMMAND` explains one.\n"
          "Exit status: 0 the work was done, 1 it failed, 2 the command line was wrong.\n",
          out);
}

static int unknown(const char *name) {
    fprintf(stderr, "thrum: there is no command '%s'; `thrum help` lists them\n", name);
    return STATUS_USAGE;
}

static int explain(const command *wanted) {
    printf("usage: thrum %s%s%s\n\n%s.\n", wanted->name, *wanted->arguments ? " " : "", wanted->arguments,
           wanted->summary);
    if (*wanted->details)
        printf("\n%s", wanted->details);
    return STATUS_DONE;
}

static int command_help(int argc, char **argv) {
    if (argc > 2) {
        fputs("usage: thrum help [COMMAND]\n", stderr);
        return STATUS_USAGE;
    }
    if (argc == 2) {
        const command *wanted = find(argv[1]);
        return wanted ? explain(wanted) : unknown(argv[1]);
    }
    print_overview(stdout);
    return STATUS_DONE;
}

static int command_version(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        fputs("usage: thrum version\n", stderr);
        return STATUS_USAGE;
    }
    printf("thrum %s\n", thrum_version());
    return STATUS_DONE;
}

/* The two options that every command has, as the subcommands that they stand for. */
static const char *spelled_out(const char *argument) {
    if (strcmp(argument, "--version") == 0 || strcmp(argument, "-V") == 0)
        return "version";
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
        return "help";
    return argument;
}

/* What was printed may not have arrived: a full disk is a failure of the work. */
static int after_output(int status) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "thrum: cannot write the output: %s\n", strerror(errno));
    return status ? status : STATUS_FAILED;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        print_overview(stderr);
        return STATUS_USAGE;
    }
    const command *wanted = find(spelled_out(argv[1]));
    if (!wanted)
        return unknown(argv[1]);
    if (argc == 3 && strcmp(argv[2], "--help") == 0)
        return after_output(explain(wanted));
    return after_output(wanted->run(argc - 1, argv + 1));
}
