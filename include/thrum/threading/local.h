/* thrum/threading/local.h - local: a variable of which each thread has its own (threading.local).
 *
 * The idea
 *       static void *new_list(void *arg) { return calloc(1, sizeof(list)); }
 *       static thrum_local mine = THRUM_LOCAL_INIT(new_list, NULL, free);
 *
 *       list *l = thrum_local_get(&mine);                   made by new_list at this thread's first use
 *
 *   A thread starts without a value, whatever its creator had. The value is destroyed when the thread ends. Two
 *   locals are independent.
 *
 *   At the end of a thread the values of the locals that came into use last are destroyed first. A destructor may use
 *   locals; what it stores is destroyed too, but after four rounds what is left is given up. exit() is not the end of
 *   a thread: the process goes, and destructors do not run. Nor do they in the child of a fork for the threads that
 *   it does not have.
 */
#ifndef THRUM_THREADING_LOCAL_H
#define THRUM_THREADING_LOCAL_H

#include <thrum/base.h>

/* A thread-local variable, by value. Do not copy one in use. */
typedef struct thrum_local {
    uint64_t key_; /* 0 until first used: see src/threading/local.c */
    void *(*create_)(void *arg);
    void *arg_;
    void (*destroy_)(void *value);
} thrum_local;

/* A local whose value in a thread is made by create(arg) at the first get, and given to destroy at the end of the
 * thread. Either function may be NULL: values then start as NULL, or are not destroyed. All zero is a local with
 * neither. */
#define THRUM_LOCAL_INIT(create, arg, destroy)                                                                       \
    { 0, (create), (arg), (destroy) }

THRUM_BEGIN_DECLS

/* The calling thread's value; at its first use the one that `create` makes. Returns NULL when there is none, also
 * when memory is short. When `create` returns NULL nothing is stored, and the next get calls it again.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void *thrum_local_get(thrum_local *local);

/* Set the calling thread's value. The old one is destroyed, unless it is the same pointer.
 *
 * Returns 0, or -ENOMEM with nothing changed; the value then remains the caller's.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_local_set(thrum_local *local, void *value);

/* Forget the local, which is all zero but for its functions afterwards. The calling thread's value is destroyed now,
 * another thread's when that thread next stores a value in any local, or ends. Needed only for a local whose memory
 * is freed.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_local_clear(thrum_local *local);

THRUM_END_DECLS

#endif
