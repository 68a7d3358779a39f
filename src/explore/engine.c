/* engine.c - the token, the states of threads, and the decisions. See engine.h for who may touch what. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/engine.h"
#include "explore/objects.h"
#include "explore/random.h"
#include "explore/strategy.h"
#include "platform/platform.h"

enum { most_held = 32, ns_per_step = 1000 };

typedef enum state { UNUSED, RUNNABLE, PARKED, FINISHING, ENDED } state;

typedef struct thread {
    uint32_t turn; /* 1: has the token. The only word that two threads touch at a time */
    state state;
    const uint32_t *word; /* PARKED: what it sleeps on, */
    int64_t deadline;     /* and until when */
    bool timed_out;       /* how its sleep ended */
    uint32_t object;      /* of its next operation */
    bool write;
    const void *held[most_held];
    uint32_t held_count;
    void *(*main)(void *arg);
    void *arg;
    pthread_t handle; /* of the system's thread, which is kept for the same number in the next schedule */
    bool exists;
} __attribute__((aligned(64))) thread;

static thread threads[x_most_threads];
static __thread thread *self;
static struct {
    x_shared *shared;
    x_outcome *outcome;
    const x_front *front;
    uint32_t count, alive; /* threads of this schedule; those of them that have not ended, thread 0 included */
    int64_t clock;
} engine;

static uint32_t number_of(const thread *t) {
    return (uint32_t)(t - threads);
}

static void take_turn(thread *t) {
    /* Acquire: pairs with the release in give_turn(). */
    while (__atomic_load_n(&t->turn, __ATOMIC_ACQUIRE) == 0)
        (void)thrum__os_wait(&t->turn, 0, INT64_MAX);
    t->turn = 0;
}

static void give_turn(thread *t) {
    /* Release: pairs with the acquire in take_turn(). */
    __atomic_store_n(&t->turn, 1, __ATOMIC_RELEASE);
    thrum__os_wake(&t->turn);
}

static void hash_in(uint64_t value) {
    engine.outcome->hash = x_mix(engine.outcome->hash ^ x_mix(value + 1));
}

void x_engine_fail(thrum_explore_failure failure, const char *text) {
    x_outcome *outcome = engine.outcome;
    outcome->failure = failure;
    snprintf(outcome->text, sizeof outcome->text, "%s", text);
    for (uint32_t i = 0; i < engine.count; i++)
        engine.front->thread_name(i, outcome->thread_names[i], sizeof outcome->thread_names[i]);
    outcome->running = false;
    outcome->dirty = true;
    _exit(0);
}

/* Nobody can run: say who waits for what. */
static void fail_stuck(void) {
    char text[sizeof engine.outcome->text];
    size_t length = 0;
    const char *unheard = NULL;
    text[0] = '\0';
    for (uint32_t i = 0; i < engine.count && length < sizeof text - 400; i++) {
        char name[64], what[256];
        if (threads[i].state != PARKED)
            continue;
        engine.front->thread_name(i, name, sizeof name);
        const void *object = engine.front->waits_for(i, what, sizeof what);
        unheard = unheard ? unheard : x_objects_unheard(object);
        length += (size_t)snprintf(text + length, sizeof text - length, "  T%u '%s' waits for %s, for ever\n", i,
                                   name, what);
    }
    if (unheard)
        snprintf(text + length, sizeof text - length, "  %s\n", unheard);
    x_engine_fail(unheard                         ? THRUM_EXPLORE_LOST_WAKEUP
                  : threads[0].state == FINISHING ? THRUM_EXPLORE_LEAKED_THREAD
                                                  : THRUM_EXPLORE_DEADLOCK,
                  text);
}

/* A repetition is for people: keep the names, also for the case that it crashes. */
static void keep_names(const void *object) {
    x_outcome *outcome = engine.outcome;
    uint32_t me = number_of(self), number = self->object;
    engine.front->thread_name(me, outcome->thread_names[me], sizeof outcome->thread_names[me]);
    if (number < x_most_names && outcome->object_names[number][0] == '\0')
        engine.front->object_name(object, outcome->object_names[number], sizeof outcome->object_names[number]);
}

static void record_step(const thread *t, uint32_t object, const char *verb) {
    x_outcome *outcome = engine.outcome;
    outcome->trace[outcome->steps++ % x_most_steps] =
        (x_step){(uint16_t)number_of(t), (uint16_t)object, (uint16_t)outcome->decisions, verb};
    engine.clock += ns_per_step;
    if (outcome->steps > engine.shared->options.steps)
        x_engine_fail(THRUM_EXPLORE_LIVELOCK, "  more steps than allowed: the threads keep each other busy\n");
}

