/* time.c - spans, deadlines and the clock. thrum_sleep() waits, and therefore lives in park/park.c. */
#include <math.h>
#include <time.h>

#include "base/hooks.h"
#include "time/time_internal.h"

static const int64_t longest = INT64_C(9223372036) * thrum__ns_per_s; /* THRUM_TIMEOUT_MAX */

/* The least ns >= seconds * 1e9. ceil() itself is not needed: a double beyond 2^53 has no fraction. */
static int64_t round_up(double ns) {
    int64_t whole = (int64_t)ns;
    return whole + ((double)whole < ns);
}

thrum_timeout thrum_seconds(double seconds) {
    double ns = seconds * 1e9;
    if (isnan(seconds) || ns <= (double)INT64_MIN)
        return THRUM_TIMEOUT_NS_(INT64_MIN);
    if (isinf(seconds))
        return THRUM_FOREVER;
    if (ns > (double)longest)
        return THRUM_TIMEOUT_NS_(INT64_MAX - 1); /* beyond TIMEOUT_MAX, and not "for ever" */
    return THRUM_TIMEOUT_NS_(round_up(ns));
}

thrum_timeout thrum_milliseconds(int64_t milliseconds) {
    int64_t ns;
    if (__builtin_mul_overflow(milliseconds, (int64_t)1000000, &ns))
        ns = milliseconds < 0 ? INT64_MIN : INT64_MAX - 1;
    return THRUM_TIMEOUT_NS_(ns);
}

thrum_timeout thrum_nanoseconds(int64_t nanoseconds) {
    return THRUM_TIMEOUT_NS_(nanoseconds);
}

int64_t thrum_monotonic_ns(void) {
    const thrum__hooks *hooks = thrum__hooks_get();
    if (__builtin_expect(hooks != NULL, 0))
        return hooks->now();
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * thrum__ns_per_s + ts.tv_nsec;
}

double thrum_monotonic(void) {
    return (double)thrum_monotonic_ns() / 1e9;
}

thrum_deadline thrum_deadline_after(thrum_timeout timeout) {
    if (timeout.ns == THRUM__NEVER)
        return (thrum_deadline){THRUM__NEVER};
    return (thrum_deadline){thrum__add_saturated(thrum_monotonic_ns(), timeout.ns)};
}

thrum_timeout thrum_deadline_left(thrum_deadline deadline) {
    if (deadline.ns == THRUM__NEVER)
        return THRUM_FOREVER;
    int64_t now = thrum_monotonic_ns();
    return deadline.ns > now ? THRUM_TIMEOUT_NS_(deadline.ns - now) : THRUM_NOWAIT;
}

bool thrum_deadline_passed(thrum_deadline deadline) {
    return deadline.ns != THRUM__NEVER && deadline.ns <= thrum_monotonic_ns();
}

int thrum__deadline(thrum_timeout timeout, thrum__negative negative, int64_t *ret_deadline) {
    if (timeout.ns < 0 && negative == THRUM__REFUSE_NEGATIVE)
        return THRUM_VALUE_ERROR;
    if (timeout.ns > longest && timeout.ns != THRUM__NEVER)
        return THRUM_OVERFLOW_ERROR;
    *ret_deadline = timeout.ns <= 0 ? INT64_MIN : thrum_deadline_after(timeout).ns;
    return 0;
}
