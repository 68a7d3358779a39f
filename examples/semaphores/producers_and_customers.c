/* producers_and_customers - 8 producers, 5 customers and a shop with 13 places.
 *
 * Python: the classic with three Semaphores. A producer waits for a free place, a customer for goods, and one at a
 * time changes the shelf. The original runs for ever: so does this with `--forever`; `--seconds N` is the other
 * choice.
 *
 * Look at: nobody counts places or goods by hand. P takes a permit and waits while there is none, V gives one. The
 * shelf never holds less than nothing or more than 13, whoever is fast. And look at the end: whoever waits at closing
 * time has to be let go, so main gives a permit to each.
 */
#include "example.h"

enum { PRODUCERS = 8, CUSTOMERS = 5, PLACES = 13 };

static thrum_semaphore places = THRUM_SEMAPHORE_INIT(PLACES); /* free places on the shelf */
static thrum_semaphore goods = THRUM_SEMAPHORE_INIT(0);       /* goods on the shelf */
static thrum_semaphore shelf = THRUM_SEMAPHORE_INIT(1);       /* held by whoever changes the shelf */
static int level, produced, sold;                             /* guarded by shelf */
static thrum_event closing;

static void P(thrum_semaphore *sem) {
    thrum_semaphore_acquire(sem);
}

static void V(thrum_semaphore *sem) {
    thrum_semaphore_release(sem, 1);
}

/* Put one on the shelf or take one off, and show what is there. */
static void step(int change, int *count) {
    P(&shelf);
    level += change;
    ++*count;
    printf("%-10s %2d %.*s\n", my_name(), level, level, ".............");
    V(&shelf);
}

/* A pause of up to `most` milliseconds. False at closing time. */
static bool pause_unless_closing(unsigned *seed, int most) {
    return thrum_event_wait_timed(&closing, thrum_milliseconds(rand_r(seed) % most)) == THRUM_TIMED_OUT;
}

static int produce(void *arg) {
    while (pause_unless_closing(arg, 500)) {
        P(&places);
        if (thrum_event_is_set(&closing))
            break;
        step(+1, &produced);
        V(&goods);
    }
    return 0;
}

static int consume(void *arg) {
    while (pause_unless_closing(arg, 400)) {
        P(&goods);
        if (thrum_event_is_set(&closing))
            break;
        step(-1, &sold);
        V(&places);
    }
    return 0;
}

int main(int argc, char **argv) {
    double seconds = option(argc, argv, "--seconds", 3);
    thrum_thread *people[PRODUCERS + CUSTOMERS];
    unsigned seeds[PRODUCERS + CUSTOMERS];
    for (int i = 0; i < PRODUCERS + CUSTOMERS; i++) {
        bool producer = i < PRODUCERS;
        char name[16];
        snprintf(name, sizeof name, producer ? "producer-%d" : "customer-%d", producer ? i + 1 : i - PRODUCERS + 1);
        seeds[i] = (unsigned)i;
        people[i] = start(producer ? produce : consume, &seeds[i], name);
    }
    thrum_sleep(thrum_seconds(seconds));
    thrum_event_set(&closing);
    thrum_semaphore_release(&places, PRODUCERS);
    thrum_semaphore_release(&goods, CUSTOMERS);
    for (int i = 0; i < PRODUCERS + CUSTOMERS; i++)
        join(people[i]);
    printf("closed: %d produced, %d sold, %d on the shelf\n", produced, sold, level);
    return 0;
}
