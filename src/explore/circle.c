/* circle.c - threads that wait for each other for ever.
 *
 * Nobody else may be able to run, and then it is seen anyway. But main may come to its end, well or badly, while
 * others have closed a circle: daemons, or the threads of a program that gives up after a while. From then on no
 * thread can open the circle any more, so it is a failure, and the reason of what else failed. */
#include <stdio.h>

#include "explore/turns.h"

static bool in_circle(const x_front *front, uint32_t count, uint32_t thread) {
    uint32_t next = thread;
    for (uint32_t i = 0; i < count && next < count; i++) {
        next = front->owner(next);
        if (next == thread)
            return true;
    }
    return false;
}

bool x_circle_exists(void) {
    uint32_t count;
    const x_front *front = x_turn_front(&count);
    for (uint32_t i = 0; i < count; i++)
        if (in_circle(front, count, i))
            return true;
    return false;
}

void x_circle_check(const char *text) {
    char report[sizeof((x_outcome *)0)->text];
    uint32_t count;
    const x_front *front = x_turn_front(&count);
    if (!x_circle_exists())
        return;
    size_t length = 0;
    for (uint32_t i = 0; i < count && length < sizeof report - 1600; i++) {
        char name[64], owner[64], what[256];
        if (!in_circle(front, count, i))
            continue;
        front->thread_name(i, name, sizeof name);
        front->thread_name(front->owner(i), owner, sizeof owner);
        (void)front->waits_for(i, what, sizeof what);
        length +=
            (size_t)snprintf(report + length, sizeof report - length,
                             "  T%u '%s' waits for %s, and so for T%u '%s'\n", i, name, what, front->owner(i), owner);
    }
    snprintf(report + length, sizeof report - length, "%s", text);
    x_engine_fail(THRUM_EXPLORE_DEADLOCK, report);
}
