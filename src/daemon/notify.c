/* notify.c - a word to the service manager that started this process: systemd's protocol, datagrams on a Unix
 * socket. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/context.h"

/* A path, or with '@' in the place of the NUL byte a name that is in no file system. */
static int parse_address(const char *name, struct sockaddr_un *ret_address, socklen_t *ret_size) {
    size_t length = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || length < 2)
        return -EAFNOSUPPORT;
    if (length >= sizeof ret_address->sun_path)
        return -E2BIG;
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret_address->sun_path, name, length);
    if (name[0] == '@')
        ret_address->sun_path[0] = '\0';
    *ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/'));
    return 0;
}

int thrum__notify_connect(void) {
    const char *name = getenv("NOTIFY_SOCKET");
    if (!name || !*name)
        return -1;
    struct sockaddr_un address;
    socklen_t size;
    int r = parse_address(name, &address, &size);
    if (r < 0)
        return r;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&address, size) == 0)
        return fd;
    r = -errno;
    close(fd);
    return r;
}

int thrum_daemon_notify(const char *state) {
    const char *name = getenv("NOTIFY_SOCKET");
    if (!name || !*name)
        return 0;
    int fd = thrum__notify_connect();
    if (fd < 0)
        return fd;
    int r = send(fd, state, strlen(state), MSG_NOSIGNAL) < 0 ? -errno : 1;
    close(fd);
    return r;
}
