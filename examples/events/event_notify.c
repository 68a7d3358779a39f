/* event_notify - an item that brings its own event, which says "processed".
 *
 * Python: the producer puts (data, Event()) on a list, and waits for that event; the consumer sets it when it is
 * done.
 *
 * Look at: the condition says "there is something to do" to whoever has time, the event tells the one who asked that
 * the work is done. The item lives on the producer's stack, which is fine, because the producer stays until then.
 */
#include "example.h"

enum { ITEMS = 3 };

typedef struct item {
    int data;
    thrum_event processed;
} item;

static thrum_condition changed = THRUM_CONDITION_INIT_OWN;
static item *waiting; /* guarded by changed: the item to process next, or NULL */

static void hand_over(item *next) {
    THRUM_WITH(&changed) {
        waiting = next;
        thrum_condition_notify(&changed, 1);
    }
}

static item *take(void) {
    item *taken;
    THRUM_GUARD(&changed);
    while (!waiting)
        thrum_condition_wait(&changed);
    taken = waiting;
    waiting = NULL;
    return taken;
}

static int produce(void *arg) {
    (void)arg;
    for (int i = 1; i <= ITEMS; i++) {
        item mine = {.data = i};
        printf("producer: item %d, please\n", i);
        hand_over(&mine);
        thrum_event_wait(&mine.processed);
        printf("producer: item %d came back as %d\n", i, mine.data);
    }
    return 0;
}

static int consume(void *arg) {
    (void)arg;
    for (int i = 1; i <= ITEMS; i++) {
        item *next = take();
        printf("consumer: working on item %d\n", next->data);
        next->data *= 100;
        thrum_event_set(&next->processed); /* from here on the item is gone */
    }
    return 0;
}

int main(void) {
    thrum_thread *consumer = start(consume, NULL, "consumer"), *producer = start(produce, NULL, "producer");
    join(producer);
    join(consumer);
    return 0;
}
