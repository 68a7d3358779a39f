/* letgo.c - calls of which nobody can say beforehand whether they block: they are let go. */
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "files.h"

#define LETS_GO(result, name, parameters, arguments)                                                                 \
    INSTEAD(result, name, parameters, arguments) {                                                                   \
        NEXT(name);                                                                                                  \
        LET_GO(result, #name, next_##name arguments);                                                                \
    }

/* The same for a call that a signal may interrupt; when `waits` says that it would wait at all. */
#define LETS_GO_OR_INTERRUPTS(result, name, waits, parameters, arguments)                                            \
    INSTEAD(result, name, parameters, arguments) {                                                                   \
        NEXT(name);                                                                                                  \
        if ((waits) && preload_is_interrupted(#name))                                                                \
            return -1;                                                                                               \
        LET_GO(result, #name, next_##name arguments);                                                                \
    }

/* processes */
LETS_GO_OR_INTERRUPTS(pid_t, wait, true, (int *status), (status))
LETS_GO_OR_INTERRUPTS(pid_t, waitpid, !(options & WNOHANG), (pid_t pid, int *status, int options),
                      (pid, status, options))
LETS_GO_OR_INTERRUPTS(pid_t, wait3, !(options & WNOHANG), (int *status, int options, struct rusage *usage),
                      (status, options, usage))
LETS_GO_OR_INTERRUPTS(pid_t, wait4, !(options & WNOHANG), (pid_t pid, int *status, int options, struct rusage *usage),
                      (pid, status, options, usage))
LETS_GO_OR_INTERRUPTS(int, waitid, !(options & WNOHANG), (idtype_t type, id_t id, siginfo_t *info, int options),
                      (type, id, info, options))
LETS_GO(int, system, (const char *command), (command))
LETS_GO(int, pclose, (FILE * stream), (stream))

/* signals */
LETS_GO(int, pause, (void), ())
LETS_GO(int, sigwait, (const sigset_t *restrict set, int *restrict signal), (set, signal))
LETS_GO(int, sigwaitinfo, (const sigset_t *restrict set, siginfo_t *restrict info), (set, info))
LETS_GO(int, sigtimedwait,
        (const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict timeout),
        (set, info, timeout))
LETS_GO(int, sigsuspend, (const sigset_t *set), (set))

/* queues and semaphores of System V */
LETS_GO(ssize_t, msgrcv, (int queue, void *message, size_t size, long type, int flags),
        (queue, message, size, type, flags))
LETS_GO(int, msgsnd, (int queue, const void *message, size_t size, int flags), (queue, message, size, flags))
LETS_GO(int, semop, (int semaphores, struct sembuf *operations, size_t count), (semaphores, operations, count))

/* files */
LETS_GO(int, lockf, (int fd, int command, off_t length), (fd, command, length))
LETS_GO(ssize_t, sendfile, (int out, int in, off_t *offset, size_t count), (out, in, offset, count))
LETS_GO(ssize_t, splice, (int in, off_t *in_offset, int out, off_t *out_offset, size_t size, unsigned flags),
        (in, in_offset, out, out_offset, size, flags))
LETS_GO(int, tcdrain, (int fd), (fd))

/* names */
LETS_GO(int, getaddrinfo,
        (const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
         struct addrinfo **restrict ret_list),
        (node, service, hints, ret_list))
