/* objects.c - a small hash table, emptied by counting a generation up. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "explore/objects.h"

enum { slots = 4096 };

static struct {
    const void *object;
    uint32_t generation, number;
    bool unheard; /* a wake-up found nobody here */
    uint32_t thread, step;
    const char *verb;
} table[slots];
static uint32_t generation, last_number;
static char sentence[200];

void x_objects_begin(void) {
    generation++;
    last_number = 0;
}

/* The slot of an object, new ones numbered; `slots` when the table is nearly full. */
static uint32_t slot_of(const void *object) {
    uint32_t i = (uint32_t)(((uintptr_t)object >> 2) * UINT64_C(0x9e3779b97f4a7c15) >> 52);
    while (table[i].generation == generation && table[i].object != object)
        i = (i + 1) % slots;
    if (table[i].generation == generation)
        return i;
    if (last_number > slots / 2)
        return slots;
    table[i].object = object;
    table[i].generation = generation;
    table[i].number = ++last_number;
    table[i].unheard = false;
    return i;
}

uint32_t x_object_number(const void *object) {
    uint32_t slot = object ? slot_of(object) : slots;
    return slot == slots ? 0 : table[slot].number;
}

void x_objects_note_unheard(const void *object, uint32_t thread, uint32_t step, const char *verb) {
    uint32_t slot = slot_of(object);
    if (slot == slots)
        return;
    table[slot].unheard = true;
    table[slot].thread = thread;
    table[slot].step = step;
    table[slot].verb = verb;
}

const char *x_objects_unheard(const void *object) {
    uint32_t slot = object ? slot_of(object) : slots;
    if (slot == slots || !table[slot].unheard)
        return NULL;
    snprintf(sentence, sizeof sentence,
             "a wake-up came too early: step %u, T%u, %s of object #%u found nobody waiting", table[slot].step,
             table[slot].thread, table[slot].verb, table[slot].number);
    return sentence;
}
