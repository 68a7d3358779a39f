/* worklist.h - the list of paths that all threads share, guarded by one lock and its three conditions.
 *
 *         head              next              tail
 *           |  being hashed   |    to hash      |
 *     ------+-----------------+-----------------+------
 *    printed         at most WORKLIST_SIZE
 *
 * The walker adds paths at the tail, the hashers take them at next, the printer prints the finished ones from the
 * head, so the output is in the walker's order however the hashers overtake each other. The list is a ring: when the
 * printer or a big file at the head holds it up, the walker waits, and memory stays bounded.
 */
#ifndef WORKLIST_H
#define WORKLIST_H

#include <thrum.h>

#include "job.h"

enum { WORKLIST_SIZE = 1024 };

typedef struct worklist {
    thrum_lock lock;           /* guards all that follows */
    thrum_condition room;      /* the walker waits for it */
    thrum_condition work;      /* the hashers wait for it */
    thrum_condition ready;     /* the printer waits for it */
    uint64_t head, next, tail; /* ever counting; a job's place is its number modulo WORKLIST_SIZE */
    bool complete;             /* the walker is through */
    bool stopped;              /* the output failed: everybody goes home */
    job jobs
        [WORKLIST_SIZE]; /* a hasher that took one has it to itself until it says done; the paths are the list's */
} worklist;

void worklist_init(worklist *self);

/* Free what is still on the list. No thread may use it any more. */
void worklist_free(worklist *self);

/* The walker: add a path to hash, or with an `error` one that cannot be. Waits for room. False when stopped. */
bool worklist_add(worklist *self, const char *path, int error);
/* The walker: that was all. */
void worklist_complete(worklist *self);

/* A hasher: the next path, waiting for one; NULL when there are no more. */
job *worklist_take(worklist *self);
/* A hasher: this one is finished. */
void worklist_done(worklist *self, job *finished);

/* The printer: wait until the job at the head is finished. Returns 0 with it in *ret_job, THRUM_TIMED_OUT, or
 * THRUM_EMPTY when all have been printed. */
int worklist_finished(worklist *self, thrum_timeout timeout, job **ret_job);
/* The printer: the job at the head is printed and forgotten. */
void worklist_printed(worklist *self);
/* The printer: stop everybody. */
void worklist_stop(worklist *self);

#endif
