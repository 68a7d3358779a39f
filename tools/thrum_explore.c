/* thrum_explore.c - `thrum explore [-n N] [--seed S] [--seconds T] PROGRAM [ARGUMENT...]`: explore a program that is
 * not changed for it. */
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

const char explore_arguments[] = "[-n SCHEDULES] [-t SECONDS] [-s SEED] [-o FILE] [-k STEPS] [-p SECONDS] [-f "
                                 "FAULTS] [-m N] [-r] [-v] [--] PROGRAM [ARGUMENT...]";
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
    "  -k, --steps N       a run with more steps does not come to an end, which is a failure; the default is 100000\n"
    "  -p, --patience T    how many seconds of real time nothing may happen before it is a failure: when a thread\n"
    "                      computes and calls nothing, or all wait for what is outside; the default is 10\n"
    "  -f, --faults KINDS  let calls of PROGRAM fail, as part of the schedule: `memory`, in malloc and its kin, "
    "strdup and\n"
    "                      pthread_create; `interrupts`, by a signal, where a call has to wait that it may end with\n"
    "                      EINTR: read, write, sockets, accept, poll, select, epoll, sem_wait, sleeps, futexes, and\n"
    "                      waiting for processes; or both with a comma between; the default is none\n"
    "  -m, --most-faults N how many of these there are in a run at the most; the default is 1\n"
    "  -r, --allow-races   a data race, of a program that is linked with thrum-access, is no failure\n"
    "  -v, --verbose       show what the program prints, on its standard output and error\n\n"
    "Ends with 0 when nothing failed, 1 when something did, and 2 when PROGRAM could not be explored.\n\n"
    "Under control: POSIX and C11 threads, mutexes of all types, conditions, read-write locks, barriers, spin "
    "locks,\n"
    "once, semaphores, cancellation, thread-specific values, futexes; sleeps and clocks, whose time is virtual.\n"
    "Waited for as part of the schedule: reading, writing, sockets, poll, select and epoll. Any other call that "
    "blocks,\n"
    "such as for a process or a signal, is let go. Where a thread had to wait for either, the run is said to be "
    "partly\n"
    "controlled.\n\n"
    "Limits: threads change at these calls; between plain accesses to memory, and data races are seen, only where "
    "the\n"
    "program is compiled with -fsanitize=thread and linked with thrum-access. Memory is sequentially consistent.\n"
    "Not under control: other processes, also for what they share; signals and timers that send them; the "
    "time-stamp\n"
    "counter; a thread that computes and calls nothing. A cancellation that is asynchronous waits for the next\n"
    "cancellation point. Mutexes that inherit priority are treated as any other; futexes that do are refused.\n";

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

/* The file that exec would run, or NULL. */
static const char *find_program(const char *name, char path[PATH_MAX]) {
    const char *folder = getenv("PATH");
    if (strchr(name, '/') || !folder)
        return name;
    for (const char *end; *folder; folder = *end ? end + 1 : end) {
        end = folder + strcspn(folder, ":");
        snprintf(path, PATH_MAX, "%.*s/%s", (int)(end - folder), folder, name);
        if (access(path, X_OK) == 0)
            return path;
    }
    return NULL;
}

/* Whether a program names the loader that loads its libraries. What is no program, such as a script, is for exec to
 * judge. */
static bool names_loader(FILE *file) {
    ElfW(Ehdr) header;
    ElfW(Phdr) segment;
    if (fread(&header, sizeof header, 1, file) != 1 || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return true;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        long place = (long)header.e_phoff + (long)i * header.e_phentsize;
        if (fseek(file, place, SEEK_SET) < 0 || fread(&segment, sizeof segment, 1, file) != 1)
            return true;
        if (segment.p_type == PT_INTERP)
            return true;
    }
    return false;
}

static bool is_static(const char *name) {
    char buffer[PATH_MAX];
    const char *path = find_program(name, buffer);
    FILE *file = path ? fopen(path, "re") : NULL;
    bool result = file && !names_loader(file);
    if (file)
        fclose(file);
    return result;
}

