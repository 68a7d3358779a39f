/* countdown2 - a thread from a plain function.
 *
 * Python: t = threading.Thread(target=countdown, args=(5,)); t.start(); t.join()
 *
 * Look at: the four calls of a thread's life, and what each can answer. new gives a reference, which unref drops;
 * start can be refused by the system; what the function returns is the thread's outcome, 0 for "ended well".
 *
 * `countdown2 --tick N` counts at another pace than half a second.
 */
#include "example.h"

static thrum_timeout tick;

static int countdown(void *arg) {
    const int *from = arg;
    for (int count = *from; count > 0; count--) {
        printf("counting down: %d\n", count);
        thrum_sleep(tick);
    }
    return 0;
}

static int complain(const char *what, int result) {
    fprintf(stderr, "cannot %s a thread: %s\n", what, thrum_strerror(result));
    return EXIT_FAILURE;
}

int main(int argc, char **argv) {
    tick = thrum_seconds(option(argc, argv, "--tick", 0.5));
    int from = 5; /* lives until main ends, which is after the join */
    thrum_thread *thread;
    int result = thrum_thread_new(&thread, countdown, &from, NULL);
    if (result < 0)
        return complain("make", result);
    result = thrum_thread_start(thread);
    if (result < 0) {
        thrum_thread_unref(thread);
        return complain("start", result);
    }
    thrum_thread_join(thread);
    thrum_thread_unref(thread);
    puts("lift-off");
    return 0;
}
