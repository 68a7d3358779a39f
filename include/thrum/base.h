/* thrum/base.h - result codes, attributes and the version: the words that every other header uses.
 *
 * The idea
 *   A call that can fail returns an int: 0 (or a count) when it worked, a negative code when it did not. An operating
 *   system error is -errno. A condition that Python would raise is one of the codes below -4096, one per Python
 *   exception class that a caller must be able to tell apart. There is no errno to save and no global to read:
 *
 *       int r = thrum_queue_get_timed(jobs, &job, thrum_seconds(1.5));
 *       if (r == THRUM_EMPTY)
 *               puts("nothing to do");
 *       else if (r < 0)
 *               fprintf(stderr, "%s: %s\n", thrum_error_name(r), thrum_strerror(r));
 *
 * Out-parameters come last, are named ret_something, and are untouched when the call fails.
 * The last line of each function's comment states from which threads it may be called, whether a signal handler may
 * call it, and how long it can block.
 */
#ifndef THRUM_BASE_H
#define THRUM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define THRUM_VERSION_MAJOR 0
#define THRUM_VERSION_MINOR 1
#define THRUM_VERSION_PATCH 0
#define THRUM_VERSION "0.1.0"

#ifdef __cplusplus
#define THRUM_BEGIN_DECLS extern "C" {
#define THRUM_END_DECLS }
#else
#define THRUM_BEGIN_DECLS
#define THRUM_END_DECLS
#endif

/* A symbol of the library's interface. Everything else is hidden. */
#define THRUM_API __attribute__((visibility("default")))
/* The result must be looked at: ignoring it would hide a timeout or an error. */
#define THRUM_NODISCARD __attribute__((warn_unused_result))
#ifdef __cplusplus
#define THRUM_INLINE THRUM_API __attribute__((always_inline)) inline
#else
/* Inline in the caller, and an exported function as well, so that other languages can bind it. Reports name the place
 * to which a call of the library returns. In C++ without optimisation that would be in a copy of the function in the
 * program, the same for all callers; so it is always inline there. */
#define THRUM_INLINE THRUM_API inline
#endif

/* Thread-safety annotations: clang 22 and later can check them in C (-Wthread-safety -Wthread-safety-beta); elsewhere
 * they are empty. Declare a lock first in its struct, and mark what it guards with THRUM_GUARDED_BY(&lock). */
#if defined(__clang__) && __clang_major__ >= 22
#define THRUM_TS_(x) __attribute__((x))
#else
#define THRUM_TS_(x)
#endif
#define THRUM_CAPABILITY THRUM_TS_(capability("mutex"))
#define THRUM_REENTRANT THRUM_TS_(reentrant_capability)
#define THRUM_GUARDED_BY(lock) THRUM_TS_(guarded_by(lock))
#define THRUM_REQUIRES(lock) THRUM_TS_(requires_capability(lock))
#define THRUM_ACQUIRES(lock) THRUM_TS_(acquire_capability(lock))
#define THRUM_TRY_ACQUIRES(lock) THRUM_TS_(try_acquire_capability(false, lock))
#define THRUM_RELEASES(lock) THRUM_TS_(release_capability(lock))
#define THRUM_UNCHECKED THRUM_TS_(no_thread_safety_analysis)

#define THRUM_LIKELY_(x) __builtin_expect(!!(x), 1)
#define THRUM_UNLIKELY_(x) __builtin_expect(!!(x), 0)

/* Every code, once: name, value, the Python exception that it stands for, and the sentence that explains it.
 * Values are part of the ABI: new codes are added at the end. */
