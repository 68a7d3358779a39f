/* pool_inbox.c - the list.
 *
 * Each task's next_ leads to the one that was submitted after it. `last`:
 *     &sentinel          empty: no task is in the list
 *     a task         the newest
 *     with CLOSED    the same, and nothing will be appended
 * It moves from any task, or the sentinel, to a new task, by a thread that then, and only then, links the former to
 * it; from the newest task to the one before it, or the sentinel, under the latch, by who takes that task; and CLOSED
 * is set once.
 *
 * Between moving `last` and linking, the list has a gap, and the task before the gap cannot be taken: whoever links
 * may not have done so yet. Such a list counts as empty until the link is there. The one who links looks for sleepers
 * afterwards, and one who goes to sleep looks for links after it has said so: both seq_cst, so one sees the other.
 */
#include <errno.h>
#include <stddef.h>

#include "base/hooks.h"
#include "futures/pool_inbox.h"

#define CLOSED ((uintptr_t)1)
#define TASK(last) ((last) & ~CLOSED)

void thrum__inbox_init(thrum__inbox *inbox) {
    inbox->latch.word = 0;
    inbox->sentinel.next_ = NULL;
    inbox->first = &inbox->sentinel;
    inbox->last = (uintptr_t)&inbox->sentinel;
}

bool thrum__inbox_push(thrum__inbox *inbox, thrum__task *task) {
    /* Relaxed: the exchange makes it visible. */
    __atomic_store_n(&task->next_, NULL, __ATOMIC_RELAXED);
    thrum__point(inbox, THRUM__POINT_ATOMIC);
    /* Relaxed, here and on failure: nothing is read through it; it is written through when it is this thread's to
     * link. */
    uintptr_t last = __atomic_load_n(&inbox->last, __ATOMIC_RELAXED);
    do {
        if (last & CLOSED)
            return false;
        /* Acquire: pairs with the exchange by which `last` came there: what it was before is done with. Release:
         * pairs with the acquire of the thread that links to this task. */
    } while (!__atomic_compare_exchange_n(&inbox->last, &last, (uintptr_t)task, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED));
    thrum__point(inbox, THRUM__POINT_ATOMIC);
    __atomic_store_n(&((thrum__task *)last)->next_, task, __ATOMIC_SEQ_CST);
    return true;
}

/* Under the latch. Relaxed: and elsewhere a hint. */
static void set_first(thrum__inbox *inbox, thrum__task *first) {
    __atomic_store_n(&inbox->first, first, __ATOMIC_RELAXED);
}

static thrum__task *after(const thrum__task *task) {
    return __atomic_load_n(&task->next_, __ATOMIC_SEQ_CST);
}

/* Under the latch: the oldest task, or the sentinel when there is none. */
static thrum__task *skip_sentinel(thrum__inbox *inbox) {
    thrum__task *next;
    if (inbox->first == &inbox->sentinel && (next = after(&inbox->sentinel)) != NULL)
        set_first(inbox, next);
    return inbox->first;
}

