/* engine.h - one thread at a time: who may run, who runs next, and the virtual clock.
 *
 * The engine knows threads by small numbers and words that they sleep on, nothing of locks. It is driven through the
 * hooks of the waiting room (worker.c); another front, such as one for plain POSIX threads, can drive it in the same
 * way.
 *
 * Exactly one thread has the token, and only that thread touches the engine's state: so there is no lock in here. The
 * token is a word per thread and a futex. This folder is compiled without sanitizers, so that handing over the token
 * orders nothing in the eyes of ThreadSanitizer: a race between two threads is seen although they never run at the
 * same time.
 */
#ifndef THRUM_EXPLORE_ENGINE_H
#define THRUM_EXPLORE_ENGINE_H

#include <pthread.h>

#include "explore/shared.h"

/* Set by the front: how a thread and an object are called in reports. */
typedef struct x_front {
    void (*thread_name)(uint32_t thread, char *buffer, size_t size);
    void (*object_name)(const void *object, char *buffer, size_t size);
    const void *(*waits_for)(uint32_t thread, char *buffer, size_t size); /* returns the object */
    uint32_t (*owner)(
        uint32_t thread); /* the thread that holds what it waits for without a limit, or x_most_threads */
    bool (*may_be_left)(uint32_t thread); /* a thread that may wait for ever: a daemon, or one of the library's own */
    bool (*goes_by_itself)(
        uint32_t thread); /* a thread of the library's own that ends when its time limit runs out */
    void (*passed)(void); /* x_engine_pass() was called: count the schedule */
} x_front;

/* Begin a schedule with the calling thread as thread 0. */
void x_engine_begin(x_shared *shared, const x_front *front);

/* The body is done: run the other threads to their end. Returns when all have ended or only those that may be left
 * are. */
void x_engine_finish(void);

/* Start a thread under control. Returns 0 or -errno. */
int x_engine_create(pthread_t *ret_handle, void *(*main)(void *arg), void *arg);

/* Whether the calling thread is under control, and its number. */
bool x_engine_controls(void);
uint32_t x_engine_self(void);

/* A place where threads may change, before an operation on `object`. `site` is its place in the program, or NULL. */
void x_engine_point(const void *object, bool write, const char *verb, const void *site);

/* As the names say, for the thread that has the token. wait returns 0 or -ETIMEDOUT. */
int x_engine_wait(const uint32_t *word, uint32_t expected, int64_t deadline);
void x_engine_wake(const uint32_t *word);
int64_t x_engine_now(void);
uint32_t x_engine_choose(uint32_t n);

/* From now on nothing is decided; or it is again. The same while the calling thread forks. */
void x_engine_quiet(bool quiet);
void x_engine_forks(bool forks);

/* A place where something may fail: whether it does in this schedule. `kinds` is a set of THRUM_EXPLORE_ENOMEM... */
bool x_engine_fault(uint32_t kinds, const char *verb);

/* The kind as a fault that nobody has asked for by thrum_explore_fault(): 0 when there are to be none. */
uint32_t x_engine_unasked(uint32_t kind);

/* What a thread waits for that is not a word: until ready(arg), which whoever decides asks. */
typedef struct x_await {
    const void *object; /* for reports; may be NULL */
    const char *what;   /* likewise: "condition" */
    bool (*ready)(void *arg);
    void *arg;
    bool outside; /* what is not under control decides: real time is given to it before anybody calls it a deadlock */
} x_await;

/* Wait for it. Returns 0 or -ETIMEDOUT. */
int x_engine_await(const x_await *await, int64_t deadline);

/* The calling thread gives up its turn for a call that really blocks, and comes back for another. */
int x_engine_leave(const char *what);
void x_engine_enter(void);

/* The calling thread has acquired, or released, an object that it must not end with. */
void x_engine_acquired(const void *object);
void x_engine_released(const void *object);

/* What the thread did so far comes before what another does after it takes from the object. Acquired and released say
 * the same. */
void x_engine_gives(const void *object);
void x_engine_takes(const void *object);

/* A wake-up at `object` found nobody. */
void x_engine_unheard(const void *object, const char *verb);

/* End the schedule as passed, and the process with it. */
void x_engine_pass(void) __attribute__((noreturn));

/* In the child of a fork: nothing is under control any more. */
void x_engine_abandon(void);

/* End the schedule as failed: does not return. */
void x_engine_fail(thrum_explore_failure failure, const char *text) __attribute__((noreturn));
void x_stuck_fail(void) __attribute__((noreturn)); /* because nobody can go on, */
void x_stuck_busy(void) __attribute__((noreturn)); /* because the threads go on for ever */
void x_engine_fail_race(const x_access *access, const x_access *other) __attribute__((noreturn));

#endif
