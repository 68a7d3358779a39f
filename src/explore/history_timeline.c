/* history_timeline.c - a history for people: a column per thread, a line per event, and what comes closest to an
 * explanation. Of a long one the end is drawn, as far as there is room. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explore/history.h"

enum { most_cell = 28, most_lines = 40, most_explained = 12, least_width = 10, room_for_the_rest = 1400 };

typedef struct text {
    char *begin, *at;
    size_t left;
} text;

__attribute__((format(printf, 2, 3))) static void append(text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(t->at, t->left, format, args);
    va_end(args);
    size_t used = length < 0 ? 0 : (size_t)length < t->left ? (size_t)length : t->left - 1;
    t->at += used;
    t->left -= used;
}

static void end_line(text *t) {
    for (; t->at > t->begin && t->at[-1] == ' '; t->left++)
        t->at--;
    append(t, "\n");
}

static const thrum_history_verb *verb_of(const x_case *c, const thrum_history_operation *operation) {
    static const thrum_history_verb unknown = {"call", 2, THRUM_HISTORY_RESULT};
    const thrum_history_model *model = c->history->model;
    return operation->verb < model->verb_count ? &model->verbs[operation->verb] : &unknown;
}

static void print_call(const x_case *c, const thrum_history_operation *operation, char *cell) {
    const thrum_history_verb *verb = verb_of(c, operation);
    if (verb->arguments == 0)
        snprintf(cell, most_cell, "%s()", verb->name);
    else if (verb->arguments == 1)
        snprintf(cell, most_cell, "%s(%" PRId64 ")", verb->name, operation->argument[0]);
    else
        snprintf(cell, most_cell, "%s(%" PRId64 ", %" PRId64 ")", verb->name, operation->argument[0],
                 operation->argument[1]);
}

static void print_return(const x_case *c, const thrum_history_operation *operation, char *cell) {
    thrum_history_gives gives = verb_of(c, operation)->gives;
    if (operation->result < 0 && operation->result >= INT32_MIN)
        snprintf(cell, most_cell, "= %s", thrum_error_name((int)operation->result));
    else if (gives == THRUM_HISTORY_ANSWER)
        snprintf(cell, most_cell, "= %s", operation->result ? "true" : "false");
    else
        snprintf(cell, most_cell, "= %" PRId64, gives == THRUM_HISTORY_VALUE ? operation->value : operation->result);
}

static const thrum_history_operation *operation_at(const x_case *c, uint32_t event) {
    return &c->operations[c->events[event].operation];
}

static void print_event(const x_case *c, uint32_t event, char *cell) {
    if (c->events[event].call)
        print_call(c, operation_at(c, event), cell);
    else
        print_return(c, operation_at(c, event), cell);
}

/* The columns: how wide each is, 0 for a thread that does nothing. */
typedef struct columns {
    uint32_t width[x_most_lanes];
    bool open[x_most_lanes]; /* it is inside an operation */
    size_t line;             /* the characters of a line */
} columns;

static void measure(const x_case *c, uint32_t events, columns *col) {
    *col = (columns){.line = 24};
    for (uint32_t i = 0; i < events; i++) {
        char cell[most_cell];
        uint32_t *width = &col->width[operation_at(c, i)->thread];
        print_event(c, i, cell);
        uint32_t needed = (uint32_t)strlen(cell) + 2;
        needed = needed < least_width ? least_width : needed;
        col->line += needed > *width ? needed - *width : 0;
        *width = needed > *width ? needed : *width;
    }
}

static void draw_head(text *t, const columns *col) {
    append(t, "        ");
    for (uint32_t i = 0; i < x_most_lanes; i++)
        if (col->width[i])
            append(t, "T%-*" PRIu32, (int)col->width[i] - 1, i);
    end_line(t);
}

static void draw_line(text *t, const x_case *c, uint32_t event, columns *col, const char *mark) {
    char cell[most_cell];
    append(t, "%6" PRIu32 "  ", event + 1);
    for (uint32_t i = 0; i < x_most_lanes; i++) {
        bool here = operation_at(c, event)->thread == i;
        cell[0] = '\0';
        if (here)
            print_event(c, event, cell);
        if (col->width[i])
            append(t, "%-*s", (int)col->width[i], here ? cell : col->open[i] ? "|" : "");
    }
    col->open[operation_at(c, event)->thread] = c->events[event].call;
    append(t, "%s", mark);
    end_line(t);
}

static void draw(text *t, const x_case *c, uint32_t events) {
    columns col;
    measure(c, events, &col);
    size_t lines = t->left < room_for_the_rest ? 0 : (t->left - room_for_the_rest) / col.line;
    lines = lines < most_lines ? lines : most_lines;
    uint32_t first = events > lines ? events - (uint32_t)lines : 0;
    draw_head(t, &col);
    if (first > 0)
        append(t, "        (%" PRIu32 " calls and returns before)\n", first);
    for (uint32_t i = 0; i < first; i++)
        col.open[operation_at(c, i)->thread] = c->events[i].call;
    for (uint32_t i = first; i < events; i++)
        draw_line(t, c, i, &col, i + 1 == events ? "<- no order up to here" : "");
}

static bool returns_within(const x_case *c, uint32_t events, uint32_t operation) {
    for (uint32_t i = 0; i < events; i++)
        if (!c->events[i].call && c->events[i].operation == operation)
            return true;
    return false;
}

static void explain(text *t, const x_case *c, uint32_t events, const x_explanation *explanation) {
    const thrum_history_model *model = c->history->model;
    uint32_t length = explanation->order_length, first = length > most_explained ? length - most_explained : 0;
    append(t, "explained until then by: %s", first > 0 ? "..., " : length == 0 ? "nothing" : "");
    for (uint32_t i = first; i < length; i++) {
        const thrum_history_operation *operation = &c->operations[explanation->order[i]];
        char call[most_cell], result[most_cell] = "";
        print_call(c, operation, call);
        if (returns_within(c, events, explanation->order[i]))
            print_return(c, operation, result);
        append(t, "%sT%" PRIu32 " %s%s%s", i > first ? ", " : "", operation->thread, call, *result ? " " : "",
               result);
    }
    if (model->print) {
        char state[256];
        model->print(explanation->state, state, sizeof state);
        append(t, "; the state: %s", state);
    }
    append(t, "\n");
}

void x_timeline(const x_case *c, uint32_t events, const x_explanation *explanation, char *buffer, size_t size) {
    text t = {buffer, buffer, size};
    append(&t, "%s: no order of the calls gives these results\n", c->history->model->name);
    draw(&t, c, events);
    explain(&t, c, events, explanation);
}
