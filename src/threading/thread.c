/* thread.c - Thread: the object, and the life of the thread behind it.
 *
 * Ownership: references are counted. A running thread owns one to its own object, so the object outlives the thread.
 * What pthread_create() made is given back by whoever joins first, or by the last reference.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/hooks.h"
#include "platform/platform.h"
#include "threading/thread_internal.h"

enum {
    least_stack = 32 * 1024,          /* Python's limit */
    least_default_stack = 1024 * 1024 /* a C library with a smaller default is given this much */
};

static size_t default_stack_size; /* atomic; 0: the system's */
static uint32_t last_number;      /* of "Thread-N"; atomic */

static uint32_t state_of(const thrum_thread *thread) {
    /* Acquire: pairs with the release in thrum__thread_stop() and in be_started(). */
    return __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE);
}

static bool was_started(const thrum_thread *thread) {
    return state_of(thread) >= THRUM__THREAD_STARTED;
}

/* In the thread that starts it and in the thread itself: the first one of them does it. */
static void be_started(thrum_thread *thread) {
    uint32_t state = THRUM__THREAD_STARTING;
    /* Release: pairs with state_of(), so that the ident is seen with the state. */
    __atomic_compare_exchange_n(&thread->state, &state, THRUM__THREAD_STARTED, false, __ATOMIC_RELEASE,
                                __ATOMIC_RELAXED);
}

/* Make `text` the name, and remember it for when the object is freed. */
static int adopt_name(thrum_thread *thread, const char *text) {
    size_t size = strlen(text) + 1;
    thrum__thread_name *name = thrum__malloc(sizeof *name + size);
    if (!name)
        return -ENOMEM;
    memcpy(name->text, text, size);
    /* Release, twice: pairs with thrum_thread_name(), and nobody reads the list before the end. Names are pushed by
     * compare-and-exchange, because any thread may set them. */
    name->older = __atomic_load_n(&thread->names, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&thread->names, &name->older, name, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
    __atomic_store_n(&thread->name, name->text, __ATOMIC_RELEASE);
    return 0;
}

static int adopt_default_name(thrum_thread *thread, const char *target_name) {
    char text[128];
    unsigned number = __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED); /* relaxed: only has to be different */
    if (target_name)
        snprintf(text, sizeof text, "Thread-%u (%s)", number, target_name);
    else
        snprintf(text, sizeof text, "Thread-%u", number);
    return adopt_name(thread, text);
}

static bool inherit_daemon(thrum_daemon wish) {
    return wish == THRUM_DAEMON_INHERIT ? thrum_thread_daemon(thrum_current_thread()) : wish == THRUM_DAEMON;
}

int thrum_thread_new(thrum_thread **ret_thread, thrum_target *target, void *arg,
                     const thrum_thread_options *options) {
    static const thrum_thread_options defaults;
    if (!options)
        options = &defaults;
    if (!target || (options->stack_size != 0 && options->stack_size < least_stack))
        return THRUM_VALUE_ERROR;
    thrum_thread *thread = thrum__calloc(1, sizeof *thread);
    if (!thread)
        return -ENOMEM;
    bool named = options->name && options->name[0]; /* "" is no name, as in Python */
    int r = named ? adopt_name(thread, options->name) : adopt_default_name(thread, options->target_name);
    if (r < 0) {
        free(thread);
        return r;
    }
    thread->references = 1;
    thread->daemon = inherit_daemon(options->daemon);
    thread->stack_size = options->stack_size;
    thread->target = target;
    thread->arg = arg;
    thread->free_arg = options->free_arg;
    *ret_thread = thread;
    return 0;
}

thrum_thread *thrum__thread_new_dummy(thrum__record *record) {
    static uint32_t last_dummy;
    char text[32];
    thrum_thread *thread = thrum__calloc(1, sizeof *thread);
    if (!thread)
        return NULL;
    /* Relaxed: only has to be different. */
    snprintf(text, sizeof text, "Dummy-%u", __atomic_add_fetch(&last_dummy, 1, __ATOMIC_RELAXED));
    if (adopt_name(thread, text) < 0) {
        free(thread);
        return NULL;
    }
    thread->references = 1; /* the thread's own */
    thread->kind = THRUM__THREAD_DUMMY;
    thread->daemon = true;
    thread->reaped = true;
    thread->handle = pthread_self();
    thread->record = record;
    thread->native_id = record->native_id;
    thread->ident = record->id;
    thread->state = THRUM__THREAD_STARTED;
    thrum_event_set(&thread->begun);
    return thread;
}

