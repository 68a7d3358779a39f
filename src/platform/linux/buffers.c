/* buffers.c - pipes of any size, and mappings that grow where they are. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "platform/buffers.h"
#include "platform/linux/numbers.h"

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

/* -- one for the next time
 *
 * Pages that are fresh cost more than what is written to them: each is cleared first. So one stretch that is given
 * back is kept, with its pages marked as worthless: the system takes them when it needs memory, and until then they
 * can be written at once. Whoever takes the pointer out of `kept`, or finds an older one there, owns it alone. */

static const size_t kept_size = (size_t)128 << 20;
static void *kept;

/* Where address space is rationed, none is held back. */
static bool may_keep(size_t size) {
    struct rlimit limit;
    return size >= kept_size && getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

static void keep(char *stretch, size_t size) {
    if (size > kept_size)
        munmap(stretch + kept_size, size - kept_size);
    madvise(stretch, kept_size, MADV_FREE);
    /* Release: pairs with the acquire of the next taker, for whom we have done with the bytes. Acquire: pairs with
     * the release of whoever kept the older one. */
    void *older = __atomic_exchange_n(&kept, stretch, __ATOMIC_ACQ_REL);
    if (older)
        munmap(older, kept_size);
}

static void *take_kept(size_t least) {
    if (least > kept_size)
        return NULL;
    /* Acquire: pairs with the release in keep(). */
    return __atomic_exchange_n(&kept, NULL, __ATOMIC_ACQUIRE);
}

/* -- a stretch */

void *thrum__stretch_new(size_t least, size_t *ret_size, size_t *ret_touched) {
    void *stretch = take_kept(least);
    size_t size = kept_size, touched = kept_size;
    if (!stretch) {
        touched = 0;
        size = round_up(least) > largest_first ? round_up(least) : largest_first;
        while (!(stretch = map_aligned(size)) && size / 2 >= round_up(least))
            size /= 2;
    }
    if (stretch) {
        *ret_size = size;
        *ret_touched = touched;
    }
    return stretch;
}

/* Huge pages move as a whole only between places that are aligned alike. */
static void *move(void *stretch, size_t size, size_t wanted) {
    void *place = map_aligned(wanted);
    if (place && mremap(stretch, size, wanted, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED) {
        munmap(place, wanted);
        return NULL;
    }
    return place;
}

void *thrum__stretch_grow(void *stretch, size_t *size, size_t least) {
    size_t wanted = round_up(least) > 2 * *size ? round_up(least) : 2 * *size;
    if (mremap(stretch, *size, wanted, 0) == MAP_FAILED)
        stretch = move(stretch, *size, wanted);
    if (stretch)
        *size = wanted;
    return stretch;
}

size_t thrum__stretch_touch(void *stretch, size_t touched, size_t needed) {
    size_t end = round_up(needed);
    madvise((char *)stretch + touched, end - touched, thrum__madv_populate_write); /* a wish, like the other */
    return end;
}

void thrum__stretch_free(void *stretch, size_t size) {
    if (may_keep(size))
        keep(stretch, size);
    else
        munmap(stretch, size);
}
