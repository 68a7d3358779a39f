/* communicate.c - feed, drain and wait; and hand over what came. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "process/fds.h"
#include "subprocess/popen_internal.h"
#include "time/time_internal.h"

static bool captures(const thrum_popen *popen) {
    return popen->piped[thrum__out] || popen->piped[thrum__err];
}

/* The caller's input need not outlive the call: what a later one may need is copied before anything happens. */
static int set_input(thrum_popen *popen, const void *input, size_t size, bool copy) {
    const char *data = input;
    if (copy && size > 0) {
        popen->own_input = thrum__malloc(size);
        if (!popen->own_input)
            return -ENOMEM;
        data = memcpy(popen->own_input, input, size);
    }
    popen->feed.data = data;
    popen->feed.left = size;
    return 0;
}

/* What the caller has written to a stream goes out before the input; the descriptor behind it stays. */
static int close_input_file(thrum_popen *popen) {
    int r = thrum__popen_close_file(popen, thrum__in);
    return r == -EPIPE ? 0 : r;
}

static int begin(thrum_popen *popen, const void *input, size_t size, bool copy) {
    if (popen->delivered && captures(popen))
        return THRUM_VALUE_ERROR;
    if (popen->started)
        return input && size > 0 ? THRUM_VALUE_ERROR : 0;
    int r = close_input_file(popen);
    if (r == 0 && popen->feed.fd >= 0)
        r = set_input(popen, input, size, copy);
    popen->started = r == 0;
    return r;
}

/* In each call: whoever asks for the descriptor between two of them has it block again. */
static int prepare_feed(thrum_popen *popen) {
    bool feeds = popen->feed.fd >= 0 && popen->feed.left > 0;
    return feeds ? thrum__set_nonblocking(popen->feed.fd, true) : 0;
}

/* -- handing over */

static thrum_output as_output(const thrum__spool *spool) {
    return (thrum_output){spool->data, spool->size, spool->capacity, spool->reserved};
}

static int prepare_output(thrum_popen *popen, bool as_text) {
    int r = 0;
    for (int i = 0; r == 0 && i < 2; i++) {
        if (!popen->piped[thrum__out + i])
            continue;
        if (as_text && popen->text.on && !popen->translated[i]) {
            r = thrum__text_translate(&popen->drains[i].spool, &popen->text);
            popen->translated[i] = r == 0;
        }
        if (r == 0)
            r = thrum__spool_terminate(&popen->drains[i].spool);
    }
    return r;
}

static void give(thrum__spool *spool, thrum_output *ret_output) {
    if (ret_output) {
        *ret_output = as_output(spool);
        *spool = (thrum__spool){0};
    } else {
        thrum__spool_free(spool);
    }
}

int thrum__popen_deliver(thrum_popen *popen, thrum_output *ret_out, thrum_output *ret_err) {
    int r = prepare_output(popen, false);
    if (r < 0)
        return r;
    popen->delivered = true;
    give(&popen->drains[0].spool, ret_out);
    give(&popen->drains[1].spool, ret_err);
    return 0;
}

/* -- the call */

static int communicate_locked(thrum_popen *popen, const void *input, size_t size, int64_t deadline, bool resumable) {
    int r = begin(popen, input, size, resumable && deadline != THRUM__NEVER);
    if (r == 0)
        r = prepare_feed(popen);
    if (r == 0)
        r = thrum__exchange(&popen->feed, popen->drains, 2, NULL, popen->output_limit, deadline);
    if (r == THRUM_TIMED_OUT)
        r = THRUM_TIMEOUT_EXPIRED;
    if (r == 0)
        r = thrum__popen_wait_end(popen, deadline);
    return r == 0 ? prepare_output(popen, true) : r;
}

int thrum__popen_communicate(thrum_popen *popen, const void *input, size_t size, thrum_output *ret_out,
                             thrum_output *ret_err, int64_t deadline, bool resumable) {
    int r = thrum__popen_lock_io(popen, deadline);
    if (r != 0)
        return r;
    r = communicate_locked(popen, input, size, deadline, resumable);
    if (r == 0) {
        popen->delivered = true;
        give(&popen->drains[0].spool, ret_out);
        give(&popen->drains[1].spool, ret_err);
    }
    thrum_lock_release(&popen->io);
    return r;
}

int thrum_popen_communicate_timed(thrum_popen *popen, const void *input, size_t input_size, thrum_output *ret_out,
                                  thrum_output *ret_err, thrum_timeout timeout) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    return r < 0 ? r : thrum__popen_communicate(popen, input, input_size, ret_out, ret_err, deadline, true);
}

int thrum_popen_communicate(thrum_popen *popen, const void *input, size_t input_size, thrum_output *ret_out,
                            thrum_output *ret_err) {
    return thrum_popen_communicate_timed(popen, input, input_size, ret_out, ret_err, THRUM_FOREVER);
}

void thrum_popen_output(thrum_popen *popen, thrum_output *ret_out, thrum_output *ret_err) {
    thrum_lock_acquire(&popen->io);
    prepare_output(popen, false); /* without memory for the NUL byte the size still holds */
    if (ret_out)
        *ret_out = as_output(&popen->drains[0].spool);
    if (ret_err)
        *ret_err = as_output(&popen->drains[1].spool);
    thrum_lock_release(&popen->io);
}

size_t thrum_popen_holders(thrum_popen *popen, pid_t *pids, size_t size) {
    thrum_lock_acquire(&popen->io);
    const int fds[] = {popen->drains[0].fd, popen->drains[1].fd};
    size_t count = thrum__pipe_writers(fds, 2, pids, size);
    thrum_lock_release(&popen->io);
    return count;
}

void thrum_output_free(thrum_output *output) {
    if (!output)
        return;
    thrum__spool spool = {output->data, output->size, output->capacity_, output->reserved_};
    thrum__spool_free(&spool);
    *output = (thrum_output){0};
}
