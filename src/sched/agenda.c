/* agenda.c - the heap with places. An entry that looks for its place moves a hole up or down, and is written once. */
#include <errno.h>
#include <stdlib.h>

#include "sched/agenda.h"

enum { children = 4, first_capacity = 16 };

static bool before(const thrum__agenda_entry *a, const thrum__agenda_entry *b) {
    if (a->time != b->time)
        return a->time < b->time;
    if (a->priority != b->priority)
        return a->priority < b->priority;
    return a->sequence < b->sequence;
}

static void write_at(thrum__agenda *agenda, uint32_t place, thrum__agenda_entry entry) {
    agenda->heap[place] = entry;
    agenda->slots[entry.slot].place = place;
}

/* Where `entry` belongs on the way from the hole at `place` to the top. */
static void sift_up(thrum__agenda *agenda, uint32_t place, thrum__agenda_entry entry) {
    while (place > 0) {
        uint32_t parent = (place - 1) / children;
        if (!before(&entry, &agenda->heap[parent]))
            break;
        write_at(agenda, place, agenda->heap[parent]);
        place = parent;
    }
    write_at(agenda, place, entry);
}

/* The first of the children of `place`, or count. 64 bits: the children of a place may lie beyond 2^32. */
static uint32_t first_child(const thrum__agenda *agenda, uint32_t place) {
    uint64_t child = (uint64_t)place * children + 1, end = child + children;
    if (child >= agenda->count)
        return agenda->count;
    if (end > agenda->count)
        end = agenda->count;
    uint32_t first = (uint32_t)child;
    while (++child < end)
        if (before(&agenda->heap[child], &agenda->heap[first]))
            first = (uint32_t)child;
    return first;
}

static void sift_down(thrum__agenda *agenda, uint32_t place, thrum__agenda_entry entry) {
    for (uint32_t child; (child = first_child(agenda, place)) < agenda->count; place = child) {
        if (!before(&agenda->heap[child], &entry))
            break;
        write_at(agenda, place, agenda->heap[child]);
    }
    write_at(agenda, place, entry);
}

/* Make `*ret_block` an array of `count` items, or leave it as it is. */
static int resize(void **ret_block, uint32_t count, size_t size) {
    void *block = count > SIZE_MAX / size ? NULL : realloc(*ret_block, count * size);
    if (!block)
        return -ENOMEM;
    *ret_block = block;
    return 0;
}

/* When one array has grown and the other has not, the capacity is the smaller one, and nothing is lost. */
static int grow(thrum__agenda *agenda) {
    void *heap = agenda->heap, *slots = agenda->slots;
    if (agenda->capacity > UINT32_MAX / 2)
        return -ENOMEM;
    uint32_t capacity = agenda->capacity ? agenda->capacity * 2 : first_capacity;
    int r = resize(&heap, capacity, sizeof *agenda->heap);
    agenda->heap = heap;
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

int thrum__agenda_add(thrum__agenda *agenda, thrum_scheduler_event *event) {
    int r = agenda->count == agenda->capacity ? grow(agenda) : 0;
    if (r < 0)
        return r;
    event->slot_ = take_slot(agenda);
    event->sequence = agenda->sequence++;
    agenda->slots[event->slot_] = (thrum__agenda_slot){event->action, event->argument, 0};
    sift_up(agenda, agenda->count++,
            (thrum__agenda_entry){event->time.ns, event->sequence, event->priority, event->slot_});
    return 0;
}

/* What an unused slot has for a place may be any number, so the entry there is asked whose it is. */
uint32_t thrum__agenda_find(const thrum__agenda *agenda, const thrum_scheduler_event *event) {
    if (event->slot_ >= agenda->capacity)
        return agenda->count;
    uint32_t place = agenda->slots[event->slot_].place;
    bool here = place < agenda->count && agenda->heap[place].slot == event->slot_ &&
                agenda->heap[place].sequence == event->sequence;
    return here ? place : agenda->count;
}

thrum_scheduler_event thrum__agenda_at(const thrum__agenda *agenda, uint32_t place) {
    const thrum__agenda_entry *entry = &agenda->heap[place];
    const thrum__agenda_slot *slot = &agenda->slots[entry->slot];
    return (thrum_scheduler_event){.time = {entry->time},
                                   .priority = entry->priority,
                                   .sequence = entry->sequence,
                                   .action = slot->action,
                                   .argument = slot->argument,
                                   .slot_ = entry->slot};
}

void thrum__agenda_remove(thrum__agenda *agenda, uint32_t place) {
    uint32_t slot = agenda->heap[place].slot;
    thrum__agenda_entry last = agenda->heap[--agenda->count];
    agenda->slots[slot].place = agenda->unused;
    agenda->unused = slot + 1;
    if (place == agenda->count)
        return;
    if (place > 0 && before(&last, &agenda->heap[(place - 1) / children]))
        sift_up(agenda, place, last);
    else
        sift_down(agenda, place, last);
}

void thrum__agenda_free(thrum__agenda *agenda) {
    free(agenda->heap);
    free(agenda->slots);
}
