/* exchange.c - feed a child and drain it at the same time, so that neither waits for the other.
 *
 * One poll over everything that can move. The descriptors that are read may block: each readable one is read once
 * per poll. The one that is written does not block, for a pipe with room for some is writable but not for all.
 *
 * Much output goes through a small buffer on its way. A pipe is locked while it is read or written, so what the child
 * can write meanwhile depends on how long a read takes: into bytes that are in the cache, an instant; into fresh
 * memory, longer than the writing took. The copying that comes on top is done beside the child's writing. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <thrum/base.h>

#include "base/memory.h"
#include "platform/buffers.h"
#include "process/fds.h"
#include "process/sigpipe.h"
#include "process/spawn.h"
#include "process/spool.h"
#include "time/time_internal.h"

enum {
    first_read = 4 << 10,   /* room for a short answer */
    usual_pipe = 64 << 10,  /* a read of this much says that the pipe was full, and more is waiting to get in */
    wide_pipe = 1 << 20,    /* what an unprivileged process may ask for */
    hot_size = 64 << 10,    /* of the buffer that much output goes through: it stays in the cache */
    few = 8,                /* poll entries that need no allocation */
    blind_pause = 10000000, /* ns between two looks at a process without a pidfd */
};

typedef struct exchange {
    thrum__feed *feed;
    thrum__drain *drains;
    size_t count;
    const thrum__process *until;
    size_t limit;
    int64_t deadline;
    struct pollfd *polled; /* the drains, then the feed, then the process */
    char *hot;             /* made when it is first needed */
} exchange;

static ssize_t write_quietly(int fd, const char *data, size_t size) {
    thrum__sigpipe_guard guard;
    thrum__sigpipe_block(&guard);
    ssize_t r = write(fd, data, size);
    if (r < 0)
        r = -errno;
    thrum__sigpipe_restore(&guard);
    return r;
}

/* -- one step in each direction */

static int feed_some(thrum__feed *feed) {
    ssize_t r = feed->left ? write_quietly(feed->fd, feed->data, feed->left) : 0;
    if (r == -EAGAIN || r == -EINTR)
        return 0;
    if (r == -EPIPE) /* the child has read enough */
        r = (ssize_t)feed->left;
    if (r < 0)
        return (int)r;
    feed->data += r;
    feed->left -= (size_t)r;
    if (feed->left == 0)
        thrum__close(&feed->fd);
    return 0;
}

static size_t bytes_waiting(int fd) {
    int waiting = 0;
    return ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0 ? (size_t)waiting : 0;
}

/* How much to read next, or THRUM_LIMIT_EXCEEDED when more is coming than may be kept: it then stays in the pipe. */
static int plan_read(thrum__drain *drain, size_t limit, size_t *ret_bytes) {
    thrum__spool *spool = &drain->spool;
    size_t wanted = spool->capacity - spool->size;
    if (wanted < first_read)
        wanted = spool->size < first_read ? first_read : spool->size; /* double, while it is small */
    if (wanted > wide_pipe)
        wanted = wide_pipe;
    if (limit && wanted > limit - spool->size)
        wanted = limit - spool->size;
    if (limit && wanted == 0 && bytes_waiting(drain->fd) > 0)
        return THRUM_LIMIT_EXCEEDED;
    *ret_bytes = wanted ? wanted : 1; /* at the limit: what comes now can only be the end */
    return thrum__spool_reserve(spool, *ret_bytes + 1);
}

/* A child that fills its pipe has much to say. */
static void widen(thrum__drain *drain, size_t got) {
    if (drain->widened || got < usual_pipe)
        return;
    thrum__pipe_widen(drain->fd, wide_pipe);
    drain->widened = true;
}

static ssize_t read_through(char *hot, thrum__drain *drain, size_t bytes) {
    ssize_t got = read(drain->fd, hot, bytes < hot_size ? bytes : hot_size);
    thrum__spool_put(&drain->spool, hot, got > 0 ? (size_t)got : 0);
    return got;
}

static ssize_t read_straight(thrum__drain *drain, size_t bytes) {
    ssize_t got = read(drain->fd, drain->spool.data + drain->spool.size, bytes);
    drain->spool.size += got > 0 ? (size_t)got : 0;
    return got;
}

static int drain_up_to(exchange *x, thrum__drain *drain, size_t bytes) {
    if (drain->spool.reserved && !x->hot)
        x->hot = thrum__malloc(hot_size);
    bool through = drain->spool.reserved && x->hot;
    ssize_t got = through ? read_through(x->hot, drain, bytes) : read_straight(drain, bytes);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -errno;
    if (got == 0)
        thrum__close(&drain->fd);
    widen(drain, (size_t)got);
    return 0;
}

static int drain_some(exchange *x, thrum__drain *drain) {
    size_t bytes;
    int r = plan_read(drain, x->limit, &bytes);
    return r < 0 ? r : drain_up_to(x, drain, bytes);
}

