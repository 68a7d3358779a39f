/* race.c - data races, by happens-before.
 *
 * Clocks. Each thread counts its gives. now[t].of[u] is the last of u's counts that comes before what t does next;
 * now[t].of[t] is t's own. An access is remembered with its thread and that thread's count: it comes before what t
 * does next when now[t] knows that count. A give copies the thread's clock into the object's, and counts; a take
 * copies the object's into the thread's.
 *
 * Memory. For each word of eight bytes the last accesses are kept, each with the bytes that it touched, as few as
 * will do: one that comes before a newer one of at least its strength is dropped, since whatever races with it races
 * with the newer one, too. When there are more than fit the oldest goes. So a race can be missed, in a word that many
 * threads use in many ways, but none is made up.
 *
 * The tables are large and mostly never touched, and so never there. They belong to one schedule: a generation tells
 * an old entry from a new one.
 */
#include <string.h>
#include <sys/mman.h>

#include "explore/race.h"

enum {
    cell_bits = 17,
    most_cells = 1 << cell_bits,
    sync_bits = 14,
    most_syncs = 1 << sync_bits,
    most_kept = 6,
    word_size = 8
};

typedef struct clock {
    uint32_t of[x_most_threads];
} clock;

typedef struct kept {
    uint32_t count; /* of its thread */
    uint8_t thread, bytes, kind, size;
    const void *site;
} kept;

typedef struct cell {
    uintptr_t word; /* address / word_size */
    uint32_t generation;
    uint16_t used, oldest;
    kept kept[most_kept];
} cell;

typedef struct sync {
    const void *object;
    uint32_t generation, owner; /* the thread that gave last */
    clock clock;
} sync;

static struct {
    bool watching, on;
    cell *cells;
    sync *syncs;
    uint32_t generation, cell_generation, cells_used, syncs_used;
    uint32_t used[most_cells / 4 * 3 + 1]; /* the places of the cells in use */
    clock now[x_most_threads];
    clock fenced[x_most_threads];  /* what a relaxed store gives, after a release fence */
    clock pending[x_most_threads]; /* what an acquire fence takes, after relaxed loads */
    bool has_fenced[x_most_threads];
} race;

void x_race_watch(void) {
    race.watching = true;
}

static void *map(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void x_race_begin(bool wanted) {
    race.on = race.watching && wanted;
    if (!race.on)
        return;
    race.cells = race.cells ? race.cells : map(most_cells * sizeof *race.cells);
    race.syncs = race.syncs ? race.syncs : map(most_syncs * sizeof *race.syncs);
    race.on = race.cells && race.syncs;
    race.generation++;
    race.cell_generation++;
    race.cells_used = race.syncs_used = 0;
    memset(race.now, 0, sizeof race.now);
    memset(race.pending, 0, sizeof race.pending);
    memset(race.has_fenced, 0, sizeof race.has_fenced);
    race.now[0].of[0] = 1;
}

static uint32_t hash(uintptr_t key, int bits) {
    return (uint32_t)((uint64_t)key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits));
}

static void join_clock(clock *to, const clock *from) {
    for (uint32_t i = 0; i < x_most_threads; i++)
        to->of[i] = from->of[i] > to->of[i] ? from->of[i] : to->of[i];
}

/* Later accesses of the thread are not part of what it gave. */
static void count(uint32_t thread) {
    race.now[thread].of[thread]++;
}

void x_race_thread(uint32_t parent, uint32_t child) {
    if (!race.on)
        return;
    race.now[child] = race.now[parent];
    race.now[child].of[child] = 1;
    count(parent);
}

/* The entry of an object, new ones empty. NULL when there are too many: then no order would be known any more, and
 * nothing can be judged in this schedule. */
static sync *sync_of(const void *object) {
    uint32_t i = hash((uintptr_t)object, sync_bits);
    while (race.syncs[i].generation == race.generation && race.syncs[i].object != object)
        i = (i + 1) % most_syncs;
    sync *s = &race.syncs[i];
    if (s->generation == race.generation)
        return s;
    if (++race.syncs_used > most_syncs / 4 * 3) {
        race.on = false;
        return NULL;
    }
    s->object = object;
    s->generation = race.generation;
    memset(&s->clock, 0, sizeof s->clock);
    return s;
}

void x_race_give(uint32_t thread, const void *object) {
    sync *s = race.on ? sync_of(object) : NULL;
    if (!s)
        return;
    join_clock(&s->clock, &race.now[thread]);
    s->owner = thread;
    count(thread);
}

void x_race_take(uint32_t thread, const void *object) {
    sync *s = race.on ? sync_of(object) : NULL;
    if (s)
        join_clock(&race.now[thread], &s->clock);
}

/* Which orders of the explored program take what one that releases gave, and pair with it so. */
static bool acquires(int order) {
    return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME || order == __ATOMIC_ACQ_REL ||
           order == __ATOMIC_SEQ_CST;
}

