/* progress.c - the bar. The printer draws it; a daemon thread walks ahead and counts, so that nobody waits for that.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "progress.h"
#include "walk.h"

enum { BAR = 30, REDRAW_NS = 100 * 1000 * 1000 };

typedef struct survey {
    char **roots;
    uint64_t files;       /* written by the survey's thread, read by others once it is done */
    thrum_event finished; /* orders the two */
} survey;

static survey all; /* static, because the daemon may outlive main */

/* The walk for the digests reports what is wrong; here it is passed over. */
static int take_survey(void *arg) {
    survey *self = arg;
    walker paths = {.roots = self->roots};
    const char *path;
    int error;
    while (walk_next(&paths, &path, &error))
        self->files += error == 0;
    walk_end(&paths);
    thrum_event_set(&self->finished);
    return 0;
}

void progress_start(progress *self, char **roots) {
    *self = (progress){.on = isatty(STDERR_FILENO), .began = thrum_monotonic_ns()};
    self->shares_terminal = self->on && isatty(STDOUT_FILENO);
    if (!self->on)
        return;
    all.roots = roots;
    thrum_thread *thread;
    /* Without the survey the bar shows how much is done, and not how much is left. */
    if (thrum_thread_new(&thread, take_survey, &all,
                         &(thrum_thread_options){.name = "survey", .daemon = THRUM_DAEMON}) < 0)
        return;
    thrum_thread_start(thread);
    thrum_thread_unref(thread);
}

static void wipe(progress *self) {
    if (self->shown)
        fputs("\r\033[K", stderr);
    self->shown = false;
}

void progress_before_output(progress *self) {
    if (self->shares_terminal)
        wipe(self);
}

void progress_before_problem(progress *self) {
    wipe(self);
}

void progress_step(progress *self, uint64_t bytes) {
    self->files++;
    self->bytes += bytes;
}

static void draw_bar(const progress *self) {
    uint64_t of = all.files ? all.files : 1;
    uint64_t done = self->files < of ? self->files : of; /* files may have come since the survey */
    int full = (int)(done * BAR / of);
    fputc('[', stderr);
    for (int i = 0; i < BAR; i++)
        fputc(i < full ? '#' : '.', stderr);
    fprintf(stderr, "] %3d%% ", (int)(done * 100 / of));
}

void progress_draw(progress *self) {
    int64_t now = self->on ? thrum_monotonic_ns() : 0;
    if (!self->on || now - self->drawn < REDRAW_NS)
        return;
    self->drawn = now;
    double seconds = (double)(now - self->began) / 1e9, megabytes = (double)self->bytes / 1e6;
    fputs("\r\033[K", stderr);
    if (thrum_event_is_set(&all.finished))
        draw_bar(self);
    fprintf(stderr, "%" PRIu64 " files, %.0f MB, %.0f MB/s", self->files, megabytes,
            seconds > 0 ? megabytes / seconds : 0);
    fflush(stderr);
    self->shown = true;
}

void progress_end(progress *self) {
    wipe(self);
}
