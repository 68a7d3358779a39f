/* pipeline.h - commands that run at the same time, each reading what the one before it writes. */
#ifndef THRUM_ENVOY_PIPELINE_H
#define THRUM_ENVOY_PIPELINE_H

#include <poll.h>

#include <thrum/envoy.h>

#include "process/spool.h"

/* One command. */
typedef struct thrum__command {
    char **words;         /* one block, owned */
    thrum_popen *child;   /* NULL: it could not be started */
    thrum_output failure; /* why not, as text */
} thrum__command;

typedef struct thrum__pipeline {
    thrum__command *commands;
    size_t count;
    char **env;            /* the whole environment, or NULL; the block is owned, the strings are borrowed */
    thrum__feed feed;      /* to the first command */
    thrum__drain *drains;  /* stdout of the last command, then stderr of each: count + 1 */
    struct pollfd *polled; /* room for the drains and the feed */
    size_t limit;
} thrum__pipeline;

enum { thrum__out_drain, thrum__first_err_drain };

/* Cut a line, or copy lists of words, into the commands of an empty pipeline. Returns 0 or a negative code. */
int thrum__pipeline_parse(thrum__pipeline *pipeline, const char *line);
int thrum__pipeline_copy(thrum__pipeline *pipeline, const char *const *const *commands);

/* Start all commands. One that cannot be started has no child afterwards, which is no failure here unless `strict`.
 * Returns 0 or a negative code; what was started then runs. */
int thrum__pipeline_start(thrum__pipeline *pipeline, const thrum_envoy_options *options, bool strict);

/* Move bytes and wait until all output and all commands have ended. Returns 0, THRUM_TIMED_OUT,
 * THRUM_LIMIT_EXCEEDED, -ENOMEM or -errno. */
int thrum__pipeline_finish(thrum__pipeline *pipeline, int64_t deadline);

/* Wait until something can be moved, and move it. Returns 1, 0 when nothing came until `deadline`, or a negative
 * code. */
int thrum__pipeline_step(thrum__pipeline *pipeline, int64_t deadline);

/* Send a signal to every command and all that it has started. */
void thrum__pipeline_signal(thrum__pipeline *pipeline, int number);

/* Kill everything, and take in what output is there. */
void thrum__pipeline_kill(thrum__pipeline *pipeline);

/* Kill what runs, and free everything. */
void thrum__pipeline_free(thrum__pipeline *pipeline);

/* The output of a drain, with a NUL byte behind it, out of the pipeline. 0 or -ENOMEM. */
int thrum__pipeline_take(thrum__drain *drain, thrum_output *ret_output);

#endif