/* And which give. */
static bool releases(int order) {
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

/* A store begins anew: what the object had is gone, but for a relaxed one by the thread that released last, which
 * goes on with its release sequence (C17 5.1.2.4). An exchange goes on with anybody's. */
static void store(uint32_t thread, sync *s, bool anew, int order) {
    if (anew && (releases(order) || s->owner != thread))
        memset(&s->clock, 0, sizeof s->clock);
    if (releases(order))
        join_clock(&s->clock, &race.now[thread]);
    else if (race.has_fenced[thread])
        join_clock(&s->clock, &race.fenced[thread]);
    if (anew || releases(order))
        s->owner = thread;
    if (releases(order))
        count(thread);
}

void x_race_ordered(uint32_t thread, const void *object, thrum_explore_atomic operation, int order) {
    sync *s = race.on ? sync_of(object) : NULL;
    if (!s)
        return;
    if (operation != THRUM_EXPLORE_STORE)
        join_clock(acquires(order) ? &race.now[thread] : &race.pending[thread], &s->clock);
    if (operation != THRUM_EXPLORE_LOAD)
        store(thread, s, operation == THRUM_EXPLORE_STORE, order);
}

void x_race_fence(uint32_t thread, int order) {
    if (!race.on)
        return;
    if (acquires(order))
        join_clock(&race.now[thread], &race.pending[thread]);
    if (!releases(order))
        return;
    race.fenced[thread] = race.now[thread];
    race.has_fenced[thread] = true;
    count(thread);
}

/* The cell of a word; NULL when nothing is kept there and none is to be made. */
static cell *cell_of(uintptr_t word, bool make) {
    uint32_t i = hash(word, cell_bits);
    while (race.cells[i].generation == race.cell_generation && race.cells[i].word != word)
        i = (i + 1) % most_cells;
    cell *c = &race.cells[i];
    if (c->generation == race.cell_generation || !make)
        return c->generation == race.cell_generation ? c : NULL;
    if (++race.cells_used > most_cells / 4 * 3) { /* forget all, and go on */
        race.cell_generation++;
        race.cells_used = 1;
        c = &race.cells[hash(word, cell_bits)];
    }
    race.used[race.cells_used - 1] = (uint32_t)(c - race.cells);
    c->word = word;
    c->generation = race.cell_generation;
    c->used = c->oldest = 0;
    return c;
}

static bool writes(uint32_t kind) {
    return kind & THRUM_EXPLORE_WRITE;
}

static bool is_atomic(uint32_t kind) {
    return kind & THRUM_EXPLORE_ATOMIC;
}

/* Whether an earlier access comes before what `thread` does next. */
static bool before(const kept *k, uint32_t thread) {
    return k->count <= race.now[thread].of[k->thread];
}

static const kept *conflict(const cell *c, const x_access *access, uint8_t bytes) {
    for (uint32_t i = 0; i < c->used; i++) {
        const kept *k = &c->kept[i];
        if (k->bytes & bytes && (writes(k->kind) || writes(access->kind)) &&
            !(is_atomic(k->kind) && is_atomic(access->kind)) && !before(k, access->thread))
            return k;
    }
    return NULL;
}

/* Whatever races with k races with the newer access, too. */
static bool outdone(const kept *k, const x_access *access, uint8_t bytes) {
    return before(k, access->thread) && !(k->bytes & ~bytes) && (writes(access->kind) || !writes(k->kind)) &&
           (!is_atomic(access->kind) || is_atomic(k->kind));
}

static void keep(cell *c, const x_access *access, uint8_t bytes) {
    uint16_t left = 0;
    for (uint16_t i = 0; i < c->used; i++)
        if (!outdone(&c->kept[i], access, bytes))
            c->kept[left++] = c->kept[i];
    c->used = left;
    uint16_t place = c->used < most_kept ? c->used++ : c->oldest++ % most_kept;
    c->kept[place] = (kept){.count = race.now[access->thread].of[access->thread],
                            .thread = (uint8_t)access->thread,
                            .bytes = bytes,
                            .kind = (uint8_t)access->kind,
                            .size = access->size < UINT8_MAX ? (uint8_t)access->size : UINT8_MAX,
                            .site = access->site};
}

/* The bytes of a word that lie within an access. */
static uint8_t bytes_of(uintptr_t word, uintptr_t from, uintptr_t to) {
    uintptr_t start = word * word_size, first = from > start ? from - start : 0;
    uintptr_t end = to - start < word_size ? to - start : word_size;
    return (uint8_t)((0xffu << first) & (0xffu >> (word_size - end)));
}

bool x_race_access(const x_access *access, x_access *ret_other) {
    uintptr_t from = (uintptr_t)access->address, to = from + access->size;
    uintptr_t last = to > from ? (to - 1) / word_size : 0;
    if (!race.on || to <= from || last - from / word_size >= most_cells / 2)
        return false; /* nothing, or more than is worth looking at */
    for (uintptr_t word = from / word_size; word <= last; word++) {
        cell *c = cell_of(word, !(access->kind & THRUM_EXPLORE_FREED));
        if (!c)
            continue;
        uint8_t bytes = bytes_of(word, from, to);
        const kept *k = conflict(c, access, bytes);
        if (k) {
            *ret_other = (x_access){access->address, k->size, k->kind, k->thread, k->site};
            return true;
        }
        keep(c, access, bytes);
    }
    return false;
}

void x_race_allocated(const void *address, size_t size) {
    uintptr_t from = (uintptr_t)address / word_size, words = (size + word_size - 1) / word_size;
    if (!race.on)
        return;
    if (words > race.cells_used) { /* fewer are in use than would have to be looked for */
        for (uint32_t i = 0; i < race.cells_used; i++)
            if (race.cells[race.used[i]].word - from < words)
                race.cells[race.used[i]].used = 0;
        return;
    }
    for (uintptr_t word = from; word < from + words; word++) {
        cell *c = cell_of(word, false);
        if (c)
            c->used = 0;
    }
}
