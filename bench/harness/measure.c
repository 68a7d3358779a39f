/* measure.c - clock, threads and output of a peer's program. The threads are POSIX threads for every peer: how a peer
 * makes its own is a workload of its own. */
#include "harness/measure.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { batches = 15, warm_up = 2, most_threads = 8 };

int64_t now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

void give_up(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

void report(const workload *self, const char *metric, double value, const char *unit) {
    printf("%s %s %.6g %s\n", self->name, metric, value, unit);
}

bool is_split(const workload *self) {
    return strstr(self->name, "@split") != NULL;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double percentile(double *values, int count, int percent) {
    qsort(values, (size_t)count, sizeof values[0], ascending);
    return values[count * percent / 100];
}

/* Pin the calling thread to the index-th of the CPUs that the process may use, counted round and round. */
static void pin(int index) {
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        give_up("sched_getaffinity failed");
    index %= CPU_COUNT(&allowed);
    int cpu = 0;
    for (; index > 0 || !CPU_ISSET(cpu, &allowed); cpu++)
        index -= CPU_ISSET(cpu, &allowed) != 0;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        give_up("sched_setaffinity failed");
}

typedef struct crew {
    pthread_barrier_t start;
    bool split;
    void (*body)(int index, void *arg);
    void *arg;
} crew;

typedef struct member {
    crew *crew;
    int index;
    pthread_t thread;
} member;

static void *run_member(void *arg) {
    member *self = arg;
    if (self->crew->split)
        pin(self->index);
    pthread_barrier_wait(&self->crew->start);
    self->crew->body(self->index, self->crew->arg);
    return NULL;
}

void run_together(int threads, bool split, void (*body)(int index, void *arg), void (*meanwhile)(void *arg),
                  void *arg) {
    crew all = {.split = split, .body = body, .arg = arg};
    member members[most_threads];
    pthread_barrier_init(&all.start, NULL, (unsigned)threads + 1);
    for (int i = 0; i < threads; i++) {
        members[i] = (member){.crew = &all, .index = i};
        if (pthread_create(&members[i].thread, NULL, run_member, &members[i]) != 0)
            give_up("pthread_create failed");
    }
    pthread_barrier_wait(&all.start);
    if (meanwhile)
        meanwhile(arg);
    for (int i = 0; i < threads; i++)
        pthread_join(members[i].thread, NULL);
    pthread_barrier_destroy(&all.start);
}

typedef struct batch_run {
    void (*batch)(long count, void *arg);
    long count;
    void *arg;
    double times[batches];
} batch_run;

static void run_batches(int index, void *arg) {
    batch_run *run = arg;
    for (int i = index - warm_up; i < batches; i++) {
        int64_t start = now_ns();
        run->batch(run->count, run->arg);
        if (i >= 0)
            run->times[i] = (double)(now_ns() - start) / (double)run->count;
    }
}

/* Beside a second thread, because some C libraries leave out atomic operations as long as there is only one. */
double ns_per_operation(void (*batch)(long count, void *arg), long count, void *arg) {
    batch_run run = {.batch = batch, .count = count, .arg = arg};
    run_together(1, false, run_batches, NULL, &run);
    return percentile(run.times, batches, 50);
}

void stopwatch_run(stopwatch *watch) {
    const struct timespec quarter = {.tv_nsec = 250 * 1000 * 1000};
    int64_t start = now_ns();
    nanosleep(&quarter, NULL);
    __atomic_store_n(&watch->stop, 1, __ATOMIC_RELAXED); /* a hint to end soon; the threads are joined afterwards */
    watch->seconds = (double)(now_ns() - start) / 1e9;
}

int count_tasks(void) {
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;
    if (!tasks)
        give_up("cannot read /proc/self/task");
    for (struct dirent *entry; (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

int peer_main(const workload *table, int argc, char **argv) {
    bool list = argc == 2 && strcmp(argv[1], "--list") == 0;
    for (; argc == 2 && table->name; table++) {
        if (list)
            puts(table->name);
        else if (strcmp(table->name, argv[1]) == 0)
            return table->run(table), 0;
    }
    if (!list)
        fprintf(stderr, "usage: %s --list | WORKLOAD\n", argv[0]);
    return list ? 0 : 2;
}
