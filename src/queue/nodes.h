/* nodes.h - nodes of one size, taken and given back by any thread and by signal handlers, without a lock.
 *
 * A node has a number, so that a link is half a word and the other half can count. The memory is mapped in chunks,
 * each twice as large as the one before, and unmapped only when all is freed: a late reader of a node that was given
 * back reads an old link, not freed memory.
 */
#ifndef THRUM_NODES_H
#define THRUM_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    thrum__first_chunk_bits = 6,
    thrum__chunk_count = 31 - thrum__first_chunk_bits, /* for 2^31 - 64 nodes */
    thrum__node_header = 8
};

/* All zero but node_size is a set without memory. */
typedef struct thrum__nodes {
    size_t node_size; /* with the header, a multiple of it */
    uint64_t spare;   /* see nodes.c */
    uint32_t fresh;   /* how many nodes were ever taken for the first time */
    unsigned char *chunks[thrum__chunk_count];
} thrum__nodes;

/* The number of a node that is the caller's from now on, or 0 when there is no memory. errno is left as it was. */
uint32_t thrum__node_take(thrum__nodes *nodes);

/* Give it back. */
void thrum__node_give(thrum__nodes *nodes, uint32_t number);

/* The link at the beginning of a node, 0 in none: to be read and written atomically; and what comes behind it. */
uint32_t *thrum__node_link(thrum__nodes *nodes, uint32_t number);
void *thrum__node_item(thrum__nodes *nodes, uint32_t number);

/* Unmap all. */
void thrum__nodes_free(thrum__nodes *nodes);

#endif
