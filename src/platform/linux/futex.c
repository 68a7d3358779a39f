/* futex.c - sleeping on a word, by futex(2). */
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "platform/platform.h"

/* <linux/futex.h> is not on the include path of every libc; the numbers are the kernel's ABI. */
enum { futex_wait_bitset_private = 9 | 128, futex_wake_private = 1 | 128 };

int thrum__os_wait(uint32_t *word, uint32_t expected, int64_t deadline) {
    const int64_t second = 1000000000;
    struct timespec until = {.tv_sec = (time_t)(deadline / second), .tv_nsec = (long)(deadline % second)};
    if (deadline <= 0)
        return -ETIMEDOUT;
    int saved = errno; /* signal handlers may come by here, when a latch is held */
    /* WAIT_BITSET takes an absolute time on CLOCK_MONOTONIC, so an early return does not lengthen the wait. */
    long r = syscall(SYS_futex, word, futex_wait_bitset_private, expected, deadline == INT64_MAX ? NULL : &until,
                     NULL, 0xffffffffu);
    bool timed_out = r < 0 && errno == ETIMEDOUT;
    errno = saved;
    return timed_out ? -ETIMEDOUT : 0;
}

void thrum__os_wake(uint32_t *word) {
    int saved = errno; /* signal handlers may call this */
    syscall(SYS_futex, word, futex_wake_private, 1, NULL, NULL, 0);
    errno = saved;
}

void thrum__os_at_fork_child(void) {
    /* The kernel keeps no record of sleeping threads that are gone. */
}
