/* bench.c - measure thrum beside its peers.
 *
 * Runs the program of each peer once for each workload and round, in an order that turns from round to round (A B C,
 * B C A, ...), so that what the machine does meanwhile hits all of them alike. Prints a table for each workload, and
 * in the end what the library is to reach.
 */
#include <err.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runner/catalogue.h"
#include "runner/machine.h"
#include "runner/program.h"
#include "runner/results.h"
#include "runner/table.h"
#include "runner/targets.h"

enum { most_peers = 32, output_size = 1 << 14 };

/* A peer that takes part. */
typedef struct contestant {
    int peer;
    char path[PATH_MAX];
    char list[output_size]; /* the names of its workloads, one a line, between newlines */
} contestant;

static contestant contestants[most_peers];
static int contestant_count;
static int rounds = 5;
static const double quiet = 0.1; /* more of the CPUs' time than this for others, and a measurement is repeated */
static double patience = 60;     /* seconds left for that */
static FILE *lines;
static bool failed;

/* Whether the name, up to where `wanted` ends, is in the list "a,b,c"; every name is when that is NULL. */
static bool is_wanted(const char *wanted, const char *name, bool prefix) {
    for (; wanted && *wanted; wanted += strspn(wanted, ",")) {
        size_t length = strcspn(wanted, ",");
        if (strncmp(wanted, name, length) == 0 && (prefix || name[length] == '\0'))
            return true;
        wanted += length;
    }
    return !wanted;
}

static void contestant_add(int peer, const char *directory) {
    contestant *self = &contestants[contestant_count];
    self->peer = peer;
    snprintf(self->path, sizeof self->path, "%s/peer-%s", directory, peers[peer].name);
    if (access(self->path, X_OK) != 0) {
        printf("%s is left out: it was not built%s%s\n", peers[peer].title, peers[peer].needs ? ", which needs " : "",
               peers[peer].needs ? peers[peer].needs : "");
        return;
    }
    self->list[0] = '\n';
    if (program_run(self->path, "--list", false, self->list + 1, sizeof self->list - 1))
        contestant_count++;
    else
        failed = true;
}

static bool has_workload(const contestant *self, const char *name) {
    char line[64];
    snprintf(line, sizeof line, "\n%s\n", name);
    return strstr(self->list, line) != NULL;
}

/* Each line that the program printed is "WORKLOAD METRIC VALUE UNIT". */
static void results_parse(char *output, const contestant *self, int workload, int round) {
    char name[64];
    measurement one = {.round = round, .peer = self->peer, .workload = workload};
    for (char *rest = output, *line; (line = strsep(&rest, "\n")) && *line;) {
        if (sscanf(line, "%63s %15s %lf %7s", name, one.metric, &one.value, one.unit) == 4 &&
            strcmp(name, workloads[workload].name) == 0)
            results_add(&one, lines);
        else
            errx(1, "%s %s: cannot read \"%s\"", self->path, workloads[workload].name, line);
    }
}

/* Run the workload once. Returns the share of the CPUs that other programs had meanwhile. */
static double run_once(const contestant *self, int workload, char *output) {
    const char *name = workloads[workload].name;
    machine_watch();
    if (!program_run(self->path, name, strstr(name, "@1cpu") != NULL, output, output_size)) {
        failed = true;
        output[0] = '\0';
    }
    return machine_others();
}

/* Measure, again while other programs disturb and patience lasts. Returns the share that they had in the end. */
static double measure(const contestant *self, int workload, int round) {
    const struct timespec a_while = {.tv_nsec = 100 * 1000 * 1000};
    char output[output_size];
    double others;
    for (;;) {
        int64_t start = machine_ns();
        others = run_once(self, workload, output);
        if (others <= quiet || patience <= 0)
            break;
        nanosleep(&a_while, NULL);
        patience -= (double)(machine_ns() - start) / 1e9;
    }
    results_parse(output, self, workload, round);
    return others;
}

static void measure_all(int workload) {
    bool sizes = !workloads[workload].metric; /* which do not change from round to round */
    double others = 0;
    int count = 0;
    for (int round = 0; round < (sizes ? 1 : rounds); round++)
        for (int i = 0; i < contestant_count; i++) {
            const contestant *self = &contestants[(i + round) % contestant_count];
            if (!has_workload(self, workloads[workload].name))
                continue;
            others += measure(self, workload, round + 1);
            count++;
        }
    if (sizes)
        table_print_sizes(workload);
    else if (count > 0)
        table_print(workload, others / count);
}

static void usage(FILE *to) {
    fputs("usage: bench [--rounds N] [--peers A,B,...] [--patience SECONDS] [--lines FILE] [WORKLOAD,...]\n"
          "\n"
          "Measures the workloads whose names begin as given (lock, sem, timer.start), or all.\n"
          "\n"
          "  --rounds N      how often each is measured (5)\n"
          "  --peers A,B     only these peers\n"
          "  --patience S    repeat what other programs disturbed, for S seconds in all (60)\n"
          "  --lines FILE    write each measurement as a line: ROUND PEER WORKLOAD METRIC VALUE UNIT\n"
          "\n"
          "peers:\n",
          to);
    for (size_t i = 0; i < peer_count; i++)
        fprintf(to, "  %-12s    %s\n", peers[i].name, peers[i].title);
    fputs("\nworkloads:\n", to);
    for (size_t i = 0; i < workload_count; i++)
        fprintf(to, "  %-26s    %s\n", workloads[i].name, workloads[i].title);
}

/* Returns the peers that the options name, or NULL for all. */
static const char *parse_options(int argc, char **argv) {
    static const struct option options[] = {
        {"rounds", required_argument, NULL, 'r'},   {"peers", required_argument, NULL, 'p'},
        {"patience", required_argument, NULL, 'q'}, {"lines", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
    const char *wanted_peers = NULL;
    for (int option; (option = getopt_long(argc, argv, "r:p:q:l:h", options, NULL)) != -1;) {
        if (option == 'r' && (rounds = atoi(optarg)) > 0)
            continue;
        else if (option == 'p')
            wanted_peers = optarg;
        else if (option == 'q')
            patience = atof(optarg);
        else if (option == 'l' && (lines = fopen(optarg, "we")))
            setvbuf(lines, NULL, _IOLBF, 0);
        else if (option == 'l')
            err(1, "%s", optarg);
        else {
            usage(option == 'h' ? stdout : stderr);
            exit(option == 'h' ? 0 : 2);
        }
    }
    return wanted_peers;
}

int main(int argc, char **argv) {
    const char *wanted_peers = parse_options(argc, argv);
    const char *wanted = optind < argc ? argv[optind] : NULL;
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0)
        err(1, "/proc/self/exe");
    program[length] = '\0';
    const char *directory = dirname(program);
    setvbuf(stdout, NULL, _IOLBF, 0);
    machine_print();
    for (size_t i = 0; i < peer_count; i++)
        if (is_wanted(wanted_peers, peers[i].name, false))
            contestant_add((int)i, directory);
    for (size_t i = 0; i < workload_count; i++)
        if (is_wanted(wanted, workloads[i].name, true))
            measure_all((int)i);
    targets_print();
    return failed;
}
