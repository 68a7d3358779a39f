/* barrier - a server and a client meet before they talk.
 *
 * Python: b = Barrier(2, timeout=5); the server starts listening and then calls b.wait(), the client calls b.wait()
 * and then connects.
 *
 * Look at: without the barrier the client might connect before anybody listens. The barrier also publishes the port,
 * which the server writes before the meeting and the client reads after it. If one of the two fails on its way, it
 * breaks the barrier, and the other is told instead of waiting for ever.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "example.h"

static thrum_barrier meeting;
static struct sockaddr_in address = {.sin_family = AF_INET}; /* port 0: the system chooses one */

static int fail(const char *what) {
    int error = -errno;
    thrum_barrier_abort(&meeting);
    return thrum_thread_fail(error, "cannot %s", what);
}

static int listen_somewhere(void) {
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return fail("listen");
    return fd;
}

static int serve(void *arg) {
    (void)arg;
    int listener = listen_somewhere();
    if (listener < 0)
        return listener;
    puts("server: listening");
    if (thrum_barrier_wait(&meeting) < 0)
        return THRUM_BROKEN_BARRIER;
    int fd = accept(listener, NULL, NULL);
    if (fd < 0 || write(fd, "welcome\n", 8) != 8)
        return fail("talk to the client");
    close(fd);
    close(listener);
    return 0;
}

static int visit(void *arg) {
    (void)arg;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail("make a socket");
    if (thrum_barrier_wait(&meeting) < 0)
        return THRUM_BROKEN_BARRIER;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return fail("connect");
    FILE *server = fdopen(fd, "r");
    char line[64];
    if (!server || !fgets(line, sizeof line, server))
        return fail("read");
    printf("client: the server says %s", line);
    fclose(server);
    return 0;
}

int main(void) {
    must(thrum_barrier_init(&meeting, 2, &(thrum_barrier_options){.timeout = thrum_seconds(5)}), "barrier_init");
    thrum_thread *server = start(serve, NULL, "server"), *client = start(visit, NULL, "client");
    join(server);
    join(client);
    return 0;
}
