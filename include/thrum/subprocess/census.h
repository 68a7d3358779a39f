/* thrum/subprocess/census.h - children that somebody has forgotten: Python's ResourceWarning, and a list of all.
 *
 *       THRUM_RESOURCE_WARNINGS=1 ./program
 *
 *       thrum: ResourceWarning: subprocess 4711 is still running: ['sleep', '1000'], started 2.1 s ago at serve+0x1f
 *
 *       thrum: ResourceWarning: 2 children are left at the end
 *         subprocess 4712 ['make'] runs, started 31.0 s ago at main+0x5c
 *         subprocess 4713 ['true'] ended with 0, started 31.2 s ago at main+0x88
 *
 * A child whose object is freed while it runs goes on, as in Python; the object is kept apart, and the child is
 * reaped by the next call that starts or frees one. So it may be a zombie for a while: a program that seldom starts
 * children calls thrum_subprocess_cleanup() now and then. The warnings tell where such a child was started, which is
 * where the missing wait belongs.
 *
 * They are off by default, and cost nothing then.
 */
#ifndef THRUM_SUBPROCESS_CENSUS_H
#define THRUM_SUBPROCESS_CENSUS_H

#include <thrum/base.h>

THRUM_BEGIN_DECLS

/* Warn of children that are let go of without a wait, from now on, and of those that are left at exit:
 * warnings.simplefilter("always", ResourceWarning). THRUM_RESOURCE_WARNINGS=1 in the environment does so from the
 * start.
 *
 * Only children that are started while it is on are known. The text goes to stderr, or where
 * thrum_deadlock_set_handler() sends all reports. Returns what it was before.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_resource_warnings(bool on);

/* Write to `fd` which child objects there are, while warnings are on: process number, arguments, whether it runs, has
 * ended without having been waited for, has been waited for or let go of, how long ago it was started, and where.
 *
 * Children of a process that has forked are not its child's, and not listed there. Returns how many, or -errno when
 * fd cannot be written, or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: until fd takes the text. */
THRUM_API int thrum_popen_census(int fd);

/* Reap the children that have ended since they were let go of: subprocess._cleanup(). Returns how many of them still
 * run.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_subprocess_cleanup(void);

THRUM_END_DECLS

#endif
