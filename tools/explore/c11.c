/* c11.c - <threads.h>: the same objects, other names and results. The C library's own calls its internals, not the
 * functions of POSIX that are taken. */
#include <errno.h>
#include <threads.h>

#include "thread.h"

static int c11(int error) {
    switch (error) {
    case 0:
        return thrd_success;
    case ETIMEDOUT:
        return thrd_timedout;
    case EBUSY:
        return thrd_busy;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

INSTEAD(int, thrd_create, (thrd_t * ret_thread, thrd_start_t function, void *arg), (ret_thread, function, arg)) {
    return c11(threads_create(ret_thread, (preload_thread){.c11_function = function, .arg = arg}));
}

INSTEAD(int, thrd_join, (thrd_t thread, int *ret_result), (thread, ret_result)) {
    void *result = NULL;
    int r = threads_join(thread, &result, THRUM_FOREVER);
    if (r == 0 && ret_result)
        *ret_result = (int)(intptr_t)result;
    return c11(r);
}

INSTEAD(int, thrd_detach, (thrd_t thread), (thread)) {
    return c11(threads_detach(thread));
}

INSTEAD(thrd_t, thrd_current, (void), ()) {
    return (thrd_t)preload_self();
}

void thrd_exit(int result) __attribute__((noreturn));
void thrd_exit(int result) {
    threads_exit((void *)(intptr_t)result);
}

INSTEAD(int, thrd_sleep, (const struct timespec *span, struct timespec *left), (span, left)) {
    if (!preload_is_time(span) || span->tv_sec < 0)
        return -2; /* as the standard says: a negative value other than -1 */
    if (threads_sleep(preload_span(span), "thrd_sleep"))
        return 0;
    if (left)
        *left = *span;
    return -1;
}

void thrd_yield(void);
void thrd_yield(void) {
    NEXT(thrd_yield);
    if (TAKES())
        preload_give_way();
    else
        next_thrd_yield();
}

INSTEAD(int, mtx_init, (mtx_t * mutex, int type), (mutex, type)) {
    NEXT(mtx_init);
    preload_forget(mutex, PRELOAD_MUTEX); /* made again from what the C library writes there */
    return next_mtx_init(mutex, type);
}

void mtx_destroy(mtx_t *mutex);
void mtx_destroy(mtx_t *mutex) {
    NEXT(mtx_destroy);
    if (TAKES())
        preload_mutex_destroy(mutex);
    else
        next_mtx_destroy(mutex);
}

INSTEAD(int, mtx_lock, (mtx_t * mutex), (mutex)) {
    return c11(preload_mutex_lock(mutex));
}

INSTEAD(int, mtx_trylock, (mtx_t * mutex), (mutex)) {
    return c11(preload_mutex_trylock(mutex));
}

INSTEAD(int, mtx_timedlock, (mtx_t * mutex, const struct timespec *until), (mutex, until)) {
    return c11(preload_mutex_lock_until(mutex, CLOCK_REALTIME, until));
}

INSTEAD(int, mtx_unlock, (mtx_t * mutex), (mutex)) {
    return c11(preload_mutex_unlock(mutex));
}

INSTEAD(int, cnd_init, (cnd_t * cond), (cond)) {
    NEXT(cnd_init);
    preload_forget(cond, PRELOAD_CONDITION);
    return next_cnd_init(cond);
}

void cnd_destroy(cnd_t *cond);
void cnd_destroy(cnd_t *cond) {
    NEXT(cnd_destroy);
    if (TAKES())
        preload_cond_destroy(cond);
    else
        next_cnd_destroy(cond);
}

INSTEAD(int, cnd_wait, (cnd_t * cond, mtx_t *mutex), (cond, mutex)) {
    return c11(preload_cond_wait(cond, mutex, CLOCK_REALTIME, NULL));
}

INSTEAD(int, cnd_timedwait, (cnd_t * cond, mtx_t *mutex, const struct timespec *until), (cond, mutex, until)) {
    return c11(preload_cond_wait(cond, mutex, CLOCK_REALTIME, until));
}

INSTEAD(int, cnd_signal, (cnd_t * cond), (cond)) {
    preload_cond_wake(cond, false);
    return thrd_success;
}

INSTEAD(int, cnd_broadcast, (cnd_t * cond), (cond)) {
    preload_cond_wake(cond, true);
    return thrd_success;
}

/* Keys are numbers of the same kind. */
INSTEAD(int, tss_create, (tss_t * ret_key, tss_dtor_t destructor), (ret_key, destructor)) {
    NEXT(tss_create);
    int r = next_tss_create(ret_key, destructor);
    if (r == thrd_success)
        threads_key_made(*ret_key, destructor);
    return r;
}
