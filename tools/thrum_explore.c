/* thrum_explore.c - `thrum explore [-n N] [--seed S] [--seconds T] PROGRAM [ARGUMENT...]`: explore a program that is
 * not changed for it. */
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

const char explore_arguments[] =
    "[-n SCHEDULES] [-t SECONDS] [-s SEED] [-o FILE] [-r] [-v] [--] PROGRAM [ARGUMENT...]";
const char explore_details[] =
    "PROGRAM uses POSIX threads, or thrum's, and is dynamically linked. It is run many times, each time with its "
    "threads\n"
    "in another order, until it deadlocks, crashes, fails (main does not return 0), leaves a thread that waits for "
    "ever,\n"
    "or is through with all runs.\n\n"
    "  -n, --schedules N   how many runs; the default is 1000\n"
    "  -t, --seconds T     how long to take at the most; the default is 10\n"
    "  -s, --seed S        the seed, as an earlier exploration printed it\n"
    "  -o, --output FILE   where the failing schedule is written, for `thrum explain`; `thrum replay FILE -- thrum\n"
    "                      explore PROGRAM` runs it again\n"
    "  -r, --allow-races   a data race, of a program that is linked with thrum-access, is no failure\n"
    "  -v, --verbose       show what the program prints, on its standard output and error\n\n"
    "Ends with 0 when nothing failed, 1 when something did, and 2 when PROGRAM could not be explored.\n\n"
    "Limits: threads change at calls of the thread functions; between plain accesses to memory, and data races are "
    "seen,\n"
    "only where the program is compiled with -fsanitize=thread and linked with thrum-access. Memory is sequentially\n"
    "consistent; what the program does with files, sockets and other processes is not under control. Time is "
    "virtual.\n"
    "Mutexes that processes share, or that inherit priority, are treated as any other.\n";

/* The library that is loaded before the program's own: beside this program in the build tree, or where it is
 * installed. */
static const char *find_library(char path[PATH_MAX]) {
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = '\0';
        snprintf(path, PATH_MAX, "%s/explore/libthrum-explore.so", dirname(self));
        if (access(path, R_OK) == 0)
            return path;
    }
    snprintf(path, PATH_MAX, "%s/libthrum-explore.so", THRUM_PROGRAMS_DIR);
    return access(path, R_OK) == 0 ? path : NULL;
}

static int start(char **argv) {
    char path[PATH_MAX];
    const char *library = find_library(path);
    if (!library) {
        fprintf(stderr, "thrum explore: libthrum-explore.so is not in %s\n", THRUM_PROGRAMS_DIR);
        return STATUS_USAGE;
    }
    if (setenv("LD_PRELOAD", library, 1) == 0 && setenv("THRUM_EXPLORE", "1", 1) == 0)
        execvp(argv[0], argv);
    fprintf(stderr, "thrum explore: %s: %s\n", argv[0], strerror(errno));
    return STATUS_USAGE;
}

/* A number as it stands in the environment of the program; 0 when the text is none. */
static int pass_on(const char *variable, const char *text) {
    char *end;
    errno = 0;
    (void)strtoull(text, &end, 0);
    if (*text == '\0' || *end != '\0' || errno || *text == '-') {
        fprintf(stderr, "thrum explore: '%s' is not a number\n", text);
        return 0;
    }
    return setenv(variable, text, 1) == 0;
}

int command_explore(int argc, char **argv) {
    static const struct option options[] = {{"schedules", required_argument, NULL, 'n'},
                                            {"seconds", required_argument, NULL, 't'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"allow-races", no_argument, NULL, 'r'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    int option, good = 1;
    while (good && (option = getopt_long(argc, argv, "+n:t:s:o:rv", options, NULL)) != -1) {
        if (option == 'n')
            good = pass_on("THRUM_EXPLORE_SCHEDULES", optarg);
        else if (option == 't')
            good = pass_on("THRUM_EXPLORE_SECONDS", optarg);
        else if (option == 's')
            good = pass_on("THRUM_SEED", optarg);
        else if (option == 'o')
            good = setenv("THRUM_EXPLORE_SAVE", optarg, 1) == 0;
        else if (option == 'r')
            good = setenv("THRUM_EXPLORE_ALLOW_RACES", "1", 1) == 0;
        else
            good = option == 'v' && setenv("THRUM_EXPLORE_OUTPUT", "1", 1) == 0;
    }
    if (good && optind < argc)
        return start(argv + optind);
    fprintf(stderr, "usage: thrum explore %s\n", explore_arguments);
    return STATUS_USAGE;
}
