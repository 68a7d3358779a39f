/* program.h - running a peer's program. */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* Run `path argument`, on one CPU only when asked for, and keep what it prints in `output`, ended by a NUL.
 *
 * Returns whether it ended well within its minute and `size` bytes; says on stderr what went wrong when not. */
bool program_run(const char *path, const char *argument, bool one_cpu, char *output, size_t size);

#endif
