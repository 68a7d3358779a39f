/* keys.c - what is to be destroyed when a thread ends. The system's threads below ours do not end between two of
 * the program's, so the C library does not do it. */
#include <limits.h>
#include <stdlib.h>

#include "thread.h"

typedef struct preload_destructor {
    struct preload_destructor *next;
    void (*function)(void *object);
    void *object;
} preload_destructor;

static void (*of_key[PTHREAD_KEYS_MAX])(void *value);

void threads_key_made(pthread_key_t key, void (*destructor)(void *value)) {
    if (key < PTHREAD_KEYS_MAX)
        of_key[key] = destructor;
}

/* Also when no schedule runs: a key that is made before main() is used after it. */
int pthread_key_create(pthread_key_t *ret_key, void (*destructor)(void *value));
int pthread_key_create(pthread_key_t *ret_key, void (*destructor)(void *value)) {
    NEXT(pthread_key_create);
    int r = next_pthread_key_create(ret_key, destructor);
    if (r == 0 && preload_is_programs(__builtin_return_address(0)))
        threads_key_made(*ret_key, destructor);
    return r;
}

int pthread_key_delete(pthread_key_t key);
int pthread_key_delete(pthread_key_t key) {
    NEXT(pthread_key_delete);
    threads_key_made(key, NULL);
    return next_pthread_key_delete(key);
}

/* Destructors may set values again: POSIX asks for this many looks. Returns whether there was any value. */
static bool destroy_values_once(void) {
    bool any = false;
    for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
        void *value = of_key[key] ? pthread_getspecific(key) : NULL;
        if (!value)
            continue;
        (void)pthread_setspecific(key, NULL); /* cannot fail: it has a value */
        of_key[key](value);
        any = true;
    }
    return any;
}

void threads_destroy_values(preload_thread *me) {
    while (me->destructors) {
        preload_destructor *last = me->destructors;
        me->destructors = last->next;
        last->function(last->object);
        free(last);
    }
    for (int i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS && destroy_values_once(); i++)
        continue;
}

/* What C++ compilers call for a thread_local object with a destructor. */
int __cxa_thread_atexit_impl(void (*function)(void *object), void *object, void *library);
int __cxa_thread_atexit_impl(void (*function)(void *object), void *object, void *library);
int __cxa_thread_atexit_impl(void (*function)(void *object), void *object, void *library) {
    NEXT(__cxa_thread_atexit_impl);
    preload_destructor *made = TAKES() && preload_self()->thread ? malloc(sizeof *made) : NULL;
    if (!made)
        return next___cxa_thread_atexit_impl(function, object, library);
    *made = (preload_destructor){preload_self()->destructors, function, object};
    preload_self()->destructors = made;
    return 0;
}
