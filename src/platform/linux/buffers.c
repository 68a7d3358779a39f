/* buffers.c - pipes of any size, and mappings that grow where they are. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

#include "platform/buffers.h"

static const size_t huge_page = (size_t)2 << 20, largest_first = (size_t)1 << 30;

int thrum__pipe_widen(int fd, size_t bytes) {
    return fcntl(fd, F_SETPIPE_SZ, (int)bytes) < 0 ? -errno : 0;
}

static size_t round_up(size_t size) {
    return (size + huge_page - 1) & ~(huge_page - 1);
}

static void *map(size_t size) {
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

/* Huge pages begin at multiples of their size: map one more, and give the ends back. */
static void *map_aligned(size_t size) {
    char *all = map(size + huge_page);
    if (!all)
        return NULL;
    size_t before = (huge_page - (uintptr_t)all % huge_page) % huge_page;
    if (before)
        munmap(all, before);
    munmap(all + before + size, huge_page - before);
    madvise(all + before, size, MADV_HUGEPAGE); /* a wish: without it, small pages do */
    return all + before;
}

void *thrum__stretch_new(size_t least, size_t *ret_size) {
    size_t size = round_up(least) > largest_first ? round_up(least) : largest_first;
    for (; size >= least; size /= 2) {
        void *stretch = map_aligned(size);
        if (stretch) {
            *ret_size = size;
            return stretch;
        }
    }
    return NULL;
}

void *thrum__stretch_grow(void *stretch, size_t *size, size_t least) {
    size_t wanted = round_up(least) > 2 * *size ? round_up(least) : 2 * *size;
    void *moved = mremap(stretch, *size, wanted, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        return NULL;
    *size = wanted;
    return moved;
}

void thrum__stretch_free(void *stretch, size_t size) {
    munmap(stretch, size);
}