/* What is in the pipe at this moment, and not what somebody who still holds it may go on to write. */
static int drain_rest(exchange *x, thrum__drain *drain) {
    size_t waiting = drain->fd < 0 ? 0 : bytes_waiting(drain->fd);
    int r = 0;
    while (r == 0 && waiting > 0 && drain->fd >= 0) {
        size_t bytes, before = drain->spool.size;
        r = plan_read(drain, x->limit, &bytes);
        if (r == 0)
            r = drain_up_to(x, drain, bytes < waiting ? bytes : waiting);
        waiting -= drain->spool.size - before;
    }
    return r;
}

/* -- the loop */

static bool is_open(const exchange *x) {
    if (x->feed && x->feed->fd >= 0)
        return true;
    for (size_t i = 0; i < x->count; i++)
        if (x->drains[i].fd >= 0)
            return true;
    return false;
}

/* Closed descriptors are negative, which poll skips. */
static void fill_polled(const exchange *x) {
    for (size_t i = 0; i < x->count; i++)
        x->polled[i] = (struct pollfd){.fd = x->drains[i].fd, .events = POLLIN};
    x->polled[x->count] = (struct pollfd){.fd = x->feed ? x->feed->fd : -1, .events = POLLOUT};
    x->polled[x->count + 1] = (struct pollfd){.fd = x->until ? x->until->pidfd : -1, .events = POLLIN};
}

static int move_ready(exchange *x) {
    int r = 0;
    if (x->polled[x->count].revents)
        r = feed_some(x->feed);
    for (size_t i = 0; r == 0 && i < x->count; i++)
        if (x->polled[i].revents)
            r = drain_some(x, &x->drains[i]);
    return r;
}

static bool has_ended(const exchange *x) {
    if (!x->until)
        return !is_open(x);
    return x->until->pidfd >= 0 ? x->polled[x->count + 1].revents != 0
                                : thrum__process_wait_end(x->until, INT64_MIN) == 0;
}

static int64_t next_look(const exchange *x) {
    if (!x->until || x->until->pidfd >= 0)
        return x->deadline;
    int64_t soon = thrum__add_saturated(thrum_monotonic_ns(), blind_pause);
    return soon < x->deadline ? soon : x->deadline;
}

static bool is_over(int64_t deadline) {
    return deadline == INT64_MIN || thrum_deadline_passed((thrum_deadline){deadline});
}

/* The time is looked at after something was moved, so that even no time at all takes what is there. */
static int run(exchange *x) {
    while (x->until || is_open(x)) {
        fill_polled(x);
        int r = thrum__poll(x->polled, x->count + 2, next_look(x));
        if (r > 0)
            r = move_ready(x);
        if (r < 0)
            return r;
        if (has_ended(x))
            break;
        if (is_over(x->deadline))
            return THRUM_TIMED_OUT;
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < x->count; i++)
        r = drain_rest(x, &x->drains[i]);
    return r;
}

/* One stream and nothing else to look after: read() waits as well as poll() does, unless somebody has seen to it that
 * it does not. */
static int run_single(exchange *x, thrum__drain *drain) {
    int r = 0;
    while (r >= 0 && drain->fd >= 0) {
        size_t before = drain->spool.size;
        r = drain_some(x, drain);
        struct pollfd readable = {.fd = drain->fd, .events = POLLIN};
        if (r == 0 && drain->fd >= 0 && drain->spool.size == before)
            r = thrum__poll(&readable, 1, THRUM__NEVER);
    }
    return r < 0 ? r : 0;
}

static thrum__drain *only_stream(const exchange *x) {
    thrum__drain *only = NULL;
    if (x->until || x->limit || x->deadline != THRUM__NEVER || (x->feed && x->feed->fd >= 0))
        return NULL;
    for (size_t i = 0; i < x->count; i++) {
        if (x->drains[i].fd < 0)
            continue;
        if (only)
            return NULL;
        only = &x->drains[i];
    }
    return only;
}

static int run_many(exchange *x) {
    struct pollfd on_stack[few];
    x->polled = x->count + 2 > few ? thrum__calloc(x->count + 2, sizeof *x->polled) : on_stack;
    if (!x->polled)
        return -ENOMEM;
    int r = run(x);
    if (x->polled != on_stack)
        free(x->polled);
    return r;
}

int thrum__exchange(thrum__feed *feed, thrum__drain *drains, size_t count, const thrum__process *until, size_t limit,
                    int64_t deadline) {
    exchange x = {feed, drains, count, until, limit, deadline, NULL, NULL};
    if (feed && feed->fd >= 0 && feed->left == 0)
        thrum__close(&feed->fd);
    thrum__drain *only = only_stream(&x);
    int r = only ? run_single(&x, only) : run_many(&x);
    free(x.hot);
    return r;
}
