/* platform.h - the seam to the operating system: the only place where its kind shows.
 *
 * src/platform/linux uses Linux's own calls, src/platform/posix makes do with POSIX; the build chooses one. src/park
 * is the only caller of the waiting calls.
 */
#ifndef THRUM_PLATFORM_H
#define THRUM_PLATFORM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Sleep while *word == expected, until thrum__os_wake(word) or until `deadline` on the monotonic clock (INT64_MAX:
 * none). Returns 0, perhaps early, or -ETIMEDOUT. */
int thrum__os_wait(uint32_t *word, uint32_t expected, int64_t deadline);

/* Wake one thread that sleeps on word. The memory of word must stay mapped, not unchanged. Async-signal-safe on
 * Linux. */
void thrum__os_wake(uint32_t *word);

/* In the child of a fork: forget the threads of the parent. */
void thrum__os_at_fork_child(void);

/* The kernel's number of the calling thread. */
int thrum__os_thread_id(void);

/* Whether the calling thread is the one that the process began with, or, where the system does not tell, was the
 * first to ask for its number. */
bool thrum__os_is_main_thread(void);

/* Show `name`, cut at 15 bytes, as the name of the thread with that number in the system's tools. The thread may have
 * ended: it is named by its number and not by its handle, which is not to be used after somebody has joined it. */
void thrum__os_set_thread_name(int thread_id, const char *name);

/* How many CPUs the process may run on, at least 1. */
unsigned thrum__os_cpus(void);

#endif
