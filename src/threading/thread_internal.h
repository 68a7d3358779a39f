/* thread_internal.h - the thread object, and what other modules need of it. */
#ifndef THRUM_THREAD_INTERNAL_H
#define THRUM_THREAD_INTERNAL_H

#include <pthread.h>

#include <thrum/threading/event.h>
#include <thrum/threading/thread.h>

#include "park/record.h"

/* What a thread object stands for. */
typedef enum thrum__thread_kind {
    THRUM__THREAD_NORMAL,
    THRUM__THREAD_MAIN,
    THRUM__THREAD_DUMMY, /* of a thread that something else started */
    THRUM__THREAD_HIDDEN /* a service thread of the library: daemon, not enumerated, not counted */
} thrum__thread_kind;

/* INITIAL -> STARTING by start, which goes back when the system refuses. STARTING -> STARTED by start or by the
 * thread itself, whichever comes first. STARTED -> STOPPED by the thread itself, or in the child of a fork for the
 * threads that are not there. To everybody but start a STARTING thread is INITIAL: nobody waits for what may not
 * come. */
enum { THRUM__THREAD_INITIAL, THRUM__THREAD_STARTING, THRUM__THREAD_STARTED, THRUM__THREAD_STOPPED };

/* A name that a thread has or had. Old ones are kept, for somebody may be reading them. */
typedef struct thrum__thread_name {
    struct thrum__thread_name *older;
    char text[];
} thrum__thread_name;

struct thrum_thread {
    uint32_t references; /* atomic; one is the running thread's own */
    uint32_t state;      /* atomic; its address is where joiners wait */
    uint32_t ident;      /* its record's number, from STARTED on, and kept after the end */
    thrum__thread_kind kind;
    bool daemon;       /* atomic */
    bool reaped;       /* atomic; somebody has pthread_join()ed or detached it, or must not */
    thrum_event begun; /* handle and native_id are there */
    pthread_t handle;
    int native_id;
    thrum__record *record; /* while it runs */
    const char *name;      /* atomic; text of one in names, or a literal */
    thrum__thread_name *names;
    thrum_target *target;
    void *arg;
    void (*free_arg)(void *arg);
    size_t stack_size;
    struct thrum_thread *previous, *next; /* in the list of live threads */
    bool listed;
    void (*stopped)(struct thrum_thread *thread, void *arg); /* what its start hook was paired with, and */
    void *hook_arg;                                          /* its argument; the thread's own */
    char text[256];                                          /* what thrum_thread_fail() said; the thread's own */
};

/* Start a thread that serves the library: a daemon, in no list. Stores a reference. 0 or a negative code. */
int thrum__thread_start_hidden(thrum_thread **ret_thread, thrum_target *target, void *arg, const char *name);

/* Give the thread object of the calling thread another name, which the caller keeps alive until it sets the next. */
void thrum__thread_borrow_name(thrum_thread *thread, const char *name);

/* Pass an error that a thread's function returned to the excepthook; none for 0 and THRUM_SYSTEM_EXIT. */
void thrum__excepthook(thrum_thread *thread, int code);

/* What thrum_thread_fail() said in the calling thread since this was called last: a copy for the caller to free. NULL
 * when it said nothing, or without memory. */
char *thrum__thread_take_text(void);

/* The functions of thrum_set_thread_hooks(), called in the thread itself. */
void thrum__thread_hook_started(thrum_thread *thread);
void thrum__thread_hook_stopped(thrum_thread *thread);

/* The list of live threads (thread_list.c). */
void thrum__thread_list_add(thrum_thread *thread);
void thrum__thread_list_remove(thrum_thread *thread);
/* The first live thread that exit has to wait for, referenced, or NULL. */
thrum_thread *thrum__thread_list_non_daemon(void);

/* Have the end of the process wait for non-daemon threads. Idempotent. */
void thrum__exit_watch(void);
/* Whether it is too late to start a thread. */
bool thrum__exit_is_over(void);
/* Wait until no non-daemon timer is alive. Returns whether one has ended since the last call: it may have started a
 * thread, and so threads are to be looked for again. Set by timer_keeper.c; NULL in a program without timers. */
extern bool (*thrum__exit_wait_for_timers)(void);
/* In the child of a fork. */
void thrum__exit_after_fork_child(void);

/* Wait for the end of a thread that was started, whatever the deadlock policy says. */
void thrum__thread_await(thrum_thread *thread);

/* Mark that a thread has ended, and tell those who join it. */
void thrum__thread_stop(thrum_thread *thread);
/* The second half of that: for the main thread, which stays enumerated to the end of the process. */
void thrum__thread_let_join(thrum_thread *thread);

/* Make a thread object that stands for the calling thread. NULL without memory. */
thrum_thread *thrum__thread_new_dummy(thrum__record *record);

#endif
