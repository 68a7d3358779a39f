/* hunt.c - is there a bug in the primitives? Explores each scene of theirs, of two threads and of three, until one
 * fails, and prints which, and in how many schedules: what scripts/mutants asks when exploration is to find its bugs.
 *
 *     hunt [SCHEDULES [SEED]]      1000 of each scene, seed 1
 *
 * Ends with 1 when one failed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bugs.h"
#include "primitive_scenes.h"

static uint64_t all; /* schedules that were run so far */

static bool fails(const scene *tried, int threads, uint32_t faults, uint32_t schedules, uint64_t seed) {
    static thrum_explore_result result;
    thrum_explore_options options = {.name = tried->name,
                                     .schedules = schedules,
                                     .seed = seed,
                                     .grain = THRUM_EXPLORE_ATOMICS,
                                     .faults = faults,
                                     .steps = 20000,
                                     .patience = thrum_seconds(3),
                                     .budget = thrum_seconds(60)};
    scene_choose(tried, threads);
    int r = thrum_explore(scene_play, NULL, &options, &result);
    all += r < 0 ? 0 : result.schedules;
    if (r == THRUM_EXPLORE_FAILED)
        printf("%s of %d threads: %s in schedule %" PRIu64 ", %" PRIu64 " with all before\n", tried->name, threads,
               thrum_explore_failure_name(result.failure), result.schedules, all);
    else if (r < 0)
        printf("%s: it cannot be explored: %d\n", tried->name, r);
    return r != 0;
}

int main(int argc, char **argv) {
    uint32_t schedules = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    for (int round = 0; round < 4; round++)
        for (int i = 0; i < scene_count; i++)
            if (fails(&scenes[i], 2 + round % 2, round < 2 ? 0 : THRUM_EXPLORE_EINTR, schedules, seed))
                return 1;
    printf("nothing failed in %" PRIu64 " schedules\n", all);
    return 0;
}
