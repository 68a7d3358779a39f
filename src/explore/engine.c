/* engine.c - the token, the states of threads, and the beginning and end of both threads and schedules. See engine.h
 * for who may touch what; who runs next is choose.c's, and what is kept of it record.c's. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/engine.h"
#include "explore/objects.h"
#include "explore/race.h"
#include "explore/record.h"
#include "explore/sanitizer.h"
#include "explore/strategy.h"
#include "explore/turns.h"
#include "platform/platform.h"

static __thread x_thread *self __attribute__((tls_model("initial-exec")));
x_schedule x_now;

uint32_t x_turn_number(const x_thread *t) {
    return (uint32_t)(t - x_now.threads);
}

void x_turn_take(x_thread *t) {
    /* Acquire: pairs with the release in x_turn_give(). */
    while (__atomic_load_n(&t->turn, __ATOMIC_ACQUIRE) == 0)
        (void)thrum__os_wait(&t->turn, 0, INT64_MAX);
    t->turn = 0;
}

void x_turn_give(x_thread *t) {
    /* Release: pairs with the acquire in x_turn_take(). */
    __atomic_store_n(&t->turn, 1, __ATOMIC_RELEASE);
    thrum__os_wake(&t->turn);
}

x_thread *x_turn_decide(x_thread *running) {
    x_thread *next = x_choose(running);
    x_now.outcome->turn = x_turn_number(next);
    return next;
}

void x_turn_hand_over(x_thread *me, x_thread *next) {
    if (next == me)
        return;
    x_turn_give(next);
    x_turn_take(me);
}

x_thread *x_turn_self(void) {
    return self;
}

const x_front *x_turn_front(uint32_t *ret_count) {
    *ret_count = x_now.count;
    return x_now.front;
}

bool x_engine_controls(void) {
    return self != NULL;
}

uint32_t x_engine_self(void) {
    return x_turn_number(self);
}

x_thread *x_turn_thread(uint32_t number) {
    return number < x_now.count ? &x_now.threads[number] : NULL;
}

void x_engine_point(const void *object, bool write, const char *verb, const void *site) {
    self->object = x_object_number(object);
    self->write = write;
    self->verb = verb;
    if (x_now.shared->order.replay)
        x_record_names(self, object);
    x_record_step(&(x_step){(uint16_t)x_turn_number(self), (uint16_t)self->object, NULL, verb, site});
    x_record_hash((uint64_t)x_turn_number(self) << 32 | self->object << 1 | write);
    x_turn_hand_over(self, x_turn_decide(self));
    if (x_now.shared->order.signal && x_engine_fault(THRUM_EXPLORE_SIGNAL, "signal"))
        raise(x_now.shared->order.signal);
}

void x_turn_park(x_thread *me, const uint32_t *word, const x_await *await, int64_t deadline) {
    me->state = PARKED;
    me->word = word;
    me->await = await;
    me->deadline = deadline;
    me->timed_out = false;
}

void x_turn_note_outside(const x_await *await) {
    if (await->outside)
        x_now.outcome->outside = await->what;
}

int x_engine_wait(const uint32_t *word, uint32_t expected, int64_t deadline) {
    x_thread *me = self;
    if (*word != expected)
        return 0;
    if (deadline <= x_now.clock)
        return -ETIMEDOUT;
    if (x_engine_fault(THRUM_EXPLORE_SPURIOUS | x_engine_unasked(THRUM_EXPLORE_EINTR), "sleep"))
        return 0;
    x_turn_park(me, word, NULL, deadline);
    x_turn_hand_over(me, x_turn_decide(NULL));
    return me->timed_out ? -ETIMEDOUT : 0;
}

void x_engine_wake(const uint32_t *word) {
    for (uint32_t i = 0; i < x_now.count; i++)
        if (x_now.threads[i].state == PARKED && x_now.threads[i].word == word)
            x_now.threads[i].state = RUNNABLE;
}

/* Numbered for each thread by itself: so the number of one says the same in a schedule with other switches. */
bool x_engine_fault(uint32_t kinds, const char *verb) {
    uint32_t me = x_turn_number(self), place = self->fault_places++;
    if (!x_strategy_fails(me, place, kinds))
        return false;
    x_record_step(&(x_step){(uint16_t)me, 0, kinds & THRUM_EXPLORE_SIGNAL ? "comes" : "fails", verb, NULL});
    x_record_switch(place, x_fault, me);
    x_record_hash((uint64_t)place << 32 | x_fault << 16 | me);
    return true;
}

