/* os.c - os.system, os.spawn* and os.popen, on top of Popen. */
#include <errno.h>
#include <string.h>

#include <thrum/subprocess/os.h>
#include <thrum/subprocess/run.h>

#include "subprocess/popen_internal.h"

/* The shell is called "sh", as by system(3): its messages begin with that. */
int thrum_os_system(const char *command, int *ret_returncode) {
    const thrum_run_options options = {.popen = {.executable = "/bin/sh", .keep_fds = true}};
    return thrum_subprocess_call(THRUM_ARGS("sh", "-c", command), &options, ret_returncode);
}

int thrum_os_spawn(thrum_spawn_mode mode, const char *const *args, const char *const *env, thrum_popen **ret_popen,
                   int *ret_returncode) {
    const thrum_popen_options options = {.env = env, .keep_fds = true};
    thrum_popen *popen;
    int r = thrum__popen_new(&popen, args, &options, __builtin_return_address(0));
    if (r < 0)
        return r;
    if (mode == THRUM_P_NOWAIT) {
        *ret_popen = popen;
        return 0;
    }
    r = thrum_popen_wait(popen, ret_returncode);
    thrum_popen_free(popen);
    return r;
}

int thrum_os_popen(thrum_popen **ret_popen, const char *command, const char *mode) {
    thrum_popen_options options = {.shell = true};
    if (strcmp(mode, "r") == 0)
        options.out = THRUM_PIPE;
    else if (strcmp(mode, "w") == 0)
        options.in = THRUM_PIPE;
    else
        return THRUM_VALUE_ERROR;
    return thrum__popen_new(ret_popen, THRUM_ARGS(command), &options, __builtin_return_address(0));
}

int thrum_os_popen_close(thrum_popen *popen, int *ret_returncode) {
    int r = thrum_popen_close_stdin(popen);
    thrum_popen_close_stdout(popen);
    int waited = thrum_popen_wait(popen, ret_returncode);
    thrum_popen_free(popen);
    return r < 0 ? r : waited;
}
