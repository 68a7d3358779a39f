/* load.c - what happens when the library is loaded and when the process forks.
 *
 * A fork copies the memory in the middle of whatever other threads do. So that the child finds the tables in order,
 * the forking thread first takes every latch of this layer, in a fixed order: the registry, then queues. In the child
 * the other threads do not exist any more: their records are freed and the queues are empty. A lock that one of them
 * held stays locked, as in Python; the _at_fork_reinit calls are for that.
 */
#include <pthread.h>

#include "base/hooks.h"
#include "park/queue.h"
#include "park/record.h"
#include "platform/platform.h"

/* Stands here, and is used in record.c, for one more reason: a program that links the static library takes in what it
 * refers to, and nothing refers to a constructor. */
void (*thrum__record_on_vanish)(thrum__record *record);

static void before(void) {
    thrum__record_before_fork();
    thrum__queue_before_fork();
}

static void after_in_parent(void) {
    thrum__queue_after_fork_parent();
    thrum__record_after_fork_parent();
}

static void after_in_child(void) {
    const thrum__hooks *hooks = thrum__hooks_get();
    if (hooks && hooks->forked)
        hooks->forked();
    thrum__os_at_fork_child();
    thrum__record_after_fork_child();
    thrum__queue_after_fork_child();
    thrum__spin_init();
}

void thrum__park_load(void) {
    thrum__spin_init();
    thrum__record_init();
    pthread_atfork(before, after_in_parent, after_in_child);
}
