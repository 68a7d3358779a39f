/* numbers.h - constants of the kernel's interface that older C library headers do not have. */
#ifndef THRUM_PLATFORM_LINUX_NUMBERS_H
#define THRUM_PLATFORM_LINUX_NUMBERS_H

#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif

/* Processors whose first calls had 16-bit ids have a second set. */
#ifdef SYS_setresuid32
#define THRUM__SYS_SETRESUID SYS_setresuid32
#define THRUM__SYS_SETRESGID SYS_setresgid32
#define THRUM__SYS_SETGROUPS SYS_setgroups32
#else
#define THRUM__SYS_SETRESUID SYS_setresuid
#define THRUM__SYS_SETRESGID SYS_setresgid
#define THRUM__SYS_SETGROUPS SYS_setgroups
#endif

enum {
    thrum__p_pidfd = 3,                   /* waitid's P_PIDFD, Linux 5.4 */
    thrum__close_range_cloexec = 1 << 2,  /* Linux 5.11 */
    thrum__madv_populate_write = 23,      /* Linux 5.14 */
    thrum__membarrier_expedited = 1 << 3, /* membarrier's MEMBARRIER_CMD_PRIVATE_EXPEDITED, Linux 4.14, */
    thrum__membarrier_register = 1 << 4,  /* and what has to be called before it */
    thrum__signal_process_group = 1 << 2  /* pidfd_send_signal's PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9 */
};

/* The head of struct pidfd_info: Linux 6.13, and the exit status Linux 6.15. */
typedef struct thrum__pidfd_info {
    uint64_t mask, cgroup;
    uint32_t pid, tgid, ppid, ids[8];
    int32_t exit_code; /* as a wait status */
} thrum__pidfd_info;
enum { thrum__pidfd_info_exit = 1 << 3 };
#define THRUM__PIDFD_GET_INFO _IOWR(0xFF, 11, thrum__pidfd_info)

_Static_assert(sizeof(thrum__pidfd_info) == 64, "the size is part of the request's number");

#endif
