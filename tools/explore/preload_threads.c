/* preload_threads.c - threads. A pthread_t of the program is the address of the object that stands for the thread. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>

#include "preload.h"

static __thread preload_object *self;
static __thread jmp_buf *way_out; /* for pthread_exit */

static int run(void *arg) {
    preload_object *object = arg;
    jmp_buf end;
    self = object;
    way_out = &end;
    if (setjmp(end) == 0)
        object->result = object->function(object->arg);
    way_out = NULL;
    return 0;
}

int pthread_create(pthread_t *restrict ret_thread, const pthread_attr_t *restrict attributes,
                   void *(*function)(void *arg), void *restrict arg) {
    NEXT(pthread_create);
    bool is_new;
    int state = PTHREAD_CREATE_JOINABLE;
    if (!TAKES())
        return next_pthread_create(ret_thread, attributes, function, arg);
    if (attributes)
        pthread_attr_getdetachstate(attributes, &state);
    char *number = malloc(1); /* an address that no other thread has */
    if (!number)
        return EAGAIN;
    preload_object *object = preload_object_of(number, PRELOAD_THREAD, &is_new);
    object->function = function;
    object->arg = arg;
    object->detached = state == PTHREAD_CREATE_DETACHED;
    thrum_thread_options options = {.daemon = object->detached ? THRUM_DAEMON : THRUM_NOT_DAEMON};
    if (thrum_thread_new(&object->thread, run, object, &options) < 0 || thrum_thread_start(object->thread) < 0)
        return EAGAIN;
    *ret_thread = (pthread_t)number;
    return 0;
}

static preload_object *thread_of(pthread_t thread) {
    bool is_new;
    preload_object *object = preload_object_of((const void *)(uintptr_t)thread, PRELOAD_THREAD, &is_new);
    if (is_new)
        thrum_explore_fail("  a thread is joined or detached that does not exist (any more)");
    return object;
}

int pthread_join(pthread_t thread, void **ret_result) {
    NEXT(pthread_join);
    if (!TAKES())
        return next_pthread_join(thread, ret_result);
    preload_object *object = thread_of(thread);
    if (object->detached)
        return EINVAL;
    int r = thrum_thread_join(object->thread);
    if (r < 0)
        return EDEADLK; /* itself */
    if (ret_result)
        *ret_result = object->result;
    thrum_thread_unref(object->thread);
    preload_forget((const void *)(uintptr_t)thread, PRELOAD_THREAD);
    return 0;
}

int pthread_detach(pthread_t thread) {
    NEXT(pthread_detach);
    if (!TAKES())
        return next_pthread_detach(thread);
    thread_of(thread)->detached = true;
    return 0;
}

pthread_t pthread_self(void) {
    NEXT(pthread_self);
    return TAKES() && self ? (pthread_t)self->address : next_pthread_self();
}

void pthread_exit(void *result) {
    static void (*next_pthread_exit)(void *result) __attribute__((noreturn));
    if (!next_pthread_exit)
        *(void **)&next_pthread_exit = preload_next("pthread_exit");
    if (!TAKES() || !way_out)
        next_pthread_exit(result);
    self->result = result;
    longjmp(*way_out, 1);
}
