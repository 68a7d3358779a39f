/* history.c - the recorder: a row of operations per thread, written by that thread alone.
 *
 * The time of a call is read before the call, that of a return after it, and an exchange lies between the clock and
 * the operation on either side: what the operation wrote is visible to all before its return has a time, and nothing
 * of it is read before its call has one. So an operation that the clock puts before another really was, and a
 * structure that may be behind for the length of a store buffer is not accused of what the record has missed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <thrum/explore.h>

#include "base/hooks.h"
#include "explore/engine.h"
#include "explore/history.h"

enum { default_threads = 8, default_operations = 1000, default_states = 1000000, most_readings = 1000 };

extern inline bool thrum_history_pending(const thrum_history_operation *operation);

static _Noreturn void misused(const char *function, uint32_t thread, const char *why) {
    fprintf(stderr, "thrum: %s: thread %u %s\n", function, thread, why);
    abort();
}

static int new_lanes(thrum_history *history) {
    size_t size = sizeof(x_lane) + history->options.operations * sizeof(thrum_history_operation);
    for (uint32_t i = 0; i < history->options.threads; i++) {
        history->lanes[i] = malloc(size);
        if (!history->lanes[i])
            return -ENOMEM;
    }
    return 0;
}

static void complete(thrum_history_options *options) {
    options->threads = options->threads ? options->threads : default_threads;
    options->operations = options->operations ? options->operations : default_operations;
    options->states = options->states ? options->states : default_states;
}

int thrum_history_new(thrum_history **ret_history, const thrum_history_model *model,
                      const thrum_history_options *options) {
    if (options && options->threads > x_most_lanes)
        return THRUM_VALUE_ERROR;
    thrum_history *history = calloc(1, sizeof *history);
    if (!history)
        return -ENOMEM;
    history->model = model;
    history->options = options ? *options : history->options;
    complete(&history->options);
    int r = new_lanes(history);
    if (r < 0) {
        thrum_history_free(history);
        return r;
    }
    thrum_history_clear(history);
    *ret_history = history;
    return 0;
}

thrum_history *thrum_history_free(thrum_history *history) {
    for (uint32_t i = 0; history && i < history->options.threads; i++)
        free(history->lanes[i]);
    free(history);
    return NULL;
}

void thrum_history_clear(thrum_history *history) {
    /* The explorer lets one thread run at a time: a number says more than its clock, and does not disturb. */
    history->counts = history->options.exact || thrum_explore_active();
    history->ticket = 0;
    for (uint32_t i = 0; i < history->options.threads; i++)
        *history->lanes[i] = (x_lane){.last = 0};
}

/* The clock of the system even where another is installed: it has to move on. */
static uint64_t clock_after(uint64_t last) {
    struct timespec ts;
    for (int i = 0; i < most_readings; i++) {
        clock_gettime(CLOCK_MONOTONIC, &ts);
        uint64_t now = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
        if (now > last)
            return now;
    }
    return last + 1;
}

static uint64_t time_after(thrum_history *history, x_lane *lane) {
    lane->last =
        history->counts ? __atomic_add_fetch(&history->ticket, 1, __ATOMIC_SEQ_CST) : clock_after(lane->last);
    return lane->last;
}

static x_lane *lane_of(const thrum_history *history, const char *function, uint32_t thread) {
    if (thread >= history->options.threads)
        misused(function, thread, "is more than the history is for");
    return history->lanes[thread];
}

static const char *verb_name(const thrum_history *history, uint32_t verb) {
    return verb < history->model->verb_count ? history->model->verbs[verb].name : "call";
}

void thrum_history_call(thrum_history *history, uint32_t thread, uint32_t verb, int64_t argument, int64_t second) {
    x_lane *lane = lane_of(history, __func__, thread);
    thrum__point_at(lane, THRUM__POINT_WRITE, verb_name(history, verb));
    if (lane->open)
        misused(__func__, thread, "has not returned from the operation before");
    lane->open = true;
    if (lane->count == history->options.operations) {
        lane->lost = true;
        return;
    }
    lane->operations[lane->count] = (thrum_history_operation){.thread = thread,
                                                              .verb = verb,
                                                              .argument = {argument, second},
                                                              .called = time_after(history, lane),
                                                              .returned = THRUM_HISTORY_NEVER};
    (void)__atomic_fetch_add(&lane->count, 1, __ATOMIC_SEQ_CST);
}

void thrum_history_return(thrum_history *history, uint32_t thread, int64_t result, int64_t value) {
    x_lane *lane = lane_of(history, __func__, thread);
    if (!lane->open)
        misused(__func__, thread, "has called nothing");
    (void)__atomic_exchange_n(&lane->open, false, __ATOMIC_SEQ_CST);
    if (lane->lost)
        return;
    thrum_history_operation *operation = &lane->operations[lane->count - 1];
    operation->result = result;
    operation->value = value;
    operation->returned = time_after(history, lane);
}

