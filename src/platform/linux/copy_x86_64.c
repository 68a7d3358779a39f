/* copy_x86_64.c - stores that go to memory without fetching the line first, which an ordinary store has to, though
 * not a byte of it will be left. The C library does the same, but only for one copy of many megabytes. */
#include <emmintrin.h>
#include <stdint.h>
#include <string.h>

#include "platform/buffers.h"

enum { line = 64, part = sizeof(__m128i) };

static void copy_line(char *to, const char *from) {
    for (int i = 0; i < line; i += part)
        _mm_stream_si128((__m128i *)(void *)(to + i), _mm_loadu_si128((const __m128i *)(const void *)(from + i)));
}

void thrum__copy_past_cache(void *to, const void *from, size_t size) {
    char *next = to;
    const char *source = from;
    size_t head = -(uintptr_t)next % line;
    if (head > size)
        head = size;
    memcpy(next, source, head);
    size_t at = head;
    for (; at + line <= size; at += line)
        copy_line(next + at, source + at);
    memcpy(next + at, source + at, size - at);
    _mm_sfence(); /* such stores obey no order by themselves, not even that of a lock released afterwards */
}
