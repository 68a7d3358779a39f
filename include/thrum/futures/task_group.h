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

/* Have function(task) called, by whichever thread comes to it: asyncio's TaskGroup.create_task(), without memory of
 * its own.
 *
 * `task` is the group's until function is called with it; in a cancelled group, until wait returns. It is called
 * once; in a cancelled group it may not be called. Cannot fail: when no thread can be had, or no memory to put the
 * task aside, the function is called here and now.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_task_group_run_task(thrum_task_group *group, thrum_task *task, thrum_task_function *function);

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
THRUM_API int thrum_task_group_wait(thrum_task_group *group);

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

THRUM_END_DECLS

#endif
