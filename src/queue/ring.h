/* ring.h - the places of a bounded FIFO: any number of threads put and get, and none of them takes a lock.
 *
 * The idea (the bounded queue of Dmitry Vyukov)
 *   A slot has a stamp, which says in which lap of the ring it is filled and in which it is emptied. To put, see that
 * the slot at `tail` is empty, move tail on by compare-and-exchange, which makes the slot this thread's, copy the
 * item into it, and change its stamp, which gives it to the getter of the same lap; get does the like at `head`. So a
 * thread that puts and a thread that gets touch no word in common but the stamps.
 *
 * The words
 *   tail     not held       -> the next position, by any thread that puts, with a compare-and-exchange
 *                           -> held, by the thread that has the lock of the queue
 *            held           -> the next position, still held; or not held: by the thread that has the lock
 *   head     the same for threads that get
 *   stamp    position       empty: for the put at this position    -> + 1, by the thread that moved tail over it
 *            position + 1   filled: for the get at this position   -> position a lap later, empty, by the thread that
 *                           moved head over it
 *   waiting  bits: on this side threads wait, and nobody is on the way to serve them. Written by the thread that has
 *            the lock of the queue, read by everybody who puts, gets or finishes
 *
 *   `held` is what keeps order among threads: while one waits at a side, the word of that side is held, so that all
 * others come to the lock, where there is a queue to stand in. See service.c.
 *
 * Why no wake-up is lost
 *   Who puts moves tail, then reads `waiting`. Who is about to wait for an item holds head, sets its bit in
 *   `waiting`,
 * then reads tail. These four are seq_cst, so one of the two sees what the other did. The same at the other side,
 * with head for tail.
 */
#ifndef THRUM_RING_H
#define THRUM_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hooks.h"

enum { THRUM__GETTERS_WAIT = 1, THRUM__PUTTERS_WAIT = 2, THRUM__JOINERS_WAIT = 4 };
enum { THRUM__RING_HELD = 1, THRUM__RING_LINE = 128 }; /* two lines, which are fetched together */

/* A position counts bytes: in its low bits it has the offset of a slot, which is even, so that bit 0 is free for
 * THRUM__RING_HELD; above them, without a gap, the lap. All but the last three does not change. */
typedef struct thrum__ring {
    unsigned char *slots; /* NULL: there is no ring, and both words are held */
    uint64_t mask;        /* the bits of the offset, and bit 0 */
    uint64_t end;         /* the offset behind the last slot; 0 when it needs one bit more */
    size_t slot_size;
    size_t item_offset, item_size, capacity;
    uint32_t waiting;
    unsigned char apart_[THRUM__RING_LINE]; /* each word in a line of its own: who puts is not to disturb who gets */
    uint64_t tail;
    unsigned char apart2_[THRUM__RING_LINE];
    uint64_t head;
    unsigned char apart3_[THRUM__RING_LINE];
} thrum__ring;

/* Make `capacity` places. With 0, or when they would take more than a MiB, there is no ring. Returns 0 or -ENOMEM. */
int thrum__ring_init(thrum__ring *ring, size_t item_size, size_t capacity);

/* The stamp of a slot stands before its item. The word is not held. */
static inline uint32_t *thrum__ring_stamp(const thrum__ring *ring, uint64_t word) {
    return (uint32_t *)(void *)(ring->slots + (word & ring->mask));
}

/* The stamps of an empty slot and of a filled one, and of one that was emptied. */
static inline uint32_t thrum__ring_empty(uint64_t word) {
    return (uint32_t)word;
}
static inline uint32_t thrum__ring_filled(uint64_t word) {
    return (uint32_t)word + 1;
}
static inline uint32_t thrum__ring_emptied(const thrum__ring *ring, uint64_t word) {
    return (uint32_t)word + (uint32_t)ring->mask + 1;
}

/* The next position. */
static inline uint64_t thrum__ring_next(const thrum__ring *ring, uint64_t word) {
    uint64_t next = word + ring->slot_size;
    return (next & ring->mask) == ring->end ? (word | ring->mask) + 1 : next;
}

static inline void thrum__ring_copy(const thrum__ring *ring, void *to, const void *from) {
    if (ring->item_size == sizeof(void *))
        memcpy(to, from, sizeof(void *)); /* a load and a store */
    else
        memcpy(to, from, ring->item_size);
}

/* What follows is compiled twice: with places for the explorer to switch, and without. */
#define THRUM__RING_INLINE_ static inline __attribute__((always_inline))
THRUM__RING_INLINE_ void thrum__ring_point_(const thrum__ring *ring, bool watched, const char *verb) {
    if (watched)
        thrum__point_at(ring, THRUM__POINT_ATOMIC, verb);
}

/* Fill the slot at `word`, which is empty and the caller's, and give it away. */
THRUM__RING_INLINE_ void thrum__ring_fill(thrum__ring *ring, uint64_t word, const void *item, bool watched) {
    uint32_t *stamp = thrum__ring_stamp(ring, word);
    thrum__ring_copy(ring, (unsigned char *)stamp + ring->item_offset, item);
    thrum__ring_point_(ring, watched, "put");
    /* Release: pairs with the acquire of whoever finds it filled. */
    __atomic_store_n(stamp, thrum__ring_filled(word), __ATOMIC_RELEASE);
}

