/* hunt.c - is there a bug in the primitives? Explores each scene of theirs, of two threads and of three, and the
 * situations that have to be brought about, until one fails, and prints which, and in how many schedules: what
 * scripts/mutants asks when exploration is to find its bugs.
 *
 *     hunt [SCHEDULES [SEED [NAME]]]      1000 of each scene, seed 1; or of the scene or situation NAME only
 *
 * Ends with 1 when one failed. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bugs.h"
#include "primitive_scenes.h"
#include "situations.h"

static uint32_t schedules = 1000;
static uint64_t seed = 1;
static const char *only; /* NULL: all */
static uint64_t all;     /* schedules that were run so far */

static bool fails(const char *title, void (*body)(void *arg), uint32_t faults, bool isolate) {
    static thrum_explore_result result;
    thrum_explore_options options = {.name = title,
                                     .schedules = schedules,
                                     .seed = seed,
                                     .grain = THRUM_EXPLORE_ATOMICS,
                                     .faults = faults,
                                     .signal = SIGUSR1,
                                     .isolate = isolate,
                                     .steps = 20000,
                                     .patience = thrum_seconds(10),
                                     .budget = thrum_seconds(60)};
    if (only && strncmp(title, only, strlen(only)) != 0)
        return false;
    int r = thrum_explore(body, NULL, &options, &result);
    all += r < 0 ? 0 : result.schedules;
    if (r == THRUM_EXPLORE_FAILED)
        printf("%s%s: %s in schedule %" PRIu64 ", %" PRIu64 " with all before\n", result.text, title,
               thrum_explore_failure_name(result.failure), result.schedules, all);
    else if (r < 0)
        printf("%s: it cannot be explored: %d\n", title, r);
    return r != 0;
}

static bool scene_fails(const scene *tried, int threads, uint32_t faults) {
    char title[64];
    snprintf(title, sizeof title, "%s of %d threads", tried->name, threads);
    scene_choose(tried, threads);
    return fails(title, scene_play, faults, false);
}

int main(int argc, char **argv) {
    schedules = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : schedules;
    seed = argc > 2 ? strtoull(argv[2], NULL, 0) : seed;
    only = argc > 3 ? argv[3] : NULL;
    for (int round = 0; round < 4; round++)
        for (int i = 0; i < scene_count; i++)
            if (scene_fails(&scenes[i], 2 + round % 2, round < 2 ? 0 : THRUM_EXPLORE_EINTR))
                return 1;
    for (int i = 0; i < situation_count; i++)
        if (fails(situations[i].name, situations[i].body, situations[i].faults, situations[i].isolate))
            return 1;
    printf("nothing failed in %" PRIu64 " schedules\n", all);
    return 0;
}
