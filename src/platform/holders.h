/* holders.h - which processes can still write into a pipe. */
#ifndef THRUM_PLATFORM_HOLDERS_H
#define THRUM_PLATFORM_HOLDERS_H

#include <stddef.h>
#include <sys/types.h>

enum { thrum__most_pipes = 2 };

/* `fds` are the ends of `count` pipes (at most thrum__most_pipes) that are read, negative ones are none. Stores the
 * numbers of the processes that have a writing end of one of them, as many as there is room for, and returns how many
 * there are. 0 also where the system does not tell; and nobody sees the descriptors of other users' processes. */
size_t thrum__pipe_writers(const int *fds, size_t count, pid_t *pids, size_t size);

#endif
