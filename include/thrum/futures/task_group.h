/* thrum/futures/task_group.h - task groups: split work up, let all CPUs do it, and wait for the whole.
 *
 * The idea
 *   A function that has several things to do, in any order or at once, runs each in a group and waits for the group.
 * The things may do the same with parts of theirs:
 *
 *       typedef struct part { thrum_task task; const double *from, *to; double sum; } part;
 *
 *       static int add_up(thrum_task *task) {
 *               part *p = (part *)task;
 *               if (p->to - p->from < 1000)
 *                       return ...;
 *               part left = {.from = p->from, .to = middle}, right = {.from = middle, .to = p->to};
 *               thrum_task_group group = THRUM_TASK_GROUP_INIT;
 *               thrum_task_group_run_task(&group, &left.task, add_up);
 *               int r = add_up(&right.task);                         one part is the caller's own
 *               int first = thrum_task_group_wait(&group);           left is done, too
 *               p->sum = left.sum + right.sum;
 *               return r < 0 ? r : first;
 *       }
 *
 *   A thread that waits works: it runs tasks of the group, or of others. So a task may wait for tasks of its own
 *   however deep that goes, and a group costs no thread. A task that nobody has taken by the time its group is waited
 *   for is simply called; handing it over costs some nanoseconds and no memory.
 *
 * Where tasks run: in the pool of which the caller is a worker (a ThreadPoolExecutor's, say); otherwise in a pool
 * that all groups share, whose threads, one less than there are CPUs, are started when they are first needed; and in
 * the thread that waits. Tasks of one group run in no particular order.
 *
 * In the child of a fork a group that has tasks has lost them, and must not be waited for; a new one works.
 *
 * Errors: a task returns 0 or a negative code. The first code is what wait returns, and it cancels the group: tasks
 * of it that have not begun are not called any more. Python has no such class for threads; asyncio.TaskGroup is the
 * model.
 */
#ifndef THRUM_FUTURES_TASK_GROUP_H
#define THRUM_FUTURES_TASK_GROUP_H

#include <thrum/threading/thread.h>
#include <thrum/time.h>

typedef struct thrum_task thrum_task;

/* What a task does. Returns 0 or a negative code. The task is its own again: it may be the last to use it, and free
 * it. */
typedef int thrum_task_function(thrum_task *task);

/* What pools queue; part of a task. */
typedef struct thrum__task {
    void (*run_)(struct thrum__task *task);
    struct thrum__task *next_;
} thrum__task;

/* The tasks that a thread has put aside: src/futures/deque.h has the rules. */
typedef struct thrum__deque {
    int64_t bottom_;             /* atomic; where the owner puts the next */
    int64_t limit_;              /* the owner's: so far bottom may go without a look at top */
    struct thrum__task **tasks_; /* the owner's: its places, each atomic; the same as in the ring */
    int64_t mask_;               /* the owner's: places - 1; a power of two of them */
    struct thrum__ring *ring_;   /* atomic */
    char apart_[64];             /* thieves write what is behind it */
    int64_t top_;                /* atomic; the oldest */
} thrum__deque;

/* The place of a thread that works for a pool. */
typedef struct thrum__workplace {
    void *pool_;
    const uint64_t *state_; /* atomic; the pool's: 0 when nobody is to be called for a task */
    thrum__deque deque_;
} thrum__workplace;

/* Some tasks to wait for. All zero bytes are a group without tasks. Its owner is the thread that runs the first task
 * in it; where `owner` is said below of any call but wait, a task of the group may make it too. Before its memory is
 * used for something else it is to be waited for. */
typedef struct thrum_task_group {
    const void *owner_; /* the thread; see task_group.c */
    void *pool_;
    void *waiter_;
    int64_t local_;
    int64_t remote_;
    int32_t result_;
    bool guest_;
} thrum_task_group;

#define THRUM_TASK_GROUP_INIT                                                                                        \
    { NULL, NULL, NULL, 0, 0, 0, false }

/* A task: embed it as the first member of a struct of your own. It need not be initialised. */
struct thrum_task {
    thrum__task queued_;
    thrum_task_group *group_;
    thrum_task_function *function_;
};

