/* sanitizer.h - what ThreadSanitizer has to be told, when the program runs under it.
 *
 * It must not see the hand-over of the turn, or it would take every two steps for ordered. But a thread of the engine
 * lives on for the next schedule, where pthread_create() would have made a new one: that it begins after the call
 * that starts it has to be said. And the names and texts that the engine copies go through functions of the C library
 * that the sanitizer watches, whoever calls them. A process that runs schedules ends by _Exit(), which it does not
 * watch: after _exit() it would wait a second for more. Its functions are there only under it: elsewhere they are
 * NULL.
 */
#ifndef THRUM_EXPLORE_SANITIZER_H
#define THRUM_EXPLORE_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));
extern void __tsan_ignore_thread_begin(void) __attribute__((weak));
extern void __tsan_ignore_thread_end(void) __attribute__((weak));
extern void AnnotateIgnoreSyncBegin(const char *file, int line) __attribute__((weak));
extern void AnnotateIgnoreSyncEnd(const char *file, int line) __attribute__((weak));

enum { x_sanitizer_status = 66 /* how a process ends that it has found at fault, unless told otherwise */ };

/* What the caller did so far comes before what another thread does after it takes from the same object. */
static inline void x_sanitizer_gives(const void *object) {
    if (__tsan_release)
        __tsan_release((void *)(uintptr_t)object);
}

static inline void x_sanitizer_takes(const void *object) {
    if (__tsan_acquire)
        __tsan_acquire((void *)(uintptr_t)object);
}

/* Around what the engine does in the C library, and where it takes latches to find out names: neither is to race, or
 * to order anything. */
static inline void x_sanitizer_look_away(void) {
    if (__tsan_ignore_thread_begin)
        __tsan_ignore_thread_begin();
    if (AnnotateIgnoreSyncBegin)
        AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
}

static inline void x_sanitizer_look_again(void) {
    if (AnnotateIgnoreSyncEnd)
        AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
    if (__tsan_ignore_thread_end)
        __tsan_ignore_thread_end();
}

static inline bool x_sanitizer_watches(void) {
    return __tsan_acquire != NULL;
}

#endif
