/* wait.c - wait and as_completed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "futures/watch.h"
#include "time/time_internal.h"

/* How a call of wait waits. */
typedef struct vigil {
    int return_when;               /* without the flag */
    bool (*enough)(uint32_t word); /* which futures count as done */
    int64_t deadline;
    const void *site;
} vigil;

static bool is_done(const thrum_future *future, const vigil *how) {
    return how->enough(thrum__future_word(future));
}

static bool has_error(const thrum_future *future) {
    return (thrum__future_word(future) & THRUM__STATE) == THRUM__FINISHED && future->error_ < 0;
}

/* Whether this one alone ends the wait. */
static bool decides(const thrum_future *future, const vigil *how) {
    switch (how->return_when) {
    case THRUM_FIRST_COMPLETED:
        return is_done(future, how);
    case THRUM_FIRST_EXCEPTION:
        return has_error(future);
    default:
        return false;
    }
}

static int wait_for_all(thrum_future **futures, size_t count, const vigil *how) {
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++)
        r = thrum__future_wait(futures[i], how->enough, how->deadline, how->site);
    return r;
}

/* Until one decides, or there are no more. */
static int watch_until_decided(size_t count, const vigil *how, thrum__watches *watches) {
    thrum_future *future;
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        r = thrum__watches_take(watches, how->deadline, how->site, &future);
        if (r == 0 && decides(future, how))
            break;
    }
    return r;
}

static int wait_for_first(thrum_future **futures, size_t count, const vigil *how) {
    for (size_t i = 0; i < count; i++)
        if (decides(futures[i], how))
            return 0;
    thrum__watches *watches = thrum__watches_new(futures, count, how->enough);
    if (!watches)
        return -ENOMEM;
    int r = watch_until_decided(count, how, watches);
    thrum__watches_free(watches);
    return r;
}

static int by_address(const void *a, const void *b) {
    const thrum_future *x = *(thrum_future *const *)a, *y = *(thrum_future *const *)b;
    return (x > y) - (x < y);
}

static void swap(thrum_future **a, thrum_future **b) {
    thrum_future *kept = *a;
    *a = *b;
    *b = kept;
}

/* Move each future's first entry to the front. Returns how many there are. */
static size_t collapse(thrum_future **futures, size_t count) {
    size_t different = 0;
    qsort(futures, count, sizeof(thrum_future *), by_address);
    for (size_t i = 0; i < count; i++)
        if (different == 0 || futures[i] != futures[different - 1])
            swap(&futures[different++], &futures[i]);
    return different;
}

static thrum_wait_result divide(thrum_future **futures, size_t count, const vigil *how) {
    size_t different = collapse(futures, count), done = 0;
    for (size_t i = 0; i < different; i++)
        if (is_done(futures[i], how))
            swap(&futures[done++], &futures[i]);
    return (thrum_wait_result){done, different - done};
}

static int wait_in_a_way(thrum_future **futures, size_t count, int return_when, thrum_wait_result *ret_result,
                         int64_t deadline, const void *site) {
    vigil how = {return_when & ~THRUM_CANCELLED_IS_DONE,
                 return_when & THRUM_CANCELLED_IS_DONE ? thrum__is_done : thrum__is_settled, deadline, site};
    if (how.return_when != THRUM_ALL_COMPLETED && how.return_when != THRUM_FIRST_COMPLETED &&
        how.return_when != THRUM_FIRST_EXCEPTION)
        return THRUM_VALUE_ERROR;
    int r = how.return_when == THRUM_ALL_COMPLETED ? wait_for_all(futures, count, &how)
                                                   : wait_for_first(futures, count, &how);
    if (ret_result && (r == 0 || r == THRUM_TIMED_OUT))
        *ret_result = divide(futures, count, &how);
    return r;
}

int thrum_futures_wait(thrum_future **futures, size_t count, int return_when, thrum_wait_result *ret_result) {
    return wait_in_a_way(futures, count, return_when, ret_result, THRUM__NEVER, __builtin_return_address(0));
}

int thrum_futures_wait_timed(thrum_future **futures, size_t count, int return_when, thrum_wait_result *ret_result,
                             thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : wait_in_a_way(futures, count, return_when, ret_result, deadline, __builtin_return_address(0));
}

struct thrum_as_completed {
    thrum__watches *watches;
    int64_t deadline;
    size_t count, given;
    thrum_future *futures[];
};

static void ref(thrum_future *future) {
    if (thrum__future_is_counted(future))
        thrum_future_ref(future);
}

static void unref(thrum_future *future) {
    if (thrum__future_is_counted(future))
        thrum_future_unref(future);
}

static int as_completed_new(thrum_as_completed **ret_iterator, thrum_future *const *futures, size_t count,
                            int64_t deadline) {
    if (count > SIZE_MAX / 2 / sizeof *futures)
        return -ENOMEM;
    thrum_as_completed *iterator = thrum__malloc(sizeof *iterator + count * sizeof *futures);
    if (!iterator)
        return -ENOMEM;
    *iterator = (thrum_as_completed){.deadline = deadline};
    for (size_t i = 0; i < count; i++)
        iterator->futures[i] = futures[i];
    iterator->count = collapse(iterator->futures, count);
    iterator->watches = thrum__watches_new(iterator->futures, iterator->count, thrum__is_settled);
    if (!iterator->watches) {
        free(iterator);
        return -ENOMEM;
    }
    for (size_t i = 0; i < iterator->count; i++)
        ref(iterator->futures[i]);
    *ret_iterator = iterator;
    return 0;
}

int thrum_as_completed_new(thrum_as_completed **ret_iterator, thrum_future *const *futures, size_t count,
                           thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : as_completed_new(ret_iterator, futures, count, deadline);
}

int thrum_as_completed_next(thrum_as_completed *iterator, thrum_future **ret_future) {
    if (iterator->given == iterator->count)
        return THRUM_STOP_ITERATION;
    int r = thrum__watches_take(iterator->watches, iterator->deadline, __builtin_return_address(0), ret_future);
    if (r == 0)
        iterator->given++;
    return r;
}

int thrum_as_completed_unfinished(const thrum_as_completed *iterator, char *buffer, size_t size) {
    return snprintf(buffer, size, "%zu (of %zu) futures unfinished", iterator->count - iterator->given,
                    iterator->count);
}

thrum_as_completed *thrum_as_completed_free(thrum_as_completed *iterator) {
    if (iterator) {
        thrum__watches_free(iterator->watches);
        for (size_t i = 0; i < iterator->count; i++)
            unref(iterator->futures[i]);
        free(iterator);
    }
    return NULL;
}
