/* thrum.h - Queue, SimpleQueue and PriorityQueue, by their typed veneer where there is one. */
THRUM_QUEUE_TYPED(pointers, void *)
THRUM_QUEUE_TYPED(keys, uint64_t)

typedef pointers peer_queue;

static inline void peer_queue_init(peer_queue *queue, size_t capacity) {
    must(pointers_new(queue, capacity));
}

static inline void peer_queue_put(peer_queue *queue, void *item) {
    must(pointers_put(*queue, item));
}

static inline void *peer_queue_get(peer_queue *queue) {
    void *item;
    must(pointers_get(*queue, &item));
    return item;
}

typedef thrum_simple_queue *peer_simple_queue;

static inline void peer_simple_queue_init(peer_simple_queue *queue) {
    must(thrum_simple_queue_new(queue, 0));
}

static inline void peer_simple_queue_put(peer_simple_queue *queue, void *item) {
    must(thrum_simple_queue_put(*queue, &item));
}

static inline void *peer_simple_queue_get(peer_simple_queue *queue) {
    void *item;
    must(thrum_simple_queue_get(*queue, &item));
    return item;
}

typedef keys peer_priority;

static inline void peer_priority_init(peer_priority *queue) {
    thrum_queue_options options = {.item_size = sizeof(uint64_t)};
    must(thrum_priority_queue_new(&queue->untyped, &options, thrum_queue_by_uint64, NULL));
}

static inline void peer_priority_put(peer_priority *queue, uint64_t key) {
    must(keys_put(*queue, key));
}

static inline uint64_t peer_priority_get(peer_priority *queue) {
    uint64_t key;
    must(keys_get(*queue, &key));
    return key;
}
