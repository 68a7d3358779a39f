/* thread.h - what POSIX threads and C11 threads have in common. */
#ifndef THRUM_TOOLS_THREAD_H
#define THRUM_TOOLS_THREAD_H

#include "preload.h"

/* Start a thread such as `thread` describes. Returns 0 or EAGAIN. */
int threads_create(pthread_t *ret_handle, preload_thread thread);

/* As pthread_join(); EBUSY with no time to wait, ETIMEDOUT when it is over. */
int threads_join(pthread_t handle, void **ret_result, thrum_timeout limit);
int threads_detach(pthread_t handle);
void threads_exit(void *result) __attribute__((noreturn));

/* The calling thread has ended: run the destructors of its thread_local objects and of its values of keys. */
void threads_destroy_values(preload_thread *me);

/* Remember the destructor of a key. */
void threads_key_made(pthread_key_t key, void (*destructor)(void *value));

/* Sleep for a span that is virtual. Returns when it is over; or false, with EINTR in errno, when a signal interrupts
 * `call` at once; or the thread is cancelled and ends. */
bool threads_sleep(thrum_timeout span, const char *call);

#endif
