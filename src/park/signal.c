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
    uint32_t count = thrum__signal_noted;
    do {
        if (count < note_count)
            notes[count] = (note){settle, object};
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        /* Relaxed: the only other readers are this thread's other handlers and itself. */
    } while (!__atomic_compare_exchange_n(&thrum__signal_noted, &count, count + 1, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
}

void thrum__signal_settle(thrum__settle *settle, void *object) {
    if (thrum__signal_inside)
        note_down(settle, object);
    else
        settle_now(settle, object);
}

/* Copy the notes and empty the list. Handlers run to their end before this thread goes on, so the list is at rest
 * whenever it is looked at here; one that adds a note between the copy and the exchange makes the exchange fail. One
 * that finds its note there already was early enough: what the note asks for is done after the exchange. */
static uint32_t take_notes(note taken[note_count]) {
    /* Relaxed, here and below: one thread. */
    uint32_t count = __atomic_load_n(&thrum__signal_noted, __ATOMIC_RELAXED);
    do {
        for (uint32_t i = 0; i < count && i < note_count; i++)
            taken[i] = notes[i];
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        /* Relaxed: one thread. */
    } while (
        !__atomic_compare_exchange_n(&thrum__signal_noted, &count, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return count;
}

void thrum__signal_catch_up(void) {
    while (thrum__signal_noted != 0) {
        note taken[note_count];
        uint32_t count = take_notes(taken);
        for (uint32_t i = 0; i < count && i < note_count; i++)
            settle_now(taken[i].settle, taken[i].object);
        if (count > note_count)
            thrum__queue_settle_all();
    }
}
