/* executor.c - what all kinds of executors have in common. */
#include <stdio.h>

#include "futures/future_internal.h"
#include "time/time_internal.h"

void thrum_executor_shutdown(thrum_executor *executor, bool wait, bool cancel_futures) {
    thrum_deadline deadline = {wait ? THRUM__NEVER : INT64_MIN};
    (void)executor->ops->shutdown(executor, cancel_futures, deadline); /* it is refused and cancelled in any case */
}

int thrum_executor_shutdown_timed(thrum_executor *executor, bool cancel_futures, thrum_timeout timeout) {
    thrum_deadline deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline.ns);
    return r < 0 ? r : executor->ops->shutdown(executor, cancel_futures, deadline);
}

int thrum_executor_report(thrum_executor *executor, char *buffer, size_t size) {
    if (executor->ops->report)
        return executor->ops->report(executor, buffer, size);
    return snprintf(buffer, size, "nothing is known of what the executor does\n");
}

const char *thrum_executor_refusal(thrum_executor *executor) {
    return executor->ops->refusal ? executor->ops->refusal(executor) : NULL;
}

thrum_executor *thrum_executor_free(thrum_executor *executor) {
    if (executor) {
        thrum_executor_shutdown(executor, true, false);
        executor->ops->free(executor);
    }
    return NULL;
}
