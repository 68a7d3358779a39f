/* thrum/daemon.h - daemons: programs that leave the terminal and the session that started them (PEP 3143).
 *
 * Three parts: thrum/daemon/context.h makes the running process a well-behaved daemon, thrum/daemon/pidlockfile.h is
 * the file that holds its number and sees to it that there is only one, thrum/daemon/runner.h is start, stop, restart
 * and status.
 */
#ifndef THRUM_DAEMON_H
#define THRUM_DAEMON_H

#include <thrum/daemon/context.h>
#include <thrum/daemon/pidlockfile.h>
#include <thrum/daemon/runner.h>

#endif
