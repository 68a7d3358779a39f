/* turned_ring.h - the ring of a bounded Queue as it is after any number of items, without putting them.
 *
 *     turn_ring(queue, last_lap(queue, 1), 2);        the next item goes to place 2 of the lap before 2^32 bytes
 */
#ifndef TEST_TURNED_RING_H
#define TEST_TURNED_RING_H

#include "queue/queue_internal.h"
#include "test.h"

/* Let the ring, which is empty, go on from `laps` laps and `places` places. What was put so far was done. */
static inline void turn_ring(thrum_queue *queue, uint64_t laps, size_t places) {
    thrum__ring *ring = &queue->ring;
    CHECK(queue->uses_ring && thrum_queue_empty(queue));
    uint64_t passed = thrum__ring_passed(ring, ring->tail);
    uint64_t word = laps * (ring->mask + 1) + places * ring->slot_size, place = word;
    ring->tail = ring->head = word;
    for (size_t i = 0; i < ring->capacity; i++, place = thrum__ring_next(ring, place))
        *thrum__ring_stamp(ring, place) = thrum__ring_empty(place);
    queue->done += thrum__ring_passed(ring, word) - passed;
}

/* The lap before the low half of a word, which is all that a stamp holds, starts again for the n-th time. */
static inline uint64_t last_lap(const thrum_queue *queue, uint64_t n) {
    return (n << 32) / (queue->ring.mask + 1) - 1;
}

#endif
