/* spin.c - how long to look before sleeping. */
#include <sched.h>

#include "park/spin.h"
#include "platform/platform.h"
#include "time/time_internal.h"

enum {
    pauses_ns = 3000, /* by the clock: a pause takes 10 cycles on one CPU and 140 on another */
    pauses = 16,      /* between two looks at the clock */
    moment = 40,
    yields = 12,      /* about 3 us when nothing else wants the CPU */
    most_yields = 28, /* with two more for each further thread that has to run first */
    credit_max = 8,   /* as many failures in a row end the looking */
    retry_every = 64  /* and then one wait in so many tries again */
};

static unsigned cpus = 1;

void thrum__spin_init(void) {
    cpus = thrum__os_cpus();
}

void thrum__spin_for_a_moment(void) {
    for (int i = 0; i < moment && cpus > 1; i++)
        thrum__spin_pause();
}

/* Relaxed: a hint. The caller reads the word again, with the order that it needs. */
static bool changed(const uint32_t *word, uint32_t value) {
    return __atomic_load_n(word, __ATOMIC_RELAXED) != value;
}

static bool pause_while(const uint32_t *word, uint32_t value) {
    int64_t end = thrum_monotonic_ns() + pauses_ns;
    do {
        for (int i = 0; i < pauses; i++) {
            if (changed(word, value))
                return true;
            thrum__spin_pause();
        }
    } while (thrum_monotonic_ns() < end);
    return changed(word, value);
}

static bool yield_while(const uint32_t *word, uint32_t value, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        sched_yield();
        if (changed(word, value))
            return true;
    }
    return false;
}

static unsigned yields_for(unsigned others) {
    unsigned count = others < most_yields ? yields + 2 * (others - 1) : most_yields;
    return count < most_yields ? count : most_yields;
}

/* A success earns two failures, so what works every third time is kept up. */
static void learn(uint8_t *credit, bool success) {
    if (success)
        *credit = *credit + 2 < credit_max ? (uint8_t)(*credit + 2) : credit_max;
    else if (*credit > 0)
        (*credit)--;
}

bool thrum__spin_pays(void) {
    return cpus > 1;
}

enum { short_pauses = 4 }; /* between two looks at the clock where the whole time may be short */

bool thrum__spin_for(int64_t ns, int64_t deadline) {
    int64_t now = thrum_monotonic_ns(), end = now + ns;
    if (end >= deadline)
        return false;
    for (; now < end; now = thrum_monotonic_ns())
        for (int i = 0; i < short_pauses; i++)
            thrum__spin_pause();
    return true;
}

bool thrum__spin_while(const uint32_t *word, uint32_t value, thrum__spin *spin, uint32_t others) {
    bool try_anyway = ++spin->skipped >= retry_every;
    if (try_anyway)
        spin->skipped = 0;
    if (others < cpus && (spin->pause_credit > 0 || try_anyway)) {
        bool success = pause_while(word, value);
        learn(&spin->pause_credit, success);
        if (success)
            return true;
    }
    if (spin->yield_credit > 0 || try_anyway) {
        bool success = yield_while(word, value, yields_for(others));
        learn(&spin->yield_credit, success);
        return success;
    }
    return changed(word, value);
}
