/* table.h - the tables that a run prints. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

/* Print what the peers reached in a workload, best first; `others` is the share of the CPUs that other programs had.
 */
void table_print(int workload, double others);

/* The same for a workload that has a value for each class rather than one for each round. */
void table_print_sizes(int workload);

#endif
