/* race - two threads change one counter without a lock, and updates get lost.
 *
 * Python: two threads run `counter += 1` and `counter -= 1` a million times each; the result is rarely 0.
 *
 * Look at: an update is a load, an addition and a store, as it is in Python's bytecode. Between one thread's load and
 * its store the other may store as well, and that update is gone. The counter is _Atomic, so that each load and each
 * store is one by itself: a plain long would be undefined behaviour in C, and the compiler might replace the loop by
 * a single addition. `counter += 1` of an _Atomic is one step, and would be correct.
 *
 * `race --rounds N` counts to another number; with `race --check N` a wrong result is a failure, which is how
 * docs/EXPLORE.md looks for it. lock_ex and lock_with put it right.
 */
#include "example.h"

static _Atomic long counter;
static long rounds;

static int increment(void *arg) {
    (void)arg;
    for (long i = 0; i < rounds; i++)
        counter = counter + 1;
    return 0;
}

static int decrement(void *arg) {
    (void)arg;
    for (long i = 0; i < rounds; i++)
        counter = counter - 1;
    return 0;
}

int main(int argc, char **argv) {
    bool check = argc > 1 && strcmp(argv[1], "--check") == 0;
    rounds = (long)option(argc, argv, check ? "--check" : "--rounds", 1000000);
    thrum_thread *up = start(increment, NULL, "up"), *down = start(decrement, NULL, "down");
    join(up);
    join(down);
    printf("counter is %ld, and should be 0\n", counter);
    return check && counter != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
