/* faults.c - calls that fail, when the schedule says so: for lack of memory, or because a signal interrupts.
 *
 * Whether they may is for the options of the exploration to say; that they could is counted always, so that a replay
 * needs no options. Only the program's own requests for memory fail: not the C library's, the loader's or ours.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "preload.h"

bool preload_is_interrupted(const char *call) {
    if (thrum_explore_fault(THRUM_EXPLORE_EINTR, call) == 0)
        return false;
    errno = EINTR;
    return true;
}

bool preload_lacks_memory(const char *call) {
    if (thrum_explore_fault(THRUM_EXPLORE_ENOMEM, call) == 0)
        return false;
    errno = ENOMEM;
    return true;
}

/* The C library's own, for what is asked for before the next ones are found: finding them may ask for memory. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void *(*next_malloc)(size_t size) = __libc_malloc;
static void *(*next_calloc)(size_t count, size_t size) = __libc_calloc;
static void *(*next_realloc)(void *block, size_t size) = __libc_realloc;
static void *(*next_memalign)(size_t alignment, size_t size) = __libc_memalign;
static void *(*next_aligned_alloc)(size_t alignment, size_t size) = __libc_memalign;

/* By the program's own allocator, when it is linked with one; it is the one that free() goes to. */
void preload_find_memory(void) {
    static bool looked;
    if (looked)
        return;
    looked = true;
    *(void **)&next_malloc = preload_next("malloc");
    *(void **)&next_calloc = preload_next("calloc");
    *(void **)&next_realloc = preload_next("realloc");
    *(void **)&next_memalign = preload_next("memalign");
    *(void **)&next_aligned_alloc = preload_next("aligned_alloc");
}

void *malloc(size_t size) {
    preload_find_memory();
    return TAKES() && preload_lacks_memory("malloc") ? NULL : next_malloc(size);
}

void *calloc(size_t count, size_t size) {
    preload_find_memory();
    return TAKES() && preload_lacks_memory("calloc") ? NULL : next_calloc(count, size);
}

/* A block can always be given back. */
void *realloc(void *block, size_t size) {
    preload_find_memory();
    return TAKES() && size > 0 && preload_lacks_memory("realloc") ? NULL : next_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
    preload_find_memory();
    return TAKES() && preload_lacks_memory("memalign") ? NULL : next_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    preload_find_memory();
    return TAKES() && preload_lacks_memory("aligned_alloc") ? NULL : next_aligned_alloc(alignment, size);
}

/* These do not set errno when they fail, or ask in the C library, where nothing fails. */
static int saved(int error, int saved_errno) {
    errno = saved_errno;
    return error;
}

INSTEAD(int, posix_memalign, (void **ret_block, size_t alignment, size_t size), (ret_block, alignment, size)) {
    NEXT(posix_memalign);
    int before = errno;
    return preload_lacks_memory("posix_memalign") ? saved(ENOMEM, before)
                                                  : next_posix_memalign(ret_block, alignment, size);
}

INSTEAD(void *, reallocarray, (void *block, size_t count, size_t size), (block, count, size)) {
    NEXT(reallocarray);
    return count > 0 && size > 0 && preload_lacks_memory("reallocarray") ? NULL
                                                                         : next_reallocarray(block, count, size);
}

#undef strdup
INSTEAD(char *, strdup, (const char *text), (text)) {
    NEXT(strdup);
    return preload_lacks_memory("strdup") ? NULL : next_strdup(text);
}

#undef strndup
INSTEAD(char *, strndup, (const char *text, size_t size), (text, size)) {
    NEXT(strndup);
    return preload_lacks_memory("strndup") ? NULL : next_strndup(text, size);
}
