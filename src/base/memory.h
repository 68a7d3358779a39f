/* memory.h - where the library asks for memory: malloc() and its kin, which an exploration can let fail.
 *
 * The verb of a failure is the function that asked. What they return goes back by free().
 */
#ifndef THRUM_MEMORY_H
#define THRUM_MEMORY_H

#include <stdlib.h>
#include <string.h>

#include "base/hooks.h"

static inline void *thrum__malloc_at(size_t size, const char *verb) {
    return thrum__fault_at(THRUM__FAULT_MEMORY, verb) ? NULL : malloc(size);
}

static inline void *thrum__calloc_at(size_t count, size_t size, const char *verb) {
    return thrum__fault_at(THRUM__FAULT_MEMORY, verb) ? NULL : calloc(count, size);
}

/* When it fails the block stays as it was. */
static inline void *thrum__realloc_at(void *block, size_t size, const char *verb) {
    return thrum__fault_at(THRUM__FAULT_MEMORY, verb) ? NULL : realloc(block, size);
}

static inline char *thrum__strdup_at(const char *text, const char *verb) {
    return thrum__fault_at(THRUM__FAULT_MEMORY, verb) ? NULL : strdup(text);
}

static inline char *thrum__strndup_at(const char *text, size_t size, const char *verb) {
    return thrum__fault_at(THRUM__FAULT_MEMORY, verb) ? NULL : strndup(text, size);
}

#define thrum__malloc(size) thrum__malloc_at(size, __func__)
#define thrum__calloc(count, size) thrum__calloc_at(count, size, __func__)
#define thrum__realloc(block, size) thrum__realloc_at(block, size, __func__)
#define thrum__strdup(text) thrum__strdup_at(text, __func__)
#define thrum__strndup(text, size) thrum__strndup_at(text, size, __func__)

#endif
