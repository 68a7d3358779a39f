#include "runner/machine.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

void machine_print(void) {
    struct utsname name;
    char libc[64] = "";
    uname(&name);
    confstr(_CS_GNU_LIBC_VERSION, libc, sizeof libc);
    printf("%ld CPUs (%s), %s %s, %s, compiler %s\n", sysconf(_SC_NPROCESSORS_ONLN), name.machine, name.sysname,
           name.release, libc[0] ? libc : "another C library", __VERSION__);
}

int64_t machine_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Seconds that the CPUs have spent, all and not idle, and that our programs have used. */
typedef struct usage {
    double all, busy, ours;
} usage;

static usage since;

static double seconds(struct timeval tv) {
    return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static usage usage_now(void) {
    unsigned long long user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
    FILE *stat = fopen("/proc/stat", "re");
    if (stat) {
        if (fscanf(stat, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &iowait, &irq,
                   &softirq, &steal) != 8)
            idle = 0;
        fclose(stat);
    }
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    double busy = (double)(user + nice + system + irq + softirq + steal) * tick;
    struct rusage children;
    getrusage(RUSAGE_CHILDREN, &children);
    return (usage){busy + (double)(idle + iowait) * tick, busy,
                   seconds(children.ru_utime) + seconds(children.ru_stime)};
}

void machine_watch(void) {
    since = usage_now();
}

double machine_others(void) {
    usage now = usage_now();
    double all = now.all - since.all, others = (now.busy - since.busy) - (now.ours - since.ours);
    double noticeable = 2.0 / (double)sysconf(_SC_CLK_TCK);
    return all > 0 && others > noticeable ? others / all : 0;
}
