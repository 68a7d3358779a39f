/* buffers.c - POSIX has neither pipes of a chosen size nor mappings that grow: everything stays on the heap. */
#include <errno.h>

#include "platform/buffers.h"

int thrum__pipe_widen(int fd, size_t bytes) {
    (void)fd;
    (void)bytes;
    return -ENOSYS;
}

void *thrum__stretch_new(size_t least, size_t *ret_size) {
    (void)least;
    (void)ret_size;
    return NULL;
}

void *thrum__stretch_grow(void *stretch, size_t *size, size_t least) {
    (void)stretch;
    (void)size;
    (void)least;
    return NULL;
}

void thrum__stretch_free(void *stretch, size_t size) {
    (void)stretch;
    (void)size;
}
