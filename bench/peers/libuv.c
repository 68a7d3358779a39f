/* libuv.c - libuv: timers on an event loop, which are its agenda, too. Its locks and threads are the C library's. */
#include <uv.h>

#include "harness/measure.h"

typedef struct peer_timer {
    uv_timer_t handle;
    int64_t ms;
} peer_timer;

static inline void peer_timer_make(peer_timer *timer, int64_t ms) {
    timer->ms = ms;
    if (uv_timer_init(uv_default_loop(), &timer->handle) != 0)
        give_up("uv_timer_init failed");
}

static void nothing(uv_timer_t *timer) {
    (void)timer;
}

static inline void peer_timer_start(peer_timer *timer) {
    if (uv_timer_start(&timer->handle, nothing, (uint64_t)timer->ms, 0) != 0)
        give_up("uv_timer_start failed");
}

static inline void peer_timer_cancel(peer_timer *timer) {
    uv_timer_stop(&timer->handle);
}

/* The loop finishes the closing of all of them once it runs, which takes no time as none is pending. */
static inline void peer_timer_free(peer_timer *timer) {
    uv_close((uv_handle_t *)&timer->handle, NULL);
    uv_run(uv_default_loop(), UV_RUN_NOWAIT);
}

#include "workloads/timer.h"

#include "peers/sched/libuv.h"
#include "workloads/sched.h"

#include "peers/pool/libuv.h"
#include "workloads/pool_submit.h"

#include "peers/process/libuv.h"
#include "workloads/process.h"

int main(int argc, char **argv) {
    static const workload table[] = {
        TIMER_WORKLOADS, SCHED_WORKLOADS, POOL_SUBMIT_WORKLOADS, PROCESS_WORKLOADS, {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
