/* thrum_tour.c - `thrum tour`: lists the example programs, and runs them. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thrum.h>

#include "commands.h"
#include "tour_programs.h"

extern char **environ;

const char tour_arguments[] = "[--short] [--keyboard] [--list] [NAME...]";

const char tour_details[] =
    "A NAME is a program, a topic or `all`. Without a NAME the programs are listed, as with --list.\n"
    "  --short     in short form; without a NAME the topics threads and locks\n"
    "  --keyboard  programs that ask for input get this terminal's; otherwise none is needed\n"
    "A program that cannot run here is passed over: gui where there is no display, and what was\n"
    "left out when thrum was built. The status is 1 when a program failed.\n";

enum { MAX_ARGUMENTS = 8, LIMIT_SECONDS = 60 };

/* How the programs are run. */
typedef struct tour {
    bool list, in_short, keyboard;
    char folder[PATH_MAX]; /* where they are */
} tour;

static bool is_program(const char *folder, const char *name) {
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, X_OK) == 0;
}

/* Store where the programs are: beside this command in the build tree; below the prefix when installed, also when
 * that was moved; or where they were meant to go. */
static void find_folder(char folder[PATH_MAX]) {
    static const char *const beside[] = {"../examples", "../libexec/thrum"};
    char self[PATH_MAX] = "", path[PATH_MAX + 32];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *here = length > 0 ? dirname(self) : "/";
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", here, beside[i]);
        if (is_program(path, tour_programs[0].name) && realpath(path, folder))
            return;
    }
    snprintf(folder, PATH_MAX, "%s", THRUM_PROGRAMS_DIR);
}

