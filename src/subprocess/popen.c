/* popen.c - the making and the freeing of a Popen, and its plain questions. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "process/fds.h"
#include "subprocess/popen_internal.h"

/* -- making */

/* The list and its strings in one block. */
static char **copy_args(const char *const *args) {
    size_t count = 0, bytes = 0;
    for (; args[count]; count++)
        bytes += strlen(args[count]) + 1;
    char **copy = thrum__malloc((count + 1) * sizeof *copy + bytes);
    if (!copy)
        return NULL;
    char *text = (char *)(copy + count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(args[i]) + 1;
        copy[i] = memcpy(text, args[i], size);
        text += size;
    }
    copy[count] = NULL;
    return copy;
}

/* Returns the code. */
static int fail_early(const thrum_popen_options *options, int code) {
    if (options->ret_failure)
        *options->ret_failure = (thrum_popen_failure){code, thrum__stage_name(THRUM__STAGE_PREPARE), NULL};
    return code;
}

static int make(thrum_popen *popen, const char *const *args, const thrum_popen_options *options) {
    popen->process = THRUM__NO_PROCESS;
    popen->feed.fd = popen->drains[0].fd = popen->drains[1].fd = -1;
    popen->shell = options->shell;
    popen->bufsize = options->bufsize;
    popen->output_limit = options->output_limit;
    int r = thrum__text_mode_parse(options, &popen->text);
    if (r < 0)
        return fail_early(options, r);
    popen->args = copy_args(args);
    return popen->args ? thrum__popen_start(popen, args, options) : fail_early(options, -ENOMEM);
}

int thrum__popen_new(thrum_popen **ret_popen, const char *const *args, const thrum_popen_options *options,
                     const void *site) {
    static const thrum_popen_options defaults;
    options = options ? options : &defaults;
    thrum__popen_sweep();
    if (!args || !args[0])
        return fail_early(options, THRUM_VALUE_ERROR);
    thrum_popen *popen = thrum__calloc(1, sizeof *popen);
    if (!popen)
        return fail_early(options, -ENOMEM);
    int r = make(popen, args, options);
    if (r < 0) {
        thrum__popen_destroy(popen);
        return r;
    }
    thrum__census_add(popen, site);
    *ret_popen = popen;
    return 0;
}

int thrum_popen_new(thrum_popen **ret_popen, const char *const *args, const thrum_popen_options *options) {
    return thrum__popen_new(ret_popen, args, options, __builtin_return_address(0));
}

/* -- freeing */

void thrum__popen_destroy(thrum_popen *popen) {
    thrum__census_remove(popen);
    thrum__process_close(&popen->process);
    thrum__spool_free(&popen->drains[0].spool);
    thrum__spool_free(&popen->drains[1].spool);
    free(popen->own_input);
    free(popen->args);
    free(popen);
}

static void close_pipes(thrum_popen *popen) {
    thrum_popen_close_stdin(popen);
    thrum_popen_close_stdout(popen);
    thrum_popen_close_stderr(popen);
}

thrum_popen *thrum_popen_free(thrum_popen *popen) {
    if (!popen)
        return NULL;
    close_pipes(popen);
    bool waited_for = thrum_popen_returncode(popen, NULL), ended = thrum__popen_reap(popen);
    if (!waited_for)
        thrum__census_let_go(popen, ended);
    if (ended)
        thrum__popen_destroy(popen);
    else
        thrum__popen_abandon(popen);
    thrum__popen_sweep();
    return NULL;
}

thrum_popen *thrum_popen_exit(thrum_popen *popen) {
    if (!popen)
        return NULL;
    close_pipes(popen);
    thrum_popen_wait(popen, NULL);
    return thrum_popen_free(popen);
}

/* -- questions */

const char *const *thrum_popen_args(const thrum_popen *popen) {
    return (const char *const *)popen->args;
}

pid_t thrum_popen_pid(const thrum_popen *popen) {
    return popen->pid;
}

int thrum_popen_pidfd(const thrum_popen *popen) {
    return popen->process.pidfd;
}

bool thrum_popen_returncode(const thrum_popen *popen, int *ret_returncode) {
    /* Acquire: pairs with the release store of thrum__popen_reap(), which comes after the status. */
    if (!__atomic_load_n(&popen->ended, __ATOMIC_ACQUIRE))
        return false;
    if (ret_returncode)
        *ret_returncode = popen->returncode;
    return true;
}
