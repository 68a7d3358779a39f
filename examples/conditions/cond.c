/* cond - producer and consumer with a condition variable.
 *
 * Python: with condition: while not items: condition.wait(), and in the producer items.append(x); condition.notify().
 *
 * Look at: the condition guards the list, and a wait lets go of it while it sleeps, else the producer could never add
 * to it. The test stands in a loop: with several consumers another one may have been faster.
 */
#include "example.h"

enum { ITEMS = 8 };

static thrum_condition changed = THRUM_CONDITION_INIT_OWN;
static int items[ITEMS], first, after_last; /* guarded by changed: the list is items[first .. after_last-1] */

static void put(int item) {
    THRUM_WITH(&changed) {
        items[after_last++] = item;
        printf("produced %d\n", item);
        thrum_condition_notify(&changed, 1);
    }
}

static int get(void) {
    THRUM_GUARD(&changed);
    while (first == after_last)
        thrum_condition_wait(&changed);
    int item = items[first++];
    printf("consumed %d, %d left\n", item, after_last - first);
    return item;
}

static int produce(void *arg) {
    (void)arg;
    for (int i = 1; i <= ITEMS; i++)
        put(i);
    return 0;
}

static int consume(void *arg) {
    int *sum = arg;
    for (int i = 1; i <= ITEMS; i++)
        *sum += get();
    return 0;
}

int main(void) {
    int sum = 0;
    thrum_thread *consumer = start(consume, &sum, "consumer"), *producer = start(produce, NULL, "producer");
    join(producer);
    join(consumer);
    printf("the sum of all items is %d\n", sum);
    return 0;
}