/* Empty the slot at `word`, which is filled and the caller's, and give it away. */
THRUM__RING_INLINE_ void thrum__ring_drain(thrum__ring *ring, uint64_t word, void *ret_item, bool watched) {
    uint32_t *stamp = thrum__ring_stamp(ring, word), emptied = thrum__ring_emptied(ring, word);
    thrum__ring_copy(ring, ret_item, (unsigned char *)stamp + ring->item_offset);
    thrum__ring_point_(ring, watched, "get");
    /* Release: pairs with the acquire of whoever finds it empty. */
    __atomic_store_n(stamp, emptied, __ATOMIC_RELEASE);
}

/* Claim the slot at *word, which is tail or head, if its stamp is beyond the one of an empty slot by `filled`.
 * Returns false, without having changed anything, when the word is held, or nobody has moved it and the stamp is
 * another. */
THRUM__RING_INLINE_ bool thrum__ring_claim(thrum__ring *ring, uint64_t *word, uint32_t filled, uint64_t *ret_claimed,
                                           bool watched) {
    thrum__ring_point_(ring, watched, "look");
    /* Relaxed: when it is out of date the exchange fails. */
    uint64_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
    while (!(seen & THRUM__RING_HELD)) {
        uint64_t next = thrum__ring_next(ring, seen);
        thrum__ring_point_(ring, watched, "look");
        /* Acquire: pairs with fill() or drain(), after which the slot belongs to whoever claims it. */
        uint32_t stamp = __atomic_load_n(thrum__ring_stamp(ring, seen), __ATOMIC_ACQUIRE);
        if (stamp == (uint32_t)seen + filled) {
            thrum__ring_point_(ring, watched, "claim");
            *ret_claimed = seen;
            /* Seq_cst: see "why no wake-up is lost". Relaxed on failure: as above. */
            if (__atomic_compare_exchange_n(word, &seen, next, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
                return true;
        } else {
            uint64_t before = seen;
            thrum__ring_point_(ring, watched, "look");
            seen = __atomic_load_n(word, __ATOMIC_RELAXED); /* relaxed: as above */
            if (seen == before)
                return false;
        }
    }
    return false;
}

/* Who waits. Seq_cst: see "why no wake-up is lost". Read before the slot is given away, so that this thread does not
 * touch a queue which the receiver of its item may free, unless somebody waits. */
THRUM__RING_INLINE_ int thrum__ring_waiting(const thrum__ring *ring, bool watched) {
    thrum__ring_point_(ring, watched, "who waits");
    return (int)__atomic_load_n(&ring->waiting, __ATOMIC_SEQ_CST);
}

/* Put without waiting for anything: -1 when that cannot be, or the bits of who waits now. */
THRUM__RING_INLINE_ int thrum__ring_try_put(thrum__ring *ring, const void *item, bool watched) {
    uint64_t place;
    if (!thrum__ring_claim(ring, &ring->tail, 0, &place, watched))
        return -1;
    int waiting = thrum__ring_waiting(ring, watched);
    thrum__ring_fill(ring, place, item, watched);
    return waiting;
}

/* The like for a get. */
THRUM__RING_INLINE_ int thrum__ring_try_get(thrum__ring *ring, void *ret_item, bool watched) {
    uint64_t place;
    if (!thrum__ring_claim(ring, &ring->head, 1, &place, watched))
        return -1;
    int waiting = thrum__ring_waiting(ring, watched);
    thrum__ring_drain(ring, place, ret_item, watched);
    return waiting;
}

/* How many have put, or got, when the word was this, held or not. */
uint64_t thrum__ring_passed(const thrum__ring *ring, uint64_t word);

/* The position `count` places, at most a lap, after `word`. */
uint64_t thrum__ring_after(const thrum__ring *ring, uint64_t word, size_t count);

/* As many of the `count` items as there are places for, or as there are, in one step: 0 when that cannot be. Who
 * waits is told in *ret_waiting. */
size_t thrum__ring_try_put_many(thrum__ring *ring, const void *items, size_t count, int *ret_waiting);
size_t thrum__ring_try_get_many(thrum__ring *ring, void *ret_items, size_t most, int *ret_waiting);

/* Look for a change at the slot that a put, or a get, waits for, as long as nobody is queued there. Returns whether
 * it is worth another try. */
bool thrum__ring_look_for_place(thrum__ring *ring);
bool thrum__ring_look_for_item(thrum__ring *ring);

/* How many items are in the ring, and whether there is a word that is held, at one moment. */
size_t thrum__ring_count(const thrum__ring *ring, bool *ret_held);

/* The rest is for the thread that has the lock of the queue.
 *
 * Hold a word: from here on nobody else moves it. And let go of it. */
void thrum__ring_hold(thrum__ring *ring, uint64_t *word);
void thrum__ring_let_go(thrum__ring *ring, uint64_t *word);

/* Put, with tail held and a place; get, with head held and an item. They wait for threads that are in the middle of
 * a copy. */
void thrum__ring_push(thrum__ring *ring, const void *item);
void thrum__ring_pop(thrum__ring *ring, void *ret_item);

/* Set or clear bits of `waiting`. */
void thrum__ring_set_waiting(thrum__ring *ring, uint32_t bits);
void thrum__ring_clear_waiting(thrum__ring *ring, uint32_t bits);

/* With both words held: take out everything. The items stay where they are, *ret_count of them from the position that
 * is returned on, until the next put, or the end. */
uint64_t thrum__ring_take_all(thrum__ring *ring, size_t *ret_count);
void *thrum__ring_item(thrum__ring *ring, uint64_t word);

#endif
