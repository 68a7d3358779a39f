/* preload.h - a POSIX threads program under exploration, without a change to it.
 *
 * `thrum explore` loads this library before the program's own. It runs main() as a test of thrum_explore(), and each
 * call of the POSIX thread functions is carried out by the primitive of this library that does the same: a mutex by
 * an RLock or a Lock, a condition by a Condition, a thread by a Thread. So everything that thrum_explore() knows to
 * do works for the program.
 *
 * What stands for a POSIX object is found in a table by the object's address, and made when the object is first used,
 * because statically initialised objects are never announced. Calls that come from the C library or from this library
 * are let through, and so are all calls while no schedule runs.
 */
#ifndef THRUM_TOOLS_PRELOAD_H
#define THRUM_TOOLS_PRELOAD_H

#include <thrum.h>

/* Whether a call that returns to `caller` belongs to the explored program. */
bool preload_takes(const void *caller);
#define TAKES() preload_takes(__builtin_return_address(0))

/* The function of this name that the program would have called without us. */
void *preload_next(const char *name);

/* Declare and find the next `name`, of the type of the function itself. */
#define NEXT(name)                                                                                                   \
    static __typeof__(&name) next_##name;                                                                            \
    if (!next_##name)                                                                                                \
    *(void **)&next_##name = preload_next(#name)

typedef enum preload_kind {
    PRELOAD_MUTEX,
    PRELOAD_CONDITION,
    PRELOAD_SEMAPHORE,
    PRELOAD_RWLOCK,
    PRELOAD_BARRIER,
    PRELOAD_SPIN,
    PRELOAD_ONCE,
    PRELOAD_THREAD
} preload_kind;

/* What stands for a POSIX object. */
typedef struct preload_object {
    const void *address; /* of the POSIX object; for a thread its pthread_t */
    preload_kind kind;
    int type; /* of a mutex: PTHREAD_MUTEX_... */
    union {
        thrum_lock lock;
        thrum_rlock rlock;
        thrum_semaphore semaphore;
        thrum_barrier barrier;
        struct {
            thrum_lock guard; /* held while the state below is looked at, only */
            thrum_condition condition;
            unsigned waiters;
            int readers; /* of a read-write lock; -1 when it is held for writing */
            bool done;   /* of a once control */
        };
        struct {
            thrum_thread *thread;
            void *(*function)(void *arg);
            void *arg, *result;
            bool detached;
        };
    };
    struct preload_object *next;
} preload_object;

/* The object that stands for `address`, made when there is none; *ret_new says so. Aborts without memory. */
preload_object *preload_object_of(const void *address, preload_kind kind, bool *ret_new);

/* Forget it: the POSIX object is destroyed. */
void preload_forget(const void *address, preload_kind kind);

/* The span from now to an absolute time on `clock`, which is virtual like every clock that the program sees. */
thrum_timeout preload_until(int clock, const void *timespec);

#endif