/* Under the latch: take the only task away. False when there is another behind it by now. */
static bool take_only(thrum__inbox *inbox, thrum__task *only) {
    /* Relaxed: nobody else links to the sentinel now, and the exchange makes it visible. */
    __atomic_store_n(&inbox->sentinel.next_, NULL, __ATOMIC_RELAXED);
    uintptr_t last = __atomic_load_n(&inbox->last, __ATOMIC_SEQ_CST);
    while (TASK(last) == (uintptr_t)only)
        if (__atomic_compare_exchange_n(&inbox->last, &last, (uintptr_t)&inbox->sentinel | (last & CLOSED), false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return true;
    return false;
}

static thrum__task *pop(thrum__inbox *inbox) {
    thrum__task *first = skip_sentinel(inbox), *next;
    if (first == &inbox->sentinel)
        return NULL;
    if ((next = after(first)) != NULL)
        set_first(inbox, next);
    else if (take_only(inbox, first))
        set_first(inbox, &inbox->sentinel);
    else if ((next = after(first)) != NULL)
        set_first(inbox, next);
    else
        return NULL; /* a gap behind it */
    return first;
}

/* One load, for those who look again and again. */
static bool is_empty(const thrum__inbox *inbox) {
    thrum__point(inbox, THRUM__POINT_ATOMIC);
    return TASK(__atomic_load_n(&inbox->last, __ATOMIC_SEQ_CST)) == (uintptr_t)&inbox->sentinel;
}

/* Who takes one after the other leaves `last`, which others write all the time, alone. */
static bool seems_empty(const thrum__inbox *inbox) {
    /* Relaxed: a hint, looked at again under the latch. */
    return __atomic_load_n(&inbox->first, __ATOMIC_RELAXED) == &inbox->sentinel && is_empty(inbox);
}

thrum__task *thrum__inbox_pop(thrum__inbox *inbox) {
    if (seems_empty(inbox))
        return NULL;
    thrum__point(inbox, THRUM__POINT_ATOMIC);
    thrum__latch_lock(&inbox->latch);
    thrum__task *task = pop(inbox);
    thrum__latch_unlock(&inbox->latch);
    return task;
}

/* Under the latch: the task before `task`; or, when that is not found, the last one before a gap or the end. */
static thrum__task *walk_to(thrum__inbox *inbox, const thrum__task *task) {
    thrum__task *at = inbox->first, *next;
    while ((next = after(at)) != NULL && next != task)
        at = next;
    return at;
}

/* Under the latch: take out the last task, which is behind `before`. False when another is being appended to it. */
static bool unlink_last(thrum__inbox *inbox, thrum__task *before, thrum__task *task) {
    __atomic_store_n(&before->next_, NULL, __ATOMIC_SEQ_CST); /* nobody else writes it while `task` is the last */
    uintptr_t last = __atomic_load_n(&inbox->last, __ATOMIC_SEQ_CST);
    while (TASK(last) == (uintptr_t)task)
        if (__atomic_compare_exchange_n(&inbox->last, &last, (uintptr_t)before | (last & CLOSED), false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return true;
    __atomic_store_n(&before->next_, task, __ATOMIC_SEQ_CST);
    return false;
}

/* Under the latch. */
static int take_out(thrum__inbox *inbox, thrum__task *task) {
    if (skip_sentinel(inbox) == task)
        return pop(inbox) ? 1 : -EAGAIN;
    thrum__task *before = walk_to(inbox, task), *next;
    if (after(before) != task)
        return TASK(__atomic_load_n(&inbox->last, __ATOMIC_SEQ_CST)) == (uintptr_t)before ? 0 : -EAGAIN;
    if (!after(task) && unlink_last(inbox, before, task))
        return 1;
    if ((next = after(task)) == NULL)
        return -EAGAIN;
    __atomic_store_n(&before->next_, next, __ATOMIC_SEQ_CST);
    return 1;
}

int thrum__inbox_remove(thrum__inbox *inbox, thrum__task *task) {
    thrum__point(inbox, THRUM__POINT_ATOMIC);
    thrum__latch_lock(&inbox->latch);
    int r = take_out(inbox, task);
    thrum__latch_unlock(&inbox->latch);
    return r;
}

thrum__inbox_state thrum__inbox_look(thrum__inbox *inbox) {
    if (is_empty(inbox))
        return THRUM__INBOX_EMPTY;
    thrum__point(inbox, THRUM__POINT_ATOMIC);
    thrum__latch_lock(&inbox->latch);
    thrum__task *first = skip_sentinel(inbox);
    bool linked = after(first) != NULL;
    bool is_last = TASK(__atomic_load_n(&inbox->last, __ATOMIC_SEQ_CST)) == (uintptr_t)first;
    thrum__latch_unlock(&inbox->latch);
    if (first == &inbox->sentinel)
        return is_last ? THRUM__INBOX_EMPTY : THRUM__INBOX_SOON;
    return linked || is_last ? THRUM__INBOX_FULL : THRUM__INBOX_SOON;
}

void thrum__inbox_close(thrum__inbox *inbox) {
    thrum__point(inbox, THRUM__POINT_ATOMIC);
    __atomic_fetch_or(&inbox->last, CLOSED, __ATOMIC_SEQ_CST);
}

bool thrum__inbox_is_closed(const thrum__inbox *inbox) {
    thrum__point(inbox, THRUM__POINT_ATOMIC);
    return __atomic_load_n(&inbox->last, __ATOMIC_SEQ_CST) & CLOSED;
}
