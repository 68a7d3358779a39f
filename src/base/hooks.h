/* hooks.h - the table through which clock, wait and wake are replaced in tests and under exploration.
 *
 * NULL in production: the price is one relaxed load and a predicted branch, and only on paths that are about to ask
 * the kernel for something. A table is installed while one thread runs, and stays valid until it is taken out again.
 * What that price is `make bench-hooks` measures, beside a library that is built without (-Dhooks=false).
 */
#ifndef THRUM_HOOKS_H
#define THRUM_HOOKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a scheduling point is about to do to an object. */
typedef enum thrum__point_kind {
    THRUM__POINT_READ,
    THRUM__POINT_WRITE,
    THRUM__POINT_ATOMIC /* one atomic operation inside a call */
} thrum__point_kind;

/* What has happened to an object. */
typedef enum thrum__note_kind {
    THRUM__NOTE_ACQUIRED, /* the calling thread holds it from now on, and should not end before */
    THRUM__NOTE_RELEASED, /* it is let go of */
    THRUM__NOTE_UNHEARD,  /* a wake-up found nobody who waits */
    /* The order that the memory orders of the library make: all that a thread did before it gives to an object comes
     * before what another does after it takes from that object. Acquired and released are such a pair, too. */
    THRUM__NOTE_GIVES,
    THRUM__NOTE_TAKES
} thrum__note_kind;

/* What may go wrong in a call of the system. */
typedef enum thrum__fault_kind {
    THRUM__FAULT_MEMORY /* there is none: errno is ENOMEM */
} thrum__fault_kind;

typedef struct thrum__hooks {
    /* The monotonic clock, in nanoseconds. */
    int64_t (*now)(void);
    /* Sleep while *word == expected, until woken or until `deadline`: 0 or -ETIMEDOUT. May return early. */
    int (*wait)(uint32_t *word, uint32_t expected, int64_t deadline);
    /* Wake the thread that sleeps on word, if one does. */
    void (*wake)(uint32_t *word);
    /* A scheduling point before the operation `verb` on `object`. May be NULL. */
    void (*point)(const void *object, thrum__point_kind kind, const char *verb);
    /* Something happened in the operation `verb`. May be NULL. */
    void (*note)(const void *object, thrum__note_kind kind, const char *verb);
    /* Have main(arg) run in another thread, in place of pthread_create(): 0 or -errno. The thread behind *ret_handle
     * is not the caller's to join. May be NULL. */
    int (*create)(pthread_t *ret_handle, void *(*main)(void *arg), void *arg);
    /* Whether what the function `verb` is about to ask the system for is to fail. May be NULL. */
    bool (*fault)(thrum__fault_kind kind, const char *verb);
    /* In the child of a fork, before the library puts itself in order there. May be NULL. */
    void (*forked)(void);
} thrum__hooks;

extern const thrum__hooks *thrum__hooks_installed;

static inline const thrum__hooks *thrum__hooks_get(void) {
    /* Relaxed: the table is immutable, and installed before the threads that use it are started. */
    return THRUM__HOOKS ? __atomic_load_n(&thrum__hooks_installed, __ATOMIC_RELAXED) : NULL;
}

/* A place where another thread may be given its turn. Costs a load when no table is installed. */
static inline void thrum__point_at(const void *object, thrum__point_kind kind, const char *verb) {
    const thrum__hooks *hooks = thrum__hooks_get();
    if (__builtin_expect(hooks != NULL, 0) && hooks->point)
        hooks->point(object, kind, verb);
}
#define thrum__point(object, kind) thrum__point_at(object, kind, __func__)

static inline void thrum__note_at(const void *object, thrum__note_kind kind, const char *verb) {
    const thrum__hooks *hooks = thrum__hooks_get();
    if (__builtin_expect(hooks != NULL, 0) && hooks->note)
        hooks->note(object, kind, verb);
}
#define thrum__note(object, kind) thrum__note_at(object, kind, __func__)

/* Costs a load when no table is installed. */
static inline bool thrum__fault_at(thrum__fault_kind kind, const char *verb) {
    const thrum__hooks *hooks = thrum__hooks_get();
    return __builtin_expect(hooks != NULL, 0) && hooks->fault && hooks->fault(kind, verb);
}

/* Install a table, or take it out with NULL. Threads that exist from then on take the slow, observable path of every
 * primitive (see thrum__record_watch() in park/record.h); call it while this is the only thread that uses the
 * library. */
void thrum__hooks_install(const thrum__hooks *hooks);

#endif
