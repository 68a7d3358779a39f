/* spin.h - looking again a few times before going to sleep.
 *
 * A hand-over between two running CPUs takes 0.1 us; a sleep and the wake-up across CPUs take 10 to 60 us in a
 * virtual machine. So a thread that waits for something that usually comes soon looks for it for a few microseconds
 * first. Two kinds of looking are budgeted separately, because they pay off in different weather: pauses, which need
 * the other thread to run on another CPU at this moment, and yields, which let it run on this one. Each thread learns
 * from its own waits which of the two was in vain (spin.c). Where more threads have to run first than there are other
 * CPUs, there are no pauses at all.
 */
#ifndef THRUM_SPIN_H
#define THRUM_SPIN_H

#include <stdbool.h>
#include <stdint.h>

typedef struct thrum__spin {
    uint8_t pause_credit, yield_credit; /* 0 only now and then tries */
    uint8_t skipped;                    /* how many waits there were since both were tried in any case */
} thrum__spin;

/* Tell the CPU that this is a loop that waits. */
static inline void thrum__spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/* Look at *word until it is not `value` any more, for as long as experience says that it is worth it. Returns whether
 * it changed. `others`: how many threads have to run before it can. */
bool thrum__spin_while(const uint32_t *word, uint32_t value, thrum__spin *spin, uint32_t others);

/* About 2 us without a look at anything that others write; nothing where there is one CPU. */
void thrum__spin_for_a_moment(void);

/* Whether a thread that waits without sleeping can be any good: not where there is one CPU. */
bool thrum__spin_pays(void);

/* Let `ns` nanoseconds pass without touching what others write. False at once when the deadline comes before
 * that. */
bool thrum__spin_for(int64_t ns, int64_t deadline);

/* Find out how many CPUs there are. Called when the library is loaded and in the child of a fork. */
void thrum__spin_init(void);

#endif
