/* moodycamel.cc - moodycamel::BlockingConcurrentQueue: a lock-free queue without a limit, with a semaphore for the
 * threads that wait. It keeps the order of each producer's items, not the order among producers. */
#include <concurrentqueue/blockingconcurrentqueue.h>

#include "harness/measure.h"

typedef moodycamel::BlockingConcurrentQueue<void *> peer_simple_queue;

static inline void peer_simple_queue_init(peer_simple_queue *) {
}

static inline void peer_simple_queue_put(peer_simple_queue *queue, void *item) {
    queue->enqueue(item);
}

static inline void *peer_simple_queue_get(peer_simple_queue *queue) {
    void *item;
    queue->wait_dequeue(item);
    return item;
}

#include "workloads/simple_queue.h"

int main(int argc, char **argv) {
    static const workload table[] = {SIMPLE_QUEUE_WORKLOADS, {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
