/* results.h - the measurements of a run, and what they come to. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>
#include <stdio.h>

enum { metric_size = 16, unit_size = 8 };

typedef struct measurement {
    int round, peer, workload;
    char metric[metric_size];
    double value;
    char unit[unit_size];
} measurement;

/* What the rounds of one metric come to. */
typedef struct summary {
    double median, least, most;
    const char *unit; /* lives as long as the results */
} summary;

/* Keep a measurement; with `lines`, also print it as the one line that the format is:
 * "ROUND PEER WORKLOAD METRIC VALUE UNIT". */
void results_add(const measurement *one, FILE *lines);

/* Whether there is such a measurement, and the summary of all rounds. */
bool results_summary(int peer, int workload, const char *metric, summary *ret_summary);

/* The metric that was reported `index`-th for a workload, counting each once, or NULL. */
const char *results_metric(int workload, int index);

/* Whether more of the unit is better: a rate or a share, in contrast to a time, a size or a number of threads. */
bool more_is_better(const char *unit);

/* How many times as fast as `base`, or as small: above 1 when `it` is better. */
double speed_against(const summary *it, const summary *base);

#endif
