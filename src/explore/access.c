/* access.c - what instrumented code tells: see thrum/explore/access.h. */
#include <stdio.h>

#include "explore/access.h"
#include "explore/engine.h"
#include "explore/race.h"
#include "explore/symbols.h"

void thrum_explore_watch_memory(void) {
    x_race_watch();
}

static const char *verb_of(uint32_t kind) {
    static const char *const verbs[] = {"read", "write", "atomic_read", "atomic_write"};
    return kind & THRUM_EXPLORE_COMPARE ? "compare_exchange"
                                        : verbs[kind & (THRUM_EXPLORE_WRITE | THRUM_EXPLORE_ATOMIC)];
}

static x_access access_of(const volatile void *address, size_t size, uint32_t kind, const void *site) {
    return (x_access){(const void *)(uintptr_t)address, size, kind, x_engine_self(), site};
}

void thrum_explore_accessed(const volatile void *address, size_t size, uint32_t kind, const void *site) {
    x_access other;
    if (!x_engine_controls())
        return;
    x_access access = access_of(address, size, kind & ~(uint32_t)THRUM_EXPLORE_COMPARE, site);
    if (x_race_access(&access, &other))
        x_engine_fail_race(&access, &other);
}

void thrum_explore_access(const volatile void *address, size_t size, uint32_t kind, const void *site) {
    if (!x_engine_controls())
        return;
    bool write = kind & (THRUM_EXPLORE_WRITE | THRUM_EXPLORE_COMPARE);
    x_engine_point((const void *)(uintptr_t)address, write, verb_of(kind), site);
    thrum_explore_accessed(address, size, kind, site);
}

void thrum_explore_ordered(const volatile void *address, thrum_explore_atomic operation, int order) {
    if (x_engine_controls())
        x_race_ordered(x_engine_self(), (const void *)(uintptr_t)address, operation, order);
}

void thrum_explore_fence(int order) {
    if (x_engine_controls())
        x_race_fence(x_engine_self(), order);
}

void thrum_explore_allocated(const void *address, size_t size) {
    if (x_engine_controls())
        x_race_allocated(address, size);
}

/* "write of 4 bytes at race.c:12 by T1 'A'" */
static int describe(const x_outcome *outcome, int i, char *text, size_t size) {
    const x_access *access = &outcome->race[i];
    static const char *const verbs[] = {"read", "write", "atomic read", "atomic write"};
    x_symbol place = {access->site, ""};
    x_symbols_resolve(&place, 1);
    return snprintf(text, size, "%s of %zu byte%s at %s by T%u '%s'",
                    access->kind & THRUM_EXPLORE_FREED ? "free" : verbs[access->kind & 3], access->size,
                    access->size == 1 ? "" : "s", place.text, access->thread, outcome->thread_names[access->thread]);
}

void x_access_describe(x_outcome *outcome) {
    char first[256], second[256];
    describe(outcome, 0, first, sizeof first);
    describe(outcome, 1, second, sizeof second);
    snprintf(outcome->text, sizeof outcome->text, "  %s\n  against %s, which nothing orders\n", first, second);
}
