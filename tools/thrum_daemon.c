/* thrum_daemon.c - `thrum daemon`: make a daemon of any command, and stop, restart or look at it by its pid file. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <thrum.h>

#include "commands.h"

const char daemon_arguments[] = "[start|stop|restart|status] [OPTION...] [--] [COMMAND [ARGUMENT...]]";

const char daemon_details[] =
    "start (the default) runs COMMAND in the background, in a session of its own, and ends with 0 when it runs.\n"
    "stop sends SIGTERM and waits until it is gone. restart stops it if it runs, and starts it. status says whether\n"
    "it runs, and ends with 0 if so, with 1 if it has left its pid file behind, and with 3 if not.\n"
    "Started by init or inetd, COMMAND stays in the foreground with the streams that it is given.\n"
    "\n"
    "  -p, --pidfile FILE   where its number is; all but start need one. It is written as USER.\n"
    "  -u, --user USER      run it as this user, with the user's groups\n"
    "  -g, --group GROUP    and this group; the default is the user's. A USER that is a number in no database needs\n"
    "                       one, and gets no other\n"
    "  -d, --directory DIR  its working directory; the default is /; also --cwd\n"
    "  -m, --umask OCTAL    its umask; the default is 022\n"
    "  -r, --root DIR       its root directory\n"
    "  -i, --input FILE     its standard input; the default is /dev/null\n"
    "  -o, --output FILE    append its standard output, and errors, to this file; the default is /dev/null;\n"
    "                       also --log\n"
    "  -e, --error FILE     append its standard error to this file\n"
    "  -c, --core           let it dump core\n"
    "  -f, --foreground     do not leave the session: for service managers\n"
    "  -t, --timeout SEC    how long start waits for a predecessor to go (0), stop and restart for the end (10)\n";

/* What the command line says. */
typedef struct request {
    const char *action;
    const char *pidfile, *user, *group, *output, *error, *input;
    thrum_timeout timeout;
    uid_t uid;
    gid_t gid;
    thrum_daemon_app app;
    char **command; /* ends with NULL */
    char absolute[PATH_MAX];
} request;

static int complain(const char *format, const char *what) {
    fputs("thrum daemon: ", stderr);
    fprintf(stderr, format, what);
    fputc('\n', stderr);
    return STATUS_USAGE;
}

static int usage(void) {
    fprintf(stderr, "usage: thrum daemon %s\n", daemon_arguments);
    return STATUS_USAGE;
}

static bool parse_number(const char *text, int base, long limit, long *ret_number) {
    char *end;
    errno = 0;
    long number = strtol(text, &end, base);
    if (end == text || *end != '\0' || errno || number < 0 || number > limit)
        return false;
    *ret_number = number;
    return true;
}

static int parse_umask(request *r, const char *text) {
    long mask;
    if (!parse_number(text, 8, 0777, &mask))
        return complain("'%s' is no umask", text);
    r->app.daemon.umask = (mode_t)mask;
    return 0;
}

static int parse_timeout(request *r, const char *text) {
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0))
        return complain("'%s' is no time in seconds", text);
    r->timeout = thrum_seconds(seconds);
    return 0;
}

/* Returns 0 or a status. */
static int parse_option(request *r, int option) {
    switch (option) {
    case 'p':
        r->pidfile = optarg;
        return 0;
    case 'u':
        r->user = optarg;
        return 0;
    case 'g':
        r->group = optarg;
        return 0;
    case 'd':
        r->app.daemon.working_directory = optarg;
        return 0;
    case 'm':
        return parse_umask(r, optarg);
    case 'r':
        r->app.daemon.chroot_directory = optarg;
        return 0;
    case 'i':
        r->input = optarg;
        return 0;
    case 'o':
        r->output = optarg;
        return 0;
    case 'e':
        r->error = optarg;
        return 0;
    case 'c':
        r->app.daemon.allow_core = true;
        return 0;
    case 'f':
        r->app.daemon.detach_process = THRUM_DAEMON_DETACH_NO;
        return 0;
    case 't':
        return parse_timeout(r, optarg);
    default:
        return usage(); /* getopt has said what is wrong */
    }
}

