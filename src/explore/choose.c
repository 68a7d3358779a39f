/* choose.c - who runs next: who can, whom the strategy picks among them, and what is done when nobody can.
 *
 * Nobody can go on when all wait. Then what is outside is given real time, when somebody waits for that; then virtual
 * time passes, up to the earliest limit; and if nobody has one, that is the failure. */
#include <time.h>

#include "explore/record.h"
#include "explore/sanitizer.h"
#include "explore/strategy.h"
#include "explore/turns.h"

enum {
    grace_ns = 1000000,
    fair_after = 500 /* decisions: what asks in a loop asks this often before those that it asks for have a turn */
};

static uint32_t favoured; /* how many decisions in a row were for the running thread, where others could go on */

void x_choose_begin(void) {
    favoured = 0;
}

static void add(x_candidate *candidates, uint32_t *count, const x_thread *t, bool time_out, bool preempts) {
    candidates[(*count)++] = (x_candidate){x_turn_number(t), time_out, t->object, t->write, preempts};
}

/* Who can run: the running thread first, then the others, oldest first, then those whose time could run out. One
 * that has been favoured for too long stands back: then the others from the next one on, and it only if there are
 * none. */
static uint32_t gather(x_thread *running, x_candidate *candidates) {
    bool stands_back = running && favoured >= fair_after, preempts = running && !stands_back;
    uint32_t count = 0, first = stands_back ? x_turn_number(running) + 1 : 0;
    if (preempts)
        add(candidates, &count, running, false, false);
    for (uint32_t i = 0; i < x_now.count; i++) {
        x_thread *t = &x_now.threads[(first + i) % x_now.count];
        if (t->state == RUNNABLE && t != running)
            add(candidates, &count, t, false, preempts);
    }
    preempts = count > 0;
    for (uint32_t i = 0; i < x_now.count; i++)
        if (x_now.threads[i].state == PARKED && x_now.threads[i].deadline != INT64_MAX)
            add(candidates, &count, &x_now.threads[i], true, preempts);
    if (stands_back && count == 0)
        add(candidates, &count, running, false, false);
    return count;
}

static void let_time_out(x_thread *t) {
    t->state = RUNNABLE;
    t->timed_out = true;
    if (x_now.clock < t->deadline)
        x_now.clock = t->deadline;
}

/* When everybody sleeps time passes, and the first whose limit comes wakes up. When the body is over, only those who
 * then go are given their time, so that the process can run another schedule. */
static x_thread *earliest(bool over) {
    x_thread *first = NULL;
    for (uint32_t i = 0; i < x_now.count; i++)
        if (x_now.threads[i].state == PARKED && x_now.threads[i].deadline != INT64_MAX &&
            (!over || x_now.front->goes_by_itself(i)) && (!first || x_now.threads[i].deadline < first->deadline))
            first = &x_now.threads[i];
    return first;
}

static bool anybody_runnable(const x_candidate *candidates, uint32_t count) {
    return count > 0 && !candidates[0].times_out;
}

/* Who waits for what has come meanwhile can run. */
static void notice_ready(void) {
    if (!x_outside_anybody())
        return;
    x_sanitizer_look_away(); /* the question is another thread's */
    for (uint32_t i = 0; i < x_now.count; i++) {
        x_thread *t = &x_now.threads[i];
        if (t->state == PARKED && t->await && t->await->ready(t->await->arg))
            t->state = RUNNABLE;
    }
    x_sanitizer_look_again();
}

/* At the end of the body: only threads that may be left are left. */
static bool only_left_overs(void) {
    if (x_now.threads[0].state != FINISHING)
        return false;
    for (uint32_t i = 1; i < x_now.count; i++)
        if (x_now.threads[i].state == PARKED && !x_now.front->may_be_left(i))
            return false;
    return true;
}

static bool anybody_waits_outside(void) {
    for (uint32_t i = 0; x_outside_anybody() && i < x_now.count; i++)
        if (x_now.threads[i].state == PARKED && x_now.threads[i].await && x_now.threads[i].await->outside)
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
    const int64_t begin = real_time(), limit = earliest(false) ? grace_ns : x_now.shared->patience;
    for (long nap = 20000; real_time() - begin < limit; nap = nap < 1000000 ? 2 * nap : nap) {
        nanosleep(&(struct timespec){.tv_nsec = nap}, NULL);
        x_now.outcome->pulse++;
        notice_ready();
        uint32_t count = gather(NULL, candidates);
        if (anybody_runnable(candidates, count))
            return count;
    }
    x_now.outcome->impatient = earliest(false) == NULL;
    return 0;
}

/* Nobody can go on, but one that stands back. */
static x_thread *let_time_pass(x_thread *running) {
    bool over = only_left_overs();
    x_thread *next = over && running ? running : earliest(over);
    x_now.quiet = x_now.quiet || over; /* there is nothing more to decide */
    if (next && next != running)
        let_time_out(next);
    if (!next && !over)
        x_stuck_fail();
    return next ? next : &x_now.threads[0];
}

/* A thread that asks for something in a loop, without a pause, could be favoured for ever while the one that would
 * bring it about can go on. */
static void be_fair(x_thread *running, const x_thread *next, uint32_t count) {
    if (running && favoured >= fair_after && next != running)
        x_strategy_stands_back(x_turn_number(running));
    favoured = running == next && count > 1 ? favoured + 1 : 0;
}

x_thread *x_choose(x_thread *running) {
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
    if (count > 1 && !x_now.quiet && !x_now.forks) {
        index = x_strategy_pick(candidates, count, x_now.outcome->decisions);
        if (index != 0)
            x_record_switch(x_now.outcome->decisions, candidates[index].times_out ? x_time_out : x_to_thread,
                            candidates[index].thread);
        x_now.outcome->decisions++;
        x_record_hash((uint64_t)candidates[index].times_out << 16 | candidates[index].thread);
    }
    x_thread *next = &x_now.threads[candidates[index].thread];
    if (candidates[index].times_out)
        let_time_out(next);
    be_fair(running, next, count);
    return next;
}
