/* ring.c - the ring but for its shortest paths. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include <thrum/time.h>

#include "base/memory.h"
#include "park/record.h"
#include "park/spin.h"
#include "queue/ring.h"

enum {
    most_bytes = 1 << 20,
    strictest = 16,    /* alignment that malloc gives */
    looks = 16,        /* as often a look before sleeping may succeed in vain */
    pauses = 100,      /* about 5 us: the copy that is waited for takes much less, if its thread runs */
    yields = 100,      /* its thread has lost its CPU: give it ours */
    nap_ns = 50 * 1000 /* yielding does not help a thread of less priority */
};

/* The largest power of two that divides the size: as an array of such items has it. */
static size_t alignment_of(size_t item_size) {
    size_t alignment = item_size & (~item_size + 1);
    if (alignment < sizeof(uint32_t))
        return sizeof(uint32_t);
    return alignment < strictest ? alignment : strictest;
}

static uint64_t mask_for(size_t bytes) {
    uint64_t mask = 1;
    while (mask + 1 < bytes)
        mask = mask * 2 + 1;
    return mask;
}

int thrum__ring_init(thrum__ring *ring, size_t item_size, size_t capacity) {
    ring->tail = ring->head = THRUM__RING_HELD;
    if (capacity == 0 || capacity > most_bytes || item_size > most_bytes)
        return 0;
    size_t alignment = alignment_of(item_size);
    size_t slot_size = (alignment + item_size + alignment - 1) / alignment * alignment;
    if (slot_size * capacity > most_bytes)
        return 0;
    ring->slots = thrum__malloc(capacity * slot_size);
    if (!ring->slots)
        return -ENOMEM;
    ring->mask = mask_for(capacity * slot_size);
    ring->end = capacity * slot_size & ring->mask;
    ring->slot_size = slot_size;
    ring->item_offset = alignment;
    ring->item_size = item_size;
    ring->capacity = capacity;
    for (uint64_t place = 0; place < capacity * slot_size; place += slot_size)
        *thrum__ring_stamp(ring, place) = thrum__ring_empty(place);
    ring->tail = ring->head = 0;
    return 0;
}

uint64_t thrum__ring_passed(const thrum__ring *ring, uint64_t word) {
    if (!ring->slots)
        return 0;
    return word / (ring->mask + 1) * ring->capacity + (word & ring->mask) / ring->slot_size;
}

uint64_t thrum__ring_after(const thrum__ring *ring, uint64_t word, size_t count) {
    uint64_t offset = (word & ring->mask) + count * ring->slot_size, size = ring->capacity * ring->slot_size;
    return offset < size ? (word & ~ring->mask) + offset : (word | ring->mask) + 1 + offset - size;
}