static void record_switch(uint32_t choice) {
    x_outcome *outcome = engine.outcome;
    if (outcome->switch_count < x_most_switches)
        outcome->switches[outcome->switch_count++] = (x_switch){outcome->decisions, choice};
    else
        outcome->switches_overflowed = true;
}

static void add(x_candidate *candidates, uint32_t *count, const thread *t, bool time_out, bool preempts) {
    uint32_t number = number_of(t);
    candidates[(*count)++] =
        (x_candidate){time_out ? x_time_out | number : number, number, t->object, t->write, preempts};
}

/* Who can run: the running thread first, then the others, oldest first, then those whose time could run out. */
static uint32_t gather(thread *running, x_candidate *candidates) {
    uint32_t count = 0;
    bool preempts = running != NULL;
    if (running)
        add(candidates, &count, running, false, false);
    for (uint32_t i = 0; i < engine.count; i++)
        if (threads[i].state == RUNNABLE && &threads[i] != running)
            add(candidates, &count, &threads[i], false, preempts);
    preempts = count > 0;
    for (uint32_t i = 0; i < engine.count; i++)
        if (threads[i].state == PARKED && threads[i].deadline != INT64_MAX)
            add(candidates, &count, &threads[i], true, preempts);
    return count;
}

static void let_time_out(thread *t) {
    t->state = RUNNABLE;
    t->timed_out = true;
    if (engine.clock < t->deadline)
        engine.clock = t->deadline;
}

/* When everybody sleeps time passes, and the first whose limit comes wakes up. */
static thread *earliest(void) {
    thread *first = NULL;
    for (uint32_t i = 0; i < engine.count; i++)
        if (threads[i].state == PARKED && threads[i].deadline != INT64_MAX &&
            (!first || threads[i].deadline < first->deadline))
            first = &threads[i];
    return first;
}

static bool anybody_runnable(const x_candidate *candidates, uint32_t count) {
    return count > 0 && !(candidates[0].choice & x_time_out);
}

/* At the end of the body: only threads that may be left are left. */
static bool only_left_overs(void) {
    if (threads[0].state != FINISHING)
        return false;
    for (uint32_t i = 1; i < engine.count; i++)
        if (threads[i].state == PARKED && !engine.front->may_be_left(i))
            return false;
    return true;
}

/* Who runs next. `running` is the thread with the token when it could go on, or NULL. */
static thread *decide(thread *running) {
    x_candidate candidates[2 * x_most_threads];
    uint32_t count = gather(running, candidates), index = 0;
    if (!anybody_runnable(candidates, count)) {
        thread *next = only_left_overs() ? NULL : earliest();
        if (next)
            let_time_out(next);
        else if (only_left_overs())
            next = &threads[0];
        else
            fail_stuck();
        return next;
    }
    if (count > 1) {
        index = x_strategy_pick(candidates, count, engine.outcome->decisions);
        if (index != 0)
            record_switch(candidates[index].choice);
        engine.outcome->decisions++;
        hash_in(candidates[index].choice);
    }
    thread *next = &threads[candidates[index].thread];
    if (candidates[index].choice & x_time_out)
        let_time_out(next);
    return next;
}

static void hand_over(thread *me, thread *next) {
    if (next == me)
        return;
    give_turn(next);
    take_turn(me);
}

bool x_engine_controls(void) {
    return self != NULL;
}

uint32_t x_engine_self(void) {
    return number_of(self);
}

void x_engine_point(const void *object, bool write, const char *verb) {
    self->object = x_object_number(object);
    self->write = write;
    if (engine.shared->order.replay)
        keep_names(object);
    record_step(self, self->object, verb);
    hash_in((uint64_t)number_of(self) << 32 | self->object << 1 | write);
    hand_over(self, decide(self));
}

int x_engine_wait(const uint32_t *word, uint32_t expected, int64_t deadline) {
    thread *me = self;
    if (*word != expected)
        return 0;
    if (deadline <= engine.clock)
        return -ETIMEDOUT;
    if (engine.shared->options.faults & THRUM_EXPLORE_SPURIOUS && x_engine_choose(2) == 1)
        return 0;
    me->state = PARKED;
    me->word = word;
    me->deadline = deadline;
    me->timed_out = false;
    hand_over(me, decide(NULL));
    return me->timed_out ? -ETIMEDOUT : 0;
}

