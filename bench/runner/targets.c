/* targets.c - the targets, each a bound on one number: a speed or a time as a ratio to a peer of the same run, or a
 * value by itself. Some have a second bound, and are reached when either is kept. */
#include "runner/targets.h"

#include <math.h>
#include <stdio.h>

#include "runner/catalogue.h"
#include "runner/results.h"

typedef enum bound_kind {
    no_bound,
    speed_at_least, /* our speed over the peer's */
    time_at_most,   /* our time over the peer's */
    value_at_least,
    value_at_most
} bound_kind;

typedef struct bound {
    bound_kind kind;
    double limit;
    const char *metric; /* NULL is the largest of all metrics */
    const char *peer;   /* for the ratios */
} bound;

typedef struct target {
    const char *workload;
    bound first, second;
} target;

static const target targets[] = {
    {"lock.pair", {time_at_most, 0.87, "time", "pthread"}},
    {"lock.work.8", {speed_at_least, 2, "rate", "pthread"}},
    {"lock.work.8", {speed_at_least, 0.95, "rate", "nsync"}},
    {"lock.work.8", {value_at_least, 0.4, "fairness", NULL}},
    {"lock.work.2", {speed_at_least, 1.4, "rate", "pthread"}},
    {"lock.empty.1", {speed_at_least, 0.8, "rate", "pthread"}},
    {"lock.empty.2", {speed_at_least, 0.8, "rate", "pthread"}},
    {"lock.empty.4", {speed_at_least, 0.8, "rate", "pthread"}},
    {"lock.empty.8", {speed_at_least, 0.8, "rate", "pthread"}},
    {"lock.empty.2@split", {speed_at_least, 0.8, "rate", "pthread"}},
    {"rlock.levels", {speed_at_least, 1.1, "time", "pthread"}},
    {"semaphore.pair", {time_at_most, 1, "time", "pthread"}},
    {"condition.pingpong@1cpu", {speed_at_least, 1.6, "time", "pthread"}},
    {"condition.pingpong@split", {speed_at_least, 5, "time", "pthread"}},
    {"event.wake", {time_at_most, 1.1, "p50", "floor"}},
    {"event.wake@split", {time_at_most, 1.1, "p50", "floor"}},
    {"barrier.8", {speed_at_least, 4, "rate", "pthread"}},
    {"thread.start_join", {time_at_most, 1.05, "time", "pthread"}},
    {"timer.threads", {value_at_most, 1, "threads", NULL}},
    {"timer.start", {value_at_most, 60, "time", NULL}, {speed_at_least, 1.4, "time", "libuv"}},
    {"timer.cancel", {value_at_most, 40, "time", NULL}, {speed_at_least, 7, "time", "libuv"}},
    {"queue.1x1", {speed_at_least, 1.3, "rate", "crossbeam"}},
    {"queue.1x1", {speed_at_least, 2, "rate", "go"}},
    {"queue.4x1", {speed_at_least, 1.3, "rate", "crossbeam"}},
    {"queue.4x1", {speed_at_least, 2, "rate", "go"}},
    {"queue.2x2", {speed_at_least, 1.3, "rate", "crossbeam"}},
    {"queue.2x2", {speed_at_least, 2, "rate", "go"}},
    {"queue.4x4", {speed_at_least, 1.3, "rate", "crossbeam"}},
    {"queue.4x4", {speed_at_least, 2, "rate", "go"}},
    {"queue.1x1", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.4x1", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.2x2", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.4x4", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.1x1.16", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.4x1.16", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.2x2.16", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.4x4.16", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.4x1.1", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.2x2.1", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.4x4.1", {speed_at_least, 1, "rate", "pthread"}},
    {"queue.handoff@1cpu", {time_at_most, 1.1, "time", "pthread"}},
    {"queue.handoff@split", {speed_at_least, 10, "time", "pthread"}},
    {"priority.put", {time_at_most, 1, "time", "std"}},
    {"priority.get", {time_at_most, 1, "time", "std"}},
    {"sched.enter", {value_at_most, 60, "time", NULL}, {speed_at_least, 1.4, "time", "libuv"}},
    {"sched.cancel", {value_at_most, 40, "time", NULL}, {speed_at_least, 7, "time", "libuv"}},
    {"pool.submit", {speed_at_least, 2, "rate", "tbb"}},
    {"pool.submit", {speed_at_least, 2, "rate", "rayon"}},
    {"pool.fib", {speed_at_least, 6, "time", "tbb"}},
    {"pool.fib", {speed_at_least, 0.9, "time", "rayon"}},
    {"pool.map", {speed_at_least, 1, "rate", "tbb"}},
    {"pool.map", {speed_at_least, 1, "rate", "rayon"}},
    {"pool.map", {speed_at_least, 1, "rate", "omp"}},
    {"pool.trip", {value_at_most, 1500, "time", NULL}},
    {"pool.trip", {speed_at_least, 10, "time", "glib"}},
    {"pool.trip", {speed_at_least, 10, "time", "libuv"}},
    {"process.true", {time_at_most, 1.03, "time", "floor"}},
    {"process.true@4g", {time_at_most, 1.03, "time", "floor"}},
    {"process.static", {time_at_most, 1.15, "time", "floor"}},
    {"process.asked", {time_at_most, 1.15, "time", "floor"}},
    {"process.capture", {speed_at_least, 1.3, "rate", "pthread"}},
    {"process.capture", {speed_at_least, 2.5, "rate", "python3"}},
    {"process.wake", {value_at_most, 100, "p50", NULL}},
    {"size", {value_at_most, 8, "lock", NULL}},
    {"size", {value_at_most, 64, NULL, NULL}},
};

