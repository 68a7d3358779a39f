/* clone3_none.c - for processors for which nobody has written and tried it: clone does. */
#include <errno.h>

#include "platform/linux/clone3.h"

long thrum__clone3(const thrum__clone_args *args, size_t size, int (*body)(void *arg), void *arg) {
    (void)args;
    (void)size;
    (void)body;
    (void)arg;
    return -ENOSYS;
}