void x_engine_wake(const uint32_t *word) {
    for (uint32_t i = 0; i < engine.count; i++)
        if (threads[i].state == PARKED && threads[i].word == word)
            threads[i].state = RUNNABLE;
}

int64_t x_engine_now(void) {
    return engine.clock;
}

uint32_t x_engine_choose(uint32_t n) {
    if (n < 2)
        return 0;
    uint32_t chosen = x_strategy_choose(n, engine.outcome->decisions);
    if (chosen != 0)
        record_switch(x_data | chosen);
    engine.outcome->decisions++;
    hash_in(x_data | chosen);
    return chosen;
}

void x_engine_acquired(const void *object) {
    if (self->held_count < most_held)
        self->held[self->held_count++] = object;
}

/* A Lock may be released by another thread than the one that acquired it. */
void x_engine_released(const void *object) {
    for (uint32_t i = 0; i < engine.count; i++) {
        thread *t = &threads[(number_of(self) + i) % engine.count];
        for (uint32_t j = t->held_count; j > 0; j--)
            if (t->held[j - 1] == object) {
                t->held[j - 1] = t->held[--t->held_count];
                return;
            }
    }
}

void x_engine_unheard(const void *object, const char *verb) {
    x_objects_note_unheard(object, number_of(self), engine.outcome->steps, verb);
}

static void check_held(const thread *t) {
    char text[256], name[64];
    if (t->held_count == 0)
        return;
    engine.front->thread_name(number_of(t), name, sizeof name);
    snprintf(text, sizeof text, "  T%u '%s' ended and holds object #%u\n", number_of(t), name,
             x_object_number(t->held[0]));
    x_engine_fail(THRUM_EXPLORE_LEAKED_LOCK, text);
}

/* A thread's function has returned: let somebody else run, and the system's thread wait for its next use. */
static void end(thread *me) {
    check_held(me);
    me->state = ENDED;
    engine.alive--;
    if (engine.alive == 1 && threads[0].state == FINISHING)
        threads[0].state = RUNNABLE;
    give_turn(decide(NULL));
}

static void *run(void *arg) {
    thread *me = arg;
    for (;;) {
        take_turn(me);
        self = me;
        me->main(me->arg);
        end(me);
    }
    return NULL;
}

static int make_exist(thread *t) {
    int r = t->exists ? 0 : pthread_create(&t->handle, NULL, run, t);
    t->exists = t->exists || r == 0;
    return -r;
}

static void renew(thread *t) {
    pthread_t handle = t->handle;
    bool exists = t->exists;
    *t = (thread){.state = RUNNABLE, .deadline = INT64_MAX, .handle = handle, .exists = exists};
}

int x_engine_create(pthread_t *ret_handle, void *(*main)(void *arg), void *arg) {
    if (engine.count == x_most_threads)
        return -EAGAIN;
    thread *t = &threads[engine.count];
    renew(t);
    t->main = main;
    t->arg = arg;
    int r = make_exist(t);
    if (r < 0)
        return r;
    x_strategy_thread(engine.count++);
    engine.outcome->threads = engine.count;
    engine.alive++;
    *ret_handle = t->handle;
    return 0;
}

void x_engine_begin(x_shared *shared, const x_front *front) {
    x_outcome *outcome = &shared->outcome;
    engine.shared = shared;
    engine.outcome = outcome;
    engine.front = front;
    engine.count = engine.alive = 1;
    engine.clock = INT64_C(1000000000);
    outcome->failure = THRUM_EXPLORE_NOTHING;
    outcome->text[0] = '\0';
    memset(outcome->object_names, 0, shared->order.replay ? sizeof outcome->object_names : 0);
    outcome->threads = 1;
    outcome->hash = 0;
    outcome->decisions = outcome->steps = outcome->switch_count = 0;
    outcome->switches_overflowed = outcome->dirty = false;
    outcome->running = true;
    x_objects_begin();
    x_strategy_begin(shared);
    self = &threads[0];
    renew(self);
    self->exists = true;
}

void x_engine_finish(void) {
    thread *me = self;
    check_held(me);
    if (engine.alive > 1) {
        me->state = FINISHING;
        hand_over(me, decide(NULL));
    }
    engine.outcome->dirty = engine.alive > 1;
    engine.outcome->running = false;
    self = NULL;
}
