/* agenda.c - the heap with places, and what is beyond its horizon. An entry that looks for its place in the heap
 * moves a hole up or down, and is written once. */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sched/agenda.h"

enum {
    children = 4,
    first_capacity = 16,
    few = 1024, /* so many near events are never too many: they fit in the nearest cache */
    samples = 64,
    early_sample = samples / 16
};

static bool before(const thrum__agenda_entry *a, const thrum__agenda_entry *b) {
    if (a->time != b->time)
        return a->time < b->time;
    if (a->priority != b->priority)
        return a->priority < b->priority;
    return a->sequence < b->sequence;
}

static void write_at(thrum__agenda *agenda, uint32_t place, thrum__agenda_entry entry) {
    agenda->entries[place] = entry;
    agenda->slots[entry.slot].place = place;
}

/* Where `entry` belongs on the way from the hole at `place` to the top. */
static void sift_up(thrum__agenda *agenda, uint32_t place, thrum__agenda_entry entry) {
    while (place > 0) {
        uint32_t parent = (place - 1) / children;
        if (!before(&entry, &agenda->entries[parent]))
            break;
        write_at(agenda, place, agenda->entries[parent]);
        place = parent;
    }
    write_at(agenda, place, entry);
}

/* The first of the children of `place`, or near. 64 bits: the children of a place may lie beyond 2^32. */
static uint32_t first_child(const thrum__agenda *agenda, uint32_t place) {
    uint64_t child = (uint64_t)place * children + 1, end = child + children;
    if (child >= agenda->near)
        return agenda->near;
    if (end > agenda->near)
        end = agenda->near;
    uint32_t first = (uint32_t)child;
    while (++child < end)
        if (before(&agenda->entries[child], &agenda->entries[first]))
            first = (uint32_t)child;
    return first;
}

