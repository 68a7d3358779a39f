/* lock_ex - the counter of `race`, put right with acquire and release.
 *
 * Python: lock.acquire(); counter += 1; lock.release()
 *
 * Look at: the lock belongs to the counter, and whoever touches the counter holds the lock. The result is 0, always.
 * A million times two acquires take a fraction of a second: without contention an acquire is one atomic operation.
 *
 * `lock_ex --rounds N` counts to another number.
 */
#include "example.h"

static thrum_lock lock = THRUM_LOCK_INIT;
static long counter; /* guarded by lock */
static long rounds;

static int increment(void *arg) {
    (void)arg;
    for (long i = 0; i < rounds; i++) {
        thrum_lock_acquire(&lock);
        counter++;
        thrum_lock_release(&lock);
    }
    return 0;
}

static int decrement(void *arg) {
    (void)arg;
    for (long i = 0; i < rounds; i++) {
        thrum_lock_acquire(&lock);
        counter--;
        thrum_lock_release(&lock);
    }
    return 0;
}

int main(int argc, char **argv) {
    rounds = (long)option(argc, argv, "--rounds", 1000000);
    thrum_thread *up = start(increment, NULL, "up"), *down = start(decrement, NULL, "down");
    join(up);
    join(down);
    printf("counter is %ld, and should be 0\n", counter);
    return 0;
}
