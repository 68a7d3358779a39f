/* record.c - what a schedule does, and how it fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/random.h"
#include "explore/record.h"
#include "explore/sanitizer.h"

enum { ns_per_step = 1000 };

void x_record_begin(void) {
    x_outcome *outcome = x_now.outcome;
    outcome->failure = THRUM_EXPLORE_NOTHING;
    outcome->text[0] = '\0';
    memset(outcome->object_names, 0, x_now.shared->order.replay ? sizeof outcome->object_names : 0);
    outcome->threads = 1;
    outcome->hash = 0;
    outcome->decisions = outcome->steps = outcome->switch_count = 0;
    outcome->switches_overflowed = outcome->dirty = false;
    outcome->impatient = false;
    outcome->fault_places = 0;
    outcome->outside = NULL;
    outcome->turn = 0;
    outcome->running = true;
}

void x_record_hash(uint64_t value) {
    x_now.outcome->hash = x_mix(x_now.outcome->hash ^ x_mix(value + 1));
}

void x_engine_fail(thrum_explore_failure failure, const char *text) {
    x_outcome *outcome = x_now.outcome;
    x_sanitizer_look_away();
    outcome->failure = failure;
    snprintf(outcome->text, sizeof outcome->text, "%s", text);
    for (uint32_t i = 0; i < x_now.count; i++)
        x_now.front->thread_name(i, outcome->thread_names[i], sizeof outcome->thread_names[i]);
    outcome->running = false;
    outcome->dirty = true;
    x_sanitizer_look_again();
    _Exit(0);
}

void x_engine_fail_race(const x_access *access, const x_access *other) {
    x_now.outcome->race[0] = *access;
    x_now.outcome->race[1] = *other;
    x_engine_fail(THRUM_EXPLORE_RACE, ""); /* who directs puts it in words: see access.c */
}

void x_record_names(const x_thread *t, const void *object) {
    x_outcome *outcome = x_now.outcome;
    uint32_t me = x_turn_number(t), number = t->object;
    x_sanitizer_look_away();
    x_now.front->thread_name(me, outcome->thread_names[me], sizeof outcome->thread_names[me]);
    if (number < x_most_names && outcome->object_names[number][0] == '\0')
        x_now.front->object_name(object, outcome->object_names[number], sizeof outcome->object_names[number]);
    x_sanitizer_look_again();
}

void x_record_step(const x_step *step) {
    x_outcome *outcome = x_now.outcome;
    outcome->trace[outcome->steps++ % x_most_steps] = *step;
    x_now.clock += ns_per_step;
    if (outcome->steps > x_now.shared->options.steps)
        x_stuck_busy();
}

void x_record_switch(uint32_t decision, enum x_kind kind, uint32_t number) {
    x_outcome *outcome = x_now.outcome;
    if (outcome->switch_count < x_most_switches)
        outcome->switches[outcome->switch_count++] = (x_switch){decision, number, kind};
    else
        outcome->switches_overflowed = true;
}
