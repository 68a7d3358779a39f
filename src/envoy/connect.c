/* connect.c - envoy.connect: send to a pipeline that runs, and expect of it. */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/memory.h"
#include "envoy/pipeline.h"
#include "process/fds.h"
#include "time/time_internal.h"

struct thrum_connected_command {
    thrum__pipeline pipeline;
    char *outbox; /* what pipeline.feed points into: owned */
    size_t seen;  /* bytes of the output up to the end of the last match */
};

static thrum_popen *first_child(const thrum_connected_command *connected) {
    return connected->pipeline.commands[0].child;
}

static thrum_popen *last_child(const thrum_connected_command *connected) {
    return connected->pipeline.commands[connected->pipeline.count - 1].child;
}

/* Put bytes behind what is still to be written. */
static int post(thrum_connected_command *connected, const char *text, size_t size, const char *end) {
    thrum__feed *feed = &connected->pipeline.feed;
    size_t waiting = feed->fd >= 0 ? feed->left : 0, end_size = strlen(end);
    char *outbox = thrum__malloc(waiting + size + end_size + 1);
    if (!outbox)
        return -ENOMEM;
    int fd = feed->fd >= 0 ? feed->fd : fcntl(thrum_popen_stdin(first_child(connected)), F_DUPFD_CLOEXEC, 3);
    int r = fd < 0 ? -errno : thrum__set_nonblocking(fd, true);
    if (fd < 0) {
        free(outbox);
        return r;
    }
    if (waiting > 0)
        memcpy(outbox, feed->data, waiting);
    memcpy(outbox + waiting, text, size);
    memcpy(outbox + waiting + size, end, end_size);
    free(connected->outbox);
    connected->outbox = outbox;
    *feed = (thrum__feed){fd, outbox, waiting + size + end_size};
    return r;
}

static int connect_line(thrum_connected_command *connected, const char *command, const thrum_envoy_options *options) {
    int r = thrum__pipeline_parse(&connected->pipeline, command);
    if (r == 0)
        r = thrum__pipeline_start(&connected->pipeline, options, true);
    return r == 0 && options->data_size > 0 ? post(connected, options->data, options->data_size, "") : r;
}

int thrum_envoy_connect(thrum_connected_command **ret_connected, const char *command,
                        const thrum_envoy_options *options) {
    static const thrum_envoy_options none;
    thrum_connected_command *connected = thrum__calloc(1, sizeof *connected);
    if (!connected)
        return -ENOMEM;
    connected->pipeline.feed.fd = -1;
    int r = connect_line(connected, command, options ? options : &none);
    if (r < 0)
        thrum_connected_command_free(connected);
    else
        *ret_connected = connected;
    return r;
}

thrum_connected_command *thrum_connected_command_free(thrum_connected_command *connected) {
    if (!connected)
        return NULL;
    thrum__pipeline_free(&connected->pipeline);
    free(connected->outbox);
    free(connected);
    return NULL;
}

pid_t thrum_connected_command_pid(const thrum_connected_command *connected) {
    return thrum_popen_pid(last_child(connected));
}

bool thrum_connected_command_status_code(thrum_connected_command *connected, int *ret_status_code) {
    return thrum_popen_poll(last_child(connected), ret_status_code);
}

int thrum_connected_command_send_timed(thrum_connected_command *connected, const char *text, const char *end,
                                       thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    if (r < 0)
        return r;
    if (thrum_popen_stdin(first_child(connected)) < 0)
        return THRUM_CLOSED;
    r = post(connected, text, strlen(text), end ? end : "\n");
    while (r == 0 && connected->pipeline.feed.fd >= 0) {
        int moved = thrum__pipeline_step(&connected->pipeline, deadline);
        r = moved < 0 ? moved : moved == 0 ? THRUM_TIMED_OUT : 0;
    }
    return r;
}

int thrum_connected_command_send(thrum_connected_command *connected, const char *text, const char *end) {
    return thrum_connected_command_send_timed(connected, text, end, THRUM_FOREVER);
}

/* What is still to be written has a descriptor of its own, and goes on. */
void thrum_connected_command_close_std_in(thrum_connected_command *connected) {
    thrum_popen_close_stdin(first_child(connected));
}

/* -- expect */

static thrum__drain *out_drain(const thrum_connected_command *connected) {
    return &connected->pipeline.drains[thrum__out_drain];
}

