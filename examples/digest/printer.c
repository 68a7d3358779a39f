/* printer.c - digests to stdout, problems to stderr, and the bar in between. */
#include <errno.h>
#include <stdio.h>

#include "output.h"
#include "printer.h"

void printer_start(printer *self, char **roots) {
    self->status = STATUS_DONE;
    self->error = 0;
    progress_start(&self->bar, roots);
}

bool printer_print(printer *self, const job *done) {
    progress_step(&self->bar, done->bytes);
    if (done->error == 0) {
        progress_before_output(&self->bar);
        self->error = output_digest(stdout, done->digest, done->path);
        return self->error == 0;
    }
    self->status = STATUS_FAILED;
    progress_before_problem(&self->bar);
    output_problem(stderr, done->path ? done->path : "?", done->error);
    return true;
}

int printer_end(printer *self, int error) {
    if (self->error == 0 && fflush(stdout) != 0)
        self->error = -errno;
    progress_end(&self->bar);
    if (self->error < 0)
        fprintf(stderr, "digest: cannot write the output: %s\n", thrum_strerror(self->error));
    if (error < 0)
        fprintf(stderr, "digest: cannot go on: %s\n", thrum_strerror(error));
    return self->error < 0 || error < 0 ? STATUS_FAILED : self->status;
}
