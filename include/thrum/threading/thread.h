/* thrum/threading/thread.h - Thread, and the functions of the threading module.
 *
 * The idea
 *       static int countdown(void *arg) {
 *               for (int *n = arg; *n > 0; (*n)--)
 *                       thrum_sleep(thrum_seconds(1));
 *               return 0;
 *       }
 *
 *       int n = 10;
 *       thrum_thread *t;
 *       if (thrum_thread_new(&t, countdown, &n, NULL) < 0 || thrum_thread_start(t) < 0)
 *               ...
 *       thrum_thread_join(t);
 *       thrum_thread_unref(t);
 *
 *   Keyword arguments are an options struct: &(thrum_thread_options){.name = "counter", .daemon = THRUM_DAEMON}.
 *
 *   What a target returns is its outcome: 0, or the code that stands for an uncaught exception and that is passed to
 *   the excepthook; the default prints the thread's name and the error on stderr. The thread ends normally either
 *   way.
 *
 *   The process does not end before its non-daemon threads: exit() and return from main wait for them. A thread
 *   object is counted; the library holds a reference while the thread runs, so the owner may unref it at any time.
 *
 *   A thread that something else started with pthread_create may use every call. Where a thread object is asked for
 *   it gets a "dummy", named Dummy-N, which goes away with the thread.
 */
#ifndef THRUM_THREADING_THREAD_H
#define THRUM_THREADING_THREAD_H

#include <thrum/time.h>

/* A thread, by reference. */
typedef struct thrum_thread thrum_thread;

/* What a thread runs. Returns 0, or the code of an error: -errno, a THRUM_ code, or THRUM_SYSTEM_EXIT to end
 * silently. */
typedef int thrum_target(void *arg);

/* Whether the end of the process waits for a thread. */
typedef enum thrum_daemon {
    THRUM_DAEMON_INHERIT = 0, /* as the creating thread: Python's daemon=None */
    THRUM_DAEMON = 1,         /* the process may end without it */
    THRUM_NOT_DAEMON = 2      /* exit waits for it */
} thrum_daemon;

/* Thread's keyword arguments. Zero is Python's default for each. */
typedef struct thrum_thread_options {
    const char *name;        /* copied; NULL or "" is "Thread-N" */
    thrum_daemon daemon;     /* THRUM_DAEMON_INHERIT is Python's None */
    size_t stack_size;       /* bytes; 0 is the module's thrum_stack_size() */
    const char *target_name; /* copied; makes the default name "Thread-N (target_name)" */
    /* Called once with arg, when the thread has ended or is freed unstarted; may be NULL. */
    void (*free_arg)(void *arg);
} thrum_thread_options;

THRUM_BEGIN_DECLS

/* Make a thread that will run target(arg) once started: threading.Thread(target=..., args=...).
 *
 * Stores a new reference in *ret_thread. Returns 0; -ENOMEM; THRUM_VALUE_ERROR when target is NULL or the stack size
 * is below 32 KiB. On failure free_arg is not called.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_thread_new(thrum_thread **ret_thread, thrum_target *target, void *arg,
                                               const thrum_thread_options *options);

/* Start the thread: Thread.start(). From here on it is alive, is enumerated and has an ident.
 *
 * Returns 0; THRUM_RUNTIME_ERROR when it was started before ("threads can only be started once") or when the process
 * is ending ("can't create new thread at interpreter shutdown"); -EAGAIN, -ENOMEM, or -EINVAL for a stack larger than
 * there is address space, when the system refuses ("can't start new thread"), which leaves the thread unstarted, out
 * of thrum_enumerate(), and free to be started again.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_thread_start(thrum_thread *thread);

/* Run the thread's target in the calling thread, as calling Thread.run() does. Returns what the target returns.
 * Threads: any.  Signals: unsafe.  Blocks: until the target returns. */
THRUM_API int thrum_thread_run(thrum_thread *thread);

/* Wait until the thread has ended: Thread.join(). May be called many times and by many threads.
 *
 * Returns 0; THRUM_RUNTIME_ERROR when it was not started ("cannot join thread before it is started"), is the calling
 * thread ("cannot join current thread"), or is a dummy ("cannot join a dummy thread"); THRUM_DEADLOCK when the thread
 * waits, perhaps through others, for the caller to end and the deadlock policy is `error`.
 * Threads: any.  Signals: unsafe.  Blocks: until the thread has ended. */
THRUM_API int thrum_thread_join(thrum_thread *thread);

/* Wait until the thread has ended, within a time limit: Thread.join(timeout). A negative limit counts as zero.
 *
 * Returns as thrum_thread_join(), THRUM_TIMED_OUT when the thread is still alive, or THRUM_OVERFLOW_ERROR beyond
 * THRUM_TIMEOUT_MAX.
 * Threads: any.  Signals: unsafe.  Blocks: until the thread has ended or the time has passed. */
THRUM_API THRUM_NODISCARD int thrum_thread_join_timed(thrum_thread *thread, thrum_timeout timeout);

