/* inline.c - the public inline functions once more, as symbols: for other languages, and for compilers that do not
 * inline. */
#include <thrum/threading/lock.h>
#include <thrum/threading/rlock.h>
#include <thrum/threading/semaphore.h>

extern inline void thrum_lock_acquire(thrum_lock *lock);
extern inline int thrum_lock_try_acquire(thrum_lock *lock);
extern inline int thrum_lock_release(thrum_lock *lock);
extern inline void thrum_rlock_acquire(thrum_rlock *lock);
extern inline int thrum_rlock_try_acquire(thrum_rlock *lock);
extern inline int thrum_rlock_release(thrum_rlock *lock);
extern inline bool thrum_rlock_owned_by_(const thrum_rlock *lock, uint32_t self);
extern inline void thrum_rlock_set_owner_(thrum_rlock *lock, uint32_t owner);
extern inline int thrum_semaphore_acquire(thrum_semaphore *sem);
extern inline int thrum_semaphore_try_acquire(thrum_semaphore *sem);
extern inline int thrum_semaphore_release(thrum_semaphore *sem, uint32_t n);
extern inline bool thrum_semaphore_take_(thrum_semaphore *sem);
