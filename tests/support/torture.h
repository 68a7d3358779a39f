/* torture.h - one torture for everything that excludes, so that each lock's test is two lines:
 *
 *     static int timed(thrum_lock *lock, thrum_timeout limit) { ... }
 *     TORTURE(lock_excludes, thrum_lock, THRUM_LOCK_INIT, thrum_lock_acquire, timed, thrum_lock_release)
 *
 * Threads acquire in every way there is (bare, tried, with a limit that may run out) and look inside for one another:
 * plain variables that nothing but the lock guards. The sum of what was acquired is exact. Run under ThreadSanitizer,
 * the same body checks the memory order.
 */
#ifndef TEST_TORTURE_H
#define TEST_TORTURE_H

#include "crew.h"

enum { TORTURE_THREADS = 4, TORTURE_ROUNDS = 4000, TORTURE_CELLS = 8 };

typedef struct torture {
    void (*acquire)(void *lock);
    int (*acquire_timed)(void *lock, thrum_timeout limit);
    void (*release)(void *lock);
    void *lock;
    int inside;                /* guarded by the lock, as are the cells */
    long cells[TORTURE_CELLS]; /* all the same, outside */
    int acquired[TORTURE_THREADS];
} torture;

static inline uint32_t torture_random(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static inline bool torture_enter_(torture *t, uint32_t dice) {
    switch (dice % 4) {
    case 0:
        return t->acquire_timed(t->lock, THRUM_NOWAIT) == 0;
    case 1:
        return t->acquire_timed(t->lock, thrum_nanoseconds(dice / 4 % 50000)) == 0;
    default:
        t->acquire(t->lock);
        return true;
    }
}

static inline void torture_inside_(torture *t, uint32_t dice) {
    CHECK_EQ(t->inside++, 0);
    long before = t->cells[0];
    for (int i = 0; i < TORTURE_CELLS; i++) {
        CHECK_EQ(t->cells[i], before);
        t->cells[i]++;
        if (dice % 61 == 0 && i == 3)
            sched_yield();
    }
    t->inside--;
}

static inline void torture_body_(int index, void *arg) {
    torture *t = (torture *)arg;
    uint32_t state = 2463534242u + (uint32_t)index;
    for (int i = 0; i < TORTURE_ROUNDS; i++) {
        uint32_t dice = torture_random(&state);
        if (!torture_enter_(t, dice >> 4))
            continue;
        torture_inside_(t, dice);
        t->acquired[index]++;
        t->release(t->lock);
    }
}

static inline void torture_run(torture *t) {
    crew c = {0};
    crew_start(&c, TORTURE_THREADS, torture_body_, t);
    crew_join(&c);
    long sum = 0;
    for (int i = 0; i < TORTURE_THREADS; i++)
        sum += t->acquired[i];
    CHECK_EQ(t->cells[0], sum);
    CHECK_EQ(t->acquire_timed(t->lock, THRUM_NOWAIT), 0);
    t->release(t->lock);
}

#define TORTURE(name_, type_, initial_, acquire_, acquire_timed_, release_)                                          \
    static void torture_acquire_##name_(void *object) {                                                              \
        (void)acquire_((type_ *)object);                                                                             \
    }                                                                                                                \
    static int torture_timed_##name_(void *object, thrum_timeout limit) {                                            \
        return acquire_timed_((type_ *)object, limit);                                                               \
    }                                                                                                                \
    static void torture_release_##name_(void *object) {                                                              \
        CHECK_EQ(release_((type_ *)object), 0);                                                                      \
    }                                                                                                                \
    TEST(name_) {                                                                                                    \
        static type_ victim = initial_;                                                                              \
        static torture pain = {                                                                                      \
            torture_acquire_##name_, torture_timed_##name_, torture_release_##name_, &victim, 0, {0}, {0}};          \
        torture_run(&pain);                                                                                          \
    }

#endif