static bool largest_summary(int peer, int workload, summary *ret_summary) {
    summary one;
    const char *metric;
    bool any = false;
    for (int i = 0; (metric = results_metric(workload, i)); i++)
        if (results_summary(peer, workload, metric, &one) && (!any || one.median > ret_summary->median)) {
            *ret_summary = one;
            any = true;
        }
    return any;
}

/* What there is to be compared with the limit; false when it was not measured. */
static bool bound_measured(const bound *self, int workload, double *ret_value) {
    int thrum = peer_find("thrum");
    summary ours, theirs;
    if (!(self->metric ? results_summary(thrum, workload, self->metric, &ours)
                       : largest_summary(thrum, workload, &ours)))
        return false;
    *ret_value = ours.median;
    if (self->kind == value_at_least || self->kind == value_at_most)
        return true;
    if (!results_summary(peer_find(self->peer), workload, self->metric, &theirs))
        return false;
    double speed = speed_against(&ours, &theirs);
    *ret_value = self->kind == speed_at_least ? speed : 1 / speed;
    return true;
}

/* Compares what is printed: a ratio of two decimals. */
static bool bound_kept(const bound *self, double value) {
    value = round(value * 100) / 100;
    bool at_least = self->kind == speed_at_least || self->kind == value_at_least;
    return at_least ? value >= self->limit : value <= self->limit;
}

static const char *bound_text(const bound *self, char *text, size_t size) {
    const char *metric = self->metric ? self->metric : "largest";
    bool at_least = self->kind == speed_at_least || self->kind == value_at_least;
    const char *sign = at_least ? ">=" : "<=";
    if (self->kind == speed_at_least || self->kind == time_at_most)
        snprintf(text, size, "%s %s %.4gx %s", self->kind == time_at_most ? "time" : "speed", sign, self->limit,
                 self->peer);
    else
        snprintf(text, size, "%s %s %.4g", metric, sign, self->limit);
    return text;
}

static void target_print(const target *self, int workload) {
    double first, second;
    char text[64];
    if (!bound_measured(&self->first, workload, &first))
        return;
    bool kept = bound_kept(&self->first, first);
    printf("  %-26s %-28s %10.2f  ", self->workload, bound_text(&self->first, text, sizeof text), first);
    if (kept || self->second.kind == no_bound || !bound_measured(&self->second, workload, &second))
        puts(kept ? "yes" : "no");
    else
        printf("no\n  %-26s %-28s %10.2f  %s\n", "  or", bound_text(&self->second, text, sizeof text), second,
               bound_kept(&self->second, second) ? "yes" : "no");
}

void targets_print(void) {
    printf("\ntargets\n  %-26s %-28s %10s  reached\n", "", "target", "measured");
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        target_print(&targets[i], workload_find(targets[i].workload));
}
