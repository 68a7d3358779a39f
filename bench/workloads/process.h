/* process.h - the workloads of starting programs. The peer has defined
 *     peer_start_and_wait(program)     start it with no arguments, wait for its end
 *     peer_start_asked(program)        the same with three pipes, a directory, an environment, all other descriptors
 *                                      closed and a session of its own
 *     peer_capture(program)            all that it writes: how many bytes
 * The programs stand beside the peer's own. */
#ifndef BENCH_WORKLOADS_PROCESS_H
#define BENCH_WORKLOADS_PROCESS_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/measure.h"

enum { captured_bytes = 64 << 20, captures = 5, most_starts = 1000, warm_up = 5 };

static const char *beside(const char *name) {
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 64);
    if (length < 0)
        give_up("no /proc/self/exe");
    path[length] = 0;
    char *slash = strrchr(path, '/');
    if (!slash)
        give_up("no directory");
    strcpy(slash + 1, name);
    return path;
}

/* The median of single starts: what else the machine did meanwhile falls on few of them, and on the whole of a
 * batch. */
static void report_starts(const workload *self, void (*start)(const char *program), const char *program) {
    static double times[most_starts];
    for (long i = -warm_up; i < self->count; i++) {
        int64_t begin = now_ns();
        start(program);
        if (i >= 0)
            times[i] = (double)(now_ns() - begin) / 1e3;
    }
    report(self, "time", percentile(times, (int)self->count, 50), "us");
}

static void start_plainly(const char *program) {
    peer_start_and_wait(program);
}

static void start_asked(const char *program) {
    peer_start_asked(program);
}

static void process_true(const workload *self) {
    report_starts(self, start_plainly, "/bin/true");
}

/* The parent has 4 GiB of small pages: their tables are what a fork copies. */
static void process_true_large(const workload *self) {
    const size_t size = (size_t)4 << 30, page = 4096;
    char *memory = (char *)mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        give_up("no 4 GiB of memory");
    madvise(memory, size, MADV_NOHUGEPAGE);
    for (size_t at = 0; at < size; at += page)
        memory[at] = 1;
    process_true(self);
    munmap(memory, size);
}

static void process_static(const workload *self) {
    report_starts(self, start_plainly, beside("bench-nothing"));
}

static void process_asked(const workload *self) {
    report_starts(self, start_asked, beside("bench-nothing"));
}

static void process_capture(const workload *self) {
    double rates[captures];
    for (int i = 0; i < captures; i++) {
        int64_t begin = now_ns();
        if (peer_capture(beside("bench-pour")) != captured_bytes)
            give_up("not all was captured");
        rates[i] = captured_bytes / ((double)(now_ns() - begin) / 1e9) / 1e6;
    }
    report(self, "first", rates[0], "MB/s");
    report(self, "rate", percentile(rates, captures, 50), "MB/s");
}

#define PROCESS_WORKLOADS                                                                                            \
    {"process.true", process_true, 1, 200}, {"process.true@4g", process_true_large, 1, 40},                          \
        {"process.static", process_static, 1, 500}, {"process.asked", process_asked, 1, 500}, {                      \
        "process.capture", process_capture, 1, 1                                                                     \
    }

#endif
