/* future_internal.h - the word of a future, and what the files of this folder do with it.
 *
 * A future has no lock of its own. While nobody listens it is one atomic word; the first who waits for it, or wants
 * to be called back, sets HEARD under the latch of the waiting room at the future's address, and from then on every
 * change of state is made under that latch, which also protects the list of listeners.
 *
 * States of the word, and who moves it on:
 *     PENDING    -> RUNNING    by the executor, or by a thread that makes the call in place of waiting for it
 *                -> SETTING    by set_result and set_error
 *                -> CANCELLED  by cancel, or by an executor that drops it
 *     RUNNING    -> FINISHED   by the thread that made the call, with MADE
 *                -> SETTING    by set_result and set_error, without MADE
 *     SETTING    -> FINISHED   by the same thread, when the result is written
 *     CANCELLED  -> NOTIFIED   by the executor
 * Marks beside the state:
 *     HANDED     in the queue of an executor: set by submit, taken away by thrum_future_run() and _drop(). The call
 *     may
 *                be over before that, made by a thread that waited.
 *     HELPABLE   any thread may make the call
 *     MADE       the call is being made: only its end ends the state RUNNING
 *     CALLING    callbacks are being called
 *     HEARD      see above; stays
 */
#ifndef THRUM_FUTURE_INTERNAL_H
#define THRUM_FUTURE_INTERNAL_H

#include <thrum/futures.h>

#include "park/queue.h"

enum {
    THRUM__PENDING,
    THRUM__RUNNING,
    THRUM__SETTING,
    THRUM__CANCELLED,
    THRUM__NOTIFIED,
    THRUM__FINISHED,
    THRUM__STATE = 7,
    THRUM__HANDED = 8,
    THRUM__HELPABLE = 16,
    THRUM__MADE = 32,
    THRUM__CALLING = 64,
    THRUM__HEARD = 128
};

/* Who is told of the end of a future: a callback, or somebody who waits for several futures (watch.h). */
typedef struct thrum_future_listener_ {
    struct thrum_future_listener_ *next;
    thrum_future_callback *callback; /* NULL: a watch */
    void *arg;
} thrum__listener;

static inline uint32_t thrum__future_word(const thrum_future *future) {
    /* Acquire: pairs with the release in thrum__future_exchange(). Who sees FINISHED sees the result. */
    return __atomic_load_n(&future->word_, __ATOMIC_ACQUIRE);
}

static inline bool thrum__is_done(uint32_t word) {
    return (word & THRUM__STATE) >= THRUM__CANCELLED;
}

/* Done, and its executor has noticed: what wait and as_completed mean. */
static inline bool thrum__is_settled(uint32_t word) {
    return (word & THRUM__STATE) >= THRUM__NOTIFIED;
}

/* Whether the future has references, and not an owner whose memory it is. */
static inline bool thrum__future_is_counted(const thrum_future *future) {
    return __atomic_load_n(&future->references_, __ATOMIC_RELAXED) > 0; /* relaxed: the answer is always the same */
}

/* One step of the word; on failure *word is what it is now. */
bool thrum__future_exchange(thrum_future *future, uint32_t *word, uint32_t to);

/* Move from state `from` to `to`, which may have marks beside the state, and without the marks `drop`, and tell
 * whoever has to know. False when the state is not `from`. Unless the caller keeps the future alive it may be gone
 * afterwards. */
bool thrum__future_move(thrum_future *future, uint32_t from, uint32_t to, uint32_t drop);

/* Take a mark away and leave the state as it is. As above, the future may be gone afterwards. */
void thrum__future_unmark(thrum_future *future, uint32_t mark);

/* Wait until enough(word). Makes the call itself where that is allowed. Returns 0, THRUM_TIMED_OUT or THRUM_DEADLOCK.
 * With the deadline INT64_MIN it only looks. */
int thrum__future_wait(thrum_future *future, bool (*enough)(uint32_t word), int64_t deadline, const void *site);

/* Make the call of a future that has not begun, if the calling thread may. */
bool thrum__future_help(thrum_future *future);

/* As thrum_future_result(), with a deadline. */
int thrum__future_result(thrum_future *future, int64_t deadline, const void *site, void **ret_result);

/* Make the call, of a future that the caller has moved to RUNNING with MADE. */
void thrum__future_execute(thrum_future *future);

/* Under the latch of the future's queue: see to it that whoever ends the future tells those who listen; false when
 * enough(word) already. */
bool thrum__future_mark(thrum_future *future, bool (*enough)(uint32_t word));

/* Call, in this order, and free the callbacks of the list. */
void thrum__callbacks_call(thrum__listener *callbacks, thrum_future *future);
void thrum__callbacks_free(thrum__listener *callbacks);

/* Write a line to the log. */
void thrum__futures_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The executor of which the calling thread is a worker, or NULL. */
extern __thread thrum_executor *thrum__executor_here __attribute__((tls_model("initial-exec")));

/* What a worker of a pool is doing: written by the worker, read by reports. */
typedef struct thrum__making {
    thrum_call *call; /* atomic; NULL: nothing */
    void *arg;        /* atomic */
} thrum__making;

/* The calling thread's, or NULL when it is no such worker. */
extern __thread thrum__making *thrum__making_here __attribute__((tls_model("initial-exec")));

#endif
