/* buffers.h - what makes a large transfer cheap: wide pipes, and address space that fills with huge pages. */
#ifndef THRUM_PLATFORM_BUFFERS_H
#define THRUM_PLATFORM_BUFFERS_H

#include <stddef.h>

/* Give a pipe room for `bytes`: 0, or -errno when the system refuses or has no such call. */
int thrum__pipe_widen(int fd, size_t bytes);

/* Address space of at least `least` bytes, up to about a GiB, that costs memory only where it is touched. Returns
 * NULL where the system has no such thing or no room; *ret_size is its size. */
void *thrum__stretch_new(size_t least, size_t *ret_size);

/* Make it at least `least` bytes long, moving it if need be: the new place and *size, or NULL with everything as it
 * was. */
void *thrum__stretch_grow(void *stretch, size_t *size, size_t least);

void thrum__stretch_free(void *stretch, size_t size);

#endif