THRUM_BEGIN_DECLS

/* The calling thread's place; NULL when it has none, and where the explorer watches or the system does not help with
 * the order of memory: then each call is a call. For the inline functions below, not for direct use. */
extern THRUM_API __thread thrum__workplace *thrum_workplace_ __attribute__((tls_model("initial-exec")));

/* The parts of run and wait that are not worth inlining. Not for direct use. */
THRUM_API void thrum_task_group_run_task_slow_(thrum_task_group *group, thrum_task *task,
                                               thrum_task_function *function);
THRUM_API int thrum_task_group_wait_slow_(thrum_task_group *group);
THRUM_API void thrum_task_group_call_helper_(const thrum__workplace *here);
THRUM_API void thrum_task_group_fail_(thrum_task_group *group, int result);
THRUM_API void thrum_task_run_(thrum__task *queued);

/* Have function(task) called, by whichever thread comes to it: asyncio's TaskGroup.create_task(), without memory of
 * its own.
 *
 * `task` is the group's until function is called with it; in a cancelled group, until wait returns. It is called
 * once; in a cancelled group it may not be called. Cannot fail: when no thread can be had, or no memory to put the
 * task aside, the function is called here and now.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_INLINE void thrum_task_group_run_task(thrum_task_group *group, thrum_task *task, thrum_task_function *function);

/* Have function(arg) called, by whichever thread comes to it: asyncio's TaskGroup.create_task().
 *
 * Returns 0; -ENOMEM, with the group as it was.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_task_group_run(thrum_task_group *group, thrum_target *function, void *arg);

/* Wait until all tasks of the group have ended, and run tasks meanwhile: the end of `async with TaskGroup()`.
 *
 * Returns 0, or the first negative code that a task returned, or THRUM_CANCELLED when thrum_task_group_cancel() came
 * before that. The group is without tasks then, and may be used again.
 * Threads: owner.  Signals: unsafe.  Blocks: until the tasks have ended. */
THRUM_INLINE int thrum_task_group_wait(thrum_task_group *group);

/* The same within a time limit. A task that the caller has begun is finished first, however long that takes.
 *
 * Returns as thrum_task_group_wait(); THRUM_TIMED_OUT when tasks are left, and then the group is as before and still
 * to be waited for; THRUM_VALUE_ERROR for a negative limit; THRUM_OVERFLOW_ERROR beyond THRUM_TIMEOUT_MAX.
 * Threads: owner.  Signals: unsafe.  Blocks: until the tasks have ended or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_task_group_wait_timed(thrum_task_group *group, thrum_timeout timeout);

/* See to it that tasks of the group that have not begun are not called. Those that have begun go on: they may look at
 * thrum_task_group_cancelled(). Tasks that are run in it later are not called either, until it was waited for.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_task_group_cancel(thrum_task_group *group);

/* Whether the group is cancelled, by thrum_task_group_cancel() or because a task has failed.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_task_group_cancelled(const thrum_task_group *group);

/* Whether the calling thread is the group's owner, or is so from now on. */
THRUM_INLINE bool thrum_task_group_own_(thrum_task_group *group, const thrum__workplace *here) {
    const void *me = &thrum_workplace_;
    const void *owner = __atomic_load_n(&group->owner_, __ATOMIC_RELAXED); /* relaxed: see src/futures/task_group.c */
    if (owner)
        return owner == me;
    group->pool_ = here->pool_;
    __atomic_store_n(&group->owner_, me, __ATOMIC_RELAXED); /* relaxed: as above */
    return true;
}

