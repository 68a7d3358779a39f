/* start_once.c [user] - start /bin/true with about everything that may be asked for, for test_clone.py to look at. */
#include <string.h>

#include <thrum/subprocess.h>

int main(int argc, char **argv) {
    const char *const env[] = {"A=1", NULL};
    static const char *const groups[] = {"0", NULL};
    const bool as_user = argc > 1 && strcmp(argv[1], "user") == 0;
    const thrum_run_options options = {.popen = {.cwd = "/",
                                                 .env = env,
                                                 .start_new_session = true,
                                                 .umask = THRUM_SOME(022),
                                                 .nice = 1,
                                                 .extra_groups = as_user ? groups : NULL,
                                                 .group = as_user ? "0" : NULL,
                                                 .user = as_user ? "0" : NULL},
                                       .capture_output = true,
                                       .timeout = thrum_seconds(60)};
    thrum_completed_process *done;
    if (thrum_subprocess_run(&done, THRUM_ARGS("/bin/true"), &options) < 0)
        return 1;
    int returncode = done->returncode;
    thrum_completed_process_free(done);
    return returncode;
}