/* What stands in the way of running the program, for want of something that is not ours; or NULL. */
static const char *obstacle(const tour *self, const tour_program *program) {
    if (program->needs && !is_program(self->folder, program->name))
        return "was left out when thrum was built";
    if (program->window && !getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY"))
        return "needs a display, and there is none";
    return NULL;
}

/* Split the program's command line at its spaces. `text` is the room for the words. */
static void command_line(const tour *self, const tour_program *program, char *text, size_t size, char **argv) {
    snprintf(text, size, "%s %s", program->name, self->in_short ? program->in_short : program->arguments);
    int count = 0;
    char *rest;
    for (char *word = strtok_r(text, " ", &rest); word && count < MAX_ARGUMENTS; word = strtok_r(NULL, " ", &rest))
        argv[count++] = strcmp(word, TOUR_FOLDER) == 0 ? (char *)self->folder : word;
    argv[count] = NULL;
}

/* What the program reads. ends[0] becomes its stdin; ends[1], when there is one, is held open until it has ended, so
 * that it reads neither a line nor the end of the input. Returns 0 or -errno. */
static int open_input(const tour *self, const tour_program *program, int ends[2]) {
    ends[0] = ends[1] = -1;
    if (self->keyboard)
        ends[0] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    else if (!program->waits_for_silence)
        ends[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    else if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    return ends[0] < 0 ? -errno : 0;
}

/* Start it. Returns 0 or -errno. */
static int spawn(const tour *self, char **argv, int input, pid_t *ret_pid) {
    char path[PATH_MAX + 64];
    posix_spawn_file_actions_t actions;
    snprintf(path, sizeof path, "%s/%s", self->folder, argv[0]);
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return -error;
    error = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (!error)
        error = posix_spawn(ret_pid, path, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return -error;
}

static int kill_process(void *arg) {
    kill(*(pid_t *)arg, SIGKILL);
    return 0;
}

/* Wait for the end of the process, and put one to it when the time is up. Its number stays taken until the timer is
 * done with it. Returns its status as of waitpid(). */
static int wait_for(pid_t pid, thrum_timeout limit) {
    int status;
    siginfo_t info;
    thrum_timer *timer = NULL;
    int timed = thrum_timer_new(&timer, limit, kill_process, &pid, NULL);
    if (timed == 0)
        timed = thrum_timer_start(timer);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        ;
    if (timed == 0) {
        thrum_timer_cancel(timer);
        thrum_timer_join(timer);
    }
    thrum_timer_unref(timer);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static int judge(const tour_program *program, int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return STATUS_DONE;
    if (WIFEXITED(status))
        fprintf(stderr, "thrum tour: %s failed with status %d\n", program->name, WEXITSTATUS(status));
    else
        fprintf(stderr, "thrum tour: %s was ended by signal %d%s\n", program->name, WTERMSIG(status),
                WTERMSIG(status) == SIGKILL ? ", perhaps because its time was up" : "");
    return STATUS_FAILED;
}

static int run_program(const tour *self, const tour_program *program) {
    char text[256], *argv[MAX_ARGUMENTS + 1];
    int ends[2];
    pid_t pid;
    command_line(self, program, text, sizeof text, argv);
    int result = open_input(self, program, ends);
    if (result == 0)
        result = spawn(self, argv, ends[0], &pid);
    if (ends[0] >= 0)
        close(ends[0]);
    int status = result == 0 ? wait_for(pid, self->keyboard ? THRUM_FOREVER : thrum_seconds(LIMIT_SECONDS)) : 0;
    if (ends[1] >= 0)
        close(ends[1]);
    if (result == 0)
        return judge(program, status);
    fprintf(stderr, "thrum tour: cannot run %s/%s: %s\n", self->folder, program->name, thrum_strerror(result));
    return STATUS_FAILED;
}

static int show(const tour *self, const tour_program *program) {
    printf("\n--- %s: %s\n", program->name, program->line);
    const char *why_not = obstacle(self, program);
    if (why_not)
        printf("(%s %s)\n", program->name, why_not);
    fflush(stdout); /* before the program writes to the same place */
    return why_not ? STATUS_DONE : run_program(self, program);
}

static bool matches(const tour_program *program, const char *name) {
    return strcmp(name, "all") == 0 || strcmp(name, program->name) == 0 || strcmp(name, program->topic) == 0;
}

static void print_list(void) {
    const char *topic = "";
    for (int i = 0; i < tour_program_count; i++) {
        const tour_program *program = &tour_programs[i];
        if (strcmp(topic, program->topic) != 0)
            printf("%s%s\n", i ? "\n" : "", program->topic);
        topic = program->topic;
        printf("  %-23s  %s\n", program->name, program->line);
    }
}

/* Show what the name stands for: a program, a topic, or all. */
static int show_matching(const tour *self, const char *name) {
    int status = STATUS_DONE;
    for (int i = 0; i < tour_program_count; i++)
        if (matches(&tour_programs[i], name) && show(self, &tour_programs[i]) != STATUS_DONE)
            status = STATUS_FAILED;
    return status;
}

static bool known(const char *name) {
    for (int i = 0; i < tour_program_count; i++)
        if (matches(&tour_programs[i], name))
            return true;
    fprintf(stderr, "thrum tour: there is no program or topic '%s'; `thrum tour --list` lists them\n", name);
    return false;
}

/* Take one option. False when there is no such option. */
static bool take_option(tour *self, const char *option) {
    bool *flag = strcmp(option, "--list") == 0       ? &self->list
                 : strcmp(option, "--short") == 0    ? &self->in_short
                 : strcmp(option, "--keyboard") == 0 ? &self->keyboard
                                                     : NULL;
    if (flag)
        *flag = true;
    else
        fprintf(stderr, "thrum tour: there is no option '%s'; `thrum help tour` explains\n", option);
    return flag != NULL;
}

static int show_all(tour *self, const char *const *names, int count) {
    int status = STATUS_DONE;
    find_folder(self->folder);
    for (int i = 0; i < count; i++)
        if (show_matching(self, names[i]) != STATUS_DONE)
            status = STATUS_FAILED;
    return status;
}

int command_tour(int argc, char **argv) {
    static const char *const short_tour[] = {"threads", "locks"};
    tour self = {0};
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++)
        if (!take_option(&self, argv[i]))
            return STATUS_USAGE;
    for (int n = i; n < argc; n++)
        if (!known(argv[n]))
            return STATUS_USAGE;
    if (!self.list && i < argc)
        return show_all(&self, (const char *const *)argv + i, argc - i);
    if (!self.list && self.in_short)
        return show_all(&self, short_tour, 2);
    print_list();
    return STATUS_DONE;
}
