/* wait4parent - a child waits until its parent says go.
 *
 * Python: go = threading.Event(); the child calls go.wait(), the parent go.set().
 *
 * Look at: the child sees what the parent did before set, here the message, without a lock. A second child that comes
 * later does not wait: an event stays set.
 */
#include "example.h"

static thrum_event go = THRUM_EVENT_INIT;
static const char *message;

static int child(void *arg) {
    (void)arg;
    printf("%s: waiting for my parent\n", my_name());
    thrum_event_wait(&go);
    printf("%s: my parent said \"%s\"\n", my_name(), message);
    return 0;
}

int main(void) {
    thrum_thread *early = start(child, NULL, "early child");
    message = "you may go out and play";
    puts("parent: go");
    thrum_event_set(&go);
    join(early);
    join(start(child, NULL, "late child"));
    return 0;
}