#define THRUM_ERROR_MAP(X)                                                                                           \
    X(TIMED_OUT, -4097, "TimeoutError", "the time limit passed")                                                     \
    X(VALUE_ERROR, -4098, "ValueError", "an argument has an unacceptable value")                                     \
    X(RUNTIME_ERROR, -4099, "RuntimeError", "the object is not in a state that allows this call")                    \
    X(OVERFLOW_ERROR, -4100, "OverflowError", "a number or a time limit is too large")                               \
    X(TYPE_ERROR, -4101, "TypeError", "a value has the wrong type")                                                  \
    X(KEY_ERROR, -4102, "KeyError", "no such key or name")                                                           \
    X(DEADLOCK, -4103, "RuntimeError", "waiting would never end: the threads involved wait for each other")          \
    X(BROKEN_BARRIER, -4104, "threading.BrokenBarrierError", "the barrier is broken")                                \
    X(SYSTEM_EXIT, -4105, "SystemExit", "the thread asked to end silently")                                          \
    X(EMPTY, -4106, "queue.Empty", "the queue is empty")                                                             \
    X(FULL, -4107, "queue.Full", "the queue is full")                                                                \
    X(SHUT_DOWN, -4108, "queue.ShutDown", "the queue is shut down")                                                  \
    X(CANCELLED, -4109, "concurrent.futures.CancelledError", "the work was cancelled")                               \
    X(INVALID_STATE, -4110, "concurrent.futures.InvalidStateError", "the future is in another state")                \
    X(BROKEN_EXECUTOR, -4111, "concurrent.futures.BrokenExecutor", "the executor is broken")                         \
    X(BROKEN_THREAD_POOL, -4112, "concurrent.futures.thread.BrokenThreadPool",                                       \
      "a worker's initializer failed: the thread pool is not usable anymore")                                        \
    X(BROKEN_PROCESS_POOL, -4113, "concurrent.futures.process.BrokenProcessPool",                                    \
      "a process in the process pool was terminated abruptly")                                                       \
    X(CALLED_PROCESS_ERROR, -4114, "subprocess.CalledProcessError", "the command failed")                            \
    X(TIMEOUT_EXPIRED, -4115, "subprocess.TimeoutExpired", "the command did not end in time")                        \
    X(SUBPROCESS_ERROR, -4116, "subprocess.SubprocessError", "the child could not be prepared")                      \
    X(EOF_ERROR, -4117, "EOFError", "the input ended")                                                               \
    X(CLOSED, -4118, "ValueError", "the object is closed")                                                           \
    X(UNICODE_ERROR, -4119, "UnicodeDecodeError", "the text is not valid UTF-8")                                     \
    X(LIMIT_EXCEEDED, -4120, "MemoryError", "a limit that the caller set was reached")                               \
    X(ALREADY_LOCKED, -4121, "lockfile.AlreadyLocked", "the lock file is held by somebody else")                     \
    X(LOCK_TIMEOUT, -4122, "lockfile.LockTimeout", "the lock file was not free in time")                             \
    X(LOCK_FAILED, -4123, "lockfile.LockFailed", "the lock file could not be made")                                  \
    X(NOT_LOCKED, -4124, "lockfile.NotLocked", "the lock file is not held")                                          \
    X(NOT_MY_LOCK, -4125, "lockfile.NotMyLock", "the lock file is held by another process")                          \
    X(STOP_ITERATION, -4126, "StopIteration", "there are no more items")                                             \
    X(NO_CLOSING_QUOTATION, -4127, "ValueError", "No closing quotation")                                             \
    X(NO_ESCAPED_CHARACTER, -4128, "ValueError", "No escaped character")

enum {
#define THRUM_ERROR_ENUM_(name, value, python, message) THRUM_##name = (value),
    THRUM_ERROR_MAP(THRUM_ERROR_ENUM_)
#undef THRUM_ERROR_ENUM_
};

THRUM_BEGIN_DECLS

/* The number of the calling thread, which it writes into locks; 0 sends it through the slow path of each call, where
 * a thread that the library meets for the first time is registered, and where checkers and the explorer watch. For
 * the inline functions of these headers, not for direct use. */
extern THRUM_API __thread uint32_t thrum_self_ __attribute__((tls_model("initial-exec")));

/* The Python exception that a result stands for.
 *
 * `result` is a value that some call returned. Returns a string that lives for ever: "queue.Empty" for THRUM_EMPTY,
 * the OSError subclass that Python would raise for a -errno ("FileNotFoundError"; "MemoryError" for -ENOMEM), "OK"
 * for 0 and above, and "UnknownError" for a number that no call returns.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API const char *thrum_error_name(int result);

/* The sentence that explains a result, without a newline.
 *
 * `result` is a value that some call returned. Returns a string that lives for ever; for a -errno the text is that of
 * the C library for the C locale.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API const char *thrum_strerror(int result);

/* The version of the library that the program runs with, as "0.1.0".
 *
 * It can differ from THRUM_VERSION, which is the version of the headers that the program was compiled with.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API const char *thrum_version(void);

THRUM_END_DECLS

#endif
