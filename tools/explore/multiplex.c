/* multiplex.c - poll, select, epoll: their time is virtual. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "files.h"

/* Wait until ready(arg), at most so long; without descriptors it is a sleep. False when a signal interrupts it. */
static bool wait_for(const char *name, bool (*ready)(void *arg), void *arg, thrum_timeout limit, bool outside) {
    static char everybody;
    thrum_explore_step(&everybody, true, name);
    int r = preload_wait_for(&(preload_wait){.what = name,
                                             .ready = ready,
                                             .arg = arg,
                                             .limit = limit,
                                             .cancellable = true,
                                             .outside = outside,
                                             .interruptible = name});
    if (r == PRELOAD_CANCELLED)
        preload_act_on_cancel();
    return r != PRELOAD_INTERRUPTED;
}

static thrum_timeout of_milliseconds(int milliseconds) {
    return milliseconds < 0 ? THRUM_FOREVER : thrum_milliseconds(milliseconds);
}

typedef struct poll_set {
    struct pollfd *descriptors;
    nfds_t count;
} poll_set;

static bool poll_is_ready(void *arg) {
    NEXT(poll);
    const poll_set *set = arg;
    return next_poll(set->descriptors, set->count, 0) != 0;
}

static int poll_for(const char *name, struct pollfd *descriptors, nfds_t count, thrum_timeout limit) {
    NEXT(poll);
    poll_set set = {descriptors, count};
    return wait_for(name, poll_is_ready, &set, limit, count > 0) ? next_poll(descriptors, count, 0) : -1;
}

INSTEAD(int, poll, (struct pollfd * descriptors, nfds_t count, int timeout), (descriptors, count, timeout)) {
    return poll_for("poll", descriptors, count, of_milliseconds(timeout));
}

int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout, size_t room);
INSTEAD(int, __poll_chk, (struct pollfd * descriptors, nfds_t count, int timeout, size_t room),
        (descriptors, count, timeout, room)) {
    (void)room;
    return poll_for("poll", descriptors, count, of_milliseconds(timeout));
}

INSTEAD(int, ppoll,
        (struct pollfd * descriptors, nfds_t count, const struct timespec *timeout, const sigset_t *signals),
        (descriptors, count, timeout, signals)) {
    (void)signals; /* those that are let through come from outside */
    return poll_for("ppoll", descriptors, count, timeout ? preload_span(timeout) : THRUM_FOREVER);
}

typedef struct select_sets {
    int count;
    fd_set *sets[3];
} select_sets;

static int select_now(const select_sets *wanted, fd_set found[3]) {
    NEXT(select);
    fd_set *pointers[3];
    for (int i = 0; i < 3; i++) {
        pointers[i] = wanted->sets[i] ? &found[i] : NULL;
        if (wanted->sets[i])
            found[i] = *wanted->sets[i];
    }
    return next_select(wanted->count, pointers[0], pointers[1], pointers[2], &(struct timeval){0});
}

static bool select_is_ready(void *sets) {
    fd_set found[3];
    return select_now(sets, found) != 0;
}

static int select_for(const char *name, select_sets *sets, thrum_timeout limit) {
    fd_set found[3];
    if (!wait_for(name, select_is_ready, sets, limit, sets->count > 0))
        return -1;
    int r = select_now(sets, found);
    for (int i = 0; i < 3 && r >= 0; i++)
        if (sets->sets[i])
            *sets->sets[i] = found[i];
    return r;
}

INSTEAD(int, select,
        (int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict others,
         struct timeval *restrict timeout),
        (count, reads, writes, others, timeout)) {
    thrum_timeout limit = THRUM_FOREVER;
    if (timeout)
        limit = preload_span(&(struct timespec){.tv_sec = timeout->tv_sec, .tv_nsec = (long)timeout->tv_usec * 1000});
    return select_for("select", &(select_sets){count, {reads, writes, others}}, limit);
}

INSTEAD(int, pselect,
        (int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict others,
         const struct timespec *restrict timeout, const sigset_t *restrict signals),
        (count, reads, writes, others, timeout, signals)) {
    (void)signals;
    return select_for("pselect", &(select_sets){count, {reads, writes, others}},
                      timeout ? preload_span(timeout) : THRUM_FOREVER);
}

static int epoll_for(const char *name, int fd, struct epoll_event *events, int count, int timeout) {
    NEXT(epoll_wait);
    struct pollfd descriptor = {.fd = fd, .events = POLLIN};
    poll_set set = {&descriptor, 1};
    bool waited = wait_for(name, poll_is_ready, &set, of_milliseconds(timeout), true);
    return waited ? next_epoll_wait(fd, events, count, 0) : -1;
}

INSTEAD(int, epoll_wait, (int fd, struct epoll_event *events, int count, int timeout), (fd, events, count, timeout)) {
    return epoll_for("epoll_wait", fd, events, count, timeout);
}

INSTEAD(int, epoll_pwait, (int fd, struct epoll_event *events, int count, int timeout, const sigset_t *signals),
        (fd, events, count, timeout, signals)) {
    (void)signals;
    return epoll_for("epoll_pwait", fd, events, count, timeout);
}
