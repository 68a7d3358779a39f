/* signal.c - what a handler could not do is done by the thread that it interrupted. */
#include "park/queue.h"
#include "park/signal.h"

enum { note_count = 16 };

typedef struct note {
    thrum__settle *settle;
    void *object;
} note;

#define INITIAL_EXEC __attribute__((tls_model("initial-exec")))
__thread uint32_t thrum__signal_inside INITIAL_EXEC;
__thread uint32_t thrum__signal_noted
    INITIAL_EXEC; /* how many notes were begun; more than note_count: some were lost */
static __thread note notes[note_count] INITIAL_EXEC;

static void settle_now(thrum__settle *settle, void *object) {
    thrum__wakes wakes;
    thrum__queue *queue = thrum__queue_lock(object);
    settle(queue, object, thrum__wakes_init(&wakes));
    thrum__queue_unlock(queue);
    thrum__wakes_deliver(&wakes);
}

static bool noted_before(thrum__settle *settle, const void *object) {
    uint32_t count = thrum__signal_noted < note_count ? thrum__signal_noted : note_count;
    for (uint32_t i = 0; i < count; i++)
        if (notes[i].object == object && notes[i].settle == settle)
            return true;
    return false;
}

/* A handler can be interrupted by another between any two instructions here. One that comes between the writing of a
 * note and the exchange that makes it count uses the same slot, and the exchange fails: the note is written again
 * behind it. */
static void note_down(thrum__settle *settle, void *object) {
    if (noted_before(settle, object))
        return;
    /* Relaxed, here and below: the only other readers are this thread's other handlers and itself. */
    uint32_t count = __atomic_load_n(&thrum__signal_noted, __ATOMIC_RELAXED);
    do {
        if (count < note_count)
            notes[count] = (note){settle, object};
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
    } while (!__atomic_compare_exchange_n(&thrum__signal_noted, &count, count + 1, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
}

void thrum__signal_settle(thrum__settle *settle, void *object) {
    if (thrum__signal_inside)
        note_down(settle, object);
    else
        settle_now(settle, object);
}

/* Take the notes out first: a handler that comes later finds an empty list and writes what it has to say anew. */
void thrum__signal_catch_up(void) {
    uint32_t count;
    do {
        note taken[note_count];
        /* Handlers run to their end before this thread goes on, so the list is at rest whenever it is looked at here;
         * one that comes between the copy and the exchange makes the exchange fail. Relaxed: one thread. */
        count = __atomic_load_n(&thrum__signal_noted, __ATOMIC_RELAXED);
        uint32_t kept = count < note_count ? count : note_count;
        for (uint32_t i = 0; i < kept; i++)
            taken[i] = notes[i];
        if (!__atomic_compare_exchange_n(&thrum__signal_noted, &count, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            continue;
        for (uint32_t i = 0; i < kept; i++)
            settle_now(taken[i].settle, taken[i].object);
        if (count > note_count)
            thrum__queue_settle_all();
        count = __atomic_load_n(&thrum__signal_noted, __ATOMIC_RELAXED);
    } while (count != 0);
}
