/* turns.h - what the engine's files share: threads, and who has the turn. Touched by the thread that has it only, but
 * for the two words that are said to be atomic. */
#ifndef THRUM_EXPLORE_TURNS_H
#define THRUM_EXPLORE_TURNS_H

#include <pthread.h>

#include "explore/engine.h"

enum { most_held = 32 };

typedef enum x_state { UNUSED, RUNNABLE, PARKED, FINISHING, ENDED } x_state;

typedef struct x_thread {
    uint32_t turn; /* 1: has the token. Atomic */
    x_state state;
    const uint32_t *word; /* PARKED: what it sleeps on, */
    int64_t deadline;     /* and until when */
    bool timed_out;       /* how its sleep ended */
    const x_await *await; /* PARKED: or what it waits for instead of a word */
    uint32_t back;        /* its call outside has returned. Atomic */
    x_await away;         /* what it waits for while it is outside */
    uint32_t object;      /* of its next operation */
    bool write;
    const char *verb;      /* likewise; NULL before the first */
    uint32_t fault_places; /* that it has come to */
    const void *held[most_held];
    uint32_t held_count;
    void *(*main)(void *arg);
    void *arg;
    pthread_t handle; /* of the system's thread, which is kept for the same number in the next schedule */
    bool exists;
} __attribute__((aligned(64))) x_thread;

/* The schedule that runs. */
typedef struct x_schedule {
    x_shared *shared;
    x_outcome *outcome;
    const x_front *front;
    uint32_t count, alive; /* its threads; those of them that have not ended, thread 0 included */
    int64_t clock;
    bool quiet, forks; /* nothing is decided: who runs goes on, then the oldest */
    x_thread threads[x_most_threads];
} x_schedule;
extern x_schedule x_now;

/* The calling thread, or NULL. */
x_thread *x_turn_self(void);

uint32_t x_turn_number(const x_thread *t);

/* By its number; NULL when the schedule has no such thread. */
x_thread *x_turn_thread(uint32_t number);

/* Sleep until it has its turn; let it have it. */
void x_turn_take(x_thread *t);
void x_turn_give(x_thread *t);

/* Who runs next. `running` is the thread with the token when it could go on, or NULL. */
x_thread *x_turn_decide(x_thread *running);

/* The same, for x_turn_decide() only, which says so; and begin a schedule. */
x_thread *x_choose(x_thread *running);
void x_choose_begin(void);

/* From one that has its turn to the one that was chosen. Returns when it is its turn again. */
void x_turn_hand_over(x_thread *me, x_thread *next);

/* It waits from now on, for a word or for an x_await. */
void x_turn_park(x_thread *me, const uint32_t *word, const x_await *await, int64_t deadline);

/* Begin a schedule: nobody waits with an x_await; and whether anybody does. */
void x_outside_begin(void);
bool x_outside_anybody(void);

/* The front, and how many threads this schedule has had. */
const x_front *x_turn_front(uint32_t *ret_count);

/* Whether threads wait for each other for ever; and fail because of that, if they do, with a text behind the
 * report. */
bool x_circle_exists(void);
void x_circle_check(const char *text);

/* What the schedule waited for that is not under control. */
void x_turn_note_outside(const x_await *await);

#endif
