/* history.h - what the files of histories have in common: the record, the search, the picture. */
#ifndef THRUM_EXPLORE_HISTORY_INTERNAL_H
#define THRUM_EXPLORE_HISTORY_INTERNAL_H

#include <thrum/explore/history.h>

enum { x_most_lanes = 64 };

/* What one thread recorded. Only that thread writes to it; it is read when nobody does. */
typedef struct x_lane {
    uint64_t last;  /* the time of its last event */
    uint32_t count; /* of operations */
    bool open;      /* the last of them has not returned */
    bool lost;      /* there was no room for one */
    thrum_history_operation operations[];
} x_lane;

struct thrum_history {
    const thrum_history_model *model;
    thrum_history_options options; /* complete */
    bool counts;                   /* events are numbered with `ticket`, and not timed */
    uint64_t ticket;
    x_lane *lanes[x_most_lanes];
};

/* The beginning or the end of an operation. */
typedef struct x_event {
    uint64_t time;
    uint32_t operation; /* an index into x_case.operations */
    bool call;
} x_event;

/* A history as the search sees it: its operations, and their events in the order of time. */
typedef struct x_case {
    const thrum_history *history;
    thrum_history_operation *operations;
    x_event *events;
    uint32_t operation_count, event_count;
    uint32_t pending;
} x_case;

/* How far a search came. */
typedef struct x_explanation {
    bool found;            /* there is an order */
    uint32_t reached;      /* otherwise the first event that none has passed */
    uint64_t states;       /* looked at so far; in and out */
    uint32_t *order;       /* the operations of the order that came farthest; room for all of them */
    uint32_t order_length; /* how many these are */
    void *state;           /* after them; room for a state */
} x_explanation;

/* Look for an order of the first `events` events; what returns later counts as pending. 0, -ENOMEM or -E2BIG. */
int x_linearize(const x_case *c, uint32_t events, x_explanation *explanation);

/* Draw the first `events` events, and the explanation of those before the last. */
void x_timeline(const x_case *c, uint32_t events, const x_explanation *explanation, char *text, size_t size);

#endif
