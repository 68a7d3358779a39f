/* held.c - the lists of held locks.
 *
 * Locking: all.latch protects the list of lists and who owns which; then the latch of one list.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "threading/held.h"

static struct {
    thrum__latch latch;
    thrum__held *first;
} all;

static uint32_t owner_of(const thrum__held *list) {
    /* Acquire: pairs with the release store of give(), before which the list was emptied. */
    return __atomic_load_n(&list->owner, __ATOMIC_ACQUIRE);
}

static void give(thrum__held *list, uint32_t owner) {
    list->count = 0;
    /* Release: pairs with owner_of(). */
    __atomic_store_n(&list->owner, owner, __ATOMIC_RELEASE);
}

/* A list whose thread has ended becomes that of `owner`. */
static thrum__held *inherit(uint32_t owner) {
    thrum__latch_lock(&all.latch);
    thrum__held *list = all.first;
    while (list && thrum__record_find(owner_of(list)))
        list = list->next;
    if (list) {
        thrum__latch_lock(&list->latch);
        give(list, owner);
        thrum__latch_unlock(&list->latch);
    }
    thrum__latch_unlock(&all.latch);
    return list;
}

static thrum__held *make(uint32_t owner) {
    thrum__held *list = thrum__calloc(1, sizeof *list);
    if (!list)
        return NULL;
    list->holds = list->first;
    list->size = thrum__held_inline;
    give(list, owner);
    thrum__latch_lock(&all.latch);
    list->next = all.first;
    all.first = list;
    thrum__latch_unlock(&all.latch);
    return list;
}

thrum__held *thrum__held_mine(thrum__record *me, bool wanted) {
    if (me->held || !wanted)
        return me->held;
    thrum__held *list = inherit(me->id);
    if (!list)
        list = make(me->id);
    /* Release: pairs with list_of(). */
    __atomic_store_n(&me->held, list, __ATOMIC_RELEASE);
    return list;
}

/* Locked, or NULL when that thread has none or has ended. */
static thrum__held *list_of(uint32_t owner) {
    thrum__record *record = thrum__record_find(owner);
    /* Acquire: pairs with the release store of thrum__held_mine(). */
    thrum__held *list = record ? __atomic_load_n(&record->held, __ATOMIC_ACQUIRE) : NULL;
    if (!list)
        return NULL;
    thrum__latch_lock(&list->latch);
    if (owner_of(list) == owner)
        return list;
    thrum__latch_unlock(&list->latch);
    return NULL;
}

/* Twice the room. Only the list's own thread changes its size. */
static bool grow(thrum__held *list) {
    size_t size = list->size * 2;
    thrum__hold *holds = thrum__malloc(size * sizeof *holds), *old = list->holds;
    if (!holds)
        return false;
    thrum__latch_lock(&list->latch);
    memcpy(holds, old, list->count * sizeof *holds);
    list->holds = holds;
    list->size = size;
    thrum__latch_unlock(&list->latch);
    if (old != list->first)
        free(old);
    return true;
}

void thrum__held_add(thrum__held *list, const thrum__hold *hold) {
    thrum__latch_lock(&list->latch);
    bool full = list->count == list->size;
    if (!full)
        list->holds[list->count++] = *hold;
    thrum__latch_unlock(&list->latch);
    if (full && grow(list))
        thrum__held_add(list, hold);
}

static void remove_at(thrum__held *list, size_t i) {
    list->count--;
    memmove(&list->holds[i], &list->holds[i + 1], (list->count - i) * sizeof *list->holds);
}

void thrum__held_remove(uint32_t owner, const void *lock) {
    thrum__held *list = list_of(owner);
    if (!list)
        return;
    size_t i = list->count;
    while (i > 0 && list->holds[i - 1].lock != lock)
        i--;
    if (i > 0)
        remove_at(list, i - 1);
    thrum__latch_unlock(&list->latch);
}

size_t thrum__held_copy(uint32_t owner, thrum__hold *ret_holds, size_t size) {
    thrum__held *list = list_of(owner);
    if (!list)
        return 0;
    size_t count = list->count;
    if (size > 0)
        memcpy(ret_holds, list->holds, (count < size ? count : size) * sizeof *ret_holds);
    thrum__latch_unlock(&list->latch);
    return count;
}

void thrum__held_clear(void) {
    thrum__latch_lock(&all.latch);
    for (thrum__held *list = all.first; list; list = list->next) {
        thrum__latch_lock(&list->latch);
        list->count = 0;
        thrum__latch_unlock(&list->latch);
    }
    thrum__latch_unlock(&all.latch);
}

void thrum__held_before_fork(void) {
    thrum__latch_lock(&all.latch);
    for (thrum__held *list = all.first; list; list = list->next)
        thrum__latch_lock(&list->latch);
}

void thrum__held_after_fork(void) {
    for (thrum__held *list = all.first; list; list = list->next)
        thrum__latch_unlock(&list->latch);
    thrum__latch_unlock(&all.latch);
}
