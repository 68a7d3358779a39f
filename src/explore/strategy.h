/* strategy.h - who runs next. */
#ifndef THRUM_EXPLORE_STRATEGY_H
#define THRUM_EXPLORE_STRATEGY_H

#include "explore/shared.h"

/* A thread as a strategy sees it: what it is about to do. */
typedef struct x_candidate {
    uint32_t thread;
    bool times_out;  /* it could, and go on then; else it can go on as it is */
    uint32_t object; /* that its next operation is on; 0 when that is not known */
    bool write;
    bool preempts; /* choosing it takes the turn from a thread that could go on */
} x_candidate;

/* Begin a schedule. */
void x_strategy_begin(x_shared *shared);

/* A thread was created. */
void x_strategy_thread(uint32_t thread);

/* A thread was favoured for so long that it makes room for others. */
void x_strategy_stands_back(uint32_t thread);

/* Choose one of several; the first is the ordinary choice. `decision` counts from 0. Returns the index. */
uint32_t x_strategy_pick(const x_candidate *candidates, uint32_t count, uint32_t decision);

/* Choose a number from 0 to n - 1 for the test. */
uint32_t x_strategy_choose(uint32_t n, uint32_t decision);

/* Whether the place `place` of a thread, counted from 0 and all kinds, fails in one of the ways `kinds`. */
bool x_strategy_fails(uint32_t thread, uint32_t place, uint32_t kinds);

/* The exhaustive strategy: go on to the next schedule; false when there is none. */
bool x_search_next(x_search *search);

/* Its turn in a schedule. */
void x_search_begin(x_shared *shared);
uint32_t x_search_pick(const x_candidate *candidates, uint32_t count);
uint32_t x_search_choose(uint32_t n);

#endif
