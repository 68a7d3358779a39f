/* pidlockfile.h - what the rest of the module asks of a pid file. */
#ifndef THRUM_DAEMON_PIDLOCKFILE_INTERNAL_H
#define THRUM_DAEMON_PIDLOCKFILE_INTERNAL_H

#include <thrum/daemon/pidlockfile.h>

#include "platform/stranger.h"

/* Take hold of the file's owner. Returns 0, THRUM_NOT_LOCKED when there is no file, -ESRCH when it is stale, or
 * -errno. */
int thrum__pidlockfile_owner(thrum_pidlockfile *file, thrum__stranger *ret_owner);

/* Remove the file if it is stale. Returns 0 when it is gone, or THRUM_ALREADY_LOCKED, or -errno. */
int thrum__pidlockfile_remove_stale(thrum_pidlockfile *file);

#endif
