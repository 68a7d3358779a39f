/* histories.h - histories that are written down, and checked. */
#ifndef THRUM_HISTORIES_H
#define THRUM_HISTORIES_H

#include <thrum.h>

#include "test.h"

enum {
    read_ = THRUM_HISTORY_READ,
    write_ = THRUM_HISTORY_WRITE,
    swap = THRUM_HISTORY_SWAP,
    add = THRUM_HISTORY_ADD,
    put = THRUM_HISTORY_PUT,
    get = THRUM_HISTORY_GET,
    size = THRUM_HISTORY_SIZE,
    shut = THRUM_HISTORY_SHUTDOWN,
    insert = THRUM_HISTORY_INSERT,
    remove_ = THRUM_HISTORY_REMOVE,
    contains = THRUM_HISTORY_CONTAINS,
    acquire = THRUM_HISTORY_ACQUIRE,
    release = THRUM_HISTORY_RELEASE,
    locked = THRUM_HISTORY_LOCKED
};
enum { never = 1000 };

/* One line of a history: who did what, from when to when, and what came of it. */
typedef struct line {
    uint32_t thread, from, to, verb;
    int64_t argument, second, result, value;
} line;

static thrum_history *written(const thrum_history_model *model, thrum_history_options options, const line *lines,
                              size_t count) {
    thrum_history *history;
    options.exact = true;
    CHECK_EQ(thrum_history_new(&history, model, &options), 0);
    for (size_t i = 0; i < count; i++) {
        const line *l = &lines[i];
        thrum_history_operation o = {l->thread, l->verb, {l->argument, l->second}, l->result, l->value,
                                     l->from,   l->to};
        o.returned = l->to == never ? THRUM_HISTORY_NEVER : l->to;
        CHECK_EQ(thrum_history_add(history, &o), 0);
    }
    return history;
}

static thrum_history_result checked(const thrum_history_model *model, thrum_history_options options,
                                    const line *lines, size_t count, int expected) {
    thrum_history_result result;
    thrum_history *history = written(model, options, lines, count);
    int r = thrum_history_check(history, &result);
    if (r != expected)
        TEST_FAIL("%d and not %d: %s", r, expected, r < 0 ? thrum_strerror(r) : result.text);
    CHECK_EQ(result.operations, count);
    thrum_history_free(history);
    return result;
}

#define LINES(...) (const line[]){__VA_ARGS__}, sizeof((const line[]){__VA_ARGS__}) / sizeof(line)
#define HAS_ORDER(model, ...) (void)checked(&thrum_model_##model, options, LINES(__VA_ARGS__), 0)
#define NO_ORDER(model, events, ...)                                                                                 \
    CHECK_EQ(checked(&thrum_model_##model, options, LINES(__VA_ARGS__), THRUM_HISTORY_VIOLATED).prefix, events)

static const thrum_history_options options; /* the defaults */

#endif
