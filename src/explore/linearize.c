/* linearize.c - look for an order of the operations that the model allows: depth first, and no place twice.
 *
 * After Wing and Gong (1993) and Lowe's just-in-time linearization (2017). A place is an event, the set of threads
 * whose open operation has taken effect already, and the state. The search follows the events in time and lets
 * operations take effect as late as it can: only when one returns that has not. Then that one has to, and before it
 * any of the others that are open may; each choice leads to another place. A place that was visited before leads
 * nowhere new. So the event that no place lies behind ends the shortest prefix that has no order.
 *
 * A thread has one open operation at most: a bit for each thread says all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "explore/history.h"
#include "explore/linearize_places.h"

typedef struct searcher {
    const x_case *c;
    const thrum_history_model *model;
    const thrum_history_options *options;
    uint32_t end;               /* the events to explain are those before it */
    uint32_t position;          /* `open` is as of before this event */
    int64_t open[x_most_lanes]; /* the operation that each thread is in, or -1 */
    uint32_t *returns;          /* at which event each operation returns; `end` or more: not in this prefix */
    size_t state_size;
    void *state;
    x_places places;
} searcher;

static const thrum_history_operation *operation_of(const searcher *s, uint32_t event) {
    return &s->c->operations[s->c->events[event].operation];
}

static void set_open(searcher *s, uint32_t event, bool open) {
    s->open[operation_of(s, event)->thread] = open ? (int64_t)s->c->events[event].operation : -1;
}

/* Follow the events, forth or back, so that it is known who is where. */
static void go_to(searcher *s, uint32_t position) {
    for (; s->position < position; s->position++)
        set_open(s, s->position, s->c->events[s->position].call);
    for (; s->position > position; s->position--)
        set_open(s, s->position - 1, !s->c->events[s->position - 1].call);
}

static uint64_t bit(uint32_t thread) {
    return UINT64_C(1) << thread;
}

/* From `position` on to the next return of an operation that has not taken effect. */
static uint32_t pass(const searcher *s, uint32_t position, uint64_t *done) {
    for (; position < s->end; position++) {
        if (s->c->events[position].call)
            continue;
        uint64_t returning = bit(operation_of(s, position)->thread);
        if (!(*done & returning))
            break;
        *done &= ~returning;
    }
    return position;
}

/* Let an open operation take effect. What returns later than this prefix may have any result. */
static bool step(searcher *s, const x_place *from, uint32_t operation) {
    thrum_history_operation copy = s->c->operations[operation];
    if (s->returns[operation] >= s->end)
        copy.returned = THRUM_HISTORY_NEVER;
    memcpy(s->state, from->state, from->size);
    return s->model->step(s->options, s->state, &copy);
}

static int visit(searcher *s, x_place *from, uint32_t position, uint64_t done, uint32_t operation,
                 x_place **ret_place) {
    x_place place = {.from = from, .done = done, .position = pass(s, position, &done), .operation = operation};
    place.done = done;
    place.size = (uint32_t)(s->model->used ? s->model->used(s->state) : s->state_size);
    return x_places_add(&s->places, &place, s->state, ret_place);
}

/* The thread whose operation is tried next at a place: the one that has to take effect, then the others. */
static uint32_t candidate(const x_place *place, uint32_t returning) {
    if (place->tried == 0)
        return returning;
    return place->tried <= returning ? place->tried - 1 : place->tried;
}

/* Take the next way on from a place that is new: 1 with *ret_place, 0 when there is none left, or -errno. */
static int go_on(searcher *s, x_place *place, x_place **ret_place) {
    uint32_t returning = operation_of(s, place->position)->thread;
    go_to(s, place->position);
    while (place->tried < s->options->threads) {
        uint32_t thread = candidate(place, returning);
        place->tried++;
        if (s->open[thread] < 0 || place->done & bit(thread) || !step(s, place, (uint32_t)s->open[thread]))
            continue;
        int r = visit(s, place, place->position, place->done | bit(thread), (uint32_t)s->open[thread], ret_place);
        if (r != 0)
            return r;
    }
    return 0;
}

/* The order that leads to a place. */
static void explain(const x_place *place, x_explanation *explanation) {
    uint32_t length = 0;
    for (const x_place *p = place; p->from; p = p->from)
        length++;
    explanation->order_length = length;
    for (const x_place *p = place; p->from; p = p->from)
        explanation->order[--length] = p->operation;
    explanation->reached = place->position;
    memcpy(explanation->state, place->state, place->size);
}

static int walk(searcher *s, x_explanation *explanation) {
    x_place *place = NULL, *next, *farthest;
    s->model->init(s->options, s->state);
    int r = visit(s, NULL, 0, 0, 0, &place);
    for (farthest = place; r >= 0 && place && place->position < s->end;) {
        if (++explanation->states > s->options->states)
            return -E2BIG;
        r = go_on(s, place, &next);
        place = r == 1 ? next : place->from;
        if (r == 1 && place->position > farthest->position)
            farthest = place;
    }
    if (r < 0)
        return r;
    explanation->found = place != NULL;
    explain(farthest, explanation);
    return 0;
}

static void find_returns(searcher *s) {
    for (uint32_t i = 0; i < s->c->operation_count; i++)
        s->returns[i] = UINT32_MAX;
    for (uint32_t i = 0; i < s->c->event_count; i++)
        if (!s->c->events[i].call)
            s->returns[s->c->events[i].operation] = i;
}

int x_linearize(const x_case *c, uint32_t events, x_explanation *explanation) {
    const thrum_history *history = c->history;
    searcher s = {.c = c, .model = history->model, .options = &history->options, .end = events};
    for (uint32_t i = 0; i < x_most_lanes; i++)
        s.open[i] = -1;
    s.state_size = s.model->size(s.options, c->operation_count);
    s.state = calloc(1, s.state_size + 1);
    s.returns = malloc((c->operation_count + 1) * sizeof *s.returns);
    int r = -ENOMEM;
    if (s.state && s.returns) {
        find_returns(&s);
        r = walk(&s, explanation);
    }
    x_places_free(&s.places);
    free(s.returns);
    free(s.state);
    return r;
}
