/* exit.c - the end of the process waits for non-daemon threads, and for what else holds it.
 *
 * Phases: RUNNING -> CALLING (the functions of thrum_register_atexit) -> WAITING (threads may still start others,
 * which are waited for as well) -> OVER (no thread can be started any more).
 *
 * Locking: `lock` protects the list of functions, the count of holds and the phase. A function is called without it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <thrum/threading/condition.h>
#include <thrum/threading/lock.h>

#include "threading/thread_internal.h"

typedef struct callback {
    struct callback *older;
    void (*function)(void *arg);
    void *arg;
} callback;

typedef enum phase { RUNNING, CALLING, WAITING, OVER } phase;

static thrum_lock lock;
static thrum_condition unheld = THRUM_CONDITION_INIT(&lock);
static struct {
    phase phase;
    callback *newest;
    size_t holds;
} ending;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_phase(phase next) {
    thrum_lock_acquire(&lock);
    ending.phase = next;
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
        (void)thrum_thread_join(thread); /* cannot fail: it was started and is another */
        thrum_thread_unref(thread);
    }
}

static bool held(void) {
    thrum_lock_acquire(&lock);
    bool waited = ending.holds > 0;
    while (ending.holds > 0)
        (void)thrum_condition_wait(&unheld); /* cannot fail: the lock is held */
    (void)thrum_lock_release(&lock);         /* cannot fail: it is held */
    return waited;
}

static void at_exit(void) {
    set_phase(CALLING);
    call_back();
    set_phase(WAITING);
    do
        wait_for_threads();
    while (held()); /* what was held may have started threads */
    set_phase(OVER);
}

static void watch(void) {
    atexit(at_exit);
}

void thrum__exit_watch(void) {
    pthread_once(&once, watch);
}

bool thrum__exit_is_over(void) {
    thrum_lock_acquire(&lock);
    bool over = ending.phase == OVER;
    (void)thrum_lock_release(&lock); /* cannot fail: it is held */
    return over;
}

void thrum__exit_hold(void) {
    thrum__exit_watch();
    thrum_lock_acquire(&lock);
    ending.holds++;
    (void)thrum_lock_release(&lock); /* cannot fail: it is held */
}

void thrum__exit_unhold(void) {
    thrum_lock_acquire(&lock);
    if (--ending.holds == 0)
        (void)thrum_condition_notify_all(&unheld); /* cannot fail: the lock is held */
    (void)thrum_lock_release(&lock);               /* cannot fail: it is held */
}

int thrum_register_atexit(void (*function)(void *arg), void *arg) {
    callback *c = malloc(sizeof *c);
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
    thrum_condition_at_fork_reinit(&unheld);
    ending.holds = 0; /* what held on is not in the child */
}
