#include "platform/holders.h"

size_t thrum__pipe_writers(const int *fds, size_t count, pid_t *pids, size_t size) {
    (void)fds;
    (void)count;
    (void)pids;
    (void)size;
    return 0;
}
