/* request.c - Popen's keyword arguments, as a request to src/process. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "process/fds.h"
#include "process/ids.h"
#include "subprocess/popen_internal.h"

enum { explicit_zero = -4 }; /* THRUM_FD(0) */

/* What exists between the first look at the options and the child: freed in any case by finish(). */
typedef struct start {
    thrum_popen *popen;
    const thrum_popen_options *options;
    thrum__spawn_request request;
    int pipes[thrum__streams][2]; /* our descriptors until the child has its copies */
    int null;
    thrum__fd_place places[thrum__streams];
    const char **argv; /* with the shell in front */
    thrum__limit *limits;
    gid_t *groups;
    uid_t user;
    gid_t group;
    mode_t umask;
    pid_t process_group;
    int terminal;
    thrum__stage stage; /* where it failed, when the child is not to blame */
} start;

/* -- the standard streams */

static int open_null(start *s) {
    if (s->null < 0)
        s->null = thrum__open("/dev/null", O_RDWR, 0);
    return s->null;
}

/* stdin is read by the child, the others are written. */
static int child_end(const start *s, int stream) {
    return s->pipes[stream][stream == thrum__in ? 0 : 1];
}

static int open_pipe(start *s, int stream) {
    int r = thrum__pipe(s->pipes[stream]);
    s->stage = THRUM__STAGE_PIPE;
    if (r == 0 && s->options->pipesize > 0)
        r = thrum__pipe_resize(s->pipes[stream][0], (size_t)s->options->pipesize);
    if (r < 0)
        return r;
    s->popen->piped[stream] = true;
    return child_end(s, stream);
}

/* The descriptor that the child's stream is a copy of. */
static int source_of(start *s, int stream, int wanted, int out_source) {
    if (wanted > 0)
        return wanted;
    switch (wanted) {
    case explicit_zero:
        return 0;
    case THRUM_PIPE:
        return open_pipe(s, stream);
    case THRUM_DEVNULL:
        return open_null(s);
    case THRUM_STDOUT:
        return stream == thrum__err ? out_source : THRUM_VALUE_ERROR;
    default:
        return THRUM_VALUE_ERROR;
    }
}

static int set_streams(start *s) {
    const int wanted[thrum__streams] = {s->options->in, s->options->out, s->options->err};
    int out_source = thrum__out; /* the parent's stdout, when it is not redirected */
    for (int stream = 0; stream < thrum__streams; stream++) {
        if (wanted[stream] == 0)
            continue;
        int source = source_of(s, stream, wanted[stream], out_source);
        if (source < 0)
            return source;
        if (stream == thrum__out)
            out_source = source;
        s->places[s->request.place_count++] = (thrum__fd_place){source, stream};
    }
    s->request.places = s->places;
    return 0;
}

/* -- who the child is */

static int set_groups(start *s) {
    const char *const *names = s->options->extra_groups;
    size_t count = 0;
    if (!names)
        return 0;
    while (names[count])
        count++;
    s->groups = thrum__calloc(count + 1, sizeof *s->groups);
    if (!s->groups)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        int r = thrum__group_id(names[i], &s->groups[i]);
        if (r < 0)
            return r == THRUM_OVERFLOW_ERROR ? THRUM_VALUE_ERROR : r; /* so does Python, here only */
    }
    s->request.groups = s->groups;
    s->request.group_count = count;
    return 0;
}

static int set_identity(start *s) {
    int r = s->options->user ? thrum__user_id(s->options->user, &s->user) : 0;
    if (r == 0 && s->options->group)
        r = thrum__group_id(s->options->group, &s->group);
    s->request.user = s->options->user ? &s->user : NULL;
    s->request.group = s->options->group ? &s->group : NULL;
    return r == 0 ? set_groups(s) : r;
}

static rlim_t limit_value(uint64_t value) {
    return value == THRUM_UNLIMITED ? RLIM_INFINITY : (rlim_t)value;
}

static int set_limits(start *s) {
    size_t count = s->options->limit_count;
    if (count == 0)
        return 0;
    s->limits = thrum__calloc(count, sizeof *s->limits);
    if (!s->limits)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const thrum_limit *from = &s->options->limits[i];
        s->limits[i] = (thrum__limit){from->resource, {limit_value(from->soft), limit_value(from->hard)}};
    }
    s->request.limits = s->limits;
    s->request.limit_count = count;
    return 0;
}

