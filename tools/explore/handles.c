/* handles.c - functions that take the system's handle of a thread, which the program does not have. */
#include <sched.h>
#include <signal.h>

#include "preload.h"

static bool has_begun(void *thread) {
    return ((preload_thread *)thread)->begun;
}

/* The system's handle, for the program's. A thread that has not run yet is given its turn first. */
static pthread_t real(pthread_t handle) {
    const preload_object *object = preload_object_find((const void *)handle, PRELOAD_THREAD);
    if (!object)
        return (preload_thread *)handle == preload_self() ? preload_self()->handle : handle;
    (void)thrum_explore_await(object->thread, "the beginning of thread", has_begun, object->thread, THRUM_FOREVER);
    return object->thread->handle;
}

#define WITH_HANDLE(name, parameters, arguments, real_arguments)                                                     \
    INSTEAD(int, name, parameters, arguments) {                                                                      \
        NEXT(name);                                                                                                  \
        return next_##name real_arguments;                                                                           \
    }

WITH_HANDLE(pthread_kill, (pthread_t thread, int signal), (thread, signal), (real(thread), signal))
WITH_HANDLE(pthread_sigqueue, (pthread_t thread, int signal, union sigval value), (thread, signal, value),
            (real(thread), signal, value))
WITH_HANDLE(pthread_setname_np, (pthread_t thread, const char *name), (thread, name), (real(thread), name))
WITH_HANDLE(pthread_getname_np, (pthread_t thread, char *name, size_t size), (thread, name, size),
            (real(thread), name, size))
WITH_HANDLE(pthread_getattr_np, (pthread_t thread, pthread_attr_t *attributes), (thread, attributes),
            (real(thread), attributes))
WITH_HANDLE(pthread_setaffinity_np, (pthread_t thread, size_t size, const cpu_set_t *set), (thread, size, set),
            (real(thread), size, set))
WITH_HANDLE(pthread_getaffinity_np, (pthread_t thread, size_t size, cpu_set_t *set), (thread, size, set),
            (real(thread), size, set))
WITH_HANDLE(pthread_getcpuclockid, (pthread_t thread, clockid_t *clock), (thread, clock), (real(thread), clock))
WITH_HANDLE(pthread_setschedparam, (pthread_t thread, int policy, const struct sched_param *param),
            (thread, policy, param), (real(thread), policy, param))
WITH_HANDLE(pthread_getschedparam, (pthread_t thread, int *policy, struct sched_param *param),
            (thread, policy, param), (real(thread), policy, param))
WITH_HANDLE(pthread_setschedprio, (pthread_t thread, int priority), (thread, priority), (real(thread), priority))
