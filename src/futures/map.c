/* map.c - Executor.map: futures in a ring, in the order of the arguments. */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "futures/future_internal.h"
#include "time/time_internal.h"

struct thrum_map {
    thrum_executor *executor;
    thrum_call *call;
    thrum_map_source *source; /* NULL when there are no more arguments */
    void *source_arg;
    int64_t deadline;
    size_t ahead;             /* 0: all */
    thrum_future **ring;      /* each referenced */
    size_t room, head, count; /* room is a power of two */
    bool ended;               /* by an error */
    thrum_future *failed;     /* whose error that was, referenced, or NULL */
};

static thrum_future **place(const thrum_map *map, size_t index) {
    return &map->ring[(map->head + index) & (map->room - 1)];
}

static int grow(thrum_map *map) {
    size_t room = map->room ? 2 * map->room : 16;
    if (room > SIZE_MAX / sizeof *map->ring)
        return -ENOMEM;
    thrum_future **ring = thrum__malloc(room * sizeof *ring);
    if (!ring)
        return -ENOMEM;
    for (size_t i = 0; i < map->count; i++)
        ring[i] = *place(map, i);
    free(map->ring);
    map->ring = ring;
    map->room = room;
    map->head = 0;
    return 0;
}

static thrum_future *take_first(thrum_map *map) {
    thrum_future *first = *place(map, 0);
    map->head++;
    map->count--;
    return first;
}

/* Submit the call for the next argument, if there is one. */
static int submit_next(thrum_map *map) {
    void *arg;
    int r = map->count == map->room ? grow(map) : 0;
    if (r < 0)
        return r;
    if (!map->source(map->source_arg, &arg)) {
        map->source = NULL;
        return 0;
    }
    r = thrum_executor_submit(map->executor, map->call, arg, place(map, map->count));
    if (r == 0)
        map->count++;
    return r;
}

static int fill(thrum_map *map) {
    int r = 0;
    while (r == 0 && map->source && (map->ahead == 0 || map->count < map->ahead))
        r = submit_next(map);
    return r;
}

/* There will be no more results. */
static void end(thrum_map *map) {
    map->source = NULL;
    for (size_t i = 0; i < map->count; i++)
        thrum_future_cancel(*place(map, i));
}

/* Wait until a call that was cancelled if possible does not use its argument any more. */
static void let_go(thrum_future *future) {
    (void)thrum__future_wait(future, thrum__is_done, THRUM__NEVER, __builtin_return_address(0));
    thrum_future_unref(future);
}

thrum_map *thrum_map_free(thrum_map *map) {
    if (!map)
        return NULL;
    end(map);
    while (map->count > 0)
        let_go(take_first(map));
    if (map->failed)
        let_go(map->failed);
    free(map->ring);
    free(map);
    return NULL;
}

static int deadline_of(const thrum_map_options *options, int64_t *ret_deadline) {
    if (options->buffersize < 0)
        return THRUM_VALUE_ERROR;
    if (options->timeout.ns == 0)
        *ret_deadline = THRUM__NEVER;
    return options->timeout.ns == 0 ? 0 : thrum__deadline(options->timeout, THRUM__NEGATIVE_IS_EXPIRED, ret_deadline);
}

int thrum_executor_map(thrum_executor *executor, thrum_call *call, thrum_map_source *source, void *source_arg,
                       const thrum_map_options *options, thrum_map **ret_map) {
    static const thrum_map_options defaults;
    int64_t deadline;
    if (!options)
        options = &defaults;
    int r = deadline_of(options, &deadline);
    if (r < 0)
        return r;
    thrum_map *map = thrum__calloc(1, sizeof *map);
    if (!map)
        return -ENOMEM;
    *map = (thrum_map){.executor = executor,
                       .call = call,
                       .source = source,
                       .source_arg = source_arg,
                       .deadline = deadline,
                       .ahead = (size_t)options->buffersize};
    r = fill(map);
    if (r < 0)
        thrum_map_free(map);
    else
        *ret_map = map;
    return r;
}

static int fail(thrum_map *map, int error) {
    map->ended = true;
    end(map);
    return error;
}

int thrum_map_next(thrum_map *map, void **ret_result) {
    if (map->ended || map->count == 0)
        return THRUM_STOP_ITERATION;
    if (map->source && map->ahead > 0) {
        int r = submit_next(map);
        if (r < 0)
            return fail(map, r);
    }
    thrum_future *first = take_first(map);
    int r = thrum__future_result(first, map->deadline, __builtin_return_address(0), ret_result);
    if (r < 0) {
        thrum_future_cancel(first); /* if its time is up */
        map->failed = first;
        return fail(map, r);
    }
    thrum_future_unref(first);
    return 0;
}

const char *thrum_map_exception_text(const thrum_map *map) {
    return map->failed ? thrum_future_exception_text(map->failed) : NULL;
}
