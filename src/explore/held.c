/* held.c - what each thread holds, and what orders the threads' accesses to memory. */
#include "explore/race.h"
#include "explore/turns.h"

void x_engine_gives(const void *object) {
    x_race_give(x_engine_self(), object);
}

void x_engine_takes(const void *object) {
    x_race_take(x_engine_self(), object);
}

void x_engine_acquired(const void *object) {
    x_thread *me = x_turn_self();
    x_engine_takes(object);
    if (me->held_count < most_held)
        me->held[me->held_count++] = object;
}

static bool let_go(x_thread *t, const void *object) {
    for (uint32_t i = t->held_count; i > 0; i--)
        if (t->held[i - 1] == object) {
            t->held[i - 1] = t->held[--t->held_count];
            return true;
        }
    return false;
}

/* A Lock may be released by another thread than the one that acquired it. */
void x_engine_released(const void *object) {
    x_engine_gives(object);
    if (let_go(x_turn_self(), object))
        return;
    for (uint32_t i = 0; x_turn_thread(i); i++)
        if (let_go(x_turn_thread(i), object))
            return;
}
