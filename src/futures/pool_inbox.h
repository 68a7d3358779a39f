/* pool_inbox.h - what was submitted to a pool and not begun: a list that anybody appends to, without a lock, and of
 * which one thread at a time takes the first.
 */
#ifndef THRUM_POOL_INBOX_H
#define THRUM_POOL_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include <thrum/futures/task_group.h>

#include "park/latch.h"

typedef struct thrum__inbox {
    char apart_[128]; /* CPUs fetch lines in pairs */
    uintptr_t last;   /* atomic; the newest task or the sentinel, and whether it is closed */
    char apart_too_[128];
    thrum__latch latch;   /* protects `first` */
    thrum__task *first;   /* the oldest task or the sentinel */
    thrum__task sentinel; /* stands in for a task when there is none */
} thrum__inbox;

void thrum__inbox_init(thrum__inbox *inbox);

/* Append. False when the inbox is closed. */
bool thrum__inbox_push(thrum__inbox *inbox, thrum__task *task);

/* The oldest, or NULL. */
thrum__task *thrum__inbox_pop(thrum__inbox *inbox);

/* Take out `task`, wherever it is, which takes the longer the more are before it. Returns 1; 0 when it is not there;
 * -EAGAIN when that is not known yet, because somebody is appending. */
int thrum__inbox_remove(thrum__inbox *inbox, thrum__task *task);

/* Whether pop would find one; and whether it may in a moment, because one is being appended. */
typedef enum thrum__inbox_state { THRUM__INBOX_EMPTY, THRUM__INBOX_SOON, THRUM__INBOX_FULL } thrum__inbox_state;
thrum__inbox_state thrum__inbox_look(thrum__inbox *inbox);

void thrum__inbox_close(thrum__inbox *inbox);
bool thrum__inbox_is_closed(const thrum__inbox *inbox);

#endif
