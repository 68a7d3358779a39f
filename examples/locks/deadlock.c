/* deadlock - two threads, two locks, opposite order.
 *
 * Python: each of two threads holds one lock and waits for the other's; the program hangs and says nothing.
 *
 * Look at: here it says something. The thread that closes the circle notices, and the report names both threads and
 * both locks, who holds what and who waits for what. As in Python the two go on waiting: they are daemons, so the
 * program can end without them. What would have helped: all threads take the locks in the same order.
 */
#include "example.h"

typedef struct child {
    thrum_lock *first, *second;
} child;

static thrum_lock knife, spoon; /* all zero is unlocked */
static thrum_barrier both_hold_one = THRUM_BARRIER_INIT(2, NULL, NULL);

static char report[4096];
static thrum_event reported;

/* Called in the thread that found the deadlock. Main prints what it leaves here. */
static void keep_report(const char *text, void *arg) {
    (void)arg;
    snprintf(report, sizeof report, "%s", text);
    thrum_event_set(&reported);
}

static int eat(void *arg) {
    child *self = arg;
    thrum_lock_acquire(self->first);
    must(thrum_barrier_wait(&both_hold_one), "thrum_barrier_wait"); /* bad luck, made certain */
    thrum_lock_acquire(self->second);
    printf("%s eats\n", my_name());
    thrum_lock_release(self->second);
    thrum_lock_release(self->first);
    return 0;
}

static void start_daemon(child *self, const char *name) {
    thrum_thread *thread;
    must(thrum_thread_new(&thread, eat, self, &(thrum_thread_options){.name = name, .daemon = THRUM_DAEMON}), "new");
    must(thrum_thread_start(thread), "start");
    thrum_thread_unref(thread); /* the library keeps it for as long as it runs */
}

int main(void) {
    static child hansel = {&knife, &spoon}, gretel = {&spoon, &knife}; /* opposite order */
    must(thrum_set_object_name(&knife, "knife"), "thrum_set_object_name");
    must(thrum_set_object_name(&spoon, "spoon"), "thrum_set_object_name");
    thrum_lock_order(false); /* on, it would report the opposite orders before the deadlock is there */
    thrum_deadlock_set_handler(keep_report, NULL);
    start_daemon(&hansel, "Hansel");
    start_daemon(&gretel, "Gretel");
    must(thrum_event_wait(&reported), "thrum_event_wait"); /* with THRUM_DEADLOCK=off for ever, as in Python */
    printf("2 children are dead locked\n%s", report);
    return 0;
}
