/* clone3.h - the newer clone, for which the C libraries have no function that runs a child on a stack of its own. */
#ifndef THRUM_PLATFORM_LINUX_CLONE3_H
#define THRUM_PLATFORM_LINUX_CLONE3_H

#include <stddef.h>
#include <stdint.h>

/* The kernel's struct clone_args, as far as Linux 5.5 knows it. */
typedef struct thrum__clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
} thrum__clone_args;

#define THRUM__CLONE_CLEAR_SIGHAND UINT64_C(0x100000000) /* handlers become default, ignored signals stay ignored */

/* Start a child that runs body(arg) on the given stack and then ends. Returns its number, or -errno; -ENOSYS where
 * this processor has no such function here, too. */
long thrum__clone3(const thrum__clone_args *args, size_t size, int (*body)(void *arg), void *arg);

#endif