/* Whether the thread was started and has not ended: Thread.is_alive().
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_thread_is_alive(const thrum_thread *thread);

/* The thread's name: Thread.name. The string stays valid as long as the thread object, also when the name is changed;
 * that of a timer's thread as long as the timer.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API const char *thrum_thread_name(const thrum_thread *thread);

/* Change the thread's name, at any time; of a running thread also the operating system's name, cut at 15 bytes.
 *
 * Returns 0, -ENOMEM with the old name kept, or THRUM_VALUE_ERROR for NULL.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_thread_set_name(thrum_thread *thread, const char *name);

/* The thread's number: Thread.ident; 0 (Python's None) before it is started, and kept after its end. Never 0 for a
 * started thread; may be given to another thread after the end of this one.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API uint64_t thrum_thread_ident(const thrum_thread *thread);

/* The kernel's number of the thread: Thread.native_id; 0 (Python's None) before it is started, and kept after its
 * end.
 * Threads: any.  Signals: unsafe.  Blocks: until a thread that was just started has begun to run. */
THRUM_API int thrum_thread_native_id(const thrum_thread *thread);

/* Whether the process may end without the thread: Thread.daemon.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API bool thrum_thread_daemon(const thrum_thread *thread);

/* Say whether the process may end without the thread. Returns 0, or THRUM_RUNTIME_ERROR with nothing changed once it
 * was started ("cannot set daemon status of active thread").
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_thread_set_daemon(thrum_thread *thread, bool daemon);

/* Take another reference. Returns `thread`.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_thread *thrum_thread_ref(thrum_thread *thread);

/* Drop a reference; the last one frees the object, not before the thread has ended. Takes NULL. Returns NULL.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_thread *thrum_thread_unref(thrum_thread *thread);

/* Write Python's repr, "<Thread(worker, started daemon 140...)>" (initial, started IDENT, stopped IDENT), into
 * `buffer` of `size` bytes.
 *
 * Always ends with a NUL when size > 0. Returns the length of the whole text, as snprintf does.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_thread_repr(const thrum_thread *thread, char *buffer, size_t size);

/* How many threads are alive: threading.active_count(). Counts the main thread, daemons and dummies.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API size_t thrum_active_count(void);

/* The threads that are alive: threading.enumerate().
 *
 * Stores up to `size` new references in `threads`, in the order in which they were started; the caller drops each
 * with thrum_thread_unref(). Returns how many are alive, which may be more than `size`.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API size_t thrum_enumerate(thrum_thread **threads, size_t size);

/* The calling thread: threading.current_thread(). Borrowed; valid while the calling thread runs, unless referenced.
 *
 * Never NULL: when there is no memory for a dummy object the process aborts with a message.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_thread *thrum_current_thread(void);

/* The main thread: threading.main_thread(). Borrowed; valid for ever. In the child of a fork it is the thread that
 * forked.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_thread *thrum_main_thread(void);

/* The calling thread's number: threading.get_ident().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API uint64_t thrum_get_ident(void);

/* The calling thread's number in the kernel: threading.get_native_id(), gettid(2).
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API int thrum_get_native_id(void);

/* The stack size of threads started later, in bytes: threading.stack_size(). 0 is the system's default.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API size_t thrum_stack_size(void);

/* Set the stack size of threads started later: threading.stack_size(size).
 *
 * Returns 0, or THRUM_VALUE_ERROR with nothing changed for a size below 32 KiB other than 0 ("size not valid").
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_set_stack_size(size_t size);

/* Set the text that explains the error the calling thread is about to return, and return `code`:
 *
 *     return thrum_thread_fail(-errno, "cannot read %s", path);
 *
 * The excepthook gets the text; it is cut at 255 bytes.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_thread_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What an excepthook is told: threading.ExceptHookArgs. */
typedef struct thrum_excepthook_args {
    int code;             /* what the target returned */
    const char *text;     /* what thrum_thread_fail() said, or thrum_strerror(code) */
    thrum_thread *thread; /* borrowed; NULL stands for the calling thread, which the default shows as a number */
} thrum_excepthook_args;

/* An excepthook: returns 0, or an error of its own, which is reported on stderr and has no other effect. */
typedef int thrum_excepthook(const thrum_excepthook_args *args, void *arg);

/* Replace the excepthook: threading.excepthook. NULL brings back the default.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_set_excepthook(thrum_excepthook *hook, void *arg);

/* The default excepthook: threading.__excepthook__. Writes "Exception in thread NAME:" and the error on stderr.
 * Returns 0.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_default_excepthook(const thrum_excepthook_args *args, void *arg);

/* Functions called in each thread that thrum_thread_start() starts, before its target and after it: in place of
 * settrace and setprofile. Either may be NULL. Threads already running are not affected.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_set_thread_hooks(void (*started)(thrum_thread *thread, void *arg),
                                      void (*stopped)(thrum_thread *thread, void *arg), void *arg);

/* Have function(arg) called when the process ends, before non-daemon threads are waited for; the last registered
 * first.
 *
 * Returns 0, -ENOMEM, or THRUM_RUNTIME_ERROR once the end has begun.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_register_atexit(void (*function)(void *arg), void *arg);

THRUM_END_DECLS

#endif
