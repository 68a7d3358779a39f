/* sema_signal - a semaphore as a signal: an item is ready.
 *
 * Python: ready = Semaphore(0); the consumer acquires, the producer releases after it has made the item.
 *
 * Look at: the semaphore starts with no permit, so the consumer waits, whichever thread is first. The item itself
 * needs no lock: release and acquire order its writing before its reading.
 */
#include "example.h"

static thrum_semaphore ready = THRUM_SEMAPHORE_INIT(0);
static int item;

static int produce(void *arg) {
    (void)arg;
    item = 42;
    printf("producer: item %d is ready\n", item);
    thrum_semaphore_release(&ready, 1);
    return 0;
}

static int consume(void *arg) {
    (void)arg;
    puts("consumer: waiting for an item");
    thrum_semaphore_acquire(&ready);
    printf("consumer: got item %d\n", item);
    return 0;
}

int main(void) {
    thrum_thread *consumer = start(consume, NULL, "consumer"), *producer = start(produce, NULL, "producer");
    join(producer);
    join(consumer);
    return 0;
}
