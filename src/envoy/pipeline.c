/* pipeline.c - what moves through a pipeline, and how it ends. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "envoy/pipeline.h"
#include "process/fds.h"
#include "time/time_internal.h"

static size_t drain_count(const thrum__pipeline *pipeline) {
    return pipeline->drains ? pipeline->count + thrum__first_err_drain : 0;
}

static int exchange(thrum__pipeline *pipeline, int64_t deadline) {
    return thrum__exchange(&pipeline->feed, pipeline->drains, drain_count(pipeline), NULL, pipeline->limit, deadline);
}

static thrum_timeout left(int64_t deadline) {
    return deadline == INT64_MIN ? THRUM_NOWAIT : thrum_deadline_left((thrum_deadline){deadline});
}

int thrum__pipeline_finish(thrum__pipeline *pipeline, int64_t deadline) {
    int r = exchange(pipeline, deadline);
    for (size_t i = 0; r == 0 && i < pipeline->count; i++)
        if (pipeline->commands[i].child)
            r = thrum_popen_wait_timed(pipeline->commands[i].child, left(deadline), NULL);
    return r == THRUM_TIMEOUT_EXPIRED ? THRUM_TIMED_OUT : r;
}

int thrum__pipeline_step(thrum__pipeline *pipeline, int64_t deadline) {
    size_t count = drain_count(pipeline);
    for (size_t i = 0; i < count; i++)
        pipeline->polled[i] = (struct pollfd){.fd = pipeline->drains[i].fd, .events = POLLIN};
    pipeline->polled[count] = (struct pollfd){.fd = pipeline->feed.fd, .events = POLLOUT};
    int ready = thrum__poll(pipeline->polled, (nfds_t)count + 1, deadline);
    if (ready <= 0)
        return ready;
    int r = exchange(pipeline, INT64_MIN);
    return r < 0 && r != THRUM_TIMED_OUT ? r : 1;
}

/* The last one first: a command must not take the death of the one before it for the end of its input. */
void thrum__pipeline_signal(thrum__pipeline *pipeline, int number) {
    for (size_t i = pipeline->count; i-- > 0;)
        if (pipeline->commands[i].child)
            thrum_popen_kill_tree(pipeline->commands[i].child, number); /* one that refuses cannot be helped */
}

void thrum__pipeline_kill(thrum__pipeline *pipeline) {
    thrum__pipeline_signal(pipeline, SIGKILL);
    for (size_t i = 0; i < pipeline->count; i++)
        if (pipeline->commands[i].child)
            thrum_popen_wait(pipeline->commands[i].child, NULL);
    exchange(pipeline, INT64_MIN); /* somebody who left the group may hold a pipe for ever */
}

int thrum__pipeline_take(thrum__drain *drain, thrum_output *ret_output) {
    thrum__spool *spool = &drain->spool;
    int r = thrum__spool_terminate(spool);
    if (r < 0)
        return r;
    *ret_output = (thrum_output){spool->data, spool->size, spool->capacity, spool->reserved};
    *spool = (thrum__spool){0};
    return 0;
}

static void free_command(thrum__command *command) {
    thrum_popen_exit(command->child);
    thrum_output_free(&command->failure);
    free(command->words);
}

/* What a command that has ended left in the background stays. */
static void kill_running(thrum__pipeline *pipeline) {
    for (size_t i = pipeline->count; i-- > 0;) {
        thrum_popen *child = pipeline->commands[i].child;
        if (child && !thrum_popen_poll(child, NULL))
            thrum_popen_kill_tree(child, SIGKILL);
    }
}

void thrum__pipeline_free(thrum__pipeline *pipeline) {
    kill_running(pipeline);
    for (size_t i = 0; i < drain_count(pipeline); i++) {
        thrum__close(&pipeline->drains[i].fd);
        thrum__spool_free(&pipeline->drains[i].spool);
    }
    thrum__close(&pipeline->feed.fd);
    for (size_t i = 0; i < pipeline->count; i++)
        free_command(&pipeline->commands[i]);
    free(pipeline->commands);
    free(pipeline->drains);
    free(pipeline->polled);
    free(pipeline->env);
    *pipeline = (thrum__pipeline){.feed = {.fd = -1}};
}
