/* threads.c - one thread walks, several hash, and this one prints. worklist.h is the heart of it. */
#include <stdio.h>

#include "digest.h"
#include "hash.h"
#include "printer.h"
#include "walk.h"
#include "worklist.h"

static worklist list;

/* Problems take their turn in the list like files: one thread does all the printing, in one order. */
static int walk_all(void *arg) {
    walker paths = {.roots = arg};
    const char *path;
    int error;
    while (walk_next(&paths, &path, &error) && worklist_add(&list, path, error))
        ;
    walk_end(&paths);
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

/* Print everything in order, as it is finished. False when stdout cannot take it. */
static bool print_in_order(printer *out) {
    bool writable = true;
    while (writable) {
        job *done;
        int result = worklist_finished(&list, out->bar.on ? thrum_milliseconds(100) : THRUM_FOREVER, &done);
        if (result == THRUM_EMPTY)
            break;
        if (result == 0) {
            writable = printer_print(out, done);
            worklist_printed(&list);
        }
        progress_draw(&out->bar);
    }
    return writable;
}

/* Print everything, or stop everybody. Returns the exit status. */
static int print_all(char **roots) {
    printer out;
    printer_start(&out, roots);
    if (!print_in_order(&out))
        worklist_stop(&list);
    return printer_end(&out, 0);
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

int digest_with_threads(char **roots, int threads) {
    static thrum_thread *hashers[MAX_THREADS];
    thrum_thread *walks = NULL;
    int status = STATUS_FAILED;
    worklist_init(&list);
    int started = start_hashers(hashers, threads);
    if (started > 0 && start(walk_all, roots, "walker", &walks)) {
        status = print_all(roots);
        join(walks);
    } else {
        fputs("digest: cannot start a thread\n", stderr);
        worklist_stop(&list);
    }
    for (int i = 0; i < started; i++)
        join(hashers[i]);
    worklist_free(&list);
    return status;
}
