/* spool.c - a buffer that grows: on the heap while it is small, in a stretch of address space when it is not.
 *
 * Doubling on the heap would touch fresh pages and copy again and again. A stretch grows by being touched, on huge
 * pages, and is copied into once, at the border. The next one is likely to get the pages of this one, cleared and
 * paid for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "platform/buffers.h"
#include "process/spool.h"

static const size_t smallest = (size_t)4 << 10, heap_border = (size_t)512 << 10;
static const size_t worth_it = (size_t)4
                               << 10; /* past the cache: a few bytes are better off in it, with the next few */

static int grow_on_heap(thrum__spool *spool, size_t needed) {
    size_t capacity = spool->capacity ? spool->capacity : smallest;
    while (capacity < needed)
        capacity *= 2;
    char *data = thrum__realloc(spool->data, capacity);
    if (!data)
        return -ENOMEM;
    spool->data = data;
    spool->capacity = capacity;
    return 0;
}

static int leave_heap(thrum__spool *spool, size_t needed) {
    size_t reserved, touched;
    char *data = thrum__stretch_new(needed, &reserved, &touched);
    if (!data)
        return grow_on_heap(spool, needed);
    if (spool->size)
        memcpy(data, spool->data, spool->size);
    free(spool->data);
    spool->data = data;
    spool->capacity = spool->reserved = reserved;
    spool->touched = touched;
    spool->used = touched > 0;
    return 0;
}

static int grow_stretch(thrum__spool *spool, size_t needed) {
    char *data = thrum__stretch_grow(spool->data, &spool->reserved, needed);
    if (!data)
        return -ENOMEM;
    spool->data = data;
    spool->capacity = spool->reserved;
    return 0;
}

int thrum__spool_reserve(thrum__spool *spool, size_t more) {
    size_t needed;
    if (__builtin_add_overflow(spool->size, more, &needed) || needed > SIZE_MAX / 4)
        return -ENOMEM;
    if (needed <= spool->capacity)
        return 0;
    if (spool->reserved)
        return grow_stretch(spool, needed);
    return needed > heap_border ? leave_heap(spool, needed) : grow_on_heap(spool, needed);
}

void thrum__spool_put(thrum__spool *spool, const void *bytes, size_t count) {
    size_t size = spool->size + count;
    if (spool->reserved && spool->touched < size)
        spool->touched = thrum__stretch_touch(spool->data, spool->touched, size);
    if (spool->used && count >= worth_it)
        thrum__copy_past_cache(spool->data + spool->size, bytes, count);
    else if (count > 0)
        memcpy(spool->data + spool->size, bytes, count);
    spool->size = size;
}

int thrum__spool_append(thrum__spool *spool, const void *bytes, size_t count) {
    int r = thrum__spool_reserve(spool, count);
    if (r == 0)
        thrum__spool_put(spool, bytes, count);
    return r;
}

int thrum__spool_terminate(thrum__spool *spool) {
    int r = thrum__spool_reserve(spool, 1);
    if (r == 0)
        spool->data[spool->size] = 0;
    return r;
}

void thrum__spool_free(thrum__spool *spool) {
    if (spool->reserved)
        thrum__stretch_free(spool->data, spool->reserved);
    else
        free(spool->data);
    *spool = (thrum__spool){0};
}