static void destroy(thrum_thread *thread) {
    /* Nobody else has it any more. A thread that nobody joined cleans up after itself. */
    if (thread->state != THRUM__THREAD_INITIAL && !thread->reaped)
        pthread_detach(thread->handle);
    if (thread->free_arg)
        thread->free_arg(thread->arg);
    for (thrum__thread_name *name = thread->names, *older; name; name = older) {
        older = name->older;
        free(name);
    }
    free(thread);
}

thrum_thread *thrum_thread_ref(thrum_thread *thread) {
    /* Relaxed: the caller has a reference, so the object is there. */
    __atomic_fetch_add(&thread->references, 1, __ATOMIC_RELAXED);
    return thread;
}

thrum_thread *thrum_thread_unref(thrum_thread *thread) {
    if (!thread || thread->kind == THRUM__THREAD_MAIN)
        return NULL;
    thrum__note(thread, THRUM__NOTE_GIVES);
    /* Acquire and release: what every owner did with the object comes before its destruction. */
    if (__atomic_sub_fetch(&thread->references, 1, __ATOMIC_ACQ_REL) == 0) {
        thrum__note(thread, THRUM__NOTE_TAKES);
        destroy(thread);
    }
    return NULL;
}

/* The last thing that a thread does, however it leaves its target. */
static void finish(void *arg) {
    thrum_thread *thread = arg;
    thrum__thread_hook_stopped(thread);
    if (thread->free_arg)
        thread->free_arg(thread->arg);
    thread->free_arg = NULL;
    thrum__record_leave();
    thrum__thread_stop(thread);
    thrum_thread_unref(thread);
}

static void *thread_main(void *arg) {
    thrum_thread *thread = arg;
    thrum__record_adopt(thread->record);
    thread->handle = pthread_self();
    thread->native_id = thread->record->native_id;
    be_started(thread);
    thrum_event_set(&thread->begun);
    /* After begun: see thrum_thread_set_name(). */
    thrum__os_set_thread_name(thread->native_id, thrum_thread_name(thread));
    pthread_cleanup_push(finish, thread);
    thrum__thread_hook_started(thread);
    thrum__excepthook(thread, thread->target(thread->arg));
    pthread_cleanup_pop(1);
    return NULL;
}

/* The size of the stack, or 0 for what the system gives. */
static size_t stack_size_of(const thrum_thread *thread) {
    static size_t system_default;
    size_t size = thread->stack_size ? thread->stack_size : thrum_stack_size();
    if (size)
        return size;
    /* Relaxed: every thread finds the same. */
    if (!__atomic_load_n(&system_default, __ATOMIC_RELAXED)) {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_getstacksize(&attributes, &size);
        pthread_attr_destroy(&attributes);
        __atomic_store_n(&system_default, size, __ATOMIC_RELAXED); /* as above */
    }
    size = __atomic_load_n(&system_default, __ATOMIC_RELAXED); /* as above */
    return size < least_default_stack ? least_default_stack : 0;
}

static int create(thrum_thread *thread) {
    pthread_t handle;
    const thrum__hooks *hooks = thrum__hooks_get();
    size_t size = stack_size_of(thread);
    if (hooks && hooks->create) {
        thread->reaped = true;
        return hooks->create(&handle, thread_main, thread);
    }
    if (size == 0)
        return -pthread_create(&handle, NULL, thread_main, thread);
    pthread_attr_t attributes;
    int r = pthread_attr_init(&attributes);
    if (r == 0) {
        r = pthread_attr_setstacksize(&attributes, size);
        r = r ? r : pthread_create(&handle, &attributes, thread_main, thread);
        pthread_attr_destroy(&attributes);
    }
    return -r;
}

/* Take back what start() did, because there is no thread after all. */
static void undo_start(thrum_thread *thread) {
    thrum__thread_list_remove(thread);
    thrum__record_free(thread->record);
    thread->record = NULL;
    thread->reaped = false; /* it is set where hooks make the thread: the next start may do without them */
    thread->ident = 0;
    /* Release: pairs with state_of(). */
    __atomic_store_n(&thread->state, THRUM__THREAD_INITIAL, __ATOMIC_RELEASE);
    thrum_thread_unref(thread);
}

/* The object is STARTING and has a record: let it run. */
static int start(thrum_thread *thread) {
    thread->ident = thread->record->id;
    thrum__record_set_name(thread->ident, thrum_thread_name(thread));
    thread->record->thread = thread;
    thrum_thread_ref(thread);
    thrum__thread_list_add(thread);
    int r = create(thread);
    if (r < 0)
        undo_start(thread);
    else
        be_started(thread);
    return r;
}

