/* pthread.h - the queues that everybody writes: a mutex and condition variables around a ring, or around a list. */
#include <stdlib.h>

typedef struct peer_queue {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    size_t capacity, head, count;
    void **items;
} peer_queue;

static inline void peer_queue_init(peer_queue *queue, size_t capacity) {
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->not_empty, NULL);
    pthread_cond_init(&queue->not_full, NULL);
    queue->capacity = capacity;
    queue->items = calloc(capacity, sizeof *queue->items);
    if (!queue->items)
        give_up("no memory");
}

static inline void peer_queue_put(peer_queue *queue, void *item) {
    pthread_mutex_lock(&queue->lock);
    while (queue->count == queue->capacity)
        pthread_cond_wait(&queue->not_full, &queue->lock);
    queue->items[(queue->head + queue->count++) % queue->capacity] = item;
    pthread_cond_signal(&queue->not_empty);
    pthread_mutex_unlock(&queue->lock);
}

static inline void *peer_queue_get(peer_queue *queue) {
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0)
        pthread_cond_wait(&queue->not_empty, &queue->lock);
    void *item = queue->items[queue->head];
    queue->head = (queue->head + 1) % queue->capacity;
    queue->count--;
    pthread_cond_signal(&queue->not_full);
    pthread_mutex_unlock(&queue->lock);
    return item;
}

typedef struct simple_node {
    struct simple_node *next;
    void *item;
} simple_node;

typedef struct peer_simple_queue {
    pthread_mutex_t lock;
    pthread_cond_t not_empty;
    simple_node *first, **end;
} peer_simple_queue;

static inline void peer_simple_queue_init(peer_simple_queue *queue) {
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->not_empty, NULL);
    queue->end = &queue->first;
}

static inline void peer_simple_queue_put(peer_simple_queue *queue, void *item) {
    simple_node *node = malloc(sizeof *node);
    if (!node)
        give_up("no memory");
    *node = (simple_node){NULL, item};
    pthread_mutex_lock(&queue->lock);
    *queue->end = node;
    queue->end = &node->next;
    pthread_cond_signal(&queue->not_empty);
    pthread_mutex_unlock(&queue->lock);
}

static inline void *peer_simple_queue_get(peer_simple_queue *queue) {
    pthread_mutex_lock(&queue->lock);
    while (!queue->first)
        pthread_cond_wait(&queue->not_empty, &queue->lock);
    simple_node *node = queue->first;
    queue->first = node->next;
    if (!queue->first)
        queue->end = &queue->first;
    pthread_mutex_unlock(&queue->lock);
    void *item = node->item;
    free(node);
    return item;
}
