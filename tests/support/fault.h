/* fault.h - make the n-th allocation of the library fail, for every n.
 *
 *     for (size_t n = 1; ; n++) {
 *         fault_arm(n);
 *         int r = thrum_shlex_quote("a b", &quoted);
 *         if (!fault_disarm())
 *             break;                              it needs fewer than n: all were tried
 *         CHECK_EQ(r, -ENOMEM);
 *     }
 *     CHECK_EQ(fault_live(), 0);                  nothing was lost on the way
 *
 * Include it in one file of a test that links thrum_internal_dep with `link_args: fault_link_args`
 * (tests/meson.build): the linker hands the library's allocations to the functions below. A test may wrap system
 * calls in the same way, and ask fault_here() whether the moment has come.
 */
#ifndef THRUM_FAULT_H
#define THRUM_FAULT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct fault_state {
    size_t count, wanted; /* wanted 0: off */
    const char *failed;   /* the function that was made to fail, or NULL */
    bool everywhere;      /* the calls of every thread count */
    long blocks;
} fault_state;

/* A test whose processes share the count points this at shared memory. Threads share it always, so it is
 * read and changed atomically. */
static fault_state fault_own, *fault = &fault_own;

/* Whether the calls of this thread count. A child by fork or vfork inherits it. */
static _Thread_local bool fault_counts;

static inline void fault_start(size_t n, bool everywhere) {
    __atomic_store_n(&fault->count, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&fault->failed, NULL, __ATOMIC_SEQ_CST);
    __atomic_store_n(&fault->everywhere, everywhere, __ATOMIC_SEQ_CST);
    __atomic_store_n(&fault->wanted, n, __ATOMIC_SEQ_CST);
    fault_counts = true;
}

/* From now on the n-th allocation of the calling thread fails. A thread that works in the background is not counted:
 * it would take the n-th for itself in one run and not in the next. */
static inline void fault_arm(size_t n) {
    fault_start(n, false);
}

/* From now on the n-th allocation fails, whichever thread makes it. */
static inline void fault_arm_everywhere(size_t n) {
    fault_start(n, true);
}

/* Let everything succeed again. Returns whether the n-th came. */
static inline bool fault_disarm(void) {
    __atomic_store_n(&fault->wanted, 0, __ATOMIC_SEQ_CST);
    fault_counts = false;
    return __atomic_load_n(&fault->failed, __ATOMIC_SEQ_CST) != NULL;
}

/* Blocks that were allocated and not freed. */
static inline long fault_live(void) {
    return __atomic_load_n(&fault->blocks, __ATOMIC_SEQ_CST);
}

/* Whether this call, of the function `name`, is the one that must fail; errno is set then. */
static inline bool fault_here(const char *name, int error) {
    size_t wanted = __atomic_load_n(&fault->wanted, __ATOMIC_SEQ_CST);
    if (wanted == 0 || !(fault_counts || __atomic_load_n(&fault->everywhere, __ATOMIC_SEQ_CST)))
        return false;
    if (__atomic_add_fetch(&fault->count, 1, __ATOMIC_SEQ_CST) != wanted)
        return false;
    __atomic_store_n(&fault->failed, name, __ATOMIC_SEQ_CST);
    errno = error;
    return true;
}

static inline void fault_blocks_add(long n) {
    __atomic_add_fetch(&fault->blocks, n, __ATOMIC_SEQ_CST);
}

static inline void *fault_new(void *block) {
    fault_blocks_add(block != NULL);
    return block;
}

/* The linker's names: --wrap=f sends calls of f to __wrap_f, and __real_f is the original. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
    return fault_here("malloc", ENOMEM) ? NULL : fault_new(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size) {
    return fault_here("calloc", ENOMEM) ? NULL : fault_new(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size) {
    if (fault_here("realloc", ENOMEM))
        return NULL;
    void *moved = __real_realloc(block, size);
    fault_blocks_add(!block && moved);
    return moved;
}

char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text) {
    return fault_here("strdup", ENOMEM) ? NULL : fault_new(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t size);
char *__wrap_strndup(const char *text, size_t size) {
    return fault_here("strndup", ENOMEM) ? NULL : fault_new(__real_strndup(text, size));
}

void __wrap_free(void *block);
void __wrap_free(void *block) {
    fault_blocks_add(-(block != NULL));
    __real_free(block);
}

#endif