static void sift_down(thrum__agenda *agenda, uint32_t place, thrum__agenda_entry entry) {
    for (uint32_t child; (child = first_child(agenda, place)) < agenda->near; place = child) {
        if (!before(&agenda->entries[child], &entry))
            break;
        write_at(agenda, place, agenda->entries[child]);
    }
    write_at(agenda, place, entry);
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The time of one of the first `count` entries that about a sixteenth of them do not pass, by a sample. */
static int64_t early_time(const thrum__agenda *agenda, uint32_t count) {
    int64_t times[samples];
    for (uint32_t i = 0; i < samples; i++)
        times[i] = agenda->entries[(uint64_t)i * count / samples].time;
    qsort(times, samples, sizeof *times, ascending);
    return times[early_sample];
}

/* Bring those of the first `count` entries to the front that are not beyond the horizon. Returns how many. */
static uint32_t part(thrum__agenda *agenda, uint32_t count) {
    uint32_t near = 0;
    for (uint32_t place = 0; place < count; place++) {
        thrum__agenda_entry entry = agenda->entries[place];
        if (entry.time > agenda->horizon)
            continue;
        write_at(agenda, place, agenda->entries[near]);
        write_at(agenda, near++, entry);
    }
    return near;
}

/* Draw the horizon anew through the first `count` entries, none of which is later than any behind them. Should that
 * not divide them, because all are at one time, it is not tried again before there are twice as many. */
static void draw_horizon(thrum__agenda *agenda, uint32_t count) {
    agenda->horizon = agenda->count > few ? early_time(agenda, count) : INT64_MAX;
    agenda->near = part(agenda, count);
    agenda->most_near = agenda->near > few / 2 ? agenda->near * 2 : few;
    for (uint32_t place = agenda->near / children + 1; place-- > 0;)
        sift_down(agenda, place, agenda->entries[place]);
}

/* Make `*ret_block` an array of `count` items, or leave it as it is. */
static int resize(void **ret_block, uint32_t count, size_t size) {
    void *block = count > SIZE_MAX / size ? NULL : thrum__realloc(*ret_block, count * size);
    if (!block)
        return -ENOMEM;
    *ret_block = block;
    return 0;
}

/* When one array has grown and the other has not, the capacity is the smaller one, and nothing is lost. */
static int grow(thrum__agenda *agenda) {
    void *entries = agenda->entries, *slots = agenda->slots;
    if (agenda->capacity > UINT32_MAX / 2)
        return -ENOMEM;
    uint32_t capacity = agenda->capacity ? agenda->capacity * 2 : first_capacity;
    int r = resize(&entries, capacity, sizeof *agenda->entries);
    agenda->entries = entries;
    if (r == 0)
        r = resize(&slots, capacity, sizeof *agenda->slots);
    agenda->slots = slots;
    if (r == 0)
        agenda->capacity = capacity;
    return r;
}

static uint32_t take_slot(thrum__agenda *agenda) {
    if (agenda->unused == 0)
        return agenda->count;
    uint32_t slot = agenda->unused - 1;
    agenda->unused = agenda->slots[slot].place;
    return slot;
}

/* Put an entry where it belongs, at the end of the array if there is room behind the heap. */
static void place_entry(thrum__agenda *agenda, thrum__agenda_entry entry) {
    uint32_t end = agenda->count++;
    if (end == 0) {
        agenda->horizon = INT64_MAX;
        agenda->most_near = few;
    }
    if (entry.time > agenda->horizon) {
        write_at(agenda, end, entry);
        return;
    }
    if (agenda->near < end)
        write_at(agenda, end, agenda->entries[agenda->near]);
    sift_up(agenda, agenda->near++, entry);
    if (agenda->near > agenda->most_near)
        draw_horizon(agenda, agenda->near);
}

int thrum__agenda_add(thrum__agenda *agenda, thrum_scheduler_event *event) {
    int r = agenda->count == agenda->capacity ? grow(agenda) : 0;
    if (r < 0)
        return r;
    event->slot_ = take_slot(agenda);
    event->sequence = agenda->sequence++;
    agenda->slots[event->slot_] = (thrum__agenda_slot){event->action, event->argument, 0};
    place_entry(agenda, (thrum__agenda_entry){event->time.ns, event->sequence, event->priority, event->slot_});
    return 0;
}

/* What an unused slot has for a place may be any number, so the entry there is asked whose it is. */
uint32_t thrum__agenda_find(const thrum__agenda *agenda, const thrum_scheduler_event *event) {
    if (event->slot_ >= agenda->capacity)
        return agenda->count;
    uint32_t place = agenda->slots[event->slot_].place;
    bool here = place < agenda->count && agenda->entries[place].slot == event->slot_ &&
                agenda->entries[place].sequence == event->sequence;
    return here ? place : agenda->count;
}

thrum_scheduler_event thrum__agenda_at(const thrum__agenda *agenda, uint32_t place) {
    const thrum__agenda_entry *entry = &agenda->entries[place];
    const thrum__agenda_slot *slot = &agenda->slots[entry->slot];
    return (thrum_scheduler_event){.time = {entry->time},
                                   .priority = entry->priority,
                                   .sequence = entry->sequence,
                                   .action = slot->action,
                                   .argument = slot->argument,
                                   .slot_ = entry->slot};
}

/* Take one out of the heap. Returns the place that becomes free: the one behind the heap. */
static uint32_t take_near(thrum__agenda *agenda, uint32_t place) {
    thrum__agenda_entry last = agenda->entries[--agenda->near];
    if (place == agenda->near)
        return place;
    if (place > 0 && before(&last, &agenda->entries[(place - 1) / children]))
        sift_up(agenda, place, last);
    else
        sift_down(agenda, place, last);
    return agenda->near;
}

void thrum__agenda_remove(thrum__agenda *agenda, uint32_t place) {
    uint32_t slot = agenda->entries[place].slot;
    agenda->slots[slot].place = agenda->unused;
    agenda->unused = slot + 1;
    if (place < agenda->near)
        place = take_near(agenda, place);
    if (place < --agenda->count)
        write_at(agenda, place, agenda->entries[agenda->count]);
    if (agenda->count == 0)
        agenda->unused = 0; /* from the first slot on again, one beside the other */
    else if (agenda->near == 0)
        draw_horizon(agenda, agenda->count);
}

void thrum__agenda_free(thrum__agenda *agenda) {
    free(agenda->entries);
    free(agenda->slots);
}
