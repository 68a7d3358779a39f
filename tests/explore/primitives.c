/* primitives.c - each primitive of threading under every schedule with at most three preemptions, of two threads and
 * of three, with a place for a switch at each atomic operation.
 *
 * The threads stand at a line before the first decision, and none ends before all are done, but for the scenes that
 * are about starts and ends. WHOLE=1 in the environment explores the starts and ends of all, which takes ten times as
 * long, and PREEMPTIONS=4 goes further. */
#include "bugs.h"
#include "primitive_scenes.h"
#include "test.h"

static const scene *named(const char *name) {
    for (int i = 0; i < scene_count; i++)
        if (strcmp(scenes[i].name, name) == 0)
            return &scenes[i];
    TEST_FAIL("there is no scene %s", name);
    return NULL;
}

static uint32_t preemptions(void) {
    const char *wanted = getenv("PREEMPTIONS");
    return wanted ? (uint32_t)strtoul(wanted, NULL, 10) : 3;
}

static void explore(const char *name, int threads, uint32_t most) {
    thrum_explore_result result;
    thrum_explore_options options = {.name = name,
                                     .strategy = THRUM_EXPLORE_EXHAUSTIVE,
                                     .grain = THRUM_EXPLORE_ATOMICS,
                                     .preemptions = most,
                                     .budget = thrum_seconds(TEST_SECONDS)};
    scene_choose(named(name), threads);
    scene_line_up(!getenv("WHOLE"));
    double begin = thrum_monotonic();
    int r = thrum_explore(scene_play, NULL, &options, &result);
    if (r != 0 || !result.complete)
        TEST_FAIL("%d: %s", r, result.text);
    printf("# %s, %d threads, %u preemptions: %llu schedules in %.1f s\n", name, threads, most,
           (unsigned long long)result.schedules, thrum_monotonic() - begin);
}

#define PRIMITIVE(name)                                                                                              \
    TEST(name##_by_two) {                                                                                            \
        explore(#name, 2, preemptions());                                                                            \
    }                                                                                                                \
    TEST(name##_by_three) {                                                                                          \
        explore(#name, 3, preemptions());                                                                            \
    }

PRIMITIVE(with_lock)
PRIMITIVE(with_time_limit)
PRIMITIVE(with_rlock)
PRIMITIVE(with_permit)
PRIMITIVE(with_permit_in_time)
PRIMITIVE(with_bounded_permit)
PRIMITIVE(set_or_wait)
PRIMITIVE(set_and_clear_or_wait)
PRIMITIVE(put_or_take)
PRIMITIVE(put_or_take_in_time)
PRIMITIVE(with_value)
PRIMITIVE(meet)
PRIMITIVE(meet_in_time)
PRIMITIVE(put_or_take_deep)
PRIMITIVE(end_or_join)
PRIMITIVE(keep_or_give_up)
PRIMITIVE(own_or_refuse)
PRIMITIVE(put_or_wait_for)
PRIMITIVE(notify_one_or_wait)
PRIMITIVE(one_after_the_other)
PRIMITIVE(all_in_order)

PRIMITIVE(cancel_or_join)
PRIMITIVE(start_or_cancel)

/* A timer for each, and the threads that keep time and call its function: seven at a time are enough. */
TEST(fire_or_cancel_by_two) {
    explore("fire_or_cancel", 2, preemptions());
}

TEST_MAIN()
