/* machine.h - where a run takes place, and who else was there. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdint.h>

/* Print the machine in general terms: CPUs, kernel, C library, compiler. */
void machine_print(void);

/* Begin to watch the CPUs; and the share of their time since then, from 0 to 1, that neither was idle nor went to the
 * programs that this one has run. Below what the kernel's clock can tell it is 0. */
void machine_watch(void);
double machine_others(void);

/* The monotonic clock. */
int64_t machine_ns(void);

#endif