/* Look for the pattern in what has come from *from on. A NUL byte ends a string for regexec: go on behind it. Without
 * a match *from is where the last string begins, which may grow: those before it need not be looked at again. */
static bool find(thrum_connected_command *connected, const regex_t *pattern, size_t *from,
                 thrum_envoy_match *ret_match) {
    const thrum__spool *spool = &out_drain(connected)->spool;
    const char *begin = spool->data + connected->seen;
    regmatch_t found;
    for (size_t at = *from; at <= spool->size; at += strlen(spool->data + at) + 1) {
        const char *text = spool->data + at;
        *from = at;
        bool in_line = at > 0 && text[-1] != '\n' && text[-1] != '\0';
        if (regexec(pattern, text, 1, &found, in_line ? REG_NOTBOL : 0) != 0)
            continue;
        *ret_match = (thrum_envoy_match){text + found.rm_so, (size_t)(found.rm_eo - found.rm_so), begin,
                                         (size_t)(text + found.rm_so - begin)};
        connected->seen = at + (size_t)found.rm_eo;
        return true;
    }
    return false;
}

/* Returns 0 with a match, or a negative code. */
static int await(thrum_connected_command *connected, const regex_t *pattern, int64_t deadline,
                 thrum_envoy_match *ret_match) {
    for (size_t from = connected->seen;;) {
        int r = thrum__spool_terminate(&out_drain(connected)->spool);
        if (r < 0)
            return r;
        if (find(connected, pattern, &from, ret_match))
            return 0;
        if (out_drain(connected)->fd < 0)
            return THRUM_EOF_ERROR;
        r = thrum__pipeline_step(&connected->pipeline, deadline);
        if (r <= 0)
            return r < 0 ? r : THRUM_TIMED_OUT;
    }
}

int thrum_connected_command_expect_timed(thrum_connected_command *connected, const char *pattern,
                                         thrum_timeout timeout, thrum_envoy_match *ret_match) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    if (r < 0)
        return r;
    regex_t compiled;
    int error = regcomp(&compiled, pattern, REG_EXTENDED | REG_NEWLINE);
    if (error)
        return error == REG_ESPACE ? -ENOMEM : THRUM_VALUE_ERROR;
    thrum_envoy_match match;
    r = await(connected, &compiled, deadline, &match);
    regfree(&compiled);
    if (r == 0 && ret_match)
        *ret_match = match;
    return r;
}

int thrum_connected_command_expect(thrum_connected_command *connected, const char *pattern,
                                   thrum_envoy_match *ret_match) {
    return thrum_connected_command_expect_timed(connected, pattern, THRUM_FOREVER, ret_match);
}

/* -- the end */

int thrum_connected_command_block_timed(thrum_connected_command *connected, thrum_timeout timeout,
                                        int *ret_status_code) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    if (r == 0)
        r = thrum__pipeline_finish(&connected->pipeline, deadline);
    int status;
    if (r == 0 && thrum_popen_poll(last_child(connected), &status) && ret_status_code)
        *ret_status_code = status;
    return r;
}

int thrum_connected_command_block(thrum_connected_command *connected, int *ret_status_code) {
    return thrum_connected_command_block_timed(connected, THRUM_FOREVER, ret_status_code);
}

void thrum_connected_command_kill(thrum_connected_command *connected) {
    thrum__pipeline_signal(&connected->pipeline, SIGKILL);
}

/* What is there now is taken in first, and not what comes meanwhile, which may have no end. What goes wrong with that
 * is seen by the next call that can say so. */
static thrum_output look(thrum_connected_command *connected, thrum__drain *drain) {
    thrum__spool *spool = &drain->spool;
    int waiting = 0;
    if (drain->fd >= 0)
        ioctl(drain->fd, FIONREAD, &waiting);
    for (size_t enough = spool->size + (size_t)waiting; drain->fd >= 0 && spool->size <= enough;)
        if (thrum__pipeline_step(&connected->pipeline, INT64_MIN) <= 0)
            break;
    if (thrum__spool_terminate(spool) < 0)
        return (thrum_output){0};
    return (thrum_output){spool->data, spool->size, spool->capacity, spool->reserved};
}

thrum_output thrum_connected_command_std_out(thrum_connected_command *connected) {
    return look(connected, out_drain(connected));
}

thrum_output thrum_connected_command_std_err(thrum_connected_command *connected) {
    return look(connected, &connected->pipeline.drains[connected->pipeline.count]);
}
