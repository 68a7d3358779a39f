/* linearize_places.h - the places where a search for an order has been, each once. */
#ifndef THRUM_EXPLORE_LINEARIZE_PLACES_H
#define THRUM_EXPLORE_LINEARIZE_PLACES_H

#include <stddef.h>
#include <stdint.h>

typedef struct x_place {
    struct x_place *from;      /* where the search came from; NULL at the beginning */
    struct x_place *same_slot; /* the next in the table */
    uint64_t hash;
    uint64_t done;      /* threads whose open operation has taken effect */
    uint32_t position;  /* the event that comes next */
    uint32_t operation; /* what took effect on the way here */
    uint32_t tried;     /* how many ways on were tried */
    uint32_t size;      /* of the state, in bytes */
    uint64_t state[];
} x_place;

/* A hash table on blocks of memory that are freed together. All zero is an empty one. */
typedef struct x_places {
    x_place **slots;
    size_t slot_count, count;
    struct x_block *blocks;
    size_t left; /* in the newest block */
} x_places;

/* Add a copy of *place, with the state. Returns 1 and it in *ret_place; 0 when there is an equal one; or -ENOMEM. */
int x_places_add(x_places *places, const x_place *place, const void *state, x_place **ret_place);

void x_places_free(x_places *places);

#endif
