/* section.h - the work inside a lock: about 70 ns of arithmetic on data that the lock protects. */
#ifndef BENCH_SECTION_H
#define BENCH_SECTION_H

#include <stdint.h>

enum { section_steps = 54 };

typedef struct section {
    uint64_t state;
    long entries; /* how often somebody was inside: a lock that lets two in at once loses some */
} section;

/* Steps of a hash, each of which needs the result of the one before, and of which no compiler can make one. */
static inline void section_work(section *inside) {
    uint64_t state = inside->state;
    for (int i = 0; i < section_steps; i++)
        state = (state ^ state >> 29) * UINT64_C(6364136223846793005);
    inside->state = state;
    inside->entries++;
}

#endif
