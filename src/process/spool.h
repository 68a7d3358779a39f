/* spool.h - a buffer that output is read into, and the loop that feeds a child and drains it at the same time. */
#ifndef THRUM_PROCESS_SPOOL_H
#define THRUM_PROCESS_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/spawn.h"

/* Bytes read so far. Small ones live on the heap; large ones in a reserved stretch of address space that grows in
 * place on huge pages, because touching fresh memory costs more than copying into it. All zero is an empty spool. */
typedef struct thrum__spool {
    char *data;
    size_t size;
    size_t capacity; /* usable bytes at data */
    size_t reserved; /* bytes of address space when mapped; 0: data came from malloc */
    size_t touched;  /* of these, how many have pages */
    bool used;       /* the pages are from another's time, and not in the cache */
} thrum__spool;

/* Make room for `more` bytes behind data[size]: 0 or -ENOMEM, with the content kept either way. */
int thrum__spool_reserve(thrum__spool *spool, size_t more);
/* Put bytes behind what is there, where room for them has been made. */
void thrum__spool_put(thrum__spool *spool, const void *bytes, size_t count);
/* Both in one: 0 or -ENOMEM. */
int thrum__spool_append(thrum__spool *spool, const void *bytes, size_t count);
/* Make data[size] a NUL byte that size does not count. 0 or -ENOMEM. */
int thrum__spool_terminate(thrum__spool *spool);
/* Free the bytes, and make the spool empty. */
void thrum__spool_free(thrum__spool *spool);

/* What is still to be written to a child. The bytes are borrowed. */
typedef struct thrum__feed {
    int fd; /* non-blocking; closed and -1 when everything is written or nobody reads any more */
    const char *data;
    size_t left;
} thrum__feed;

/* One stream that comes from a child. */
typedef struct thrum__drain {
    int fd; /* closed and -1 when it ended */
    thrum__spool spool;
    bool widened; /* the pipe has been made as large as allowed, since much comes through it */
} thrum__drain;

/* Feed and drain until the input is written and every stream has ended, or, where `until` is given, until that
 * process has ended, whatever is left in the pipes then being read without waiting.
 *
 * Nothing is lost when it stops early: call it again to go on. `feed` may be NULL. `limit` is the largest number of
 * bytes of each spool, 0 for none. Returns 0; THRUM_TIMED_OUT; THRUM_LIMIT_EXCEEDED with the limit's bytes kept;
 * -ENOMEM; -errno. A child that closes its input early is no error (EPIPE ends the feed). SIGPIPE is never
 * raised. */
int thrum__exchange(thrum__feed *feed, thrum__drain *drains, size_t count, const thrum__process *until, size_t limit,
                    int64_t deadline);

#endif
