/* size.h - how many bytes each type takes, where it is used by value. The peer has defined PEER_SIZES, a list of
 * {"class", sizeof(type)}. */
#ifndef BENCH_WORKLOADS_SIZE_H
#define BENCH_WORKLOADS_SIZE_H

#include "harness/measure.h"

typedef struct size_of_class {
    const char *name;
    size_t bytes;
} size_of_class;

static void size_report(const workload *self) {
    static const size_of_class sizes[] = {PEER_SIZES};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        report(self, sizes[i].name, (double)sizes[i].bytes, "bytes");
}

#define SIZE_WORKLOADS                                                                                               \
    { "size", size_report, 1, 0 }

#endif
