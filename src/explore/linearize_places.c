/* linearize_places.c - a chained hash table that only grows; its entries lie in blocks and never move. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "explore/linearize_places.h"
#include "explore/random.h"

enum { first_slots = 64, block_size = 32768 };

typedef struct x_block {
    struct x_block *older;
    uint64_t memory[];
} x_block;

static size_t rounded(size_t size) {
    return (size + sizeof(uint64_t) - 1) / sizeof(uint64_t) * sizeof(uint64_t);
}

/* Over whole words: what is behind the state's end is zero, in the argument and in the table. */
static uint64_t hash_of(const x_place *place, const void *state) {
    uint64_t hash = x_mix(place->done ^ x_mix(place->position)), word;
    for (size_t i = 0; i < place->size; i += sizeof word) {
        size_t left = place->size - i;
        word = 0;
        memcpy(&word, (const char *)state + i, left < sizeof word ? left : sizeof word);
        hash = x_mix(hash + word);
    }
    return hash;
}

static bool equal(const x_place *a, const x_place *b, const void *state_of_b) {
    return a->hash == b->hash && a->done == b->done && a->position == b->position && a->size == b->size &&
           memcmp(a->state, state_of_b, a->size) == 0;
}

static int grow(x_places *places) {
    size_t count = places->slot_count ? 4 * places->slot_count : first_slots;
    x_place **slots = calloc(count, sizeof(x_place *));
    if (!slots)
        return -ENOMEM;
    for (size_t i = 0; i < places->slot_count; i++)
        for (x_place *place = places->slots[i], *next; place; place = next) {
            next = place->same_slot;
            place->same_slot = slots[place->hash % count];
            slots[place->hash % count] = place;
        }
    free(places->slots);
    places->slots = slots;
    places->slot_count = count;
    return 0;
}

static x_place *allocate(x_places *places, size_t size) {
    if (size > places->left) {
        size_t memory = size > block_size ? size : block_size;
        x_block *block = malloc(sizeof *block + memory);
        if (!block)
            return NULL;
        block->older = places->blocks;
        places->blocks = block;
        places->left = memory;
    }
    places->left -= size;
    return (x_place *)(void *)((char *)places->blocks->memory + places->left);
}

int x_places_add(x_places *places, const x_place *place, const void *state, x_place **ret_place) {
    x_place key = *place;
    key.hash = hash_of(place, state);
    if (places->count >= places->slot_count && grow(places) < 0)
        return -ENOMEM;
    x_place **slot = &places->slots[key.hash % places->slot_count];
    for (const x_place *other = *slot; other; other = other->same_slot)
        if (equal(other, &key, state))
            return 0;
    x_place *added = allocate(places, sizeof *added + rounded(key.size));
    if (!added)
        return -ENOMEM;
    key.same_slot = *slot;
    memcpy(added, &key, sizeof key);
    memcpy(added->state, state, key.size);
    *slot = *ret_place = added;
    places->count++;
    return 1;
}

void x_places_free(x_places *places) {
    while (places->blocks) {
        x_block *block = places->blocks;
        places->blocks = block->older;
        free(block);
    }
    free(places->slots);
}
