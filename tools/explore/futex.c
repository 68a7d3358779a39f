/* futex.c - locks of the program's own making: syscall(SYS_futex, ...), without those with priority inheritance. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload.h"

typedef struct futex_call {
    uint32_t *word;
    int operation;
    uint32_t value;
    const struct timespec *time; /* for some a number */
    uint32_t *second;
    uint32_t last;
} futex_call;

static preload_object *futex_of(uint32_t *word) {
    bool is_new;
    return preload_object_of(word, PRELOAD_FUTEX, &is_new);
}

/* FUTEX_WAIT's limit is a span; that of FUTEX_WAIT_BITSET a point in time, on a clock by a flag. */
static thrum_timeout limit_of(const futex_call *call, bool absolute) {
    if (!call->time)
        return THRUM_FOREVER;
    if (!absolute)
        return preload_span(call->time);
    return preload_until(call->operation & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, call->time);
}

static void leave_whatever_queue(preload_object *object, void *waiter) {
    if (object->kind == PRELOAD_FUTEX)
        preload_leave_queue(object, waiter);
}

static long wait_at(const futex_call *call, uint32_t bits, bool absolute) {
    preload_waiter me = {.bits = bits};
    thrum_explore_step(call->word, true, "futex_wait");
    if (__atomic_load_n(call->word, __ATOMIC_SEQ_CST) != call->value)
        return preload_error(EAGAIN);
    if (bits == 0 || (call->time && !preload_is_time(call->time)))
        return preload_error(EINVAL);
    preload_queue(futex_of(call->word), &me);
    int r = preload_wait_for(&(preload_wait){.object = call->word,
                                             .what = "futex",
                                             .ready = preload_is_woken,
                                             .arg = &me,
                                             .limit = limit_of(call, absolute),
                                             .interruptible = "futex_wait"});
    if (r == PRELOAD_READY)
        return 0;
    preload_for_each(leave_whatever_queue, &me); /* it may have been moved */
    return preload_error(r == PRELOAD_INTERRUPTED ? EINTR : ETIMEDOUT);
}

static long wake(uint32_t *word, uint32_t count, uint32_t bits) {
    long woken = 0;
    while (woken < (long)count && preload_wake_one(futex_of(word), bits))
        woken++;
    return woken;
}

static long wake_step(const futex_call *call, uint32_t bits) {
    thrum_explore_step(call->word, true, "futex_wake");
    if (bits == 0)
        return preload_error(EINVAL);
    long woken = wake(call->word, call->value, bits);
    if (woken == 0)
        thrum_explore_unheard(call->word, "futex_wake");
    return woken;
}

/* Wake some, and have up to as many as `time` says wait at the second word. */
static long requeue(const futex_call *call, bool compare) {
    thrum_explore_step(call->word, true, "futex_requeue");
    if (compare && __atomic_load_n(call->word, __ATOMIC_SEQ_CST) != call->last)
        return preload_error(EAGAIN);
    preload_object *from = futex_of(call->word), *to = futex_of(call->second);
    long woken = wake(call->word, call->value, FUTEX_BITSET_MATCH_ANY), moved = 0;
    for (; from->queue && from != to && moved < (long)(intptr_t)call->time; moved++) {
        preload_waiter *waiter = from->queue;
        preload_leave_queue(from, waiter);
        preload_queue(to, waiter);
    }
    return compare ? woken + moved : woken;
}

static long futex(const futex_call *call) {
    switch (call->operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
        return wait_at(call, FUTEX_BITSET_MATCH_ANY, false);
    case FUTEX_WAIT_BITSET:
        return wait_at(call, call->last, true);
    case FUTEX_WAKE:
        return wake_step(call, FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAKE_BITSET:
        return wake_step(call, call->last);
    case FUTEX_REQUEUE:
        return requeue(call, false);
    case FUTEX_CMP_REQUEUE:
        return requeue(call, true);
    default:
        thrum_explore_fail("  futex operation %d is not one that can be explored", call->operation);
    }
}

long syscall(long number, ...);
long syscall(long number, ...) {
    NEXT(syscall);
    long a[6];
    va_list args;
    va_start(args, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(args, long);
    va_end(args);
    if (number == SYS_futex && TAKES())
        return futex(&(futex_call){(uint32_t *)a[0], (int)a[1], (uint32_t)a[2], (const struct timespec *)a[3],
                                   (uint32_t *)a[4], (uint32_t)a[5]});
    return next_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