/* A negative umask or group is Python's -1: leave it alone. */
static void set_numbers(start *s) {
    const thrum_popen_options *options = s->options;
    s->umask = (mode_t)options->umask.value;
    s->process_group = options->process_group.value;
    s->terminal = options->terminal.value;
    if (options->umask.is_set && options->umask.value >= 0)
        s->request.umask = &s->umask;
    if (options->process_group.is_set && options->process_group.value >= 0)
        s->request.process_group = &s->process_group;
    if (options->terminal.is_set)
        s->request.terminal = &s->terminal;
    s->request.new_session = options->start_new_session || options->terminal.is_set;
    s->popen->leads_group = s->request.new_session || (s->request.process_group && (s->process_group == 0));
}

/* -- the program */

static size_t count_strings(const char *const *list) {
    size_t count = 0;
    while (list[count])
        count++;
    return count;
}

/* /bin/sh -c args[0] args[1]...: the items after the command are $0, $1 and so on. */
static int set_program(start *s, const char *const *args) {
    const char *executable = s->options->executable;
    if (!s->options->shell) {
        s->request.program = executable ? executable : args[0];
        s->request.argv = args;
        return 0;
    }
    size_t count = count_strings(args);
    s->argv = thrum__calloc(count + 3, sizeof *s->argv);
    if (!s->argv)
        return -ENOMEM;
    s->argv[0] = executable ? executable : "/bin/sh";
    s->argv[1] = "-c";
    memcpy(s->argv + 2, args, count * sizeof *args);
    s->request.program = s->argv[0];
    s->request.argv = s->argv;
    return 0;
}

static void set_plain(start *s) {
    const thrum_popen_options *options = s->options;
    thrum__spawn_request *request = &s->request;
    request->envp = options->env;
    request->cwd = options->cwd;
    request->root = options->root;
    request->keep = options->pass_fds;
    request->keep_count = options->pass_fd_count;
    request->close_others = !options->keep_fds || options->pass_fd_count > 0;
    request->restore_signals = !options->keep_signals;
    request->nice = options->nice;
    request->cpus = options->cpus;
    request->cpu_count = options->cpu_count;
    request->death_signal = options->parent_death_signal;
    request->preexec = options->preexec_fn;
    request->preexec_arg = options->preexec_arg;
}

static int build(start *s, const char *const *args) {
    int r = set_program(s, args);
    set_plain(s);
    set_numbers(s);
    if (r == 0)
        r = set_limits(s);
    if (r == 0)
        r = set_identity(s);
    return r == 0 ? set_streams(s) : r;
}

/* -- the end of the start */

static void keep_our_ends(start *s) {
    thrum_popen *popen = s->popen;
    popen->feed.fd = s->pipes[thrum__in][1];
    popen->drains[0].fd = s->pipes[thrum__out][0];
    popen->drains[1].fd = s->pipes[thrum__err][0];
    s->pipes[thrum__in][1] = s->pipes[thrum__out][0] = s->pipes[thrum__err][0] = -1;
    popen->drains[0].widened = popen->drains[1].widened = s->options->pipesize > 0;
}

static void finish(start *s) {
    for (int stream = 0; stream < thrum__streams; stream++) {
        thrum__close(&s->pipes[stream][0]);
        thrum__close(&s->pipes[stream][1]);
    }
    thrum__close(&s->null);
    free(s->argv);
    free(s->limits);
    free(s->groups);
}

static void report(const start *s, int code, const thrum__spawn_failure *failure) {
    thrum_popen_failure *home = s->options->ret_failure;
    if (home)
        *home = (thrum_popen_failure){code, thrum__stage_name(failure->stage), failure->filename};
}

int thrum__popen_start(thrum_popen *popen, const char *const *args, const thrum_popen_options *options) {
    start s = {.popen = popen, .options = options, .pipes = {{-1, -1}, {-1, -1}, {-1, -1}}, .null = -1};
    thrum__process process;
    int r = build(&s, args);
    thrum__spawn_failure failure = {r, s.stage, NULL};
    if (r == 0)
        r = thrum__spawn(&s.request, &process, &failure);
    if (r == 0) {
        popen->process = process;
        popen->pid = process.pid;
        keep_our_ends(&s);
    } else {
        report(&s, r, &failure);
    }
    finish(&s);
    return r;
}