static int start(char **argv) {
    char path[PATH_MAX];
    if (is_static(argv[0])) {
        fprintf(stderr, "thrum explore: %s is statically linked, so nothing can be loaded before it\n", argv[0]);
        return STATUS_USAGE;
    }
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

/* What an option takes. */
typedef enum argument { A_COUNT, A_SECONDS, A_TEXT, A_NOTHING, A_FAULTS } argument;

/* The options, and by what variable of its environment the program is told: a replay goes the same way. */
static const struct explore_option {
    const char *name;
    char letter;
    argument takes;
    const char *variable;
} choices[] = {{"schedules", 'n', A_COUNT, "THRUM_EXPLORE_SCHEDULES"},
               {"seconds", 't', A_SECONDS, "THRUM_EXPLORE_SECONDS"},
               {"seed", 's', A_COUNT, "THRUM_SEED"},
               {"output", 'o', A_TEXT, "THRUM_EXPLORE_SAVE"},
               {"steps", 'k', A_COUNT, "THRUM_EXPLORE_STEPS"},
               {"patience", 'p', A_SECONDS, "THRUM_EXPLORE_PATIENCE"},
               {"faults", 'f', A_FAULTS, "THRUM_EXPLORE_FAULTS"},
               {"most-faults", 'm', A_COUNT, "THRUM_EXPLORE_MOST_FAULTS"},
               {"allow-races", 'r', A_NOTHING, "THRUM_EXPLORE_ALLOW_RACES"},
               {"verbose", 'v', A_NOTHING, "THRUM_EXPLORE_OUTPUT"}};
enum { choice_count = sizeof choices / sizeof *choices };

/* Words of a list, with a comma between. */
static bool are_faults(const char *text) {
    static const char *const kinds[] = {"memory", "interrupts"};
    size_t length = strcspn(text, ","), i = 0;
    while (i < 2 && (strlen(kinds[i]) != length || strncmp(text, kinds[i], length) != 0))
        i++;
    return i < 2 && (text[length] == '\0' || are_faults(text + length + 1));
}

static bool is_good(argument takes, const char *text) {
    char *end = NULL;
    errno = 0;
    if (takes == A_FAULTS)
        return are_faults(text);
    if (takes == A_COUNT)
        (void)strtoull(text, &end, 0);
    else if (takes == A_SECONDS)
        return strtod(text, &end) >= 0 && *text != '\0' && *end == '\0';
    return takes == A_TEXT || takes == A_NOTHING || (*text != '\0' && *end == '\0' && !errno && *text != '-');
}

/* Whether a file can be written to: better said now than when something was found. */
static bool is_writable(const char *path) {
    bool is_new = access(path, F_OK) < 0;
    FILE *file = fopen(path, "ae");
    if (!file) {
        fprintf(stderr, "thrum explore: %s: %s\n", path, strerror(errno));
        return false;
    }
    fclose(file);
    if (is_new)
        unlink(path);
    return true;
}

static bool pass_on(const struct explore_option *choice, const char *text) {
    if (choice->takes == A_TEXT && !is_writable(text))
        return false;
    if (is_good(choice->takes, text))
        return setenv(choice->variable, text, 1) == 0;
    fprintf(stderr, "thrum explore: '%s' is %s\n", text,
            choice->takes == A_FAULTS ? "neither memory nor interrupts, nor both with a comma between"
                                      : "not a number");
    return false;
}

/* The table as getopt_long() wants it. */
static void prepare(struct option options[choice_count + 1], char letters[2 * choice_count + 2]) {
    *letters++ = '+'; /* what follows PROGRAM is the program's */
    for (int i = 0; i < choice_count; i++) {
        bool takes = choices[i].takes != A_NOTHING;
        options[i] =
            (struct option){choices[i].name, takes ? required_argument : no_argument, NULL, choices[i].letter};
        *letters++ = choices[i].letter;
        if (takes)
            *letters++ = ':';
    }
    options[choice_count] = (struct option){0};
    *letters = '\0';
}

int command_explore(int argc, char **argv) {
    struct option options[choice_count + 1];
    char letters[2 * choice_count + 2];
    int letter;
    bool good = true;
    static char name[] = "thrum explore"; /* for what getopt says */
    argv[0] = name;
    prepare(options, letters);
    while (good && (letter = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        int i = 0;
        while (i < choice_count && choices[i].letter != letter)
            i++;
        good = i < choice_count && pass_on(&choices[i], optarg ? optarg : "1");
    }
    if (good && optind < argc)
        return start(argv + optind);
    fprintf(stderr, "usage: thrum explore %s\n", explore_arguments);
    return STATUS_USAGE;
}
