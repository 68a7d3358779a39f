/* popen_internal.h - what is inside a Popen.
 *
 * Locks: `io` is held while pipes are read or written, which can last; `reap` for an instant, around waitid and
 * signals, so that no signal follows a reaped child. Whoever takes both takes io first. */
#ifndef THRUM_POPEN_INTERNAL_H
#define THRUM_POPEN_INTERNAL_H

#include <thrum/subprocess/popen.h>
#include <thrum/threading/lock.h>

#include "process/spawn.h"
#include "process/spool.h"

enum { thrum__in, thrum__out, thrum__err, thrum__streams };

/* How captured text is made into UTF-8 with '\n' at the ends of lines. */
typedef struct thrum__text_mode {
    bool on;
    enum { thrum__utf_8, thrum__ascii, thrum__latin_1 } encoding;
    enum { thrum__strict, thrum__ignore, thrum__replace, thrum__surrogateescape, thrum__backslashreplace } errors;
} thrum__text_mode;

/* What the census writes down of a child; all zero when it does not. */
typedef struct thrum__census_entry {
    const void *site; /* where it was started */
    int64_t since;    /* and when */
    struct thrum_popen *older, *newer;
    bool listed;
    bool let_go; /* freed by its owner while it ran */
} thrum__census_entry;

struct thrum_popen {
    thrum_lock reap;
    thrum__process process; /* its descriptor stays open until the object is freed: others may be polling it */
    bool ended;             /* set once, after returncode; atomic */
    int returncode;
    bool leads_group; /* kill_tree reaches its group after its own end, too */

    thrum_lock io;
    thrum__feed feed;        /* stdin */
    thrum__drain drains[2];  /* stdout, stderr */
    char *own_input;         /* what is left of the input after a time-out, copied */
    bool started, delivered; /* communicate() has been called; has succeeded */
    bool translated[2];      /* stdout and stderr, to the end, are text */

    bool piped[thrum__streams];    /* a pipe was asked for */
    bool taken[thrum__streams];    /* the caller reads or writes it: wait() leaves it alone */
    FILE *files[thrum__streams];   /* over copies of the descriptors */
    char *buffers[thrum__streams]; /* theirs, when their size was chosen */

    pid_t pid;
    char **args;
    bool shell;
    int bufsize;
    size_t output_limit;
    thrum__text_mode text;
    struct thrum_popen *next; /* among the abandoned */
    thrum__census_entry entry;
};

/* -- popen.c */

/* thrum_popen_new() for a caller at `site`. */
THRUM_NODISCARD int thrum__popen_new(thrum_popen **ret_popen, const char *const *args,
                                     const thrum_popen_options *options, const void *site);

/* -- request.c: from options to a spawn */

/* Start the child. The pipes' ends are in popen->feed and ->drains. */
int thrum__popen_start(thrum_popen *popen, const char *const *args, const thrum_popen_options *options);

/* -- wait.c */

/* Reap the child if it has ended. Whether it has, now or before. */
bool thrum__popen_reap(thrum_popen *popen);
/* wait() without output: 0 or THRUM_TIMEOUT_EXPIRED. */
int thrum__popen_wait_end(thrum_popen *popen, int64_t deadline);
/* wait() with output. */
int thrum__popen_wait(thrum_popen *popen, int64_t deadline);
/* Take the io lock by `deadline`: 0 or THRUM_TIMEOUT_EXPIRED. */
int thrum__popen_lock_io(thrum_popen *popen, int64_t deadline) THRUM_TRY_ACQUIRES(&popen->io);

/* -- streams.c */

/* Close a stream, if there is one, and forget it: 0, or the -errno of writing what it had buffered. */
int thrum__popen_close_file(thrum_popen *popen, int stream);

/* -- communicate.c */

/* communicate(); `resumable` when a time-out may be followed by another call, which then still needs the input. */
int thrum__popen_communicate(thrum_popen *popen, const void *input, size_t size, thrum_output *ret_out,
                             thrum_output *ret_err, int64_t deadline, bool resumable);
/* Move what was captured into outputs, as bytes: 0 or -ENOMEM. */
int thrum__popen_deliver(thrum_popen *popen, thrum_output *ret_out, thrum_output *ret_err);

/* -- text.c */

/* 0, or THRUM_VALUE_ERROR for names that are not known. */
int thrum__text_mode_parse(const thrum_popen_options *options, thrum__text_mode *ret_mode);
/* Translate the bytes of a spool: 0; THRUM_UNICODE_ERROR or -ENOMEM with the bytes as they were. */
int thrum__text_translate(thrum__spool *spool, const thrum__text_mode *mode);

/* -- abandoned.c */

/* Keep a running child whose owner has let go of it, to reap it later. */
void thrum__popen_abandon(thrum_popen *popen);
/* Reap those that have ended meanwhile. Returns how many have not. */
int thrum__popen_sweep(void);
/* Free what is left of a child whose pipes are closed. */
void thrum__popen_destroy(thrum_popen *popen);

/* -- census.c: nothing happens while resource warnings are off */

/* A child has been started by the caller at `site`. */
void thrum__census_add(thrum_popen *popen, const void *site);
/* Its owner lets go of it without having seen its end. */
void thrum__census_let_go(thrum_popen *popen, bool ended);
/* The object is about to lose what the census reads: its arguments, its process. */
void thrum__census_remove(thrum_popen *popen);

#endif
