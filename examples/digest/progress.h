/* progress.h - a bar on the terminal that says how far we are. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <thrum.h>

typedef struct progress {
    bool on;              /* stderr is a terminal */
    bool shares_terminal; /* with the output: the bar has to go away before each line */
    bool shown;
    uint64_t files, bytes;
    int64_t began, drawn; /* on the monotonic clock, in nanoseconds */
} progress;

/* Begin, and count the files below `roots` in a thread of its own, for the bar's full length. */
void progress_start(progress *self, char **roots);

/* Before a line is written to stdout, and before one to stderr. */
void progress_before_output(progress *self);
void progress_before_problem(progress *self);

/* One more file, of `bytes`, is finished. */
void progress_step(progress *self, uint64_t bytes);

/* Draw the bar when it was drawn long enough ago. */
void progress_draw(progress *self);

/* Take the bar away. */
void progress_end(progress *self);

#endif
