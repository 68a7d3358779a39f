/* apr.c - the Apache Portable Runtime: its queue with a limit, and its pool of threads. */
#include <apr_general.h>
#include <apr_queue.h>
#include <apr_thread_pool.h>

#include "harness/measure.h"

static inline void must(apr_status_t status) {
    if (__builtin_expect(status != APR_SUCCESS, 0))
        give_up("a call of APR failed");
}

static apr_pool_t *memory;

typedef apr_queue_t *peer_queue;

static inline void peer_queue_init(peer_queue *queue, size_t capacity) {
    must(apr_queue_create(queue, (unsigned)capacity, memory));
}

/* Both give up with APR_EINTR when another thread was faster, and the caller has to try again. */
static inline void peer_queue_put(peer_queue *queue, void *item) {
    apr_status_t status;
    while ((status = apr_queue_push(*queue, item)) == APR_EINTR)
        ;
    must(status);
}

static inline void *peer_queue_get(peer_queue *queue) {
    apr_status_t status;
    void *item = NULL;
    while ((status = apr_queue_pop(*queue, &item)) == APR_EINTR)
        ;
    must(status);
    return item;
}

#include "workloads/queue.h"

#include "peers/pool/apr.h"
#include "workloads/pool_submit.h"
#include "workloads/pool_map.h"

int main(int argc, char **argv) {
    static const workload table[] = {QUEUE_WORKLOADS, POOL_SUBMIT_WORKLOADS, POOL_MAP_WORKLOADS, {NULL, NULL, 0, 0}};
    must(apr_initialize());
    must(apr_pool_create(&memory, NULL));
    return peer_main(table, argc, argv);
}
