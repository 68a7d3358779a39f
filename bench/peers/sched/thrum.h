/* thrum.h - scheduler. */
#include <stdlib.h>

static thrum_scheduler *agenda;
static thrum_scheduler_event *entered;

static int call_nobody(void *arg) {
    (void)arg;
    return 0;
}

static inline void peer_events_init(long count) {
    must(thrum_scheduler_new(&agenda, NULL));
    entered = calloc((size_t)count, sizeof *entered);
    if (!entered)
        give_up("no memory");
}

static inline void peer_event_enter(long event, int64_t ms) {
    must(thrum_scheduler_enter(agenda, thrum_milliseconds(ms), 0, call_nobody, NULL, &entered[event]));
}

static inline void peer_event_cancel(long event) {
    must(thrum_scheduler_cancel(agenda, &entered[event]));
}

static inline void peer_events_run(void) {
    must(thrum_scheduler_run(agenda));
}
