/* measure.h - what a peer's program needs to measure a workload and to say what it found.
 *
 * A peer is something that a user would pick instead of thrum. Each has a program of its own, so that one library's
 * threads and allocations cannot disturb another's. The program is a table of workloads:
 *
 *     peer-nsync --list              the names of the workloads that this peer has
 *     peer-nsync lock.pair           measure one, and print a line per measurement: "lock.pair time 16.6 ns"
 *
 * The loops are the same for all peers in C and C++: they stand in bench/workloads/, call the operations
 * peer_lock_..., peer_condition_..., and are compiled together with a peer's own inline definitions of these.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One row of a peer's table. */
typedef struct workload {
    const char *name; /* family.what, and @split for threads pinned to different CPUs */
    void (*run)(const struct workload *self);
    int threads;
    long count; /* operations, or for a workload of fixed time 1 for work inside the lock and 0 for none */
} workload;

/* Run the workload that the command line names, or list them. The table ends with a row without a name. */
int peer_main(const workload *table, int argc, char **argv);

/* Print one measurement. */
void report(const workload *self, const char *metric, double value, const char *unit);

/* Print why the peer cannot be measured, and end the program. */
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void give_up(const char *why);

/* The monotonic clock. */
int64_t now_ns(void);

/* The time that one operation takes: the median of several batches of `count`, so that a batch in which the machine
 * did something else does not count. */
double ns_per_operation(void (*batch)(long count, void *arg), long count, void *arg);

/* Sort the values and return the one below which `percent` of them lie. */
double percentile(double *values, int count, int percent);

/* Whether the name of the workload ends in @split. */
bool is_split(const workload *self);

/* Run body(index, arg) in `threads` threads, which start together, and then, when it is not NULL, meanwhile(arg) in
 * the caller. With `split` the threads are pinned to the CPUs in turn. Returns when all have ended. */
void run_together(int threads, bool split, void (*body)(int index, void *arg), void (*meanwhile)(void *arg),
                  void *arg);

/* The same for a measurement of a fixed time: `meanwhile` of run_together() that sleeps and then sets *stop. */
typedef struct stopwatch {
    int stop;
    double seconds; /* how long it took in the end */
} stopwatch;
void stopwatch_run(stopwatch *watch);

/* Threads of the process at this moment. */
int count_tasks(void);

#ifdef __cplusplus
}
#endif

#endif
