/* sight.c - looking at another thread. */
#include "park/queue.h"
#include "threading/deadlock_internal.h"
#include "threading/sight.h"

static void copy_name(const thrum__record *record, char *ret_name) {
    /* Acquire: pairs with the release store of whoever names the thread. */
    const char *name = __atomic_load_n(&record->name, __ATOMIC_ACQUIRE);
    thrum__name_copy(ret_name, thrum__sight_name_size, name ? name : "");
}

static void copy_identity(const thrum__record *record, thrum__sight *ret_sight) {
    ret_sight->id = __atomic_load_n(&record->id, __ATOMIC_RELAXED); /* relaxed: a latch holds the thread in place */
    ret_sight->native_id = __atomic_load_n(&record->native_id, __ATOMIC_RELAXED); /* relaxed: a number for people */
    copy_name(record, ret_sight->name);
}

static void copy_wait(const thrum__record *record, const void *key, thrum__sight *ret_sight) {
    const uint32_t *owner = record->wait.owner_word;
    copy_identity(record, ret_sight);
    ret_sight->key = key;
    ret_sight->sequence = record->sequence;
    ret_sight->wait = record->wait;
    /* Relaxed: the number is confirmed by finding its thread, and the whole cycle by a second walk. */
    ret_sight->owner = owner ? __atomic_load_n(owner, __ATOMIC_RELAXED) & THRUM__ID_MASK : 0;
}

bool thrum__sight_of_wait(thrum__record *record, thrum__sight *ret_sight) {
    /* seq_cst, as the store in thrum__queue_push(): of threads that close a cycle together, at least the last to
     * queue itself sees all others queued. The key is a hint, to be confirmed under the latch of its queue. */
    const void *key = __atomic_load_n(&record->key, __ATOMIC_SEQ_CST);
    ret_sight->key = NULL;
    if (!key)
        return false;
    thrum__queue *queue = thrum__queue_lock(key);
    /* Relaxed: only under this latch does the key change from `key` to another. */
    if (__atomic_load_n(&record->key, __ATOMIC_RELAXED) == key)
        copy_wait(record, key, ret_sight);
    thrum__queue_unlock(queue);
    return ret_sight->key != NULL;
}

bool thrum__sight_of_thread(thrum__record *record, thrum__sight *ret_sight) {
    if (thrum__sight_of_wait(record, ret_sight))
        return true;
    copy_identity(record, ret_sight);
    return false;
}
