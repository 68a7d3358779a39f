/* countdown - a thread as an object that is called back.
 *
 * Python: class Countdown(threading.Thread) with a run() method that counts down. In C the object is a struct and its
 * method a function that is given the struct.
 *
 * Look at: the thread changes the object, and after the join main reads what it left there. No lock is needed,
 * because join orders the two: what the thread did before its end is seen after the join.
 *
 * `countdown --tick N` counts at another pace than half a second.
 */
#include "example.h"

typedef struct countdown {
    int count;
    thrum_timeout tick;
    thrum_thread *thread;
} countdown;

static int countdown_run(void *arg) {
    countdown *self = arg;
    while (self->count > 0) {
        printf("counting down: %d\n", self->count);
        self->count--;
        thrum_sleep(self->tick);
    }
    return 0;
}

static void countdown_start(countdown *self) {
    self->thread = start(countdown_run, self, "countdown");
}

static void countdown_join(countdown *self) {
    join(self->thread);
    self->thread = NULL;
}

int main(int argc, char **argv) {
    countdown launch = {.count = 5, .tick = thrum_seconds(option(argc, argv, "--tick", 0.5))};
    countdown_start(&launch);
    countdown_join(&launch);
    printf("lift-off: the count is %d\n", launch.count);
    return 0;
}
