/* thread_list.c - which threads there are: enumerate, current_thread, main_thread; and what a fork makes of them.
 *
 * Locking: list.latch protects the list and its count. It is taken before the latches of src/park, and held for no
 * call out.
 */
#include <stdio.h>
#include <stdlib.h>

#include "park/latch.h"
#include "platform/platform.h"
#include "threading/deadlock_internal.h"
#include "threading/thread_internal.h"

static thrum_thread first_main = {.kind = THRUM__THREAD_MAIN,
                                  .references = 1,
                                  .name = "MainThread",
                                  .reaped = true,
                                  .state = THRUM__THREAD_STARTED};

static struct {
    thrum__latch latch;
    thrum_thread *first, *last;
    size_t count;
    thrum_thread *main; /* changes in the child of a fork only */
} list = {.main = &first_main};

void thrum__thread_list_add(thrum_thread *thread) {
    if (thread->kind == THRUM__THREAD_HIDDEN)
        return;
    thrum__latch_lock(&list.latch);
    thread->previous = list.last;
    thread->next = NULL;
    *(list.last ? &list.last->next : &list.first) = thread;
    list.last = thread;
    thread->listed = true;
    list.count++;
    thrum__latch_unlock(&list.latch);
}

static void unlink_thread(thrum_thread *thread) {
    if (!thread->listed)
        return;
    *(thread->previous ? &thread->previous->next : &list.first) = thread->next;
    *(thread->next ? &thread->next->previous : &list.last) = thread->previous;
    thread->listed = false;
    list.count--;
}

void thrum__thread_list_remove(thrum_thread *thread) {
    thrum__latch_lock(&list.latch);
    unlink_thread(thread);
    thrum__latch_unlock(&list.latch);
}

/* One that is only being started does not: whoever starts it does, or is a daemon. */
static bool holds_up_exit(const thrum_thread *thread, const thrum_thread *me) {
    return !thrum_thread_daemon(thread) && thread->kind != THRUM__THREAD_MAIN && thread != me &&
           thrum_thread_is_alive(thread);
}

thrum_thread *thrum__thread_list_non_daemon(void) {
    thrum_thread *me = thrum_current_thread();
    thrum__latch_lock(&list.latch);
    thrum_thread *thread = list.first;
    while (thread && !holds_up_exit(thread, me))
        thread = thread->next;
    if (thread)
        thrum_thread_ref(thread);
    thrum__latch_unlock(&list.latch);
    return thread;
}

size_t thrum_active_count(void) {
    thrum_current_thread(); /* counts, too */
    thrum__latch_lock(&list.latch);
    size_t count = list.count;
    thrum__latch_unlock(&list.latch);
    return count;
}

size_t thrum_enumerate(thrum_thread **threads, size_t size) {
    thrum_current_thread(); /* is one of them, too */
    thrum__latch_lock(&list.latch);
    size_t count = 0;
    for (thrum_thread *thread = list.first; thread && count < size; thread = thread->next)
        threads[count++] = thrum_thread_ref(thread);
    count = list.count;
    thrum__latch_unlock(&list.latch);
    return count;
}

/* Make the static object that of the calling thread, which is the process's first. */
static void become_main(thrum_thread *thread, thrum__record *record) {
    thread->handle = pthread_self();
    thread->record = record;
    thread->native_id = record->native_id;
    thread->ident = record->id;
    thrum__record_set_name(record->id, thrum_thread_name(thread));
    record->thread = thread;
    thrum_event_set(&thread->begun);
}

thrum_thread *thrum_current_thread(void) {
    thrum__record *me = thrum__record_self();
    if (me->thread)
        return me->thread;
    if (thrum__os_is_main_thread() && !list.main->record) {
        become_main(list.main, me);
        return me->thread;
    }
    thrum_thread *dummy = thrum__thread_new_dummy(me);
    if (!dummy) {
        fputs("thrum: no memory for a thread object: thrum_current_thread\n", stderr);
        abort();
    }
    thrum__record_set_name(me->id, thrum_thread_name(dummy));
    me->thread = dummy;
    thrum__thread_list_add(dummy);
    return dummy;
}

thrum_thread *thrum_main_thread(void) {
    return list.main;
}

uint64_t thrum_get_ident(void) {
    return thrum__record_self()->id;
}

int thrum_get_native_id(void) {
    return thrum__os_thread_id();
}

/* A thread leaves: its dummy object goes, if it has one. */
static void on_leave(thrum__record *record) {
    thrum_thread *thread = record->thread;
    if (!thread || thread->kind != THRUM__THREAD_DUMMY)
        return;
    record->thread = NULL;
    thrum__record_set_name(record->id, NULL);
    thrum__thread_stop(thread);
    thrum_thread_unref(thread);
}

static void before_fork(void) {
    thrum__latch_lock(&list.latch);
}

static void after_fork_parent(void) {
    thrum__latch_unlock(&list.latch);
}

/* The threads that are not in the child have stopped there, and nobody waits for them. Their own references are
 * dropped. */
static void stop_vanished(thrum_thread *me) {
    for (thrum_thread *thread = list.first, *next; thread; thread = next) {
        next = thread->next;
        if (thread == me)
            continue;
        unlink_thread(thread);
        thread->state = THRUM__THREAD_STOPPED;
        thread->reaped = true;
        thread->record = NULL;
        thrum_event_set(&thread->begun); /* if it had not begun it never will: nobody is to wait for its number */
        thread->free_arg =
            NULL; /* the thread may have been using arg; it stays, as everything does that a fork cuts off */
        thrum_thread_unref(thread);
    }
}

static void after_fork_child(void) {
    list.latch = (thrum__latch){0};
    thrum_thread *me = thrum_current_thread(); /* takes it, when the thread has no object yet */
    stop_vanished(me);
    thrum_thread_ref(me); /* the main thread's object lives for ever */
    me->kind = THRUM__THREAD_MAIN;
    me->daemon = false;
    me->name = "MainThread";
    me->reaped = true;
    list.main = me;
    become_main(me, thrum__me);
    thrum__exit_after_fork_child();
}

/* After the layer below (park/load.c), so that its latches are taken after ours, and are in order again before ours
 * in a child. */
__attribute__((constructor(201))) static void load(void) {
    thrum__record_on_leave = on_leave;
    thrum__thread_list_add(&first_main);
    if (thrum__os_is_main_thread())
        become_main(&first_main, thrum__record_self());
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}