/* Put a task aside, where there is room at `bottom`. */
THRUM_INLINE void thrum_deque_push_(thrum__deque *deque, int64_t bottom, thrum__task *task) {
    /* Relaxed: the store of bottom makes it visible. */
    __atomic_store_n(&deque->tasks_[bottom & deque->mask_], task, __ATOMIC_RELAXED);
    /* Release: pairs with a thief's load of bottom. That the owner's next load does not pass this store, the
     * compiler is told, and the CPU by the thief: it pairs with thrum__fence_heavy(), see src/platform/fence.h. */
    __atomic_store_n(&deque->bottom_, bottom + 1, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* Take the newest task back; NULL when there is none, or only one, for which the owner competes with thieves. */
THRUM_INLINE thrum__task *thrum_deque_pop_(thrum__deque *deque) {
    int64_t bottom = __atomic_load_n(&deque->bottom_, __ATOMIC_RELAXED) - 1; /* relaxed: the owner's own */
    /* Release, and the fence: as in push. */
    __atomic_store_n(&deque->bottom_, bottom, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (THRUM_LIKELY_(__atomic_load_n(&deque->top_, __ATOMIC_SEQ_CST) < bottom))
        return __atomic_load_n(&deque->tasks_[bottom & deque->mask_], __ATOMIC_RELAXED); /* relaxed: its own */
    /* Release: as in push. Who has found nothing between the two stores leaves it to the owner, who looks again. */
    __atomic_store_n(&deque->bottom_, bottom + 1, __ATOMIC_RELEASE);
    return NULL;
}

/* Make the call of a task that was taken back, which as a rule is one of the group's. */
THRUM_INLINE void thrum_task_group_call_(thrum_task_group *group, thrum__task *queued) {
    thrum_task *task = (thrum_task *)queued;
    /* Relaxed: a hint, until all tasks have ended. */
    if (THRUM_UNLIKELY_(task->group_ != group || __atomic_load_n(&group->result_, __ATOMIC_RELAXED) < 0)) {
        queued->run_(queued);
        return;
    }
    int r = task->function_(task); /* the task may be gone */
    group->local_--;
    if (THRUM_UNLIKELY_(r < 0))
        thrum_task_group_fail_(group, r);
}

/* Whether all tasks have ended, and none has failed. */
THRUM_INLINE bool thrum_task_group_is_done_(const thrum_task_group *group) {
    /* Acquire: pairs with the end of a task in another thread. Relaxed: by then it is there. */
    return __atomic_load_n(&group->remote_, __ATOMIC_ACQUIRE) == 2 * group->local_ &&
           __atomic_load_n(&group->result_, __ATOMIC_RELAXED) == 0;
}

THRUM_INLINE void thrum_task_group_run_task(thrum_task_group *group, thrum_task *task,
                                            thrum_task_function *function) {
    thrum__workplace *here = thrum_workplace_;
    int64_t bottom = here ? __atomic_load_n(&here->deque_.bottom_, __ATOMIC_RELAXED) : 0; /* relaxed: its own */
    if (THRUM_UNLIKELY_(!here || bottom >= here->deque_.limit_ || !thrum_task_group_own_(group, here))) {
        thrum_task_group_run_task_slow_(group, task, function);
        return;
    }
    task->queued_.run_ = thrum_task_run_;
    task->group_ = group;
    task->function_ = function;
    group->local_++;
    thrum_deque_push_(&here->deque_, bottom, &task->queued_);
    /* seq_cst: pairs with who lies down, says so in the state, and then looks at bottom. */
    if (THRUM_UNLIKELY_(__atomic_load_n(here->state_, __ATOMIC_SEQ_CST) != 0))
        thrum_task_group_call_helper_(here);
}

THRUM_INLINE int thrum_task_group_wait(thrum_task_group *group) {
    thrum__workplace *here = thrum_workplace_;
    thrum__task *queued;
    /* Relaxed: the owner reads what it wrote itself. */
    if (THRUM_UNLIKELY_(!here || __atomic_load_n(&group->owner_, __ATOMIC_RELAXED) != &thrum_workplace_))
        return thrum_task_group_wait_slow_(group);
    while (!thrum_task_group_is_done_(group) && (queued = thrum_deque_pop_(&here->deque_)) != NULL)
        thrum_task_group_call_(group, queued);
    if (THRUM_UNLIKELY_(group->guest_ || !thrum_task_group_is_done_(group)))
        return thrum_task_group_wait_slow_(group);
    __atomic_store_n(&group->owner_, NULL, __ATOMIC_RELAXED); /* relaxed: as above */
    group->local_ = group->remote_ = 0;
    return 0;
}

THRUM_END_DECLS

#endif
