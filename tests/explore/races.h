/* races.h - small tests whose plain accesses are watched: some race, some do not. */
#ifndef TESTS_RACES_H
#define TESTS_RACES_H

#include <thrum.h>

typedef struct race_case {
    const char *name;
    void (*body)(void *arg);
    bool races;
} race_case;

/* races_memory.c */
void release_acquire(void *arg);
void relaxed_store(void *arg);
void relaxed_load(void *arg);
void relaxed_with_fences(void *arg);
void relayed_by_exchange(void *arg);
void relayed_by_store(void *arg);
void mixed(void *arg);
void only_atomic(void *arg);
void compared_in_vain(void *arg);
void used_again(void *arg);
void freed_in_use(void *arg);

extern const race_case race_cases[];
extern const int race_case_count;

#endif
