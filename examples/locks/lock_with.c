/* lock_with - the counter of `race`, put right with a with statement.
 *
 * Python: with lock: counter += 1
 *
 * Look at: there is no release to forget. The block lets go of the lock however it is left, also by return.
 *
 * `lock_with --rounds N` counts to another number.
 */
#include "example.h"

static thrum_lock lock = THRUM_LOCK_INIT;
static long counter; /* guarded by lock */
static long rounds;

static int increment(void *arg) {
    (void)arg;
    for (long i = 0; i < rounds; i++)
        THRUM_WITH(&lock) {
            counter++;
        }
    return 0;
}

static int decrement(void *arg) {
    (void)arg;
    for (long i = 0; i < rounds; i++)
        THRUM_WITH(&lock) {
            counter--;
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
