/* digest - the SHA-256 of every regular file below the folders given, by as many threads as there are CPUs.
 *
 * Python: a pool of threads that share a list of paths under a Condition; hashlib lets go of the global lock while it
 * digests, so that even there it pays.
 *
 * Look at: threads.c and worklist.h, one lock and three conditions between a walker, the hashers and a printer; and
 * pool.c, which is the same job on ThreadPoolExecutor.map. The output is that of
 * `find FOLDER -type f | LC_ALL=C sort | xargs sha256sum`, whatever the number of threads, and `sha256sum -c` accepts
 * it.
 *
 *     digest [-j N] [--pool] FOLDER...
 */
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "digest.h"
#include "printer.h"

/* The CPUs that this process may use, which can be fewer than there are. */
static int cpus(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > MAX_THREADS ? MAX_THREADS : online > 0 ? (int)online : 1;
}

static int usage(FILE *to, int status) {
    fprintf(to,
            "usage: digest [-j N] [--pool] FOLDER...\n"
            "Print the SHA-256 of every file below the folders, as sha256sum does.\n"
            "  -j N    with N threads, 1 to %d (default: one per CPU)\n"
            "  --pool  on ThreadPoolExecutor.map, in place of threads around a list\n",
            MAX_THREADS);
    return status;
}

/* The number after -j, or 0. */
static int number_of_threads(const char *text) {
    char *end;
    long number = strtol(text, &end, 10);
    return *end == '\0' && number >= 1 && number <= MAX_THREADS ? (int)number : 0;
}

int main(int argc, char **argv) {
    static const struct option names[] = {{"help", no_argument, NULL, 'h'}, {"pool", no_argument, NULL, 'p'}, {0}};
    int (*digest)(char **roots, int threads) = digest_with_threads;
    int threads = cpus();
    for (int c; (c = getopt_long(argc, argv, "j:h", names, NULL)) != -1;) {
        if (c == 'h')
            return usage(stdout, STATUS_DONE);
        if (c == 'p')
            digest = digest_with_pool;
        else if (c != 'j' || (threads = number_of_threads(optarg)) == 0)
            return usage(stderr, STATUS_USAGE);
    }
    return optind < argc ? digest(argv + optind, threads) : usage(stderr, STATUS_USAGE);
}
