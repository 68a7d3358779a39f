/* join.c - the end of a thread, and those who wait for it. Joiners queue at the address of the thread's state. */
#include "base/hooks.h"
#include "park/queue.h"
#include "threading/deadlock_internal.h"
#include "threading/thread_internal.h"
#include "time/time_internal.h"

void thrum__thread_let_join(thrum_thread *thread) {
    thrum__wakes wakes;
    thrum__queue *queue = thrum__queue_lock(&thread->state);
    thrum__wakes_init(&wakes);
    thrum__note(thread, THRUM__NOTE_GIVES);
    /* Release: pairs with the acquire load of whoever finds the thread stopped. */
    __atomic_store_n(&thread->state, THRUM__THREAD_STOPPED, __ATOMIC_RELEASE);
    for (thrum__record *record; (record = thrum__queue_first(queue, &thread->state));)
        thrum__wakes_add(&wakes, queue, record, 0);
    thrum__queue_unlock(queue);
    thrum__wakes_deliver(&wakes);
}

void thrum__thread_stop(thrum_thread *thread) {
    thrum__thread_list_remove(thread);
    thrum__thread_let_join(thread);
}

static int wait_for_end(thrum_thread *thread, int64_t deadline, bool may_fail, const void *site) {
    thrum__record *me = thrum__record_self();
    thrum__wait wait = thrum__wait_for(THRUM__KIND_JOIN, thread, &thread->ident, deadline, site);
    thrum__queue *queue = thrum__queue_lock(&thread->state);
    /* Acquire: pairs with the release in thrum__thread_stop(). */
    bool ended = __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) == THRUM__THREAD_STOPPED;
    if (!ended)
        thrum__queue_push(queue, me, &thread->state, &wait);
    thrum__queue_unlock(queue);
    if (ended)
        return 0;
    int r = thrum__deadlock_check(me, may_fail);
    if (r < 0 && thrum__queue_leave(me, &thread->state))
        return r;
    return thrum__park(me, &thread->state, deadline);
}

/* Give back what the system keeps of a thread that has ended. It is on its last instructions, if not gone. */
static void reap(thrum_thread *thread) {
    /* Relaxed: whoever changes it first does the work, and the thread's end was seen before. */
    if (!__atomic_exchange_n(&thread->reaped, true, __ATOMIC_RELAXED))
        pthread_join(thread->handle, NULL);
}

static int join(thrum_thread *thread, int64_t deadline, const void *site) {
    thrum__point(thread, THRUM__POINT_READ);
    /* Acquire: pairs with the release in thrum__thread_stop(). */
    uint32_t state = __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE);
    if (state < THRUM__THREAD_STARTED || thread->kind == THRUM__THREAD_DUMMY || thread == thrum_current_thread())
        return THRUM_RUNTIME_ERROR;
    if (state == THRUM__THREAD_STARTED) {
        int r = deadline == INT64_MIN ? THRUM_TIMED_OUT : wait_for_end(thread, deadline, true, site);
        if (r < 0)
            return r;
    }
    thrum__note(thread, THRUM__NOTE_TAKES);
    reap(thread);
    return 0;
}

void thrum__thread_await(thrum_thread *thread) {
    (void)wait_for_end(thread, THRUM__NEVER, false, __builtin_return_address(0)); /* then it cannot fail */
    reap(thread);
}

int thrum_thread_join(thrum_thread *thread) {
    return join(thread, THRUM__NEVER, __builtin_return_address(0));
}

int thrum_thread_join_timed(thrum_thread *thread, thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : join(thread, deadline, __builtin_return_address(0));
}
