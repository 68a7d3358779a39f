/* callbacks.c - add_done_callback, and the calls. */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/hooks.h"
#include "futures/future_internal.h"
#include "threading/thread_internal.h"

static void call_one(const thrum__listener *listener, thrum_future *future) {
    int r = listener->callback(future, listener->arg);
    if (r >= 0)
        return;
    char repr[128], *said = thrum__thread_take_text();
    thrum_future_repr(future, repr, sizeof repr);
    thrum__futures_log("exception calling callback for %s\n%s: %s", repr, thrum_error_name(r),
                       said ? said : thrum_strerror(r));
    free(said);
}

void thrum__callbacks_call(thrum__listener *callbacks, thrum_future *future) {
    for (thrum__listener *listener = callbacks, *next; listener; listener = next) {
        next = listener->next;
        call_one(listener, future);
        free(listener);
    }
}

void thrum__callbacks_free(thrum__listener *callbacks) {
    for (thrum__listener *listener = callbacks, *next; listener; listener = next) {
        next = listener->next;
        free(listener);
    }
}

/* False when the future is done already. */
static bool add(thrum_future *future, thrum__listener *listener) {
    thrum__queue *room = thrum__queue_lock(future);
    bool pending = thrum__future_mark(future, thrum__is_done);
    if (pending) {
        listener->next = future->listeners_;
        future->listeners_ = listener;
    }
    thrum__queue_unlock(room);
    return pending;
}

int thrum_future_add_done_callback(thrum_future *future, thrum_future_callback *callback, void *arg) {
    thrum__listener *listener = thrum__malloc(sizeof *listener);
    if (!listener)
        return -ENOMEM;
    *listener = (thrum__listener){NULL, callback, arg};
    if (add(future, listener))
        return 0;
    call_one(listener, future);
    free(listener);
    return 0;
}
