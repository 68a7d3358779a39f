/* start.c - bring the commands of a pipeline to life, from the first to the last. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "envoy/pipeline.h"
#include "process/fds.h"

static bool same_name(const char *left, const char *right) {
    size_t length = strcspn(left, "=");
    return strncmp(left, right, length + 1) == 0 && left[length] == '=';
}

static bool is_replaced(const char *entry, const char *const *by) {
    for (; *by; by++)
        if (same_name(entry, *by))
            return true;
    return false;
}

static size_t count_entries(const char *const *list) {
    size_t count = 0;
    while (list[count])
        count++;
    return count;
}

/* This program's environment with `added` in it. The strings stay where they are. */
static int make_env(thrum__pipeline *pipeline, const char *const *added) {
    const char *const *own = (const char *const *)environ;
    pipeline->env = thrum__malloc((count_entries(own) + count_entries(added) + 1) * sizeof *pipeline->env);
    if (!pipeline->env)
        return -ENOMEM;
    size_t count = 0;
    for (; *own; own++)
        if (!is_replaced(*own, added))
            pipeline->env[count++] = (char *)*own;
    for (; *added; added++)
        pipeline->env[count++] = (char *)*added;
    pipeline->env[count] = NULL;
    return 0;
}

static int make_room(thrum__pipeline *pipeline) {
    size_t drains = pipeline->count + thrum__first_err_drain;
    pipeline->drains = thrum__calloc(drains, sizeof *pipeline->drains);
    pipeline->polled = thrum__calloc(drains + 1, sizeof *pipeline->polled);
    for (size_t i = 0; pipeline->drains && i < drains; i++)
        pipeline->drains[i].fd = -1;
    return pipeline->drains && pipeline->polled ? 0 : -ENOMEM;
}

/* A copy of a descriptor that belongs to the child object, which closes its own: the pipeline reads and writes. */
static int copy_fd(int fd, int *ret_fd) {
    *ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return *ret_fd < 0 ? -errno : 0;
}

static int take_streams(thrum__pipeline *pipeline, size_t i) {
    thrum_popen *child = pipeline->commands[i].child;
    int r = copy_fd(thrum_popen_stderr(child), &pipeline->drains[thrum__first_err_drain + i].fd);
    thrum_popen_close_stderr(child);
    if (r == 0 && i + 1 == pipeline->count) {
        r = copy_fd(thrum_popen_stdout(child), &pipeline->drains[thrum__out_drain].fd);
        thrum_popen_close_stdout(child);
    }
    return r;
}

/* The reason as Python's envoy has it: the short sentence, then more. */
static int keep_reason(thrum__command *command, const thrum_popen_failure *failure) {
    char text[1024];
    int length = snprintf(text, sizeof text, "%s\n", thrum_strerror(failure->code));
    length += thrum_popen_failure_str(failure, text + length, sizeof text - (size_t)length - 1);
    if (length > (int)sizeof text - 2)
        length = sizeof text - 2;
    text[length++] = '\n';
    thrum__drain drain = {-1, {0}, false};
    int r = thrum__spool_append(&drain.spool, text, (size_t)length);
    return r < 0 ? r : thrum__pipeline_take(&drain, &command->failure);
}

/* A program that is not there is the command's matter; want of memory, and what the caller did wrong, is not. */
static bool is_os_error(int code) {
    return code < 0 && code > -4096 && code != -ENOMEM;
}

static int start_command(thrum__pipeline *pipeline, size_t i, thrum_popen_options *options, bool strict) {
    thrum__command *command = &pipeline->commands[i];
    thrum_popen_failure failure;
    options->ret_failure = &failure;
    int r = thrum_popen_new(&command->child, (const char *const *)command->words, options);
    if (r == 0)
        return take_streams(pipeline, i);
    command->child = NULL;
    return strict || !is_os_error(r) ? r : keep_reason(command, &failure);
}

/* Start all, each with the reading end of the pipe that the one before it writes. */
static int start_all(thrum__pipeline *pipeline, thrum_popen_options *options, bool strict) {
    int previous = -1, r = 0;
    for (size_t i = 0; r == 0 && i < pipeline->count; i++) {
        int pipe[2] = {-1, -1};
        bool last = i + 1 == pipeline->count;
        r = last ? 0 : thrum__pipe(pipe);
        if (i > 0)
            options->in = previous >= 0 ? previous : THRUM_DEVNULL;
        options->out = last ? THRUM_PIPE : pipe[1];
        if (r == 0)
            r = start_command(pipeline, i, options, strict);
        thrum__close(&previous);
        thrum__close(&pipe[1]);
        previous = pipe[0];
    }
    thrum__close(&previous);
    return r;
}

int thrum__pipeline_start(thrum__pipeline *pipeline, const thrum_envoy_options *options, bool strict) {
    int r = make_room(pipeline);
    if (r == 0 && options->env)
        r = make_env(pipeline, options->env);
    if (r < 0)
        return r;
    pipeline->limit = options->output_limit;
    thrum_popen_options popen = {.in = strict || options->data ? THRUM_PIPE : THRUM_DEVNULL, .err = THRUM_PIPE};
    popen.env = (const char *const *)pipeline->env;
    popen.cwd = options->cwd;
    popen.process_group = THRUM_SOME(0);
    return start_all(pipeline, &popen, strict);
}
