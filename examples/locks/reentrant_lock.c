/* reentrant_lock - a Lock taken twice by one thread fails, an RLock does not.
 *
 * Python: lock.acquire(); lock.acquire(timeout=3), and the same with an RLock.
 *
 * Look at: a Lock does not ask who you are, so its owner waits for itself; only the time limit saves it. An RLock
 * counts how deep its owner is in, and must be released as often as it was acquired.
 *
 * `reentrant_lock --limit N` waits for another time than 3 seconds.
 */
#include "example.h"

static void try_lock(thrum_timeout limit) {
    static thrum_lock lock = THRUM_LOCK_INIT;
    thrum_lock_acquire(&lock);
    int result = thrum_lock_acquire_timed(&lock, limit);
    printf("Lock: the second acquire %s\n", result < 0 ? thrum_error_name(result) : "worked");
    thrum_lock_release(&lock);
}

static void try_rlock(thrum_timeout limit) {
    static thrum_rlock lock = THRUM_RLOCK_INIT;
    thrum_rlock_acquire(&lock);
    int result = thrum_rlock_acquire_timed(&lock, limit);
    printf("RLock: the second acquire %s", result < 0 ? thrum_error_name(result) : "worked");
    printf(", we are %u levels in\n", thrum_rlock_recursion_count(&lock));
    thrum_rlock_release(&lock);
    thrum_rlock_release(&lock);
    printf("RLock: after two releases it is %s\n", thrum_rlock_locked(&lock) ? "locked" : "free");
}

int main(int argc, char **argv) {
    double seconds = option(argc, argv, "--limit", 3);
    printf("Lock: a second acquire, for %g seconds\n", seconds);
    try_lock(thrum_seconds(seconds));
    try_rlock(thrum_seconds(seconds));
    return 0;
}
