/* bugs.h - ten tests that fail under some schedules: what an explorer is measured by. Each leaves everything as it
 * found it when it does not fail. */
#ifndef THRUM_BUGS_H
#define THRUM_BUGS_H

#include <thrum.h>

typedef struct bug {
    const char *name;
    void (*body)(void *arg);
    thrum_explore_failure failure; /* what is to be found */
} bug;

extern const bug bugs[];
extern const int bug_count;

/* One that never fails: two threads count under a lock, here. */
extern int counted;
int count_one(void *arg); /* each of them */
void count_correctly(void *arg);

/* Run `count` threads, each with function(index), to their end. */
void crew(int count, thrum_target *function);

/* The same from a line that all have reached before the first begins to one that all reach before the first ends. The
 * orders of what is before and behind the lines are not explored. */
void crew_in_line(int count, thrum_target *function);

#endif
