/* thrum.h - Python's concurrency toolbox in C: every module of the library.
 *
 * Include this one header and link with -lthrum, or include only the module that you use.
 */
#ifndef THRUM_H
#define THRUM_H

#include <thrum/base.h>
#include <thrum/daemon.h>
#include <thrum/envoy.h>
#include <thrum/explore.h>
#include <thrum/explore/access.h>
#include <thrum/explore/history.h>
#include <thrum/futures.h>
#include <thrum/queue.h>
#include <thrum/sched.h>
#include <thrum/shlex.h>
#include <thrum/subprocess.h>
#include <thrum/threading.h>
#include <thrum/time.h>

#endif
