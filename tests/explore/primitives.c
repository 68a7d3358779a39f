/* primitives.c - each primitive of threading under every schedule with at most three preemptions, of two threads and
 * of three, with a place for a switch at each atomic operation; what is made of several primitives with fewer. */
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

static void explore(const char *name, int threads, uint32_t preemptions) {
    thrum_explore_result result;
    thrum_explore_options options = {.name = name,
                                     .strategy = THRUM_EXPLORE_EXHAUSTIVE,
                                     .grain = THRUM_EXPLORE_ATOMICS,
                                     .preemptions = preemptions,
                                     .budget = thrum_seconds(600)};
    scene_choose(named(name), threads);
    int r = thrum_explore(scene_play, NULL, &options, &result);
    if (r != 0 || !result.complete)
        TEST_FAIL("%d: %s", r, result.text);
    printf("# %s, %d threads, %u preemptions: %llu schedules\n", name, threads, preemptions,
           (unsigned long long)result.schedules);
}

#define PRIMITIVE_WITHIN(name, by_two, by_three)                                                                     \
    TEST(name##_by_two) {                                                                                            \
        explore(#name, 2, by_two);                                                                                   \
    }                                                                                                                \
    TEST(name##_by_three) {                                                                                          \
        explore(#name, 3, by_three);                                                                                 \
    }
#define PRIMITIVE(name) PRIMITIVE_WITHIN(name, 3, 3)

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
/* These have more states: several primitives each, or limits that may run out at any time. */
PRIMITIVE_WITHIN(put_or_take_deep, 3, 2)
PRIMITIVE_WITHIN(end_or_join, 3, 2)
PRIMITIVE_WITHIN(keep_or_give_up, 3, 2)
PRIMITIVE_WITHIN(own_or_refuse, 3, 2)
PRIMITIVE_WITHIN(put_or_wait_for, 3, 2)
PRIMITIVE_WITHIN(notify_one_or_wait, 3, 2)
PRIMITIVE_WITHIN(one_after_the_other, 3, 2)
PRIMITIVE_WITHIN(all_in_order, 3, 2)

/* The thread that keeps time is one more, and is left over: each schedule is a process. Three are left to hunt.c. */
TEST(fire_or_cancel_by_two) {
    explore("fire_or_cancel", 2, 1);
}

TEST_MAIN()
