#include "runner/results.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "runner/catalogue.h"

static measurement *all;
static size_t count, room;

void results_add(const measurement *one, FILE *lines) {
    if (count == room) {
        room = room ? 2 * room : 256;
        all = realloc(all, room * sizeof *all);
        if (!all)
            err(1, "results");
    }
    all[count++] = *one;
    if (lines)
        fprintf(lines, "%d %s %s %s %.6g %s\n", one->round, peers[one->peer].name, workloads[one->workload].name,
                one->metric, one->value, one->unit);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool is_of(const measurement *one, int peer, int workload, const char *metric) {
    return one->peer == peer && one->workload == workload && strcmp(one->metric, metric) == 0;
}

bool results_summary(int peer, int workload, const char *metric, summary *ret_summary) {
    double *values = malloc((count + 1) * sizeof *values);
    size_t n = 0;
    const char *unit = "";
    if (!values)
        err(1, "results");
    for (size_t i = 0; i < count; i++)
        if (is_of(&all[i], peer, workload, metric)) {
            values[n++] = all[i].value;
            unit = all[i].unit;
        }
    qsort(values, n, sizeof *values, ascending);
    if (n > 0)
        *ret_summary = (summary){(values[(n - 1) / 2] + values[n / 2]) / 2, values[0], values[n - 1], unit};
    free(values);
    return n > 0;
}

/* Whether no measurement before all[i] has its metric. */
static bool is_first(size_t i) {
    for (size_t j = 0; j < i; j++)
        if (all[j].workload == all[i].workload && strcmp(all[j].metric, all[i].metric) == 0)
            return false;
    return true;
}

const char *results_metric(int workload, int index) {
    for (size_t i = 0; i < count; i++)
        if (all[i].workload == workload && is_first(i) && index-- == 0)
            return all[i].metric;
    return NULL;
}

bool more_is_better(const char *unit) {
    return strcmp(unit, "M/s") == 0 || strcmp(unit, "MB/s") == 0 || strcmp(unit, "k/s") == 0 ||
           strcmp(unit, "share") == 0;
}

double speed_against(const summary *it, const summary *base) {
    return more_is_better(it->unit) ? it->median / base->median : base->median / it->median;
}
