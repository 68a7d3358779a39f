/* thrum/threading.h - Python's threading module: threads, and what they wait for.
 *
 *     Lock         thrum_lock         one thread at a time
 *     RLock        thrum_rlock        the same, and the owner may enter again
 *     Condition    thrum_condition    wait until something is true
 *     Semaphore    thrum_semaphore    a counter of permits; BoundedSemaphore too
 *     Event        thrum_event        a flag that threads can wait for
 *     Barrier      thrum_barrier      threads meet before any goes on
 *     Thread       thrum_thread       and the module's functions
 *     Timer        thrum_timer        call a function later
 *     local        thrum_local        a variable of which each thread has its own
 *     with         THRUM_WITH, THRUM_GUARD
 *     and what Python has not: thrum/threading/deadlock.h
 *
 * What waits by value needs no set-up and no destruction; all-zero bytes are a valid object. Every call that blocks
 * has two forms: bare, which waits for ever, and _timed.
 */
#ifndef THRUM_THREADING_H
#define THRUM_THREADING_H

#include <thrum/threading/barrier.h>
#include <thrum/threading/condition.h>
#include <thrum/threading/deadlock.h>
#include <thrum/threading/event.h>
#include <thrum/threading/local.h>
#include <thrum/threading/lock.h>
#include <thrum/threading/rlock.h>
#include <thrum/threading/semaphore.h>
#include <thrum/threading/thread.h>
#include <thrum/threading/timer.h>
#include <thrum/threading/with.h>

#endif
