/* tasks.c - Queue.task_done and Queue.join.
 *
 * The words:
 *     done    calls of task_done that were not too many, and items that were discarded: never more than were put.
 *             Rises, by anybody, with a compare-and-exchange from what is less than `known`
 *     known   so many at least were put. Set, with the lock held, to how many: what has passed the tail of the ring,
 *     and
 *             what was put otherwise
 * So put counts nothing beside its ring, and task_done takes the lock only when it has caught up with `known`.
 *
 * A join is not overlooked: task_done raises `done` and then reads ring.waiting, who joins sets its bit there and
 * then reads `done`; all of them are seq_cst. A thread that has raised it and comes too late to see nothing
 * unfinished was overtaken by a put, which happened before its call was over: it may as well have been before its
 * call.
 */
#include "queue/queue_internal.h"

static uint64_t done_of(const thrum_queue *queue) {
    thrum__point(queue, THRUM__POINT_ATOMIC);
    return __atomic_load_n(&queue->done, __ATOMIC_SEQ_CST);
}

/* Inside: how many were put. */
static uint64_t put_of(const thrum_queue *queue) {
    thrum__point(queue, THRUM__POINT_ATOMIC);
    return thrum__ring_passed(&queue->ring, __atomic_load_n(&queue->ring.tail, __ATOMIC_SEQ_CST)) + queue->put_past;
}

/* Inside: how many tasks are unfinished, at the moment at which tail is read: `done` is the same before and after. */
static uint64_t unfinished(const thrum_queue *queue) {
    uint64_t before, put, done = done_of(queue);
    do {
        before = done;
        put = put_of(queue);
        done = done_of(queue);
    } while (done != before);
    return put - done;
}

size_t thrum_queue_unfinished_tasks(const thrum_queue *queue) {
    thrum__wakes wakes;
    thrum_queue *inside = (thrum_queue *)(uintptr_t)queue; /* what is served is no change that a caller could see */
    thrum__service_enter(inside, 0, &wakes);
    size_t count = (size_t)unfinished(queue);
    thrum__service_leave(inside, &wakes);
    return count;
}

/* Count one more as done, if that many are known to have been put. */
static bool count_one(thrum_queue *queue) {
    uint64_t done = done_of(queue);
    /* Relaxed: a number by itself, which only rises. */
    while (done < __atomic_load_n(&queue->known, __ATOMIC_RELAXED)) {
        thrum__point(queue, THRUM__POINT_ATOMIC);
        if (__atomic_compare_exchange_n(&queue->done, &done, done + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return true;
    }
    return false;
}

/* Find out how many were put. Returns whether some of them are unfinished. */
static bool learn(thrum_queue *queue) {
    thrum__wakes wakes;
    thrum__service_enter(queue, 0, &wakes);
    __atomic_store_n(&queue->known, put_of(queue), __ATOMIC_RELAXED); /* relaxed: as above */
    bool some = unfinished(queue) > 0;
    thrum__service_leave(queue, &wakes);
    return some;
}

/* Inside. */
static void release_joiners(thrum_queue *queue, thrum__wakes *wakes) {
    if (queue->joiners.waited_at && unfinished(queue) == 0)
        thrum__side_take_all(&queue->joiners, wakes, 0);
}

void thrum__queue_finish(thrum_queue *queue, size_t count, thrum__wakes *wakes) {
    uint64_t done = done_of(queue), left;
    do {
        left = put_of(queue) - done;
        left = left < count ? left : count;
        thrum__point(queue, THRUM__POINT_ATOMIC);
    } while (
        !__atomic_compare_exchange_n(&queue->done, &done, done + left, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    release_joiners(queue, wakes);
}

int thrum_queue_task_done(thrum_queue *queue) {
    while (!count_one(queue))
        if (!learn(queue))
            return THRUM_VALUE_ERROR;
    if (thrum__ring_waiting(&queue->ring, true) & THRUM__JOINERS_WAIT) {
        thrum__wakes wakes;
        thrum__service_enter(queue, 0, &wakes);
        release_joiners(queue, &wakes);
        thrum__service_leave(queue, &wakes);
    }
    return 0;
}

static int join(thrum_queue *queue, const thrum__patience *patience) {
    thrum__wakes wakes;
    if (patience->error < 0)
        return patience->error;
    thrum__service_enter(queue, 0, &wakes);
    thrum__service_announce(queue, &queue->joiners);
    bool wait = unfinished(queue) > 0;
    if (wait && patience->deadline != INT64_MIN) {
        thrum__patience none = thrum__no_patience();
        int r = thrum__service_wait(queue, &queue->joiners, &wakes, patience, NULL);
        return r == THRUM_TIMED_OUT ? join(queue, &none) : r;
    }
    thrum__service_leave(queue, &wakes);
    return wait ? THRUM_TIMED_OUT : 0;
}

int thrum_queue_join(thrum_queue *queue) {
    thrum__patience patience = thrum__patience_of(THRUM_FOREVER, __builtin_return_address(0));
    return join(queue, &patience);
}

int thrum_queue_join_timed(thrum_queue *queue, thrum_timeout timeout) {
    thrum__patience patience = thrum__patience_of(timeout, __builtin_return_address(0));
    return join(queue, &patience);
}
