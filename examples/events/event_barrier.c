/* event_barrier - threads wait for an initialisation that one of them does.
 *
 * Python: ready = threading.Event(); workers call ready.wait() before they use what the initialiser builds.
 *
 * Look at: one set lets all of them through, also those that come to the wait only afterwards. No worker reads the
 * table before it is complete.
 */
#include "example.h"

enum { WORKERS = 4 };

static thrum_event ready = THRUM_EVENT_INIT;
static int squares[WORKERS + 1];

static int initialise(void *arg) {
    (void)arg;
    for (int i = 0; i <= WORKERS; i++)
        squares[i] = i * i;
    puts("initialiser: the table is ready");
    thrum_event_set(&ready);
    return 0;
}

static int work(void *arg) {
    const int *number = arg;
    printf("worker %d: waits for the table\n", *number);
    thrum_event_wait(&ready);
    printf("worker %d: %d * %d = %d\n", *number, *number, *number, squares[*number]);
    return 0;
}

int main(void) {
    int numbers[WORKERS];
    thrum_thread *workers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        numbers[i] = i + 1;
        workers[i] = start(work, &numbers[i], NULL);
    }
    join(start(initialise, NULL, "initialiser"));
    for (int i = 0; i < WORKERS; i++)
        join(workers[i]);
    return 0;
}