uint32_t x_engine_unasked(uint32_t kind) {
    return x_now.shared->options.faults & THRUM_EXPLORE_ASKED ? 0 : kind;
}

int64_t x_engine_now(void) {
    return x_now.clock;
}

uint32_t x_engine_choose(uint32_t n) {
    if (n < 2)
        return 0;
    uint32_t chosen = x_strategy_choose(n, x_now.outcome->decisions);
    if (chosen != 0)
        x_record_switch(x_now.outcome->decisions, x_data, chosen);
    x_now.outcome->decisions++;
    x_record_hash((uint64_t)x_data << 32 | chosen);
    return chosen;
}

void x_engine_quiet(bool quiet) {
    x_now.quiet = quiet;
}

void x_engine_forks(bool forks) {
    x_now.forks = forks;
}

void x_engine_unheard(const void *object, const char *verb) {
    x_objects_note_unheard(object, x_turn_number(self), x_now.outcome->steps, verb);
}

static void check_held(const x_thread *t) {
    char text[256], name[64];
    if (t->held_count == 0)
        return;
    x_sanitizer_look_away();
    x_now.front->thread_name(x_turn_number(t), name, sizeof name);
    snprintf(text, sizeof text, "  T%u '%s' ended and holds object #%u\n", x_turn_number(t), name,
             x_object_number(t->held[0]));
    x_sanitizer_look_again();
    x_engine_fail(THRUM_EXPLORE_LEAKED_LOCK, text);
}

/* A thread's function has returned: let somebody else run, and the system's thread wait for its next use. */
static void end(x_thread *me) {
    check_held(me);
    me->state = ENDED;
    x_now.alive--;
    if (x_now.alive == 1 && x_now.threads[0].state == FINISHING)
        x_now.threads[0].state = RUNNABLE;
    x_turn_give(x_turn_decide(NULL));
}

static void *run(void *arg) {
    x_thread *me = arg;
    for (;;) {
        x_turn_take(me);
        x_sanitizer_takes(me);
        self = me;
        me->main(me->arg);
        end(me);
    }
    return NULL;
}

static int make_exist(x_thread *t) {
    int r = t->exists ? 0 : pthread_create(&t->handle, NULL, run, t);
    t->exists = t->exists || r == 0;
    return -r;
}

static void renew(x_thread *t) {
    pthread_t handle = t->handle;
    bool exists = t->exists;
    *t = (x_thread){.state = RUNNABLE, .deadline = INT64_MAX, .handle = handle, .exists = exists};
}

int x_engine_create(pthread_t *ret_handle, void *(*main)(void *arg), void *arg) {
    if (x_now.count == x_most_threads)
        return -EAGAIN;
    x_thread *t = &x_now.threads[x_now.count];
    x_sanitizer_look_away();
    renew(t);
    x_sanitizer_look_again();
    t->main = main;
    t->arg = arg;
    int r = make_exist(t);
    if (r < 0)
        return r;
    x_sanitizer_gives(t);
    x_race_thread(x_turn_number(self), x_now.count);
    x_strategy_thread(x_now.count++);
    x_now.outcome->threads = x_now.count;
    x_now.alive++;
    *ret_handle = t->handle;
    return 0;
}

void x_engine_begin(x_shared *shared, const x_front *front) {
    x_now.shared = shared;
    x_now.outcome = &shared->outcome;
    x_now.front = front;
    x_now.count = x_now.alive = 1;
    x_now.clock = INT64_C(1000000000);
    x_now.quiet = x_now.forks = false;
    x_record_begin();
    x_choose_begin();
    x_outside_begin();
    x_objects_begin();
    x_strategy_begin(shared);
    x_race_begin(!shared->options.allow_races);
    self = &x_now.threads[0];
    renew(self);
    self->exists = true;
}

void x_engine_finish(void) {
    x_thread *me = self;
    check_held(me);
    if (x_now.alive > 1) {
        me->state = FINISHING;
        x_turn_hand_over(me, x_turn_decide(NULL));
        x_circle_check("");
    }
    x_now.outcome->dirty = x_now.alive > 1;
    x_now.outcome->running = false;
    self = NULL;
}

void x_engine_pass(void) {
    x_circle_check("");
    x_now.outcome->dirty = true;
    x_now.outcome->running = false;
    x_now.front->passed();
    fflush(NULL);
    _Exit(0);
}

void x_engine_abandon(void) {
    self = NULL;
}
