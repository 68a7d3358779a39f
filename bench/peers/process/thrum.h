/* thrum.h - children by thrum. */
#include <thrum/subprocess.h>

static const char *const few_variables[] = {"A=1", "B=2", NULL};

static void start_and_wait(const char *program, const thrum_popen_options *options) {
    thrum_popen *popen;
    if (thrum_popen_new(&popen, THRUM_ARGS(program), options) < 0 || thrum_popen_wait(popen, NULL) < 0)
        give_up("thrum_popen_new failed");
    thrum_popen_free(popen);
}

static inline void peer_start_and_wait(const char *program) {
    start_and_wait(program, NULL);
}

static inline void peer_start_asked(const char *program) {
    start_and_wait(program, &(thrum_popen_options){.in = THRUM_PIPE,
                                                   .out = THRUM_PIPE,
                                                   .err = THRUM_PIPE,
                                                   .cwd = "/",
                                                   .env = few_variables,
                                                   .start_new_session = true});
}

static inline size_t peer_capture(const char *program) {
    thrum_output out;
    if (thrum_subprocess_check_output(THRUM_ARGS(program), NULL, &out) < 0)
        give_up("thrum_subprocess_check_output failed");
    size_t size = out.size;
    thrum_output_free(&out);
    return size;
}

static thrum_popen *lingering;

static inline void peer_linger_start(const char *program) {
    if (thrum_popen_new(&lingering, THRUM_ARGS(program, "linger"), &(thrum_popen_options){.in = THRUM_PIPE}) < 0)
        give_up("thrum_popen_new failed");
}

static inline void peer_linger_release(void) {
    thrum_popen_close_stdin(lingering);
}

static inline void peer_linger_wait(void) {
    if (thrum_popen_wait_timed(lingering, thrum_seconds(100), NULL) < 0)
        give_up("thrum_popen_wait_timed failed");
    lingering = thrum_popen_free(lingering);
}
