/* output.h - lines as sha256sum writes them. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

#include "job.h"

/* Write "DIGEST  PATH\n". A path with a backslash, a newline or a carriage return is escaped, and its line begins
 * with a backslash, so that `sha256sum -c` understands it. Returns 0, or -errno when the stream failed. */
int output_digest(FILE *out, const unsigned char *digest, const char *path);

/* Write "digest: PATH: what is wrong\n", the path escaped. */
void output_problem(FILE *out, const char *path, int error);

#endif
