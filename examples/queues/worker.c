/* worker - a thread that works through a queue, and a main thread that waits until everything is done.
 *
 * Python: the example of the module's documentation. q = Queue(); the worker loops over q.get() and q.task_done();
 * main puts 30 items and calls q.join().
 *
 * Look at: join waits for the work, not for the queue to be empty: the last item has left the queue before it is
 * finished. The original leaves its worker, a daemon, waiting for ever; here shutdown tells it that there is no more.
 */
#include "example.h"

enum { ITEMS = 30 };

THRUM_QUEUE_TYPED(numbers, int)
static numbers q;

static int work(void *arg) {
    int item, *finished = arg;
    while (numbers_get(q, &item) == 0) {
        printf("Working on %d\n", item);
        ++*finished;
        printf("Finished %d\n", item);
        must(thrum_queue_task_done(q.untyped), "thrum_queue_task_done");
    }
    return 0;
}

int main(void) {
    int finished = 0;
    must(numbers_new(&q, 0), "numbers_new");
    thrum_thread *worker = start(work, &finished, "worker");
    for (int item = 0; item < ITEMS; item++)
        must(numbers_put(q, item), "numbers_put");
    thrum_queue_join(q.untyped);
    printf("All work completed: %d of %d\n", finished, ITEMS);
    thrum_queue_shutdown(q.untyped, false);
    join(worker);
    numbers_free(&q);
    return 0;
}
