/* files.h - calls that the kernel may keep waiting for what is not under control: a descriptor, a process, a signal.
 *
 * What can be asked whether it would block is asked, and waited for as part of the schedule: between threads of the
 * program, such as over a pipe, that is as repeatable as a lock. Any other call is let go: the thread gives up its
 * turn until it returns. Either marks the run as partly controlled, but only when a thread really had to wait. */
#ifndef THRUM_TOOLS_FILES_H
#define THRUM_TOOLS_FILES_H

#include <poll.h>

#include "preload.h"

/* A step before `name` on a descriptor; then wait until it would not block: POLLIN or POLLOUT. */
void files_wait(int fd, short events, const char *name);

/* A thread that is let go. */
typedef struct files_leaver {
    preload_thread *thread;
    bool left, returned;
} files_leaver;

/* Give up the turn, and take it up again; errno is kept. In between a cancellation is the C library's to carry
 * out. */
void files_leave(files_leaver *leaver, const char *name);
void files_enter(void *leaver);

/* A call that is let go. */
#define LET_GO(result, name, call)                                                                                   \
    files_leaver leaver;                                                                                             \
    result let_go_result;                                                                                            \
    files_leave(&leaver, name);                                                                                      \
    pthread_cleanup_push(files_enter, &leaver);                                                                      \
    let_go_result = call;                                                                                            \
    leaver.returned = true;                                                                                          \
    pthread_cleanup_pop(1);                                                                                          \
    return let_go_result

#endif
