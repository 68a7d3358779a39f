/* buffers.c - POSIX has neither pipes of a chosen size nor mappings that grow: everything stays on the heap. */
#include <errno.h>
#include <string.h>

#include "platform/buffers.h"

int thrum__pipe_widen(int fd, size_t bytes) {
    (void)fd;
    (void)bytes;
    return -ENOSYS;
}

void *thrum__stretch_new(size_t least, size_t *ret_size, size_t *ret_touched) {
    (void)least;
    (void)ret_size;
    (void)ret_touched;
    return NULL;
}

void *thrum__stretch_grow(void *stretch, size_t *size, size_t least) {
    (void)stretch;
    (void)size;
    (void)least;
    return NULL;
}

size_t thrum__stretch_touch(void *stretch, size_t touched, size_t needed) {
    (void)stretch;
    (void)touched;
    return needed;
}

void thrum__copy_past_cache(void *to, const void *from, size_t size) {
    memcpy(to, from, size);
}

void thrum__stretch_free(void *stretch, size_t size) {
    (void)stretch;
    (void)size;
}
