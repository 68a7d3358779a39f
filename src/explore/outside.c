/* outside.c - waiting for something else than a word, and calls that really block. */
#include <errno.h>

#include "explore/objects.h"
#include "explore/turns.h"

static uint32_t waiting; /* how many threads wait with an x_await */
static x_thread keeper;  /* has the turn while it is decided who follows a thread that leaves */

void x_outside_begin(void) {
    waiting = 0;
}

bool x_outside_anybody(void) {
    return waiting > 0;
}

int x_engine_await(const x_await *await, int64_t deadline) {
    x_thread *me = x_turn_self();
    while (!await->ready(await->arg)) {
        if (deadline <= x_engine_now())
            return -ETIMEDOUT;
        x_turn_note_outside(await);
        me->object = x_object_number(await->object);
        x_turn_park(me, NULL, await, deadline);
        waiting++;
        x_turn_hand_over(me, x_turn_decide(NULL));
        waiting--;
        me->await = NULL;
        if (me->timed_out)
            return await->ready(await->arg) ? 0 : -ETIMEDOUT;
    }
    return 0;
}

static bool is_back(void *arg) {
    /* Acquire: pairs with the release in x_engine_enter(). */
    return __atomic_load_n(&((x_thread *)arg)->back, __ATOMIC_ACQUIRE) != 0;
}

/* The thread that has its turn only decides who is next, for one that is about to leave. */
static void *keep(void *arg) {
    for (;;) {
        x_turn_take(&keeper);
        x_turn_give(x_turn_decide(NULL));
    }
    return arg;
}

int x_engine_leave(const char *what) {
    x_thread *me = x_turn_self();
    int r = keeper.exists ? 0 : pthread_create(&keeper.handle, NULL, keep, NULL);
    if (r != 0)
        return -r;
    keeper.exists = true;
    me->back = 0;
    me->away = (x_await){NULL, what, is_back, me, true};
    x_turn_note_outside(&me->away);
    x_turn_park(me, NULL, &me->away, INT64_MAX);
    waiting++;
    x_turn_give(&keeper);
    return 0;
}

void x_engine_enter(void) {
    x_thread *me = x_turn_self();
    /* Release: pairs with the acquire in is_back(). */
    __atomic_store_n(&me->back, 1, __ATOMIC_RELEASE);
    x_turn_take(me);
    waiting--;
    me->await = NULL;
}
