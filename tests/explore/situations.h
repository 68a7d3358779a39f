/* situations.h - what the primitives of threading do only where it has been brought about: between two that wait for
 * each other, in a signal handler, at the end of the process, where a count is full. */
#ifndef SITUATIONS_H
#define SITUATIONS_H

#include <thrum/explore.h>

typedef struct situation {
    const char *name;
    void (*body)(void *arg); /* a test for thrum_explore(), which brings it about */
    uint32_t faults;         /* of the exploration */
    bool isolate;
} situation;
extern const situation situations[];
extern const int situation_count;

/* In barrier_situations.c. */
void failing_action(void *arg);
void newcomers(void *arg);
void late_limits(void *arg);
void limits_of_some(void *arg);
void in_sight(void *arg);
void place_used_again(void *arg);

#endif
