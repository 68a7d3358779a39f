#include <errno.h>

#include "platform/close.h"

int thrum__close_range(unsigned first, unsigned last) {
    (void)first;
    (void)last;
    return -ENOSYS;
}
