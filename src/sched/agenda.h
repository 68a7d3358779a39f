/* agenda.h - events in exact order, any of which can be taken out, at a price that does not depend on how many wait.
 *
 * Most events of a long agenda are far away, and many are cancelled before their time comes, so only the near ones
 * are kept in order. Up to a time, the horizon, the events are a 4-ary heap; those beyond it stand behind the heap in
 * no order at all, where one more costs nothing and one less is filled with the last. When no near one is left, the
 * horizon moves to where about a sixteenth of the others become near; when there are too many, it comes closer in the
 * same way. Both look at many events, but not before as many have been entered or taken out as a sixteenth of
 * those, so that each pays for a few looks.
 *
 * The array holds what is compared, by value, so that the four children of a place stand side by side. What is not
 * compared is in a slot, which stays where it is while its entry moves, and knows the entry's place. An event outside
 * names its slot and its sequence number; a slot is used again, a number is not, so a stale event finds that the
 * entry of its slot has another number.
 *
 * The caller serialises all calls. All zero is an empty agenda.
 */
#ifndef THRUM_AGENDA_H
#define THRUM_AGENDA_H

#include <thrum/sched.h>

typedef struct thrum__agenda_entry {
    int64_t time;
    uint64_t sequence;
    int32_t priority;
    uint32_t slot;
} thrum__agenda_entry;

typedef struct thrum__agenda_slot {
    thrum_target *action;
    void *argument;
    uint32_t place; /* of its entry; in an unused slot, the next unused one + 1 or 0 */
} thrum__agenda_slot;

typedef struct thrum__agenda {
    thrum__agenda_entry *entries; /* the first `near` of `count` are a heap, and the first of all is at place 0 */
    thrum__agenda_slot *slots;
    uint32_t near, count, capacity; /* near is 0 only when count is */
    uint32_t most_near;             /* with more than this the horizon comes closer */
    int64_t horizon;                /* near ones are not later than this, all others are; any number when empty */
    uint32_t unused; /* the first slot that was given back + 1; 0: none, and slots[count] is the next */
    uint64_t sequence;
} thrum__agenda;

/* Enter what `event` says; its sequence and slot are filled in. 0 or -ENOMEM with nothing changed. */
int thrum__agenda_add(thrum__agenda *agenda, thrum_scheduler_event *event);

/* The place of an event, or `count` when it is not here. Place 0 is the first to be called. */
uint32_t thrum__agenda_find(const thrum__agenda *agenda, const thrum_scheduler_event *event);

/* The event at a place; its scheduler is left empty. */
thrum_scheduler_event thrum__agenda_at(const thrum__agenda *agenda, uint32_t place);

/* Take out what is at a place. */
void thrum__agenda_remove(thrum__agenda *agenda, uint32_t place);

void thrum__agenda_free(thrum__agenda *agenda);

#endif
