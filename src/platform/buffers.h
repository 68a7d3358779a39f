/* buffers.h - what makes a large transfer cheap: wide pipes, and address space that fills with huge pages and is used
 * again. */
#ifndef THRUM_PLATFORM_BUFFERS_H
#define THRUM_PLATFORM_BUFFERS_H

#include <stddef.h>

/* Give a pipe room for `bytes`: 0, or -errno when the system refuses or has no such call. */
int thrum__pipe_widen(int fd, size_t bytes);

/* Address space of at least `least` bytes, up to about a GiB, that costs memory only where it is touched. Returns
 * NULL where the system has no such thing or no room; *ret_size is its size. *ret_touched is 0 for a fresh one, or
 * how many bytes have been written in another's time: they have pages, and are not in the cache. */
void *thrum__stretch_new(size_t least, size_t *ret_size, size_t *ret_touched);

/* Make it at least `least` bytes long, moving it if need be: the new place and *size, or NULL with everything as it
 * was. */
void *thrum__stretch_grow(void *stretch, size_t *size, size_t least);

/* Have the pages up to `needed` bytes made at once, rather than one by one as they are written; the first `touched`
 * have been made before. Returns how many bytes that are now. */
size_t thrum__stretch_touch(void *stretch, size_t touched, size_t needed);

/* memcpy() into what is not in the cache, and shall not be brought into it: it would have to be read first. */
void thrum__copy_past_cache(void *to, const void *from, size_t size);

/* Give it back. One of them stays with the library for the next thrum__stretch_new(): at most the first 128 MiB,
 * which the system may take away whenever it is short of memory. */
void thrum__stretch_free(void *stretch, size_t size);

#endif
