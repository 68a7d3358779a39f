/* prompt - "input something in 3 seconds": a timer fires in another thread while main waits for the keyboard.
 *
 * Python: timer = threading.Timer(3, too_late); timer.start(); text = input(...); timer.cancel()
 *
 * Look at: the timer's function runs in a thread of its own, and main is not interrupted by it. In Python the input
 * goes on for ever; here main waits for two things at once, the keyboard and a pipe, and the timer writes to the
 * pipe. A timer that is cancelled in time never calls its function.
 *
 * `prompt --seconds N` waits for another time.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "example.h"

static int too_late(void *arg) {
    const int *pipe_end = arg;
    printf("\n%s: too late!\n", my_name());
    return write(*pipe_end, "", 1) == 1 ? 0 : thrum_thread_fail(-EPIPE, "nobody waits for the timer");
}

/* Whether the keyboard was faster than the timer. */
static bool wait_for_input(int timer_fd) {
    struct pollfd either[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = timer_fd, .events = POLLIN}};
    while (poll(either, 2, -1) < 0 && errno == EINTR)
        ;
    return either[0].revents != 0;
}

int main(int argc, char **argv) {
    double seconds = option(argc, argv, "--seconds", 3);
    int ends[2];
    if (pipe(ends) < 0) {
        perror("pipe");
        return EXIT_FAILURE;
    }
    printf("input something in %g seconds: ", seconds);
    fflush(stdout);
    thrum_timer *timer;
    must(thrum_timer_new(&timer, thrum_seconds(seconds), too_late, &ends[1], &(thrum_timer_options){.name = "timer"}),
         "thrum_timer_new");
    must(thrum_timer_start(timer), "thrum_timer_start");
    char line[256];
    if (wait_for_input(ends[0])) {
        thrum_timer_cancel(timer);
        if (fgets(line, sizeof line, stdin))
            printf("main: you typed %zu characters\n", strcspn(line, "\n"));
        else
            puts("main: no input");
    } else {
        puts("main: no input in time");
    }
    thrum_timer_join(timer);
    thrum_timer_unref(timer);
    return 0;
}
