/* time_internal.h - deadline arithmetic for the library's own waits. */
#ifndef THRUM_TIME_INTERNAL_H
#define THRUM_TIME_INTERNAL_H

#include <thrum/time.h>

/* What a class does with a negative time limit differs (docs/PYTHON-MAP.md): a lock refuses it, others expire. */
typedef enum thrum__negative { THRUM__REFUSE_NEGATIVE, THRUM__NEGATIVE_IS_EXPIRED } thrum__negative;

/* The one place where a time limit becomes a deadline. Returns 0, THRUM_VALUE_ERROR or THRUM_OVERFLOW_ERROR. */
int thrum__deadline(thrum_timeout timeout, thrum__negative negative, int64_t *ret_deadline);

enum { thrum__ns_per_s = 1000000000 };
#define THRUM__NEVER INT64_MAX

/* a + b without wrapping: the sum sticks at INT64_MAX and INT64_MIN. */
static inline int64_t thrum__add_saturated(int64_t a, int64_t b) {
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

#endif