int thrum_history_add(thrum_history *history, const thrum_history_operation *operation) {
    const thrum_history_operation *o = operation;
    if (o->thread >= history->options.threads || o->called >= o->returned)
        return THRUM_VALUE_ERROR;
    x_lane *lane = history->lanes[o->thread];
    if (lane->count > 0 && o->called <= lane->last)
        return THRUM_VALUE_ERROR;
    if (lane->count == history->options.operations)
        return -E2BIG;
    lane->operations[lane->count++] = *o;
    lane->last = o->returned;
    return 0;
}

/* Whether, at the same time, calls come first: then the operations count as simultaneous. */
static int compare_events(const void *a, const void *b) {
    const x_event *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->call != y->call)
        return x->call ? -1 : 1;
    return x->operation < y->operation ? -1 : x->operation > y->operation;
}

static void take(x_case *c, const x_lane *lane) {
    for (uint32_t i = 0; i < lane->count; i++) {
        const thrum_history_operation *operation = &lane->operations[i];
        uint32_t number = c->operation_count++;
        c->operations[number] = *operation;
        c->events[c->event_count++] = (x_event){operation->called, number, true};
        if (thrum_history_pending(operation))
            c->pending++;
        else
            c->events[c->event_count++] = (x_event){operation->returned, number, false};
    }
}

static void close_case(x_case *c) {
    free(c->operations);
    free(c->events);
}

/* Lay the rows side by side. */
static int open_case(x_case *ret_case, const thrum_history *history) {
    x_case c = {.history = history};
    size_t count = 0;
    for (uint32_t i = 0; i < history->options.threads; i++) {
        if (history->lanes[i]->lost)
            return -E2BIG;
        count += history->lanes[i]->count;
    }
    if (count > INT32_MAX / 2)
        return -E2BIG;
    c.operations = malloc((count + 1) * sizeof *c.operations);
    c.events = malloc((2 * count + 1) * sizeof *c.events);
    if (!c.operations || !c.events) {
        close_case(&c);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < history->options.threads; i++)
        take(&c, history->lanes[i]);
    qsort(c.events, c.event_count, sizeof *c.events, compare_events);
    *ret_case = c;
    return 0;
}

/* There is no order of all. The first event that no order passes when what comes later is known may be passed by one
 * when it is not: go on from return to return until none is left. */
static int shortest_prefix(const x_case *c, x_explanation *explanation, uint32_t *ret_events) {
    uint32_t events = explanation->reached + 1;
    for (;; events++) {
        if (c->events[events - 1].call)
            continue;
        int r = x_linearize(c, events, explanation);
        if (r < 0)
            return r;
        if (!explanation->found)
            break;
    }
    *ret_events = events;
    return 0;
}

static int search(const x_case *c, x_explanation *explanation, thrum_history_result *result) {
    uint32_t events = 0;
    int r = x_linearize(c, c->event_count, explanation);
    bool violated = r == 0 && !explanation->found;
    if (violated)
        r = shortest_prefix(c, explanation, &events);
    if (r < 0)
        return r;
    result->operations = c->operation_count;
    result->pending = c->pending;
    result->states = explanation->states;
    result->prefix = events;
    if (violated)
        x_timeline(c, events, explanation, result->text, sizeof result->text);
    else
        snprintf(result->text, sizeof result->text, "%s: the %zu operations have an order\n", c->history->model->name,
                 result->operations);
    return violated ? THRUM_HISTORY_VIOLATED : 0;
}

static int check(const x_case *c, thrum_history_result *result) {
    const thrum_history *history = c->history;
    x_explanation explanation = {.found = false};
    explanation.order = malloc((c->operation_count + 1) * sizeof *explanation.order);
    explanation.state = calloc(1, history->model->size(&history->options, c->operation_count) + 1);
    int r = explanation.order && explanation.state ? search(c, &explanation, result) : -ENOMEM;
    free(explanation.order);
    free(explanation.state);
    return r;
}

int thrum_history_check(const thrum_history *history, thrum_history_result *ret_result) {
    thrum_history_result result;
    x_case c;
    int r = open_case(&c, history);
    if (r < 0)
        return r;
    r = check(&c, &result);
    close_case(&c);
    if (r >= 0 && ret_result)
        *ret_result = result;
    return r;
}

void thrum_history_verify(const thrum_history *history) {
    thrum_history_result result;
    int r = thrum_history_check(history, &result);
    if (r == 0)
        return;
    if (r < 0)
        snprintf(result.text, sizeof result.text, "the history cannot be checked: %s\n", thrum_strerror(r));
    if (x_engine_controls())
        x_engine_fail(THRUM_EXPLORE_CHECK, result.text);
    fputs(result.text, stderr);
    abort();
}
