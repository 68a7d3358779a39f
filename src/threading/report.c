/* report.c - the report of a deadlock, and where it goes.
 *
 * Locking: receiver.latch protects the handler and its argument, which belong together. It is not held while the
 * handler runs.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <thrum/time.h>

#include "park/latch.h"
#include "threading/report.h"

static struct {
    thrum__latch latch;
    thrum_deadlock_handler *handler; /* NULL is stderr */
    void *arg;
} receiver;

void thrum_deadlock_set_handler(thrum_deadlock_handler *handler, void *arg) {
    thrum__latch_lock(&receiver.latch);
    receiver.handler = handler;
    receiver.arg = arg;
    thrum__latch_unlock(&receiver.latch);
}

int thrum__write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno != EINTR)
            return -errno;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

void thrum__report_send(const char *text) {
    int saved = errno;
    thrum__latch_lock(&receiver.latch);
    thrum_deadlock_handler *handler = receiver.handler;
    void *arg = receiver.arg;
    thrum__latch_unlock(&receiver.latch);
    if (handler)
        handler(text, arg);
    else
        (void)thrum__write_all(STDERR_FILENO, text, strlen(text)); /* there is nowhere to complain */
    errno = saved;
}

void thrum__report_before_fork(void) {
    thrum__latch_lock(&receiver.latch);
}

void thrum__report_after_fork(void) {
    thrum__latch_unlock(&receiver.latch);
}

static void add_headline(thrum__text *text, const thrum__cycle *cycle) {
    thrum__text_add(text, cycle->through_locks ? "thrum: this looks like a deadlock: " : "thrum: deadlock: ");
    if (cycle->count == 1)
        thrum__text_add(text, "a thread waits for itself and cannot go on");
    else
        thrum__text_add(text, "%zu threads wait for each other and none can go on", cycle->count);
    thrum__text_add(text, cycle->through_locks ? ", unless another thread releases a lock\n" : "\n");
}

static void add_members(thrum__text *text, const thrum__cycle *cycle) {
    int64_t now = thrum_monotonic_ns();
    bool all = cycle->count <= thrum__cycle_kept;
    size_t shown = all ? cycle->count : thrum__cycle_kept - 1; /* then the last one is known only as an owner */
    for (size_t i = 0; i < shown; i++) {
        const thrum__sight *member = &cycle->members[i];
        const thrum__sight *owner = all && i + 1 == shown ? cycle->members : member + 1;
        thrum__text_add(text, "  ");
        thrum__text_add_thread(text, member->name, member->native_id);
        thrum__text_add_wait(text, member, owner, now);
        thrum__text_add_held(text, member->id, now);
    }
    if (!all)
        thrum__text_add(text,
                        "  and so on through %zu more threads, the last of which waits for the first one here\n",
                        cycle->count - shown);
}

static void add_consequence(thrum__text *text, const thrum__cycle *cycle, thrum__verdict verdict) {
    thrum__text_add(text, "  ");
    if (verdict == THRUM__VERDICT_ABORT) {
        thrum__text_add(text, "the process is aborted, as the policy says\n");
        return;
    }
    thrum__text_add_thread(text, cycle->members[0].name, cycle->members[0].native_id);
    thrum__text_add(text, verdict == THRUM__VERDICT_FAIL
                              ? " is told so (THRUM_DEADLOCK) and can back off\n"
                              : " closed the circle and waits on, as it would in Python\n");
}

static void add_order_headline(thrum__text *text, const thrum__order_ring *ring) {
    const thrum__order_step *first = ring->steps;
    thrum__text_add(text, "thrum: lock order: ");
    if (ring->count == 2) {
        thrum__text_add_object(text, first->held.kind, first->held.lock);
        thrum__text_add(text, " and ");
        thrum__text_add_object(text, first->wanted.kind, first->wanted.lock);
        thrum__text_add(text, " are taken in both orders, which can end in a deadlock\n");
    } else {
        thrum__text_add(text,
                        "%zu locks are taken in orders that contradict each other, which can end in a deadlock\n",
                        ring->count);
    }
}

void thrum__text_add_order(thrum__text *text, const thrum__order_ring *ring) {
    add_order_headline(text, ring);
    for (const thrum__order_step *step = ring->steps; step < ring->steps + ring->count; step++) {
        thrum__text_add(text, "  ");
        thrum__text_add_thread(text, step->name, step->native_id);
        thrum__text_add(text, "\n    took ");
        thrum__text_add_object(text, step->held.kind, step->held.lock);
        thrum__text_add(text, " at ");
        thrum__text_add_site(text, step->held.site);
        thrum__text_add(text, "\n    then ");
        thrum__text_add_object(text, step->wanted.kind, step->wanted.lock);
        thrum__text_add(text, " at ");
        thrum__text_add_site(text, step->wanted.site);
        thrum__text_add(text, "\n");
    }
}

void thrum__text_add_cycle(thrum__text *text, const thrum__cycle *cycle, thrum__verdict verdict) {
    add_headline(text, cycle);
    add_members(text, cycle);
    add_consequence(text, cycle, verdict);
}
