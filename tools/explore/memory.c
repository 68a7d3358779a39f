/* memory.c - malloc() and its kin, in place of the C library's, which do the work.
 *
 * An address that is given back and handed out again is other memory: what was done to it before must not be held
 * against what is done to it now. And giving it back is a write: nobody may be using it then.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include <thrum/explore/access.h>

#include "access.h"

/* The C library's own, by the names that glibc has for whoever replaces them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

void access_watch_memory(void) {
    thrum_explore_watch_memory();
}

static void *handed_out(void *block) {
    if (block)
        thrum_explore_allocated(block, malloc_usable_size(block));
    return block;
}

static void given_back(const void *block, const void *site) {
    if (block)
        thrum_explore_accessed(block, malloc_usable_size((void *)(uintptr_t)block),
                               THRUM_EXPLORE_WRITE | THRUM_EXPLORE_FREED, site);
}

void *malloc(size_t size) {
    return handed_out(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    return handed_out(__libc_calloc(count, size));
}

void free(void *block) {
    given_back(block, THRUM_EXPLORE_HERE);
    __libc_free(block);
}

/* The old block is given back, wherever the new one is. */
void *realloc(void *block, size_t size) {
    given_back(block, THRUM_EXPLORE_HERE);
    return handed_out(__libc_realloc(block, size));
}

void *memalign(size_t alignment, size_t size) {
    return handed_out(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
    return handed_out(__libc_memalign(alignment, size));
}

int posix_memalign(void **ret_block, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
        return EINVAL;
    void *block = handed_out(__libc_memalign(alignment, size));
    if (!block)
        return ENOMEM;
    *ret_block = block;
    return 0;
}
