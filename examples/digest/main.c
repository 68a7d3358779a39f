/* digest - the SHA-256 of every regular file below the folders given, by as many threads as there are CPUs.
 *
 * Python: a pool of threads that share a list of paths under a Condition; hashlib lets go of the global lock while it
 * digests, so that even there it pays.
 *
 * Look at: worklist.h is the heart of it, one lock and three conditions between a walker, the hashers and a printer.
 * The output is that of `find FOLDER -type f | LC_ALL=C sort | xargs sha256sum`, whatever the number of threads, and
 * `sha256sum -c` accepts it.
 *
 *     digest [-j N] FOLDER...
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "hash.h"
#include "output.h"
#include "progress.h"
#include "walk.h"
#include "worklist.h"

enum { MAX_THREADS = 1024, STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

static worklist list;

typedef struct roots {
    char **paths;
    int count;
} roots;

static bool found(void *arg, const char *path) {
    (void)arg;
    return worklist_add(&list, path, 0);
}

/* Problems take their turn in the list like files: one thread does all the printing, in one order. */
static bool found_problem(void *arg, const char *path, int error) {
    (void)arg;
    return worklist_add(&list, path, error);
}

static int walk_all(void *arg) {
    const roots *from = arg;
    visitor to_list = {.file = found, .problem = found_problem};
    for (int i = 0; i < from->count && walk(from->paths[i], &to_list); i++)
        ;
    worklist_complete(&list);
    return 0;
}

static int hash_all(void *arg) {
    hasher self;
    (void)arg;
    int ready = hasher_init(&self);
    for (job *next; (next = worklist_take(&list)) != NULL; worklist_done(&list, next))
        next->error = ready < 0 ? ready : hasher_file(&self, next->path, next->digest, &next->bytes);
    if (ready == 0)
        hasher_free(&self);
    return 0;
}

/* Print one job. Returns 0, or -errno when stdout cannot take it. */
static int print(progress *bar, const job *done, int *status) {
    progress_step(bar, done->bytes);
    if (done->error == 0) {
        progress_before_output(bar);
        return output_digest(stdout, done->digest, done->path);
    }
    *status = STATUS_FAILED;
    progress_before_problem(bar);
    output_problem(stderr, done->path ? done->path : "?", done->error);
    return 0;
}

/* Print everything in order, as it is finished. Returns 0, or -errno when stdout cannot take it. */
static int print_in_order(progress *bar, int *status) {
    for (;;) {
        job *done;
        int result = worklist_finished(&list, bar->on ? thrum_milliseconds(100) : THRUM_FOREVER, &done);
        if (result == THRUM_EMPTY)
            return fflush(stdout) == 0 ? 0 : -errno;
        if (result == 0) {
            int error = print(bar, done, status);
            worklist_printed(&list);
            if (error < 0)
                return error;
        }
        progress_draw(bar);
    }
}

/* Print everything, or stop everybody. Returns the exit status. */
static int print_all(progress *bar) {
    int status = STATUS_DONE;
    int error = print_in_order(bar, &status);
    progress_end(bar);
    if (error == 0)
        return status;
    fprintf(stderr, "digest: cannot write the output: %s\n", thrum_strerror(error));
    worklist_stop(&list);
    return STATUS_FAILED;
}

/* Start a thread; false when the system has none left. */
static bool start(thrum_target *target, void *arg, const char *name, thrum_thread **ret_thread) {
    if (thrum_thread_new(ret_thread, target, arg, &(thrum_thread_options){.name = name}) < 0)
        return false;
    if (thrum_thread_start(*ret_thread) == 0)
        return true;
    thrum_thread_unref(*ret_thread);
    return false;
}

static void join(thrum_thread *thread) {
    thrum_thread_join(thread);
    thrum_thread_unref(thread);
}

static int start_hashers(thrum_thread **hashers, int wanted) {
    int started = 0;
    while (started < wanted && start(hash_all, NULL, "hasher", &hashers[started]))
        started++;
    return started; /* fewer than wanted are slower, none is too few */
}

static int digest(roots *from, int threads) {
    static thrum_thread *hashers[MAX_THREADS];
    thrum_thread *walker = NULL;
    int status = STATUS_FAILED;
    worklist_init(&list);
    int started = start_hashers(hashers, threads);
    if (started > 0 && start(walk_all, from, "walker", &walker)) {
        progress bar;
        progress_start(&bar, from->paths, from->count);
        status = print_all(&bar);
        join(walker);
    } else {
        fputs("digest: cannot start a thread\n", stderr);
        worklist_stop(&list);
    }
    for (int i = 0; i < started; i++)
        join(hashers[i]);
    worklist_free(&list);
    return status;
}

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
            "usage: digest [-j N] FOLDER...\n"
            "Print the SHA-256 of every file below the folders, as sha256sum does.\n"
            "  -j N  with N threads, 1 to %d (default: one per CPU)\n",
            MAX_THREADS);
    return status;
}

int main(int argc, char **argv) {
    int threads = cpus();
    for (int c; (c = getopt(argc, argv, "j:h")) != -1;) {
        char *end = NULL;
        long number = c == 'j' ? strtol(optarg, &end, 10) : 0;
        if (c == 'h')
            return usage(stdout, STATUS_DONE);
        if (c != 'j' || *end != '\0' || number < 1 || number > MAX_THREADS)
            return usage(stderr, STATUS_USAGE);
        threads = (int)number;
    }
    if (optind == argc)
        return usage(stderr, STATUS_USAGE);
    roots from = {argv + optind, argc - optind};
    return digest(&from, threads);
}
