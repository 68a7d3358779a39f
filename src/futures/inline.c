/* inline.c - the public inline functions once more, as symbols: for other languages, and for compilers that do not
 * inline. */
#include <thrum/futures/task_group.h>

extern inline void thrum_task_group_run_task(thrum_task_group *group, thrum_task *task,
                                             thrum_task_function *function);
extern inline int thrum_task_group_wait(thrum_task_group *group);
extern inline bool thrum_task_group_own_(thrum_task_group *group, const thrum__workplace *here);
extern inline bool thrum_task_group_is_done_(const thrum_task_group *group);
extern inline void thrum_task_group_call_(thrum_task_group *group, thrum__task *queued);
extern inline void thrum_deque_push_(thrum__deque *deque, int64_t bottom, thrum__task *task);
extern inline thrum__task *thrum_deque_pop_(thrum__deque *deque);
