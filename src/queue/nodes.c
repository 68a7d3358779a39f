/* nodes.c - a stack of spare nodes, and fresh ones behind it.
 *
 * The words:
 *     spare      the number of the first spare node, 0 for none, in the low half; in the high half a count of all
 *                changes, so that a taker whose first node was taken and given back meanwhile does not succeed with
 *                an old link: the whole would have to change 2^32 times meanwhile. Changed by compare-and-exchange
 *                only: by take, to the link of the first; by give, to a node whose link is what was the first.
 *     fresh      n: nodes 1 to n have been taken at least once. n -> n + 1 by take, when the memory of n + 1 is there
 *     chunks[k]  NULL -> its memory, by the thread that was first to map it
 * A handler may come between any two instructions, and does the same things: nothing here waits for anybody.
 */
#include <errno.h>
#include <sys/mman.h>

#include "base/hooks.h"
#include "queue/nodes.h"

#define NUMBER(spare) ((uint32_t)(spare))
#define AFTER(spare, number) ((((spare) >> 32) + 1) << 32 | (number))

/* Chunk k has the numbers from 64 * 2^k - 63 on, as many as 64 * 2^k. */
static unsigned chunk_of(uint32_t number) {
    return 31u - (unsigned)__builtin_clz(number + 63) - thrum__first_chunk_bits;
}

static size_t chunk_size(const thrum__nodes *nodes, unsigned chunk) {
    return nodes->node_size << (chunk + thrum__first_chunk_bits);
}

static unsigned char *node(thrum__nodes *nodes, uint32_t number) {
    unsigned chunk = chunk_of(number);
    size_t index = number + 63 - (UINT32_C(64) << chunk);
    /* Acquire: pairs with the exchange of have_memory(). */
    return __atomic_load_n(&nodes->chunks[chunk], __ATOMIC_ACQUIRE) + index * nodes->node_size;
}

uint32_t *thrum__node_link(thrum__nodes *nodes, uint32_t number) {
    return (uint32_t *)(void *)node(nodes, number);
}

void *thrum__node_item(thrum__nodes *nodes, uint32_t number) {
    return node(nodes, number) + thrum__node_header;
}

static unsigned char *map(size_t size) {
    int error = errno;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    errno = error;
    return memory == MAP_FAILED ? NULL : memory;
}

/* See to it that a chunk is there. */
static bool have_memory(thrum__nodes *nodes, unsigned chunk) {
    /* Acquire: pairs with the exchange below, by another thread. */
    if (__atomic_load_n(&nodes->chunks[chunk], __ATOMIC_ACQUIRE))
        return true;
    unsigned char *none = NULL, *memory = map(chunk_size(nodes, chunk));
    if (!memory)
        return false;
    thrum__point(nodes, THRUM__POINT_ATOMIC);
    /* Release: pairs with the loads above and in node(). Acquire on failure: the other's memory is used. */
    if (!__atomic_compare_exchange_n(&nodes->chunks[chunk], &none, memory, false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
        munmap(memory, chunk_size(nodes, chunk)); /* somebody was faster */
    return true;
}

static uint32_t take_fresh(thrum__nodes *nodes) {
    /* Relaxed, here and below: a number by itself; its memory is ordered by the chunk's pointer. */
    uint32_t fresh = __atomic_load_n(&nodes->fresh, __ATOMIC_RELAXED);
    do {
        unsigned chunk = chunk_of(fresh + 1);
        if (chunk >= thrum__chunk_count || !have_memory(nodes, chunk))
            return 0;
        thrum__point(nodes, THRUM__POINT_ATOMIC);
        /* Relaxed, both, as above. */
    } while (
        !__atomic_compare_exchange_n(&nodes->fresh, &fresh, fresh + 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return fresh + 1;
}

uint32_t thrum__node_take(thrum__nodes *nodes) {
    thrum__point(nodes, THRUM__POINT_ATOMIC);
    /* Acquire, here and on failure: pairs with the exchange of give, so that the link is read. */
    uint64_t spare = __atomic_load_n(&nodes->spare, __ATOMIC_ACQUIRE);
    while (NUMBER(spare) != 0) {
        /* Relaxed: when it is another's by now, the exchange fails. */
        uint32_t next = __atomic_load_n(thrum__node_link(nodes, NUMBER(spare)), __ATOMIC_RELAXED);
        thrum__point(nodes, THRUM__POINT_ATOMIC);
        if (__atomic_compare_exchange_n(&nodes->spare, &spare, AFTER(spare, next), false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_ACQUIRE))
            return NUMBER(spare);
    }
    return take_fresh(nodes);
}

void thrum__node_give(thrum__nodes *nodes, uint32_t number) {
    thrum__point(nodes, THRUM__POINT_ATOMIC);
    /* Relaxed: nothing is read through it but its number. */
    uint64_t spare = __atomic_load_n(&nodes->spare, __ATOMIC_RELAXED);
    do {
        /* Relaxed: the exchange makes it visible. */
        __atomic_store_n(thrum__node_link(nodes, number), NUMBER(spare), __ATOMIC_RELAXED);
        thrum__point(nodes, THRUM__POINT_ATOMIC);
        /* Release: pairs with take. What was read from the node was read before it is written again. */
    } while (!__atomic_compare_exchange_n(&nodes->spare, &spare, AFTER(spare, number), false, __ATOMIC_RELEASE,
                                          __ATOMIC_RELAXED));
}

void thrum__nodes_free(thrum__nodes *nodes) {
    for (unsigned chunk = 0; chunk < thrum__chunk_count; chunk++)
        if (nodes->chunks[chunk])
            munmap(nodes->chunks[chunk], chunk_size(nodes, chunk));
}
