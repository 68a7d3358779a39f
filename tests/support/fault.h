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

static size_t fault_count, fault_wanted; /* wanted 0: off */
static long fault_blocks;

/* From now on the n-th allocation fails. */
static void fault_arm(size_t n) {
    fault_count = 0;
    fault_wanted = n;
}

/* Let everything succeed again. Returns whether the n-th came. */
static bool fault_disarm(void) {
    bool fired = fault_wanted > 0 && fault_count >= fault_wanted;
    fault_wanted = 0;
    return fired;
}

/* Blocks that were allocated and not freed. */
static long fault_live(void) {
    return fault_blocks;
}

/* Whether this is the call that must fail. */
static bool fault_here(void) {
    return fault_wanted > 0 && ++fault_count == fault_wanted;
}

static void *fault_new(void *block) {
    fault_blocks += block != NULL;
    return block;
}

static bool fault_no_memory(void) {
    if (!fault_here())
        return false;
    errno = ENOMEM;
    return true;
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
    return fault_no_memory() ? NULL : fault_new(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size) {
    return fault_no_memory() ? NULL : fault_new(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size) {
    if (fault_no_memory())
        return NULL;
    void *moved = __real_realloc(block, size);
    fault_blocks += !block && moved;
    return moved;
}

char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text) {
    return fault_no_memory() ? NULL : fault_new(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t size);
char *__wrap_strndup(const char *text, size_t size) {
    return fault_no_memory() ? NULL : fault_new(__real_strndup(text, size));
}

void __wrap_free(void *block);
void __wrap_free(void *block) {
    fault_blocks -= block != NULL;
    __real_free(block);
}

#endif
