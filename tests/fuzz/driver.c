/* driver.c - runs a fuzz target without a fuzzer: over files, to replay what a fuzzer found, or over generated input.
 *
 *     fuzz_shlex FILE...               each file once
 *     fuzz_shlex [-runs=N] [-seed=N]   N inputs, made from an alphabet in which the interesting bytes are frequent
 *
 * An input that crashes can be made again: the seed of each is that of the run plus its number. The target is the
 * same that libFuzzer drives: see meson.build.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* A small generator (splitmix64): the same seed gives the same inputs on every machine. */
static uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static size_t generate(uint64_t seed, uint8_t *data, size_t limit) {
    uint64_t state = seed;
    size_t size = random_next(&state) % limit, letters = strlen(fuzz_alphabet);
    for (size_t i = 0; i < size; i++) {
        uint64_t r = random_next(&state);
        data[i] = r % 8 == 0 ? (uint8_t)(r >> 8) : (uint8_t)fuzz_alphabet[(r >> 8) % letters];
    }
    return size;
}

static void run_generated(uint64_t runs, uint64_t seed) {
    enum { limit = 96 };
    uint8_t data[limit];
    for (uint64_t i = 0; i < runs; i++)
        LLVMFuzzerTestOneInput(data, generate(seed + i, data, limit));
    printf("1..1\nok 1 - %" PRIu64 " inputs from seed %" PRIu64 "\n", runs, seed);
}

static int run_file(const char *path) {
    static uint8_t data[1 << 20];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    return 0;
}

int main(int argc, char **argv) {
    uint64_t runs = 20000, seed = 1;
    int files = 0, failures = 0;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "-runs=", 6) == 0) {
            runs = strtoull(argv[i] + 6, NULL, 10);
        } else if (strncmp(argv[i], "-seed=", 6) == 0) {
            seed = strtoull(argv[i] + 6, NULL, 10);
        } else {
            files++;
            failures += run_file(argv[i]);
        }
    }
    if (files == 0)
        run_generated(runs, seed);
    return failures != 0;
}
