/* preload.h - a POSIX threads program under exploration, without a change to it.
 *
 * `thrum explore` loads this library before the program's own. It runs main() as a test of thrum_explore(), and each
 * call of the POSIX and C11 thread functions is carried out by a small model of what POSIX says it does: a few
 * variables for an object, a step of the schedule at each call, and thrum_explore_await() to wait. Only one thread
 * runs at a time, and it loses its turn nowhere but there: so there is no lock in here.
 *
 * What stands for a POSIX object is found in a table by the object's address, and made when the object is first used,
 * because statically initialised objects are never announced. Calls that come from the C library or from this library
 * are let through, and so are all calls while no schedule runs.
 */
#ifndef THRUM_TOOLS_PRELOAD_H
#define THRUM_TOOLS_PRELOAD_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include <thrum.h>

/* Whether the code that `caller` is in is the program's and not the C library's or ours; and whether its call is to
 * be carried out here. */
bool preload_is_programs(const void *caller);
bool preload_takes(const void *caller);
#define TAKES() preload_takes(__builtin_return_address(0))

/* The function of this name that the program would have called without us: the next one in the order of loading. */
void *preload_next(const char *name);

/* Declare and find the next `name`, of the type of the function itself. */
#define NEXT(name)                                                                                                   \
    static __typeof__(&name) next_##name;                                                                            \
    if (!next_##name)                                                                                                \
    *(void **)&next_##name = preload_next(#name)

/* Define a function in place of the C library's. What follows is its body for calls that are taken; `next_name` is
 * the C library's function, in NEXT(name)'s scope. */
#define INSTEAD(result, name, parameters, arguments)                                                                 \
    static result taken_##name parameters;                                                                           \
    result name parameters;                                                                                          \
    result name parameters {                                                                                         \
        NEXT(name);                                                                                                  \
        return TAKES() ? taken_##name arguments : next_##name arguments;                                             \
    }                                                                                                                \
    static result taken_##name parameters

typedef enum preload_kind {
    PRELOAD_MUTEX,
    PRELOAD_CONDITION,
    PRELOAD_SEMAPHORE,
    PRELOAD_RWLOCK,
    PRELOAD_BARRIER,
    PRELOAD_SPIN,
    PRELOAD_ONCE,
    PRELOAD_FUTEX,
    PRELOAD_THREAD
} preload_kind;

/* A thread in a queue; lives on its stack. */
typedef struct preload_waiter {
    struct preload_waiter *next;
    uint32_t bits; /* of a futex: which wake-ups are meant for it */
    bool woken;
} preload_waiter;

/* A thread of the program. Its address is the program's pthread_t. */
typedef struct preload_thread {
    thrum_thread *thread; /* NULL for main, and for threads that are not of pthread_create() */
    pthread_t handle;     /* the system's, from when it has begun */
    void *(*function)(void *arg);
    int (*c11_function)(void *arg); /* or this one, for thrd_create() */
    void *arg, *result;
    bool begun, done, detached;
    bool cancelled, uncancellable, exiting;
    bool away;                              /* in a call that is let go */
    struct preload_destructor *destructors; /* of C++'s thread_local objects */
} preload_thread;

/* What stands for a POSIX object. */
typedef struct preload_object {
    const void *address;
    preload_kind kind;
    struct preload_object *next;
    preload_thread *owner;  /* of a mutex, or of a read-write lock that is held for writing */
    preload_waiter *queue;  /* of a condition or futex */
    preload_thread *thread; /* of a PRELOAD_THREAD */
    thrum_lock lock;        /* of a mutex or spin lock */
    clockid_t clock;        /* of a condition */
    unsigned count;         /* recursion, readers, value of a semaphore, threads at a barrier */
    unsigned limit;         /* of a barrier: how many meet there */
    unsigned generation;    /* of a barrier: how often they met */
    unsigned waiting;       /* threads */
    int type, state;        /* of a mutex: PTHREAD_MUTEX_..., mutex.c's states; of a once control: once.c's */
    bool robust;
} preload_object;

/* The object that stands for `address`, made when there is none; *ret_new says so. Aborts without memory. */
preload_object *preload_object_of(const void *address, preload_kind kind, bool *ret_new);

/* The same, or NULL when there is none; and the same made anew. */
preload_object *preload_object_find(const void *address, preload_kind kind);
preload_object *preload_object_anew(const void *address, preload_kind kind);

/* Forget it: the POSIX object is destroyed. */
void preload_forget(const void *address, preload_kind kind);

/* Call function(object, arg) for each object. */
void preload_for_each(void (*function)(preload_object *object, void *arg), void *arg);

/* The calling thread. */
preload_thread *preload_self(void);

/* How a wait ends. */
enum { PRELOAD_READY = 0, PRELOAD_TIMED_OUT = 1, PRELOAD_CANCELLED = 2, PRELOAD_INTERRUPTED = 3 };

typedef struct preload_wait {
    const void *object;
    const char *what; /* "condition" */
    bool (*ready)(void *arg);
    void *arg;
    thrum_timeout limit;
    bool cancellable;          /* it is one of POSIX's cancellation points */
    bool outside;              /* see thrum_explore_await_outside() */
    const char *interruptible; /* the call, when a signal may interrupt it; else NULL */
} preload_wait;

/* Wait. For a cancellable wait that was cancelled, the caller puts in order what the cleanup handlers want to see,
 * and calls preload_act_on_cancel(). */
int preload_wait_for(const preload_wait *wait);

/* Whether a signal interrupts `call`: a fault of the schedule. Then errno is EINTR. */
bool preload_is_interrupted(const char *call);

/* Whether there is no memory for `call`: likewise, ENOMEM. */
bool preload_lacks_memory(const char *call);

/* Find the C library's functions that give memory. */
void preload_find_memory(void);

/* End the calling thread if it was cancelled and lets itself be. */
void preload_act_on_cancel(void);

/* Run a function of the program's such that pthread_exit() ends it. Returns what it returned. */
void *preload_run(preload_thread *me, void *(*function)(void *arg), void *arg);

/* At the end of main(): when threads were detached, wait for those that were not. */
void preload_finish_threads(void);

/* The calling thread is over: its robust mutexes have no owner any more. */
void preload_abandon_mutexes(void);

/* The functions of POSIX without pthread_, for those of C11; mutex and cond point to either's. preload_cond_wait()
 * waits for ever when `until` is NULL. */
int preload_mutex_destroy(void *mutex);
int preload_mutex_lock(void *mutex);
int preload_mutex_trylock(void *mutex);
int preload_mutex_lock_until(void *mutex, clockid_t clock, const struct timespec *until);
int preload_mutex_unlock(void *mutex);
int preload_cond_destroy(void *cond);
int preload_cond_wait(void *cond, void *mutex, clockid_t clock, const struct timespec *until);
int preload_cond_wake(void *cond, bool all);

/* Which waiter of a queue is to wake: part of the schedule. Returns NULL from an empty queue. */
preload_waiter *preload_wake_one(preload_object *object, uint32_t bits);

/* At the end, and out of the middle, of a queue. */
void preload_queue(preload_object *object, preload_waiter *waiter);
void preload_leave_queue(preload_object *object, preload_waiter *waiter);
bool preload_is_woken(void *waiter);

/* The span from now to an absolute time on `clock`, which is virtual like every clock that the program sees. */
thrum_timeout preload_until(clockid_t clock, const struct timespec *until);

/* A span as a timeout, and whether a timespec is one at all. */
thrum_timeout preload_span(const struct timespec *span);
bool preload_is_time(const struct timespec *time);

/* Let others go on, where they can: whoever yields, or tries in vain, waits for what it does not say, and would wait
 * for ever if the schedule favoured it. in_vain returns `error`. */
void preload_give_way(void);
int preload_in_vain(int error);

/* Set errno. Returns -1. */
int preload_error(int error);

#endif
