/* exit.c - the end of the process waits for non-daemon threads and timers.
 *
 * Phases: RUNNING -> CALLING (the functions of thrum_register_atexit) -> WAITING (threads may still start others,
 * which are waited for as well) -> OVER (no thread can be started any more).
 *
 * Locking: `lock` protects the list of functions and the change of phase. A function is called without it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <thrum/threading/lock.h>

#include "base/memory.h"
#include "threading/thread_internal.h"

typedef struct callback {
    struct callback *older;
    void (*function)(void *arg);
    void *arg;
} callback;

typedef enum phase { RUNNING, CALLING, WAITING, OVER } phase;

static thrum_lock lock;
static struct {
    phase phase; /* atomic */
    callback *newest;
} ending;
bool (*thrum__exit_wait_for_timers)(void);
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_phase(phase next) {
    thrum_lock_acquire(&lock);
    /* Release: pairs with thrum__exit_is_over(). */
    __atomic_store_n(&ending.phase, next, __ATOMIC_RELEASE);
    (void)thrum_lock_release(&lock); /* cannot fail: it is held */
}

static callback *take_newest(void) {
    thrum_lock_acquire(&lock);
    callback *newest = ending.newest;
    if (newest)
        ending.newest = newest->older;
    (void)thrum_lock_release(&lock); /* cannot fail: it is held */
    return newest;
}

static void call_back(void) {
    for (callback *c; (c = take_newest()) != NULL; free(c))
        c->function(c->arg);
}

static void wait_for_threads(void) {
    for (thrum_thread *thread; (thread = thrum__thread_list_non_daemon()) != NULL;) {
        thrum__thread_await(thread);
        thrum_thread_unref(thread);
    }
}

/* From here on the main thread only waits, so those who wait for it must not: it counts as ended. When another thread
 * called exit(), that one does not, for the main thread would go on and end the process a second time. */
static void end_main_thread(void) {
    thrum_thread *me = thrum_current_thread();
    if (me == thrum_main_thread())
        thrum__thread_let_join(me);
}

static void at_exit(void) {
    set_phase(CALLING);
    call_back();
    end_main_thread();
    set_phase(WAITING);
    do
        wait_for_threads();
    while (thrum__exit_wait_for_timers && thrum__exit_wait_for_timers());
    set_phase(OVER);
}

static void watch(void) {
    atexit(at_exit);
}

void thrum__exit_watch(void) {
    pthread_once(&once, watch);
}

bool thrum__exit_is_over(void) {
    /* Acquire: pairs with the release in set_phase(). */
    return __atomic_load_n(&ending.phase, __ATOMIC_ACQUIRE) == OVER;
}

int thrum_register_atexit(void (*function)(void *arg), void *arg) {
    callback *c = thrum__malloc(sizeof *c);
    if (!c)
        return -ENOMEM;
    thrum__exit_watch();
    thrum_lock_acquire(&lock);
    bool late = ending.phase != RUNNING;
    if (!late) {
        *c = (callback){ending.newest, function, arg};
        ending.newest = c;
    }
    (void)thrum_lock_release(&lock); /* cannot fail: it is held */
    if (late)
        free(c);
    return late ? THRUM_RUNTIME_ERROR : 0;
}

void thrum__exit_after_fork_child(void) {
    thrum_lock_at_fork_reinit(&lock);
}
