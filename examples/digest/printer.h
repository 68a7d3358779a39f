/* printer.h - prints jobs in the order in which it is given them, and shows how far we are. */
#ifndef PRINTER_H
#define PRINTER_H

#include "job.h"
#include "progress.h"

enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

typedef struct printer {
    progress bar;
    int status; /* of the program's exit */
    int error;  /* of stdout, -errno */
} printer;

/* Begin, for what is below `roots`. */
void printer_start(printer *self, char **roots);

/* Print a digest, or what is wrong with a path. False when stdout cannot take it. */
bool printer_print(printer *self, const job *done);

/* End; `error` is why this is not the end of the jobs, or 0. Says what went wrong, and returns the exit status. */
int printer_end(printer *self, int error);

#endif
