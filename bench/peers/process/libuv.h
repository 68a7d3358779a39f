/* libuv.h - children by libuv: uv_spawn, and the loop until all of the child is closed. */
#include <stdlib.h>
#include <uv.h>

static char *uv_bytes;
static size_t uv_size, uv_room;

static void on_exit_of_child(uv_process_t *process, int64_t status, int signal) {
    (void)status;
    (void)signal;
    uv_close((uv_handle_t *)process, NULL);
}

static void run_child(const char *program, uv_process_options_t *options) {
    char *argv[] = {(char *)program, NULL};
    uv_process_t process;
    options->file = program;
    options->args = argv;
    options->exit_cb = on_exit_of_child;
    if (uv_spawn(uv_default_loop(), &process, options) != 0)
        give_up("uv_spawn failed");
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

static inline void peer_start_and_wait(const char *program) {
    uv_process_options_t options = {0};
    run_child(program, &options);
}

static inline void peer_start_asked(const char *program) {
    static char *env[] = {(char *)"A=1", (char *)"B=2", NULL};
    uv_pipe_t pipes[3];
    uv_stdio_container_t stdio[3];
    for (int i = 0; i < 3; i++) {
        uv_pipe_init(uv_default_loop(), &pipes[i], 0);
        stdio[i].flags = (uv_stdio_flags)(UV_CREATE_PIPE | (i == 0 ? UV_READABLE_PIPE : UV_WRITABLE_PIPE));
        stdio[i].data.stream = (uv_stream_t *)&pipes[i];
    }
    uv_process_options_t options = {
        .env = env, .cwd = "/", .flags = UV_PROCESS_DETACHED, .stdio_count = 3, .stdio = stdio};
    run_child(program, &options);
    for (int i = 0; i < 3; i++)
        uv_close((uv_handle_t *)&pipes[i], NULL);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    (void)handle;
    if (uv_room - uv_size < suggested) {
        uv_room = 2 * uv_room + suggested;
        uv_bytes = realloc(uv_bytes, uv_room);
    }
    *buffer = uv_buf_init(uv_bytes + uv_size, (unsigned)(uv_room - uv_size));
}

static void take_bytes(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer) {
    (void)buffer;
    if (got < 0)
        uv_close((uv_handle_t *)stream, NULL);
    else
        uv_size += (size_t)got;
}

static inline size_t peer_capture(const char *program) {
    char *argv[] = {(char *)program, NULL};
    uv_pipe_t out;
    uv_process_t process;
    uv_pipe_init(uv_default_loop(), &out, 0);
    uv_stdio_container_t stdio[2] = {{.flags = UV_IGNORE},
                                     {.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE)}};
    stdio[1].data.stream = (uv_stream_t *)&out;
    uv_process_options_t options = {
        .file = program, .args = argv, .exit_cb = on_exit_of_child, .stdio_count = 2, .stdio = stdio};
    uv_size = uv_room = 0;
    if (uv_spawn(uv_default_loop(), &process, &options) != 0)
        give_up("uv_spawn failed");
    uv_read_start((uv_stream_t *)&out, give_room, take_bytes);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    free(uv_bytes);
    uv_bytes = NULL;
    return uv_size;
}
