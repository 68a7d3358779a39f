/* run.c - a child from its start to its end in one call: run() and its relatives are one function with other
 * defaults. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <thrum/subprocess/run.h>

#include "base/memory.h"
#include "subprocess/popen_internal.h"
#include "time/time_internal.h"

/* -- the options */

static int adapt(const thrum_run_options *options, thrum_popen_options *ret) {
    *ret = options->popen;
    if (options->input && ret->in != 0)
        return THRUM_VALUE_ERROR;
    if (options->capture_output && (ret->out != 0 || ret->err != 0))
        return THRUM_VALUE_ERROR;
    if (options->input)
        ret->in = THRUM_PIPE;
    if (options->capture_output)
        ret->out = ret->err = THRUM_PIPE;
    if (options->kill_tree && !ret->process_group.is_set)
        ret->start_new_session = true;
    return 0;
}

/* A zero span is Python's None. */
static int deadline_of(const thrum_run_options *options, int64_t *ret_deadline) {
    thrum_timeout timeout = options->timeout.ns == 0 ? THRUM_FOREVER : options->timeout;
    return thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, ret_deadline);
}

/* -- the record */

static int make_record(const thrum_popen *popen, const thrum_run_options *options, thrum_completed_process **ret) {
    thrum_completed_process *record = thrum__calloc(1, sizeof *record);
    if (!record)
        return -ENOMEM;
    record->shell = popen->shell;
    record->timeout = options->timeout;
    record->text = popen->text.on;
    *ret = record;
    return 0;
}

/* The child, of which the census may be reading, needs its arguments no longer. */
static void take_args(thrum_completed_process *record, thrum_popen *popen) {
    thrum__census_remove(popen);
    record->args = (const char *const *)popen->args;
    popen->args = NULL;
}

thrum_completed_process *thrum_completed_process_free(thrum_completed_process *completed) {
    if (!completed)
        return NULL;
    thrum_output_free(&completed->out);
    thrum_output_free(&completed->err);
    free((void *)completed->args);
    free(completed);
    return NULL;
}

int thrum_completed_process_check_returncode(thrum_completed_process *completed) {
    if (completed->returncode == 0)
        return 0;
    completed->result = THRUM_CALLED_PROCESS_ERROR;
    return THRUM_CALLED_PROCESS_ERROR;
}

/* -- the run */

/* The child must not outlive the call. Its tree goes first, as long as its number is certainly its own. */
static void put_down(thrum_popen *popen, bool kill_tree) {
    if (kill_tree)
        thrum_popen_kill_tree(popen, SIGKILL);
    thrum_popen_kill(popen);
    thrum__popen_wait_end(popen, THRUM__NEVER);
}

/* Whether the caller gets a record of this. */
static bool is_outcome(int r) {
    return r == 0 || r == THRUM_TIMEOUT_EXPIRED || r == THRUM_LIMIT_EXCEEDED;
}

static int finish(thrum_popen *popen, const thrum_run_options *options, int r, thrum_completed_process *record) {
    if (r < 0) {
        put_down(popen, options->kill_tree);
        record->text = false; /* what came of it may end within a character: it is handed over as bytes */
        int delivered = is_outcome(r) ? thrum__popen_deliver(popen, &record->out, &record->err) : r;
        if (delivered < 0)
            return delivered;
    }
    thrum_popen_returncode(popen, &record->returncode);
    if (r == 0 && options->check)
        r = thrum_completed_process_check_returncode(record);
    record->result = r;
    return r;
}

static int run_child(thrum_popen *popen, const thrum_run_options *options, int64_t deadline,
                     thrum_completed_process **ret_completed) {
    thrum_completed_process *record;
    int r = make_record(popen, options, &record);
    if (r < 0) {
        put_down(popen, options->kill_tree);
        return r;
    }
    r = thrum__popen_communicate(popen, options->input, options->input_size, &record->out, &record->err, deadline,
                                 false);
    r = finish(popen, options, r, record);
    take_args(record, popen);
    if (is_outcome(r) || r == THRUM_CALLED_PROCESS_ERROR)
        *ret_completed = record;
    else
        thrum_completed_process_free(record);
    return r;
}

int thrum_subprocess_run(thrum_completed_process **ret_completed, const char *const *args,
                         const thrum_run_options *options) {
    static const thrum_run_options defaults;
    options = options ? options : &defaults;
    thrum_popen_options adapted;
    thrum_popen *popen;
    int64_t deadline;
    int r = deadline_of(options, &deadline);
    if (r == 0)
        r = adapt(options, &adapted);
    if (r == 0)
        r = thrum_popen_new(&popen, args, &adapted);
    if (r < 0)
        return r;
    r = run_child(popen, options, deadline, ret_completed);
    thrum_popen_free(popen);
    return r;
}

/* -- the relatives */

static int call(const char *const *args, const thrum_run_options *options, bool check, int *ret_returncode) {
    thrum_run_options adapted = {.check = check};
    thrum_completed_process *record = NULL;
    if (options) {
        adapted.popen = options->popen;
        adapted.timeout = options->timeout;
        adapted.kill_tree = options->kill_tree;
    }
    int r = thrum_subprocess_run(&record, args, &adapted);
    if ((r == 0 || r == THRUM_CALLED_PROCESS_ERROR) && ret_returncode)
        *ret_returncode = record->returncode;
    thrum_completed_process_free(record);
    return r;
}

int thrum_subprocess_call(const char *const *args, const thrum_run_options *options, int *ret_returncode) {
    return call(args, options, false, ret_returncode);
}

int thrum_subprocess_check_call(const char *const *args, const thrum_run_options *options, int *ret_returncode) {
    return call(args, options, true, ret_returncode);
}

static void take_output(thrum_completed_process *record, thrum_output *ret_out) {
    *ret_out = record->out;
    record->out = (thrum_output){0};
    thrum_completed_process_free(record);
}

int thrum_subprocess_check_output(const char *const *args, const thrum_run_options *options, thrum_output *ret_out) {
    thrum_run_options adapted = options ? *options : (thrum_run_options){0};
    if (adapted.popen.out != 0 || adapted.capture_output)
        return THRUM_VALUE_ERROR;
    adapted.popen.out = THRUM_PIPE;
    adapted.check = true;
    thrum_completed_process *record = NULL;
    int r = thrum_subprocess_run(&record, args, &adapted);
    if (record)
        take_output(record, ret_out);
    return r;
}

static void strip_newline(thrum_output *output) {
    if (output->size > 0 && output->data[output->size - 1] == '\n')
        output->data[--output->size] = 0;
}

int thrum_subprocess_getstatusoutput(const char *command, int *ret_returncode, thrum_output *ret_out) {
    const thrum_run_options options = {
        .popen = {.shell = true, .out = THRUM_PIPE, .err = THRUM_STDOUT, .errors = "surrogateescape"}};
    thrum_completed_process *record;
    int r = thrum_subprocess_run(&record, THRUM_ARGS(command), &options);
    if (r < 0)
        return r;
    if (ret_returncode)
        *ret_returncode = record->returncode;
    take_output(record, ret_out);
    strip_newline(ret_out);
    return 0;
}

int thrum_subprocess_getoutput(const char *command, thrum_output *ret_out) {
    return thrum_subprocess_getstatusoutput(command, NULL, ret_out);
}
