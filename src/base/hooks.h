/* hooks.h - the table through which clock, wait and wake are replaced in tests and under exploration.
 *
 * NULL in production: the price is one relaxed load and a predicted branch, and only on paths that are about to ask
 * the kernel for something. A table is installed while one thread runs, and stays valid until it is taken out again.
 */
#ifndef THRUM_HOOKS_H
#define THRUM_HOOKS_H

#include <stddef.h>
#include <stdint.h>

/* What a scheduling point is about to do to an object. */
typedef enum thrum__point_kind { THRUM__POINT_READ, THRUM__POINT_WRITE, THRUM__POINT_YIELD } thrum__point_kind;

typedef struct thrum__hooks {
    /* The monotonic clock, in nanoseconds. */
    int64_t (*now)(void);
    /* Sleep while *word == expected, until woken or until `deadline`: 0 or -ETIMEDOUT. May return early. */
    int (*wait)(uint32_t *word, uint32_t expected, int64_t deadline);
    /* Wake the thread that sleeps on word, if one does. */
    void (*wake)(uint32_t *word);
    /* A scheduling point before an operation on `object`. May be NULL. */
    void (*point)(const void *object, thrum__point_kind kind);
    /* A thread was created, begins to run, and has ended: called by the creator, by itself and by itself. May be
     * NULL. */
    void (*thread_new)(uint32_t self);
    void (*thread_begin)(uint32_t self);
    void (*thread_end)(uint32_t self);
} thrum__hooks;

extern const thrum__hooks *thrum__hooks_installed;

static inline const thrum__hooks *thrum__hooks_get(void) {
    /* Relaxed: the table is immutable, and installed before the threads that use it are started. */
    return __atomic_load_n(&thrum__hooks_installed, __ATOMIC_RELAXED);
}

/* A place where another thread may be given its turn. Costs a load when no table is installed. */
static inline void thrum__point(const void *object, thrum__point_kind kind) {
    const thrum__hooks *hooks = thrum__hooks_get();
    if (__builtin_expect(hooks != NULL, 0) && hooks->point)
        hooks->point(object, kind);
}

/* Install a table, or take it out with NULL. Threads that exist from then on take the slow, observable path of every
 * primitive (see thrum__self in park/record.h); call it while this is the only thread that uses the library. */
void thrum__hooks_install(const thrum__hooks *hooks);

#endif
