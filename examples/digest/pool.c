/* pool.c - the same as threads.c, with ThreadPoolExecutor.map in the place of the list:
 *
 *     with ThreadPoolExecutor(threads) as ex:                             Python
 *         for job in ex.map(hash, walk(roots), buffersize=AHEAD):
 *             print(job)
 *
 * Results come in the order of the walk, whichever is ready first. The walk goes on as they are taken, so that at
 * most AHEAD paths and the one that is printed are in memory, however many there are.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrum.h>

#include "digest.h"
#include "hash.h"
#include "printer.h"
#include "walk.h"

enum { AHEAD = 1024, PLACES = AHEAD + 1 };

/* Where jobs come from. A place is used again when its job is printed. */
typedef struct source {
    walker paths;
    uint64_t count;
    int error; /* why it ended before its end */
    job places[PLACES];
} source;

/* Python: the generator. */
static bool next_job(void *arg, void **ret_job) {
    source *self = arg;
    const char *path;
    int error;
    if (!walk_next(&self->paths, &path, &error))
        return false;
    job *next = &self->places[self->count++ % PLACES];
    free(next->path);
    *next = (job){.path = strdup(path), .error = error};
    self->error = next->path ? 0 : -ENOMEM;
    *ret_job = next;
    return next->path != NULL;
}

static void end_source(source *self) {
    walk_end(&self->paths);
    for (int i = 0; i < PLACES; i++)
        free(self->places[i].path);
}

/* Each worker has a hasher of its own, from its first call on. */
static void *new_hasher(void *arg) {
    hasher *self = malloc(sizeof *self);
    (void)arg;
    if (!self || hasher_init(self) == 0)
        return self;
    free(self);
    return NULL;
}
static void delete_hasher(void *self) {
    hasher_free(self);
    free(self);
}
static thrum_local own_hasher = THRUM_LOCAL_INIT(new_hasher, NULL, delete_hasher);

/* The call, for one argument. What is wrong with a path is its result, and no error, which would end the map. */
static int hash(void *arg, void **ret_result) {
    job *self = arg;
    hasher *mine = thrum_local_get(&own_hasher);
    if (self->error == 0)
        self->error = mine ? hasher_file(mine, self->path, self->digest, &self->bytes) : -ENOMEM;
    *ret_result = self;
    return 0;
}

/* Python: for job in digests. Returns 0, or why there is no next one. */
static int print_in_order(thrum_map *digests, printer *out) {
    void *done;
    int r;
    while ((r = thrum_map_next(digests, &done)) == 0 && printer_print(out, done))
        progress_draw(&out->bar);
    return r == THRUM_STOP_ITERATION ? 0 : r;
}

static int print_all(thrum_executor *ex, source *from, printer *out) {
    thrum_map *digests;
    int r = thrum_executor_map(ex, hash, next_job, from, &(thrum_map_options){.buffersize = AHEAD}, &digests);
    if (r < 0)
        return r;
    r = print_in_order(digests, out);
    thrum_map_free(digests); /* when that was not the end, what has begun is waited for, and the rest is cancelled */
    return r < 0 ? r : from->error;
}

int digest_with_pool(char **roots, int threads) {
    static source from;
    thrum_executor *ex;
    printer out;
    from.paths.roots = roots;
    printer_start(&out, roots);
    int r = thrum_thread_pool_executor_new(
        &ex, &(thrum_thread_pool_options){.max_workers = threads, .thread_name_prefix = "hasher"});
    if (r == 0) {
        r = print_all(ex, &from, &out);
        thrum_executor_free(ex);
    }
    end_source(&from);
    return printer_end(&out, r);
}
