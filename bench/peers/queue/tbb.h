/* tbb.h - concurrent_bounded_queue, which has no limit until it is given one. */
#include <oneapi/tbb/concurrent_queue.h>

typedef tbb::concurrent_bounded_queue<void *> peer_queue;

static inline void peer_queue_init(peer_queue *queue, size_t capacity) {
    queue->set_capacity((std::ptrdiff_t)capacity);
}

static inline void peer_queue_put(peer_queue *queue, void *item) {
    queue->push(item);
}

static inline void *peer_queue_get(peer_queue *queue) {
    void *item;
    queue->pop(item);
    return item;
}

typedef tbb::concurrent_bounded_queue<void *> peer_simple_queue;

static inline void peer_simple_queue_init(peer_simple_queue *) {
}

static inline void peer_simple_queue_put(peer_simple_queue *queue, void *item) {
    queue->push(item);
}

static inline void *peer_simple_queue_get(peer_simple_queue *queue) {
    return peer_queue_get(queue);
}
