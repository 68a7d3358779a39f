/* glib.h - GAsyncQueue, which has no limit. */
typedef GAsyncQueue *peer_simple_queue;

static inline void peer_simple_queue_init(peer_simple_queue *queue) {
    *queue = g_async_queue_new();
}

static inline void peer_simple_queue_put(peer_simple_queue *queue, void *item) {
    g_async_queue_push(*queue, item);
}

static inline void *peer_simple_queue_get(peer_simple_queue *queue) {
    return g_async_queue_pop(*queue);
}
