/* targets.h - what the library is to reach, and whether it did. */
#ifndef BENCH_TARGETS_H
#define BENCH_TARGETS_H

/* Print a line for each target whose workload was measured. */
void targets_print(void);

#endif
