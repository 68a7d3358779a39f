/* The same generated calls through CPython's subprocess and through this one: what they give, what they raise and in
 * which words, and what the child wrote where. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include <thrum/subprocess.h>

#include "against_python.h"
#include "process_case.h"

/* -- words of an answer */

/* As Python's quote_from_bytes() with nothing safe. */
static void print_text(FILE *to, const void *bytes, size_t size) {
    fputc('=', to);
    for (const unsigned char *at = bytes, *end = at + size; at < end; at++)
        fprintf(to, is_plain(*at) ? "%c" : "%%%02X", *at);
    fputc(' ', to);
}

static void print_string(FILE *to, const char *text) {
    print_text(to, text, strlen(text));
}

/* Frees the output. */
static void print_output(FILE *to, thrum_output *output) {
    if (output->data)
        print_text(to, output->data, output->size);
    else
        fputs("None ", to);
    thrum_output_free(output);
}

/* -- options */

static int stream(int wanted) {
    const int streams[] = {[inherited] = 0,
                           [piped] = THRUM_PIPE,
                           [merged] = THRUM_STDOUT,
                           [null] = THRUM_DEVNULL,
                           [to_file] = THRUM_FD(1)};
    return streams[wanted];
}

static thrum_popen_options options_of(const process_case *c, thrum_popen_failure *failure) {
    return (thrum_popen_options){.executable = c->executable,
                                 .shell = c->shell,
                                 .in = stream(c->in),
                                 .out = stream(c->out),
                                 .err = stream(c->err),
                                 .cwd = c->cwd,
                                 .env = c->env,
                                 .keep_fds = c->keep_fds,
                                 .pass_fds = c->pass,
                                 .pass_fd_count = c->pass_count,
                                 .keep_signals = c->keep_signals,
                                 .start_new_session = c->session,
                                 .process_group = {c->own_group, 0},
                                 .user = c->user,
                                 .group = c->group,
                                 .extra_groups = c->extra_groups,
                                 .umask = {c->has_umask, (int)c->umask},
                                 .text = c->text,
                                 .encoding = c->encoding,
                                 .errors = c->errors,
                                 .ret_failure = failure};
}

static thrum_timeout timeout_of(const process_case *c) {
    return (thrum_timeout){(int64_t)c->timeout_ms * 1000000};
}

/* The whole input, to be freed. */
static char *whole_input(const process_case *c, size_t *ret_size) {
    size_t size = c->input ? strlen(c->input) : 0;
    char *input = malloc(size * c->repeat + 1);
    for (size_t i = 0; size > 0 && i < c->repeat; i++)
        memcpy(input + i * size, c->input, size);
    *ret_size = size * c->repeat;
    return input;
}

/* -- what was raised */

