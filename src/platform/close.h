/* close.h - close many descriptors at once. */
#ifndef THRUM_PLATFORM_CLOSE_H
#define THRUM_PLATFORM_CLOSE_H

/* Close every descriptor from `first` to `last`, both included. Returns 0, or -ENOSYS where the system has no such
 * call. */
int thrum__close_range(unsigned first, unsigned last);

#endif
