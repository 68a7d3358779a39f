/* conditions.h - the conditions that the tests of Condition use: one of each kind of lock. */
#ifndef TEST_CONDITIONS_H
#define TEST_CONDITIONS_H

#include "torture.h"

static thrum_lock lock;
static thrum_rlock rlock;
static thrum_condition own;
static thrum_condition of_lock = THRUM_CONDITION_INIT(&lock);
static thrum_condition of_rlock = THRUM_CONDITION_INIT_RLOCK(&rlock);

/* Each promise about waiting is checked for the three kinds of lock: its own, a Lock and an RLock. */
static thrum_condition *const kinds[] = {&own, &of_lock, &of_rlock};
#define FOR_EACH_KIND(cond)                                                                                          \
    for (int kind_ = 0; kind_ < 3; kind_++)                                                                          \
        for (thrum_condition *cond = kinds[kind_], *once_ = cond; once_; once_ = NULL)

static inline void take(thrum_condition *cond) {
    thrum_condition_acquire(cond);
}
static inline void give(thrum_condition *cond) {
    CHECK_EQ(thrum_condition_release(cond), 0);
}

#endif
