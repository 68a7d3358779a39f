/* started_by.c - who started this process: a person, init, or inetd. */
#include <sys/socket.h>
#include <unistd.h>

#include <thrum/daemon/context.h>

bool thrum_daemon_is_process_started_by_init(void) {
    return getppid() == 1;
}

bool thrum_daemon_is_process_started_by_superserver(void) {
    int type;
    socklen_t size = sizeof type;
    return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

bool thrum_daemon_is_detach_process_context_required(void) {
    return !thrum_daemon_is_process_started_by_init() && !thrum_daemon_is_process_started_by_superserver();
}