static const char *exception(int r) {
    const char *name = thrum_error_name(r), *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static void print_failure(FILE *to, int r, const thrum_popen_failure *failure) {
    char sentence[512];
    if (failure->code == 0 || r <= -4096) {
        fprintf(to, "=%s ", exception(r));
        return;
    }
    thrum_popen_failure_str(failure, sentence, sizeof sentence);
    fputs("=OSError ", to);
    print_string(to, sentence);
}

static void print_record_sentence(FILE *to, const thrum_completed_process *done) {
    static char sentence[1 << 20];
    thrum_completed_process_str(done, sentence, sizeof sentence);
    print_string(to, sentence);
}

/* Of what timed out Python does not tell what was no pipe from what was empty. */
static void print_captured(FILE *to, thrum_output *output, bool timed_out) {
    if (timed_out && !output->data)
        print_string(to, "");
    else
        print_output(to, output);
}

static void print_record(FILE *to, thrum_completed_process *done) {
    static char repr[1 << 22];
    bool timed_out = done->result == THRUM_TIMEOUT_EXPIRED;
    thrum_completed_process_repr(done, repr, sizeof repr);
    fprintf(to, "=%s ", done->result ? exception(done->result) : "ok");
    if (done->result)
        print_record_sentence(to, done);
    if (!timed_out)
        fprintf(to, "%d ", done->returncode);
    print_captured(to, &done->out, timed_out);
    print_captured(to, &done->err, timed_out);
    if (done->result == 0)
        print_string(to, repr);
    thrum_completed_process_free(done);
}

/* -- the calls: each prints what the Python function of the same name gives */

static void do_run(FILE *to, const process_case *c) {
    thrum_popen_failure failure = {0};
    size_t size;
    char *input = whole_input(c, &size);
    const thrum_run_options options = {.popen = options_of(c, &failure),
                                       .input = c->input ? input : NULL,
                                       .input_size = size,
                                       .capture_output = c->capture,
                                       .check = c->check,
                                       .timeout = timeout_of(c)};
    thrum_completed_process *done = NULL;
    int r = thrum_subprocess_run(&done, c->args, &options);
    if (done)
        print_record(to, done);
    else
        print_failure(to, r, &failure);
    free(input);
}

static void print_repr(FILE *to, const thrum_popen *popen) {
    char repr[1024];
    thrum_popen_repr(popen, repr, sizeof repr);
    print_string(to, repr);
}

static void print_status(FILE *to, thrum_popen *popen) {
    int returncode = -1, polled = -1;
    thrum_popen_wait(popen, &returncode);
    thrum_popen_poll(popen, &polled);
    fprintf(to, "%d %d ", returncode, polled);
}

static thrum_popen *start(FILE *to, const process_case *c) {
    thrum_popen_failure failure = {0};
    const thrum_popen_options options = options_of(c, &failure);
    thrum_popen *popen = NULL;
    int r = thrum_popen_new(&popen, c->args, &options);
    if (r < 0)
        print_failure(to, r, &failure);
    return popen;
}

/* As do_communicate() of reference.py, which has Python's str where this has bytes of no encoding. */
static int communicate(FILE *to, const process_case *c, thrum_popen *popen, thrum_output *out, thrum_output *err) {
    size_t size;
    char *input = whole_input(c, &size);
    thrum_timeout timeout = c->timeout_ms ? timeout_of(c) : THRUM_FOREVER;
    int r = thrum_popen_communicate_timed(popen, c->input ? input : NULL, size, out, err, timeout);
    if (r == THRUM_TIMEOUT_EXPIRED) {
        fputs("=ok =TimeoutExpired ", to);
        print_repr(to, popen);
        thrum_popen_kill(popen);
        r = thrum_popen_communicate(popen, NULL, 0, out, err);
    } else {
        fprintf(to, "=%s ", r ? exception(r) : "ok");
    }
    free(input);
    return r;
}

static void do_communicate(FILE *to, const process_case *c) {
    thrum_popen *popen = start(to, c);
    if (!popen)
        return;
    thrum_output out, err, again_out, again_err;
    if (communicate(to, c, popen, &out, &err) == 0) {
        int again = thrum_popen_communicate(popen, NULL, 0, &again_out, &again_err);
        fprintf(to, "=%s ", again ? exception(again) : "again");
        if (again == 0) {
            print_output(to, &again_out);
            print_output(to, &again_err);
        }
        print_status(to, popen);
        print_output(to, &out);
        print_output(to, &err);
        print_repr(to, popen);
    }
    thrum_popen_kill(popen);
    thrum_popen_exit(popen);
}

/* The sentence of Popen.wait()'s TimeoutExpired is that of a record with the same arguments. */
static void do_wait(FILE *to, const process_case *c) {
    thrum_popen *popen = start(to, c);
    if (!popen)
        return;
    fputs("=ok ", to);
    if (c->timeout_ms && thrum_popen_wait_timed(popen, timeout_of(c), NULL) == THRUM_TIMEOUT_EXPIRED) {
        const thrum_completed_process expired = {.result = THRUM_TIMEOUT_EXPIRED,
                                                 .args = thrum_popen_args(popen),
                                                 .shell = c->shell,
                                                 .timeout = timeout_of(c)};
        print_record_sentence(to, &expired);
        thrum_popen_send_signal(popen, c->signal);
    }
    print_status(to, popen);
    fputs(thrum_popen_send_signal(popen, SIGKILL) == 0 ? "None " : "failed ", to);
    print_repr(to, popen);
    thrum_popen_exit(popen);
}

/* call(), check_call() and check_output(), whose exceptions are those of run(). */
static void do_relative(FILE *to, const process_case *c) {
    thrum_popen_failure failure = {0};
    size_t size;
    char *input = whole_input(c, &size);
    const thrum_run_options options = {.popen = options_of(c, &failure),
                                       .input = c->input ? input : NULL,
                                       .input_size = size,
                                       .timeout = timeout_of(c)};
    int returncode = 0, r;
    thrum_output out = {0};
    if (strcmp(c->api, "call") == 0)
        r = thrum_subprocess_call(c->args, &options, &returncode);
    else if (strcmp(c->api, "check_call") == 0)
        r = thrum_subprocess_check_call(c->args, &options, &returncode);
    else
        r = thrum_subprocess_check_output(c->args, &options, &out);
    if (r != 0 && failure.code != 0)
        print_failure(to, r, &failure);
    else
        fprintf(to, "=%s ", r ? exception(r) : "ok");
    if (r == 0 && !out.data)
        fprintf(to, "%d ", returncode);
    else if (r == 0)
        print_output(to, &out);
    thrum_output_free(&out);
    free(input);
}

static void do_getoutput(FILE *to, const process_case *c) {
    thrum_output out;
    if (thrum_subprocess_getoutput(c->args[0], &out) < 0)
        return;
    fputs("=ok ", to);
    print_output(to, &out);
}

static void do_getstatusoutput(FILE *to, const process_case *c) {
    thrum_output out;
    int returncode;
    if (thrum_subprocess_getstatusoutput(c->args[0], &returncode, &out) < 0)
        return;
    fprintf(to, "=ok %d ", returncode);
    print_output(to, &out);
}

static void do_system(FILE *to, const process_case *c) {
    int returncode;
    if (thrum_os_system(c->args[0], &returncode) == 0)
        fprintf(to, "=ok %d ", returncode);
}

static void do_popen(FILE *to, const process_case *c) {
    thrum_popen *popen;
    char text[4096] = "";
    int returncode;
    bool reads = strcmp(c->mode, "r") == 0;
    if (thrum_os_popen(&popen, c->args[0], c->mode) < 0)
        return;
    if (reads)
        text[fread(text, 1, sizeof text - 1, thrum_popen_stdout_file(popen))] = 0;
    else
        fputs(c->input ? c->input : "", thrum_popen_stdin_file(popen));
    int r = thrum_os_popen_close(popen, &returncode);
    fprintf(to, "=%s ", r ? "OSError" : "ok");
    if (reads)
        print_string(to, text);
    else
        fputs("None ", to);
    fprintf(to, "%d ", returncode);
}

static void call(FILE *to, const process_case *c) {
    static const struct {
        const char *name;
        void (*call)(FILE *to, const process_case *c);
    } calls[] = {
        {"run", do_run},
        {"communicate", do_communicate},
        {"wait", do_wait},
        {"call", do_relative},
        {"check_call", do_relative},
        {"check_output", do_relative},
        {"getoutput", do_getoutput},
        {"getstatusoutput", do_getstatusoutput},
        {"system", do_system},
        {"popen", do_popen},
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, c->api) == 0)
            calls[i].call(to, c);
}

