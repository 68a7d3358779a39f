/* dump.c - what every thread is doing.
 *
 * Locking: threads are looked at under the registry's latch, into memory that was there before; what they wait for is
 * turned into text when no latch is held. When more threads turn up than there is room for, all are looked at again.
 */
#include <errno.h>
#include <stdlib.h>

#include <thrum/time.h>

#include "base/memory.h"
#include "threading/report.h"

typedef struct crowd {
    thrum__sight *sights;
    size_t size;  /* of sights */
    size_t count; /* of threads, which may be more */
} crowd;

static bool look(thrum__record *record, void *arg) {
    crowd *all = arg;
    if (all->count < all->size)
        (void)thrum__sight_of_thread(record, &all->sights[all->count]);
    all->count++;
    return true;
}

static int look_at_all(crowd *all) {
    do {
        all->size = all->count + 16;
        thrum__sight *sights = thrum__realloc(all->sights, all->size * sizeof *sights);
        if (!sights)
            return -ENOMEM;
        all->sights = sights;
        all->count = 0;
        thrum__record_each(look, all);
    } while (all->count > all->size);
    return 0;
}

static const thrum__sight *owner_of(const crowd *all, const thrum__sight *sight) {
    for (size_t i = 0; sight->key && sight->owner && i < all->count; i++)
        if (all->sights[i].id == sight->owner)
            return &all->sights[i];
    return NULL;
}

static void add_thread(thrum__text *text, const crowd *all, const thrum__sight *sight, int64_t now) {
    thrum__text_add(text, "  ");
    thrum__text_add_thread(text, sight->name, sight->native_id);
    if (sight->key)
        thrum__text_add_wait(text, sight, owner_of(all, sight), now);
    else
        thrum__text_add(text, sight->native_id ? " runs\n" : " is about to begin\n");
    thrum__text_add_held(text, sight->id, now);
}

static void add_all(thrum__text *text, const crowd *all) {
    int64_t now = thrum_monotonic_ns();
    thrum__text_add(text, "thrum: %zu thread%s\n", all->count, all->count == 1 ? "" : "s");
    for (size_t i = 0; i < all->count; i++)
        add_thread(text, all, &all->sights[i], now);
}

/* Make the text, in memory for the caller to free, of a size that is found by trying. */
static int make_text(const crowd *all, thrum__text *ret_text) {
    thrum__text text = {NULL, 0, 0};
    do {
        size_t size = text.length + 4096;
        free(text.bytes);
        char *buffer = thrum__malloc(size);
        if (!buffer)
            return -ENOMEM;
        thrum__text_init(&text, buffer, size);
        add_all(&text, all);
    } while (text.length >= text.size);
    *ret_text = text;
    return 0;
}

int thrum_dump(int fd) {
    crowd all = {NULL, 0, 0};
    thrum__text text = {NULL, 0, 0};
    int r = look_at_all(&all);
    if (r == 0)
        r = make_text(&all, &text);
    if (r == 0)
        r = thrum__write_all(fd, text.bytes, text.length);
    free(text.bytes);
    free(all.sights);
    return r;
}
