/* lock - five threads print the alphabet: a mess, then neat.
 *
 * Python: for letter in ascii_lowercase: print(letter, end=""), in five threads, first without and then with a Lock.
 *
 * Look at: a lock does not make printing any slower by itself, it makes it one at a time. What has to stay together,
 * a whole alphabet, is what the lock must be held around; a lock around each letter would leave the mess as it is.
 */
#include "example.h"

enum { THREADS = 5 };

static thrum_lock lock = THRUM_LOCK_INIT; /* held by whoever prints */

/* Print it with a pause after each letter, when it is somebody else's turn. */
static void print_alphabet(unsigned *seed) {
    for (int letter = 'a'; letter <= 'z'; letter++) {
        putchar(letter);
        thrum_sleep(thrum_milliseconds(rand_r(seed) % 3));
    }
}

static int careless(void *arg) {
    print_alphabet(arg);
    return 0;
}

static int careful(void *arg) {
    THRUM_WITH(&lock) {
        print_alphabet(arg);
        putchar('\n');
    }
    return 0;
}

static void run_all(thrum_target *target) {
    thrum_thread *threads[THREADS];
    unsigned seeds[THREADS];
    for (int i = 0; i < THREADS; i++) {
        seeds[i] = (unsigned)i;
        threads[i] = start(target, &seeds[i], NULL);
    }
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
}

int main(void) {
    puts("without a lock:");
    run_all(careless);
    puts("\nwith a lock:");
    run_all(careful);
    return 0;
}