/* -- files in the place of the standard streams while a child may inherit them */

enum { streams = 3 };
static int files[streams], saved[streams];

static void set_stage(void) {
    const char text[] = "the parent's input\n";
    for (int fd = 0; fd < streams; fd++) {
        files[fd] = fileno(tmpfile());
        saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
        fcntl(files[fd], F_SETFD, FD_CLOEXEC);
    }
    if (write(files[0], text, strlen(text)) < 0 || dup2(0, 50) < 0 || dup3(0, 51, O_CLOEXEC) < 0)
        abort();
}

static void print_file(FILE *to, int fd) {
    static char text[1 << 20];
    lseek(fd, 0, SEEK_SET);
    ssize_t size = read(fd, text, sizeof text);
    print_text(to, text, size > 0 ? (size_t)size : 0);
    if (ftruncate(fd, 0) < 0)
        abort();
}

static void answer(FILE *to, const void *asked) {
    fflush(stdout);
    for (int fd = 0; fd < streams; fd++) {
        lseek(files[fd], 0, SEEK_SET);
        dup2(files[fd], fd);
    }
    call(to, asked);
    for (int fd = 0; fd < streams; fd++)
        dup2(saved[fd], fd);
    print_file(to, files[1]);
    print_file(to, files[2]);
}

/* What Python is, too: without core dumps, and with these signals ignored. */
static void be_like_python(void) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

int main(int argc, char **argv) {
    static const against_python test = {sizeof(process_case), make_process_case, ask_process_case, answer, 11};
    be_like_python();
    set_stage();
    return against_python_main(&test, 400, argc, argv);
}
