/* mthreads - many threads: one waits for the user while five compute.
 *
 * Python: one Thread calls input(), five others loop over range(randint(2, 4)), and main joins them all.
 *
 * Look at: the workers' lines come mixed, in another order each time, and none of them waits for the keyboard. Main
 * goes on when the last thread has ended, whichever that is.
 *
 * `mthreads --limit N` looks for primes below another number.
 */
#include "example.h"

enum { WORKERS = 5 };

static int most; /* where the first round ends */

static int wait_for_enter(void *arg) {
    (void)arg;
    printf("%s: press Enter, please\n", my_name());
    int c;
    do
        c = getchar();
    while (c != '\n' && c != EOF);
    printf("%s: thank you\n", my_name());
    return 0;
}

static bool is_prime(int n) {
    for (int divisor = 2; divisor * divisor <= n; divisor++)
        if (n % divisor == 0)
            return false;
    return n > 1;
}

static int count_primes(int limit) {
    int count = 0;
    for (int n = 0; n < limit; n++)
        count += is_prime(n);
    return count;
}

static int compute(void *arg) {
    const int *rounds = arg;
    for (int round = 1; round <= *rounds; round++)
        printf("%s: round %d of %d: %d primes below %d\n", my_name(), round, *rounds, count_primes(most * round),
               most * round);
    return 0;
}

int main(int argc, char **argv) {
    most = (int)option(argc, argv, "--limit", 100000);
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line when it happens, also into a pipe */
    int rounds[WORKERS];
    thrum_thread *workers[WORKERS];
    thrum_thread *reader = start(wait_for_enter, NULL, "reader");
    for (int i = 0; i < WORKERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "worker-%d", i + 1);
        rounds[i] = 2 + i % 3;
        workers[i] = start(compute, &rounds[i], name);
    }
    for (int i = 0; i < WORKERS; i++)
        join(workers[i]);
    join(reader);
    puts("all threads have ended");
    return 0;
}
