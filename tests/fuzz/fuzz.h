/* fuzz.h - what a fuzz target defines, and how it says that a property does not hold. */
#ifndef THRUM_FUZZ_H
#define THRUM_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's entry point: one input. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes that matter to the target: the driver uses them most of the time. */
extern const char fuzz_alphabet[];

/* A property of the target. abort() is what a fuzzer reports. */
#define FUZZ_CHECK(condition)                                                                                        \
    do {                                                                                                             \
        if (!(condition)) {                                                                                          \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                \
            abort();                                                                                                 \
        }                                                                                                            \
    } while (0)

#endif
