#include "runner/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "runner/catalogue.h"
#include "runner/results.h"

enum { most_peers = 32 };

typedef struct table_row {
    int peer;
    summary main;
} table_row;

static int best_first(const void *a, const void *b) {
    const table_row *x = a, *y = b;
    double speed = speed_against(&x->main, &y->main);
    return (speed < 1) - (speed > 1);
}

static int rows_of(int workload, table_row *rows) {
    int count = 0;
    for (int peer = 0; peer < (int)peer_count && count < most_peers; peer++)
        if (results_summary(peer, workload, workloads[workload].metric, &rows[count].main))
            rows[count++].peer = peer;
    qsort(rows, (size_t)count, sizeof *rows, best_first);
    return count;
}

/* Four digits that count, or a whole number, without an exponent: the tables hold nanoseconds and millions. */
static const char *short_number(double value, char *text, size_t size) {
    int decimals = value >= 1000 || value == (double)(long)value ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
    snprintf(text, size, "%.*f", decimals, value);
    return text;
}

/* A column with the speed against a peer, or a dash when that was not measured or one of them is nothing. */
static void print_speed(const table_row *row, int workload, const char *base_name) {
    summary base;
    if (results_summary(peer_find(base_name), workload, workloads[workload].metric, &base) && base.median > 0 &&
        row->main.median > 0)
        printf(" %9.2f", speed_against(&row->main, &base));
    else
        printf(" %9s", "-");
}

static void print_row(const table_row *row, int workload) {
    char median[24], least[24], most[24];
    summary also;
    const summary *self = &row->main;
    printf("  %-12s %10s  %9s..%-9s", peers[row->peer].name, short_number(self->median, median, sizeof median),
           short_number(self->least, least, sizeof least), short_number(self->most, most, sizeof most));
    print_speed(row, workload, "thrum");
    print_speed(row, workload, "pthread");
    if (workloads[workload].also && results_summary(row->peer, workload, workloads[workload].also, &also))
        printf(" %9s", short_number(also.median, median, sizeof median));
    putchar('\n');
}

void table_print(int workload, double others) {
    table_row rows[most_peers];
    const catalogue_workload *self = &workloads[workload];
    int count = rows_of(workload, rows);
    if (count == 0)
        return;
    const char *unit = rows[0].main.unit;
    printf("\n%s: %s\n", self->name, self->title);
    printf("  %s, %s is better; other programs had %.0f %% of the CPUs\n", unit,
           more_is_better(unit) ? "more" : "less", 100 * others);
    printf("  %-12s %10s  %9s..%-9s %9s %9s %9s\n", "", "median", "least", "most", "x thrum", "x pthread",
           self->also ? self->also : "");
    for (int i = 0; i < count; i++)
        print_row(&rows[i], workload);
    fflush(stdout);
}

static void print_sizes_of(int peer, int workload) {
    summary size;
    const char *metric;
    bool named = false;
    for (int i = 0; (metric = results_metric(workload, i)); i++) {
        bool has = results_summary(peer, workload, metric, &size);
        if (has && !named)
            named = printf("  %-12s", peers[peer].name) > 0;
    }
    if (!named)
        return;
    for (int i = 0; (metric = results_metric(workload, i)); i++)
        if (results_summary(peer, workload, metric, &size))
            printf(" %10g", size.median);
        else
            printf(" %10s", "-");
    putchar('\n');
}

void table_print_sizes(int workload) {
    const char *metric;
    if (!results_metric(workload, 0))
        return;
    printf("\n%s: %s\n  %-12s", workloads[workload].name, workloads[workload].title, "");
    for (int i = 0; (metric = results_metric(workload, i)); i++)
        printf(" %10s", metric);
    putchar('\n');
    for (int peer = 0; peer < (int)peer_count; peer++)
        print_sizes_of(peer, workload);
}
