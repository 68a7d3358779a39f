/* run.c - envoy.run: a pipeline to its end, and what it said. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "envoy/pipeline.h"
#include "process/fds.h"
#include "time/time_internal.h"

enum { not_started = 127 }; /* as a shell has it */

/* The responses of a pipeline lie in one block, with the words of the commands in their hands. */
static void free_responses(thrum_envoy_response *first, size_t count) {
    for (size_t i = 0; i < count; i++) {
        thrum_output_free(&first[i].std_out);
        thrum_output_free(&first[i].std_err);
        free((char **)first[i].command);
    }
    free(first);
}

thrum_envoy_response *thrum_envoy_response_free(thrum_envoy_response *response) {
    if (response)
        free_responses(response - response->history_count, response->history_count + 1);
    return NULL;
}

static int respond_to_one(thrum__pipeline *pipeline, size_t i, thrum_envoy_response *ret_response) {
    thrum__command *command = &pipeline->commands[i];
    int r = i + 1 == pipeline->count
                ? thrum__pipeline_take(&pipeline->drains[thrum__out_drain], &ret_response->std_out)
                : 0;
    ret_response->status_code = not_started;
    if (command->child) {
        thrum_popen_poll(command->child, &ret_response->status_code);
        if (r == 0)
            r = thrum__pipeline_take(&pipeline->drains[thrum__first_err_drain + i], &ret_response->std_err);
    } else {
        ret_response->std_err = command->failure;
        command->failure = (thrum_output){0};
    }
    ret_response->command = (const char *const *)command->words;
    command->words = NULL;
    return r;
}

static int respond(thrum__pipeline *pipeline, bool timed_out, thrum_envoy_response **ret_response) {
    thrum_envoy_response *all = thrum__calloc(pipeline->count, sizeof *all);
    if (!all)
        return -ENOMEM;
    int r = 0;
    for (size_t i = 0; r == 0 && i < pipeline->count; i++) {
        all[i].timed_out = timed_out;
        all[i].history = all;
        all[i].history_count = i;
        r = respond_to_one(pipeline, i, &all[i]);
    }
    if (r < 0)
        free_responses(all, pipeline->count);
    else
        *ret_response = &all[pipeline->count - 1];
    return r;
}

/* Zero is no limit, a negative span has passed. */
static int limit_to_deadline(thrum_timeout limit, int64_t *ret_deadline) {
    return thrum__deadline(limit.ns == 0 ? THRUM_FOREVER : limit, THRUM__NEGATIVE_IS_EXPIRED, ret_deadline);
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Until the end, or SIGTERM when a command has had its time, and SIGKILL when that did not help or all time is over.
 * Sets *ret_timed_out. Returns 0 with everything ended, or a negative code. */
static int finish(thrum__pipeline *pipeline, const thrum_envoy_options *options, bool *ret_timed_out) {
    int64_t each, total, grace;
    int r = limit_to_deadline(options->timeout, &each);
    if (r == 0)
        r = limit_to_deadline(options->total_timeout, &total);
    if (r < 0)
        return r;
    r = thrum__pipeline_finish(pipeline, earlier(each, total));
    if (r == THRUM_TIMED_OUT && each < total) {
        *ret_timed_out = true;
        r = limit_to_deadline(options->kill_timeout, &grace);
        if (r < 0)
            return r;
        thrum__pipeline_signal(pipeline, SIGTERM);
        r = thrum__pipeline_finish(pipeline, earlier(grace, total));
    }
    *ret_timed_out |= r == THRUM_TIMED_OUT;
    if (r == THRUM_TIMED_OUT || r == THRUM_LIMIT_EXCEEDED)
        thrum__pipeline_kill(pipeline);
    return r == THRUM_TIMED_OUT ? 0 : r;
}

static int set_feed(thrum__pipeline *pipeline, const thrum_envoy_options *options) {
    thrum_popen *first = pipeline->commands[0].child;
    if (!options->data || !first)
        return 0;
    int fd = fcntl(thrum_popen_stdin(first), F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return -errno;
    thrum_popen_close_stdin(first);
    pipeline->feed = (thrum__feed){fd, options->data, options->data_size};
    return thrum__set_nonblocking(fd, true);
}

static int run(thrum__pipeline *pipeline, const thrum_envoy_options *options, thrum_envoy_response **ret_response) {
    bool timed_out = false;
    int r = thrum__pipeline_start(pipeline, options, false);
    if (r == 0)
        r = set_feed(pipeline, options);
    if (r == 0)
        r = finish(pipeline, options, &timed_out);
    if (r < 0 && r != THRUM_LIMIT_EXCEEDED)
        return r;
    int response = respond(pipeline, timed_out, ret_response);
    return response < 0 ? response : r;
}

static int run_and_free(thrum__pipeline *pipeline, int parsed, const thrum_envoy_options *options,
                        thrum_envoy_response **ret_response) {
    static const thrum_envoy_options none;
    int r = parsed < 0 ? parsed : run(pipeline, options ? options : &none, ret_response);
    thrum__pipeline_free(pipeline);
    return r;
}

int thrum_envoy_run(thrum_envoy_response **ret_response, const char *command, const thrum_envoy_options *options) {
    thrum__pipeline pipeline = {.feed = {.fd = -1}};
    int parsed = thrum__pipeline_parse(&pipeline, command);
    return run_and_free(&pipeline, parsed, options, ret_response);
}

int thrum_envoy_run_args(thrum_envoy_response **ret_response, const char *const *const *commands,
                         const thrum_envoy_options *options) {
    thrum__pipeline pipeline = {.feed = {.fd = -1}};
    int parsed = thrum__pipeline_copy(&pipeline, commands);
    return run_and_free(&pipeline, parsed, options, ret_response);
}

int thrum_envoy_response_repr(const thrum_envoy_response *response, char *buffer, size_t size) {
    return snprintf(buffer, size, "<Response [%s]>", response->command[0]);
}