static uint64_t word_of(const uint64_t *word) {
    thrum__point(word, THRUM__POINT_ATOMIC);
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* Tail twice, and head between: when tail has not moved, head is as it was at a moment at which tail was so. */
size_t thrum__ring_count(const thrum__ring *ring, bool *ret_held) {
    uint64_t before, head, tail = word_of(&ring->tail);
    do {
        before = tail;
        head = word_of(&ring->head);
        tail = word_of(&ring->tail);
    } while (tail != before);
    *ret_held = ((tail | head) & THRUM__RING_HELD) != 0;
    return (size_t)(thrum__ring_passed(ring, tail) - thrum__ring_passed(ring, head));
}

/* Wait for a thread that has claimed the slot before and is about to copy. */
static void wait_for_copy(const uint32_t *stamp, uint32_t wanted) {
    for (int i = 0;; i++) {
        thrum__point(stamp, THRUM__POINT_ATOMIC);
        /* Acquire: pairs with fill() or drain() by the thread that is waited for. */
        if (__atomic_load_n(stamp, __ATOMIC_ACQUIRE) == wanted)
            return;
        if (thrum__hooks_get() || i >= pauses + yields)
            (void)thrum_sleep(thrum_nanoseconds(nap_ns)); /* cannot fail: it is a valid span */
        else if (i >= pauses)
            sched_yield();
        else
            thrum__spin_pause();
    }
}

/* The slot at `word` is claimed, and may not have been left by its last user. */
static void fill_claimed(thrum__ring *ring, uint64_t word, const void *item) {
    wait_for_copy(thrum__ring_stamp(ring, word), thrum__ring_empty(word));
    thrum__ring_fill(ring, word, item, true);
}

static void drain_claimed(thrum__ring *ring, uint64_t word, void *ret_item) {
    wait_for_copy(thrum__ring_stamp(ring, word), thrum__ring_filled(word));
    thrum__ring_drain(ring, word, ret_item, true);
}

/* Claim up to `most` of the slots at *word, which is tail or head, of those between it and `limit` places behind the
 * other word. Returns how many, and in *ret_claimed the first. None, when more than one is asked for and threads wait
 * at the other side: for when they are served, meanwhile, there are more. */
static size_t claim_many(thrum__ring *ring, uint64_t *word, const uint64_t *other, size_t limit, size_t most,
                         uint64_t *ret_claimed) {
    uint64_t seen = word_of(word);
    while (!(seen & THRUM__RING_HELD)) {
        /* The other word is read later. So this one, if it has not moved since, cannot be too far behind. */
        uint64_t beyond = word_of(other),
                 left = thrum__ring_passed(ring, beyond) + limit - thrum__ring_passed(ring, seen);
        size_t count = left < most ? (size_t)left : most;
        if (beyond & THRUM__RING_HELD && most > 1)
            return 0;
        if (left > ring->capacity) {
            seen = word_of(word); /* it has moved */
            continue;
        }
        if (count == 0)
            return 0;
        *ret_claimed = seen;
        thrum__point(ring, THRUM__POINT_ATOMIC);
        /* Seq_cst: see "why no wake-up is lost". */
        if (__atomic_compare_exchange_n(word, &seen, thrum__ring_after(ring, seen, count), false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return count;
    }
    return 0;
}

size_t thrum__ring_try_put_many(thrum__ring *ring, const void *items, size_t count, int *ret_waiting) {
    uint64_t place;
    size_t claimed = claim_many(ring, &ring->tail, &ring->head, ring->capacity, count, &place);
    if (claimed > 0)
        *ret_waiting = thrum__ring_waiting(ring, true);
    for (size_t i = 0; i < claimed; i++, place = thrum__ring_next(ring, place))
        fill_claimed(ring, place, (const unsigned char *)items + i * ring->item_size);
    return claimed;
}

size_t thrum__ring_try_get_many(thrum__ring *ring, void *ret_items, size_t most, int *ret_waiting) {
    uint64_t place;
    size_t claimed = claim_many(ring, &ring->head, &ring->tail, 0, most, &place);
    if (claimed > 0)
        *ret_waiting = thrum__ring_waiting(ring, true);
    for (size_t i = 0; i < claimed; i++, place = thrum__ring_next(ring, place))
        drain_claimed(ring, place, (unsigned char *)ret_items + i * ring->item_size);
    return claimed;
}

/* Look at the slot of a word until it is as wanted, or no more. */
static bool look(thrum__ring *ring, const uint64_t *word, uint32_t filled) {
    for (int i = 0; i < looks; i++) {
        /* Relaxed, both: a hint, and the next try looks again. */
        uint64_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
        if (seen & THRUM__RING_HELD)
            return false;
        const uint32_t *stamp = thrum__ring_stamp(ring, seen);
        uint32_t found = __atomic_load_n(stamp, __ATOMIC_RELAXED); /* relaxed: as above */
        if (found == (uint32_t)seen + filled)
            return true;
        if (!thrum__spin_while(stamp, found, &thrum__record_self()->spin, 1))
            return false;
    }
    return false;
}

bool thrum__ring_look_for_place(thrum__ring *ring) {
    return !thrum__hooks_get() && look(ring, &ring->tail, 0);
}

bool thrum__ring_look_for_item(thrum__ring *ring) {
    return !thrum__hooks_get() && look(ring, &ring->head, 1);
}

void thrum__ring_hold(thrum__ring *ring, uint64_t *word) {
    thrum__point(ring, THRUM__POINT_ATOMIC);
    __atomic_fetch_or(word, THRUM__RING_HELD, __ATOMIC_SEQ_CST);
}

void thrum__ring_let_go(thrum__ring *ring, uint64_t *word) {
    /* Relaxed: the bit is changed by who has the lock. */
    if (!(__atomic_load_n(word, __ATOMIC_RELAXED) & THRUM__RING_HELD))
        return;
    thrum__point(ring, THRUM__POINT_ATOMIC);
    __atomic_fetch_and(word, ~(uint64_t)THRUM__RING_HELD, __ATOMIC_SEQ_CST);
}

/* Seq_cst, here and below, for what reads the words without the lock: see count(). */
static uint64_t step(thrum__ring *ring, uint64_t *word) {
    uint64_t place = word_of(word) & ~(uint64_t)THRUM__RING_HELD;
    thrum__point(ring, THRUM__POINT_ATOMIC);
    __atomic_store_n(word, thrum__ring_next(ring, place) | THRUM__RING_HELD, __ATOMIC_SEQ_CST);
    return place;
}

void thrum__ring_push(thrum__ring *ring, const void *item) {
    fill_claimed(ring, step(ring, &ring->tail), item);
}

void thrum__ring_pop(thrum__ring *ring, void *ret_item) {
    drain_claimed(ring, step(ring, &ring->head), ret_item);
}

void thrum__ring_set_waiting(thrum__ring *ring, uint32_t bits) {
    thrum__point(ring, THRUM__POINT_ATOMIC);
    __atomic_fetch_or(&ring->waiting, bits, __ATOMIC_SEQ_CST); /* see "why no wake-up is lost" */
}

void thrum__ring_clear_waiting(thrum__ring *ring, uint32_t bits) {
    if (!(ring->waiting & bits))
        return;
    thrum__point(ring, THRUM__POINT_ATOMIC);
    __atomic_fetch_and(&ring->waiting, ~bits, __ATOMIC_SEQ_CST);
}

uint64_t thrum__ring_take_all(thrum__ring *ring, size_t *ret_count) {
    bool held;
    uint64_t first = word_of(&ring->head) & ~(uint64_t)THRUM__RING_HELD, place = first;
    *ret_count = ring->slots ? thrum__ring_count(ring, &held) : 0;
    for (size_t i = 0; i < *ret_count; i++, place = thrum__ring_next(ring, place))
        wait_for_copy(thrum__ring_stamp(ring, place), thrum__ring_filled(place));
    thrum__point(ring, THRUM__POINT_ATOMIC);
    __atomic_store_n(&ring->head, word_of(&ring->tail), __ATOMIC_SEQ_CST);
    return first;
}

void *thrum__ring_item(thrum__ring *ring, uint64_t word) {
    return (unsigned char *)thrum__ring_stamp(ring, word) + ring->item_offset;
}
