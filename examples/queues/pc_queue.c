/* pc_queue - 8 producers, 5 customers and a shop with 13 places, with a Queue.
 *
 * Python: shelf = Queue(13); producers put, customers get and call task_done; at the end main joins. The original
 * runs for ever: so does this with `--forever`; `--seconds N` is the other choice.
 *
 * Look at: compare with producers_and_customers, which needs three semaphores, a counter and a release for everybody
 * who waits at closing time. The queue waits, counts and locks. At closing time shutdown refuses new goods and lets
 * go of the producers that wait for a place; customers still buy what is on the shelf.
 */
#include "example.h"

enum { PRODUCERS = 8, CUSTOMERS = 5, PLACES = 13 };

typedef struct good {
    int producer, number;
} good;
THRUM_QUEUE_TYPED(goods, good)
static goods shelf;

typedef struct person {
    int id, count; /* how many things were produced or bought */
    unsigned seed;
} person;

static void pause_up_to(unsigned *seed, int most) {
    must(thrum_sleep(thrum_milliseconds(rand_r(seed) % most)), "thrum_sleep");
}

static int produce(void *arg) {
    person *me = arg;
    while (goods_put(shelf, (good){me->id, me->count + 1}) == 0) {
        me->count++;
        printf("producer-%d put %d.%d\n", me->id, me->id, me->count);
        pause_up_to(&me->seed, 100);
    }
    return 0;
}

static int consume(void *arg) {
    person *me = arg;
    good bought;
    while (goods_get(shelf, &bought) == 0) {
        me->count++;
        printf("customer-%d got %d.%d\n", me->id, bought.producer, bought.number);
        must(thrum_queue_task_done(shelf.untyped), "thrum_queue_task_done");
        pause_up_to(&me->seed, 80);
    }
    return 0;
}

int main(int argc, char **argv) {
    double seconds = option(argc, argv, "--seconds", 2);
    thrum_thread *threads[PRODUCERS + CUSTOMERS];
    person people[PRODUCERS + CUSTOMERS];
    int produced = 0, sold = 0;
    must(goods_new(&shelf, PLACES), "goods_new");
    for (int i = 0; i < PRODUCERS + CUSTOMERS; i++) {
        bool producer = i < PRODUCERS;
        people[i] = (person){.id = producer ? i + 1 : i - PRODUCERS + 1, .seed = (unsigned)i};
        threads[i] = start(producer ? produce : consume, &people[i], producer ? "producer" : "customer");
    }
    must(thrum_sleep(thrum_seconds(seconds)), "thrum_sleep");
    thrum_queue_shutdown(shelf.untyped, false);
    for (int i = 0; i < PRODUCERS + CUSTOMERS; i++) {
        join(threads[i]);
        *(i < PRODUCERS ? &produced : &sold) += people[i].count;
    }
    thrum_queue_join(shelf.untyped); /* everything that was put has been sold */
    printf("closed: %d produced, %d sold\n", produced, sold);
    goods_free(&shelf);
    return 0;
}
