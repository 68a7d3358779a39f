/* libuv.h - timers of a loop, which takes no lock. They are made before, and may be started again. */
#include <stdlib.h>

static uv_timer_t *handles;

static inline void peer_events_init(long count) {
    handles = calloc((size_t)count, sizeof *handles);
    if (!handles)
        give_up("no memory");
    for (long i = 0; i < count; i++)
        if (uv_timer_init(uv_default_loop(), &handles[i]) != 0)
            give_up("uv_timer_init failed");
}

static inline void peer_event_enter(long event, int64_t ms) {
    if (uv_timer_start(&handles[event], nothing, (uint64_t)ms, 0) != 0)
        give_up("uv_timer_start failed");
}

static inline void peer_event_cancel(long event) {
    uv_timer_stop(&handles[event]);
}

static inline void peer_events_run(void) {
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