int thrum_thread_start(thrum_thread *thread) {
    uint32_t state = THRUM__THREAD_INITIAL;
    thrum__exit_watch();
    if (thrum__exit_is_over())
        return THRUM_RUNTIME_ERROR;
    /* Acquire and release: one starter, and what it sets up is seen with the state. */
    if (!__atomic_compare_exchange_n(&thread->state, &state, THRUM__THREAD_STARTING, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return THRUM_RUNTIME_ERROR;
    thread->record = thrum__record_new();
    if (thread->record)
        return start(thread);
    /* Release: pairs with state_of(). */
    __atomic_store_n(&thread->state, THRUM__THREAD_INITIAL, __ATOMIC_RELEASE);
    return -ENOMEM;
}

int thrum__thread_start_hidden(thrum_thread **ret_thread, thrum_target *target, void *arg, const char *name) {
    thrum_thread *thread;
    int r = thrum_thread_new(&thread, target, arg, &(thrum_thread_options){.name = name, .daemon = THRUM_DAEMON});
    if (r < 0)
        return r;
    thread->kind = THRUM__THREAD_HIDDEN;
    r = thrum_thread_start(thread);
    if (r < 0)
        thrum_thread_unref(thread);
    else
        *ret_thread = thread;
    return r;
}

int thrum_thread_run(thrum_thread *thread) {
    return thread->target(thread->arg);
}

bool thrum_thread_is_alive(const thrum_thread *thread) {
    bool alive = state_of(thread) == THRUM__THREAD_STARTED;
    if (!alive)
        thrum__note(thread, THRUM__NOTE_TAKES);
    return alive;
}

const char *thrum_thread_name(const thrum_thread *thread) {
    /* Acquire: pairs with the release in adopt_name(). */
    return __atomic_load_n(&thread->name, __ATOMIC_ACQUIRE);
}

void thrum__thread_borrow_name(thrum_thread *thread, const char *name) {
    /* Release: pairs with thrum_thread_name(). */
    __atomic_store_n(&thread->name, name, __ATOMIC_RELEASE);
    thrum__record_set_name(thread->ident, name);
}

/* A thread that has not begun sets its own OS name when it does, from the name that it finds then. */
int thrum_thread_set_name(thrum_thread *thread, const char *name) {
    int r = name ? adopt_name(thread, name) : THRUM_VALUE_ERROR;
    if (r < 0)
        return r;
    if (!thrum_thread_is_alive(thread) || !thrum_event_is_set(&thread->begun))
        return 0;
    thrum__record_set_name(thread->ident, thrum_thread_name(thread));
    thrum__os_set_thread_name(thread->native_id, name);
    return 0;
}

uint64_t thrum_thread_ident(const thrum_thread *thread) {
    return was_started(thread) ? thread->ident : 0;
}

int thrum_thread_native_id(const thrum_thread *thread) {
    if (!was_started(thread))
        return 0;
    thrum_event_wait((thrum_event *)(uintptr_t)&thread->begun);
    return thread->native_id;
}

bool thrum_thread_daemon(const thrum_thread *thread) {
    return __atomic_load_n(&thread->daemon, __ATOMIC_RELAXED); /* relaxed: a fact by itself */
}

int thrum_thread_set_daemon(thrum_thread *thread, bool daemon) {
    if (state_of(thread) != THRUM__THREAD_INITIAL)
        return THRUM_RUNTIME_ERROR;
    __atomic_store_n(&thread->daemon, daemon, __ATOMIC_RELAXED); /* relaxed: a fact by itself */
    return 0;
}

size_t thrum_stack_size(void) {
    return __atomic_load_n(&default_stack_size, __ATOMIC_RELAXED); /* relaxed: a number by itself */
}

int thrum_set_stack_size(size_t size) {
    if (size != 0 && size < least_stack)
        return THRUM_VALUE_ERROR;
    __atomic_store_n(&default_stack_size, size, __ATOMIC_RELAXED); /* relaxed: a number by itself */
    return 0;
}

int thrum_thread_repr(const thrum_thread *thread, char *buffer, size_t size) {
    static const char *const kinds[] = {"Thread", "_MainThread", "_DummyThread", "Thread"};
    static const char *const states[] = {"initial", "initial", "started", "stopped"};
    const char *daemon = thrum_thread_daemon(thread) ? " daemon" : "";
    uint32_t state = state_of(thread);
    if (state < THRUM__THREAD_STARTED)
        return snprintf(buffer, size, "<%s(%s, %s%s)>", kinds[thread->kind], thrum_thread_name(thread), states[state],
                        daemon);
    return snprintf(buffer, size, "<%s(%s, %s%s %u)>", kinds[thread->kind], thrum_thread_name(thread), states[state],
                    daemon, thread->ident);
}