static int parse_options(request *r, int argc, char **argv) {
    static const struct option longs[] = {
        {"pidfile", required_argument, NULL, 'p'},
        {"user", required_argument, NULL, 'u'},
        {"group", required_argument, NULL, 'g'},
        {"directory", required_argument, NULL, 'd'},
        {"umask", required_argument, NULL, 'm'},
        {"root", required_argument, NULL, 'r'},
        {"input", required_argument, NULL, 'i'},
        {"output", required_argument, NULL, 'o'},
        {"error", required_argument, NULL, 'e'},
        {"core", no_argument, NULL, 'c'},
        {"foreground", no_argument, NULL, 'f'},
        {"timeout", required_argument, NULL, 't'},
        {"cwd", required_argument, NULL, 'd'},
        {"log", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    static char name[] = "thrum daemon"; /* for what getopt says */
    int option;
    argv[0] = name;
    while ((option = getopt_long(argc, argv, "+p:u:g:d:m:r:i:o:e:cft:", longs, NULL)) != -1) {
        int status = parse_option(r, option);
        if (status)
            return status;
    }
    r->command = argv + optind;
    return 0;
}

static bool needs_command(const request *r) {
    return strcmp(r->action, "start") == 0 || strcmp(r->action, "restart") == 0;
}

/* A number that is in no database has no groups, and must not keep those of whoever starts the daemon. */
static int set_unknown_user(request *r, long number) {
    if (!needs_command(r))
        return 0;
    if (!r->group)
        return complain("the user '%s' is in no database: --group is needed, too", r->user);
    if (setgroups(0, NULL) < 0 && errno != EPERM) /* EPERM: nor may the user be changed */
        return complain("cannot give up the groups for '%s'", r->user);
    r->uid = (uid_t)number;
    r->app.daemon.uid = &r->uid;
    return 0;
}

static int set_user(request *r) {
    if (!r->user)
        return 0;
    const struct passwd *user = getpwnam(r->user);
    long number;
    if (!user && !parse_number(r->user, 10, UINT_MAX - 1, &number))
        return complain("there is no user '%s'", r->user);
    if (!user && !(user = getpwuid((uid_t)number)))
        return set_unknown_user(r, number);
    r->uid = user->pw_uid;
    r->gid = user->pw_gid;
    r->app.daemon.uid = &r->uid;
    r->app.daemon.gid = &r->gid;
    r->app.daemon.initgroups = true;
    return 0;
}

static int set_group(request *r) {
    if (!r->group)
        return 0;
    const struct group *group = getgrnam(r->group);
    long number;
    if (!group && !parse_number(r->group, 10, UINT_MAX - 1, &number))
        return complain("there is no group '%s'", r->group);
    r->gid = group ? group->gr_gid : (gid_t)number;
    r->app.daemon.gid = &r->gid;
    return 0;
}

/* The runner wants the pid file's absolute path: the daemon leaves this directory. */
static int set_pidfile(request *r) {
    if (!r->pidfile)
        return strcmp(r->action, "start") == 0 ? 0 : complain("%s needs a --pidfile", r->action);
    char directory[PATH_MAX] = "";
    if (r->pidfile[0] != '/' && !getcwd(directory, sizeof directory))
        return complain("cannot tell the directory that '%s' is in", r->pidfile);
    const char *slash = r->pidfile[0] == '/' ? "" : "/";
    if (snprintf(r->absolute, sizeof r->absolute, "%s%s%s", directory, slash, r->pidfile) >= PATH_MAX)
        return complain("'%s' is too long", r->pidfile);
    r->app.pidfile_path = r->absolute;
    return 0;
}

static int check_command(const request *r) {
    if (needs_command(r) && !r->command[0])
        return complain("%s needs a COMMAND", r->action);
    if (!needs_command(r) && r->command[0])
        return complain("there is nothing to do for '%s'", r->command[0]);
    return 0;
}

static void set_streams(request *r) {
    thrum_daemon_options *daemon = &r->app.daemon;
    bool stays =
        daemon->detach_process == THRUM_DAEMON_DETACH_NO || !thrum_daemon_is_detach_process_context_required();
    if (stays)
        daemon->stdin_fd = daemon->stdout_fd = daemon->stderr_fd = THRUM_DAEMON_KEEP;
    r->app.stdin_path = r->input;
    r->app.stdout_path = r->output;
    r->app.stderr_path = r->error ? r->error : r->output;
}

/* Comes back only when it fails, which the original process then says. */
static int become_command(thrum_daemon_context *context, void *arg) {
    const request *r = arg;
    return thrum_daemon_context_exec(context, (const char *const *)r->command);
}

static int prepare(request *r, int argc, char **argv) {
    static const char *const actions[] = {"start", "stop", "restart", "status"};
    r->action = actions[0];
    r->app.daemon.umask = 022;
    r->app.daemon.wait_ready = true;
    for (size_t i = 0; argc > 1 && i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(argv[1], actions[i]) == 0) {
            r->action = argv[1];
            argc--;
            argv++;
            break;
        }
    int status = parse_options(r, argc, argv);
    status = status ? status : check_command(r);
    status = status ? status : set_user(r);
    status = status ? status : set_group(r);
    return status ? status : set_pidfile(r);
}

static int act(thrum_daemon_runner *runner, const request *r) {
    if (strcmp(r->action, "stop") == 0)
        return thrum_daemon_runner_stop(runner);
    if (strcmp(r->action, "status") == 0)
        return thrum_daemon_runner_status(runner, NULL);
    int result = strcmp(r->action, "restart") == 0 ? thrum_daemon_runner_stop(runner) : 0;
    bool may_start = result == 0 || result == THRUM_NOT_LOCKED; /* what does not run need not be stopped */
    return may_start ? thrum_daemon_runner_start(runner) : result;
}

/* What the shell sees of status, as the Linux Standard Base has it for the scripts of services. */
static int status_of(const request *r, int result) {
    enum { dead_with_pidfile = 1, not_running = 3 };
    if (result >= 0)
        return STATUS_DONE;
    if (strcmp(r->action, "status") == 0 && result == THRUM_NOT_LOCKED)
        return access(r->app.pidfile_path, F_OK) == 0 ? dead_with_pidfile : not_running;
    return STATUS_FAILED;
}

static int report(const request *r, int result, const char *message) {
    if (result >= 0)
        puts(message);
    else
        fprintf(stderr, "thrum daemon: %s\n", message);
    return status_of(r, result);
}

static int run(request *r) {
    thrum_daemon_runner *runner;
    pid_t original = getpid();
    r->app.run = become_command;
    r->app.arg = r;
    r->app.daemon.keep_parent = true; /* to say how it went */
    r->app.pidfile_timeout = r->timeout;
    r->app.stop_timeout = r->timeout;
    set_streams(r);
    int result = thrum_daemon_runner_new(&runner, &r->app);
    if (result < 0)
        return report(r, result, thrum_strerror(result));
    result = act(runner, r);
    bool in_daemon = getpid() != original; /* the command could not be run: the original process says so */
    int status = in_daemon ? STATUS_FAILED : report(r, result, thrum_daemon_runner_message(runner));
    thrum_daemon_runner_free(runner);
    return status;
}

int command_daemon(int argc, char **argv) {
    static request r;
    int status = prepare(&r, argc, argv);
    return status ? status : run(&r);
}
