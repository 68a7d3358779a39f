/* engine.c - the token, the states of threads, and the decisions. See engine.h for who may touch what. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "explore/engine.h"
#include "explore/objects.h"
#include "explore/race.h"
#include "explore/random.h"
#include "explore/sanitizer.h"
#include "explore/strategy.h"
#include "explore/turns.h"
#include "platform/platform.h"

enum {
    ns_per_step = 1000,
    grace_ns = 1000000,
    fair_after = 500 /* decisions: what asks in a loop asks this often before those that it asks for have a turn */
};

static x_thread threads[x_most_threads];
static __thread x_thread *self __attribute__((tls_model("initial-exec")));
static struct {
    x_shared *shared;
    x_outcome *outcome;
    const x_front *front;
    uint32_t count, alive; /* threads of this schedule; those of them that have not ended, thread 0 included */
    int64_t clock;
    uint32_t favoured; /* how many decisions in a row were for the running thread, where others could go on */
    bool quiet, forks; /* nothing is decided: who runs goes on, then the oldest */
} engine;

static uint32_t number_of(const x_thread *t) {
    return (uint32_t)(t - threads);
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

static void hash_in(uint64_t value) {
    engine.outcome->hash = x_mix(engine.outcome->hash ^ x_mix(value + 1));
}

void x_engine_fail(thrum_explore_failure failure, const char *text) {
    x_outcome *outcome = engine.outcome;
    x_sanitizer_look_away();
    outcome->failure = failure;
    snprintf(outcome->text, sizeof outcome->text, "%s", text);
    for (uint32_t i = 0; i < engine.count; i++)
        engine.front->thread_name(i, outcome->thread_names[i], sizeof outcome->thread_names[i]);
    outcome->running = false;
    outcome->dirty = true;
    x_sanitizer_look_again();
    _Exit(0);
}

void x_engine_fail_race(const x_access *access, const x_access *other) {
    engine.outcome->race[0] = *access;
    engine.outcome->race[1] = *other;
    x_engine_fail(THRUM_EXPLORE_RACE, ""); /* who directs puts it in words: see access.c */
}

/* A repetition is for people: keep the names, also for the case that it crashes. */
static void keep_names(const void *object) {
    x_outcome *outcome = engine.outcome;
    uint32_t me = number_of(self), number = self->object;
    x_sanitizer_look_away();
    engine.front->thread_name(me, outcome->thread_names[me], sizeof outcome->thread_names[me]);
    if (number < x_most_names && outcome->object_names[number][0] == '\0')
        engine.front->object_name(object, outcome->object_names[number], sizeof outcome->object_names[number]);
    x_sanitizer_look_again();
}

static void record_step(const x_step *step) {
    x_outcome *outcome = engine.outcome;
    outcome->trace[outcome->steps++ % x_most_steps] = *step;
    engine.clock += ns_per_step;
    if (outcome->steps > engine.shared->options.steps)
        x_stuck_busy();
}

static void record_switch(uint32_t decision, uint32_t choice) {
    x_outcome *outcome = engine.outcome;
    if (outcome->switch_count < x_most_switches)
        outcome->switches[outcome->switch_count++] = (x_switch){decision, choice};
    else
        outcome->switches_overflowed = true;
}

static void add(x_candidate *candidates, uint32_t *count, const x_thread *t, bool time_out, bool preempts) {
    uint32_t number = number_of(t);
    candidates[(*count)++] =
        (x_candidate){time_out ? x_time_out | number : number, number, t->object, t->write, preempts};
}

/* Who can run: the running thread first, then the others, oldest first, then those whose time could run out. One
 * that has been favoured for too long stands back: then the others from the next one on, and it only if there are
 * none. */
static uint32_t gather(x_thread *running, x_candidate *candidates) {
    bool stands_back = running && engine.favoured >= fair_after, preempts = running && !stands_back;
    uint32_t count = 0, first = stands_back ? number_of(running) + 1 : 0;
    if (preempts)
        add(candidates, &count, running, false, false);
    for (uint32_t i = 0; i < engine.count; i++) {
        x_thread *t = &threads[(first + i) % engine.count];
        if (t->state == RUNNABLE && t != running)
            add(candidates, &count, t, false, preempts);
    }
    preempts = count > 0;
    for (uint32_t i = 0; i < engine.count; i++)
        if (threads[i].state == PARKED && threads[i].deadline != INT64_MAX)
            add(candidates, &count, &threads[i], true, preempts);
    if (stands_back && count == 0)
        add(candidates, &count, running, false, false);
    return count;
}

static void let_time_out(x_thread *t) {
    t->state = RUNNABLE;
    t->timed_out = true;
    if (engine.clock < t->deadline)
        engine.clock = t->deadline;
}

/* When everybody sleeps time passes, and the first whose limit comes wakes up. When the body is over, only those who
 * then go are given their time, so that the process can run another schedule. */
static x_thread *earliest(bool over) {
    x_thread *first = NULL;
    for (uint32_t i = 0; i < engine.count; i++)
        if (threads[i].state == PARKED && threads[i].deadline != INT64_MAX &&
            (!over || engine.front->goes_by_itself(i)) && (!first || threads[i].deadline < first->deadline))
            first = &threads[i];
    return first;
}

static bool anybody_runnable(const x_candidate *candidates, uint32_t count) {
    return count > 0 && !(candidates[0].choice & x_time_out);
}

/* Who waits for what has come meanwhile can run. */
static void notice_ready(void) {
    if (!x_outside_anybody())
        return;
    x_sanitizer_look_away(); /* the question is another thread's */
    for (uint32_t i = 0; i < engine.count; i++) {
        x_thread *t = &threads[i];
        if (t->state == PARKED && t->await && t->await->ready(t->await->arg))
            t->state = RUNNABLE;
    }
    x_sanitizer_look_again();
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

static bool anybody_waits_outside(void) {
    for (uint32_t i = 0; x_outside_anybody() && i < engine.count; i++)
        if (threads[i].state == PARKED && threads[i].await && threads[i].await->outside)
            return true;
    return false;
}

static int64_t real_time(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Nobody can run, but what is outside may let somebody: give it real time, and only a little when a sleeper could go
 * on instead. Returns the number of candidates. */
static uint32_t wait_outside(x_candidate *candidates) {
    if (!anybody_waits_outside() || only_left_overs())
        return 0;
    const int64_t begin = real_time(), limit = earliest(false) ? grace_ns : engine.shared->patience;
    for (long nap = 20000; real_time() - begin < limit; nap = nap < 1000000 ? 2 * nap : nap) {
        nanosleep(&(struct timespec){.tv_nsec = nap}, NULL);
        engine.outcome->pulse++;
        notice_ready();
        uint32_t count = gather(NULL, candidates);
        if (anybody_runnable(candidates, count))
            return count;
    }
    engine.outcome->impatient = earliest(false) == NULL;
    return 0;
}

/* Nobody can go on, but one that stands back. */
static x_thread *let_time_pass(x_thread *running) {
    bool over = only_left_overs();
    x_thread *next = over && running ? running : earliest(over);
    engine.quiet = engine.quiet || over; /* there is nothing more to decide */
    if (next && next != running)
        let_time_out(next);
    if (!next && !over)
        x_stuck_fail();
    return next ? next : &threads[0];
}

/* A thread that asks for something in a loop, without a pause, could be favoured for ever while the one that would
 * bring it about can go on. */
static void be_fair(x_thread *running, const x_thread *next, uint32_t count) {
    if (running && engine.favoured >= fair_after && next != running)
        x_strategy_stands_back(number_of(running));
    engine.favoured = running == next && count > 1 ? engine.favoured + 1 : 0;
}

/* Who runs next. `running` is the thread with the token when it could go on, or NULL. */
static x_thread *choose(x_thread *running) {
    x_candidate candidates[2 * x_most_threads];
    uint32_t count, index = 0;
    notice_ready();
    count = gather(running, candidates);
    if (!anybody_runnable(candidates, count) && !running)
        count = wait_outside(candidates);
    if (!anybody_runnable(candidates, count)) {
        x_thread *next = let_time_pass(running);
        be_fair(running, next, 0);
        return next;
    }
    if (count > 1 && !engine.quiet && !engine.forks) {
        index = x_strategy_pick(candidates, count, engine.outcome->decisions);
        if (index != 0)
            record_switch(engine.outcome->decisions, candidates[index].choice);
        engine.outcome->decisions++;
        hash_in(candidates[index].choice);
    }
    x_thread *next = &threads[candidates[index].thread];
    if (candidates[index].choice & x_time_out)
        let_time_out(next);
    be_fair(running, next, count);
    return next;
}

x_thread *x_turn_decide(x_thread *running) {
    x_thread *next = choose(running);
    engine.outcome->turn = number_of(next);
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
    *ret_count = engine.count;
    return engine.front;
}

bool x_engine_controls(void) {
    return self != NULL;
}

uint32_t x_engine_self(void) {
    return number_of(self);
}

x_thread *x_turn_thread(uint32_t number) {
    return number < engine.count ? &threads[number] : NULL;
}

void x_engine_point(const void *object, bool write, const char *verb, const void *site) {
    self->object = x_object_number(object);
    self->write = write;
    self->verb = verb;
    if (engine.shared->order.replay)
        keep_names(object);
    record_step(&(x_step){(uint16_t)number_of(self), (uint16_t)self->object, NULL, verb, site});
    hash_in((uint64_t)number_of(self) << 32 | self->object << 1 | write);
    x_turn_hand_over(self, x_turn_decide(self));
    if (engine.shared->order.signal && x_engine_fault(THRUM_EXPLORE_SIGNAL, "signal"))
        raise(engine.shared->order.signal);
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
        engine.outcome->outside = await->what;
}

int x_engine_wait(const uint32_t *word, uint32_t expected, int64_t deadline) {
    x_thread *me = self;
    if (*word != expected)
        return 0;
    if (deadline <= engine.clock)
        return -ETIMEDOUT;
    if (x_engine_fault(THRUM_EXPLORE_SPURIOUS | x_engine_unasked(THRUM_EXPLORE_EINTR), "sleep"))
        return 0;
    x_turn_park(me, word, NULL, deadline);
    x_turn_hand_over(me, x_turn_decide(NULL));
    return me->timed_out ? -ETIMEDOUT : 0;
}

void x_engine_wake(const uint32_t *word) {
    for (uint32_t i = 0; i < engine.count; i++)
        if (threads[i].state == PARKED && threads[i].word == word)
            threads[i].state = RUNNABLE;
}

/* Numbered for each thread by itself: so the number of one says the same in a schedule with other switches. */
bool x_engine_fault(uint32_t kinds, const char *verb) {
    uint32_t me = number_of(self), place = self->fault_places++;
    if (!x_strategy_fails(me, place, kinds))
        return false;
    record_step(&(x_step){(uint16_t)me, 0, kinds & THRUM_EXPLORE_SIGNAL ? "comes" : "fails", verb, NULL});
    record_switch(place, x_fault | me);
    hash_in((uint64_t)place << 32 | x_fault | me);
    return true;
}

uint32_t x_engine_unasked(uint32_t kind) {
    return engine.shared->options.faults & THRUM_EXPLORE_ASKED ? 0 : kind;
}

int64_t x_engine_now(void) {
    return engine.clock;
}

uint32_t x_engine_choose(uint32_t n) {
    if (n < 2)
        return 0;
    uint32_t chosen = x_strategy_choose(n, engine.outcome->decisions);
    if (chosen != 0)
        record_switch(engine.outcome->decisions, x_data | chosen);
    engine.outcome->decisions++;
    hash_in(x_data | chosen);
    return chosen;
}

void x_engine_quiet(bool quiet) {
    engine.quiet = quiet;
}

void x_engine_forks(bool forks) {
    engine.forks = forks;
}

void x_engine_unheard(const void *object, const char *verb) {
    x_objects_note_unheard(object, number_of(self), engine.outcome->steps, verb);
}

static void check_held(const x_thread *t) {
    char text[256], name[64];
    if (t->held_count == 0)
        return;
    x_sanitizer_look_away();
    engine.front->thread_name(number_of(t), name, sizeof name);
    snprintf(text, sizeof text, "  T%u '%s' ended and holds object #%u\n", number_of(t), name,
             x_object_number(t->held[0]));
    x_sanitizer_look_again();
    x_engine_fail(THRUM_EXPLORE_LEAKED_LOCK, text);
}

/* A thread's function has returned: let somebody else run, and the system's thread wait for its next use. */
static void end(x_thread *me) {
    check_held(me);
    me->state = ENDED;
    engine.alive--;
    if (engine.alive == 1 && threads[0].state == FINISHING)
        threads[0].state = RUNNABLE;
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
    if (engine.count == x_most_threads)
        return -EAGAIN;
    x_thread *t = &threads[engine.count];
    x_sanitizer_look_away();
    renew(t);
    x_sanitizer_look_again();
    t->main = main;
    t->arg = arg;
    int r = make_exist(t);
    if (r < 0)
        return r;
    x_sanitizer_gives(t);
    x_race_thread(number_of(self), engine.count);
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
    engine.quiet = engine.forks = false;
    engine.favoured = 0;
    outcome->failure = THRUM_EXPLORE_NOTHING;
    outcome->text[0] = '\0';
    memset(outcome->object_names, 0, shared->order.replay ? sizeof outcome->object_names : 0);
    outcome->threads = 1;
    outcome->hash = 0;
    outcome->decisions = outcome->steps = outcome->switch_count = 0;
    outcome->switches_overflowed = outcome->dirty = false;
    outcome->impatient = false;
    outcome->fault_places = 0;
    outcome->outside = NULL;
    outcome->turn = 0;
    outcome->running = true;
    x_outside_begin();
    x_objects_begin();
    x_strategy_begin(shared);
    x_race_begin(!shared->options.allow_races);
    self = &threads[0];
    renew(self);
    self->exists = true;
}

void x_engine_finish(void) {
    x_thread *me = self;
    check_held(me);
    if (engine.alive > 1) {
        me->state = FINISHING;
        x_turn_hand_over(me, x_turn_decide(NULL));
        x_circle_check("");
    }
    engine.outcome->dirty = engine.alive > 1;
    engine.outcome->running = false;
    self = NULL;
}

void x_engine_pass(void) {
    x_circle_check("");
    engine.outcome->dirty = true;
    engine.outcome->running = false;
    engine.front->passed();
    fflush(NULL);
    _Exit(0);
}

void x_engine_abandon(void) {
    self = NULL;
}
