/* preload.c - main() as a test, and how it ends. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preload.h"
#include "program.h"

enum { status_failed = 1, status_refused = 2 };

static struct {
    preload_main *main;
    int argc;
    char **argv, **envp;
} program;

/* What the program prints in its many lives is not for the terminal, unless asked for. */
static void be_quiet(void) {
    int null = getenv("THRUM_EXPLORE_OUTPUT") ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0)
        return;
    dup2(null, 1);
    dup2(null, 2);
    close(null);
}

/* Each life reads the same: a file from where it stood, and nothing from a terminal or pipe, which one life would
 * empty for the others. */
static void rewind_input(off_t start) {
    struct stat status;
    if (fstat(0, &status) == 0 && S_ISREG(status.st_mode)) {
        (void)lseek(0, start, SEEK_SET);
        return;
    }
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0)
        return;
    dup2(null, 0);
    close(null);
}

static void *call_main(void *ret_status) {
    *(int *)ret_status = program.main(program.argc, program.argv, program.envp);
    return NULL;
}

static void run_program(void *input_start) {
    int status = 0; /* also when main ends by pthread_exit() */
    be_quiet();
    rewind_input(*(off_t *)input_start);
    preload_run(preload_self(), call_main, &status);
    fflush(NULL);
    if (status != 0)
        thrum_explore_fail("  main returned %d", status);
    preload_finish_threads();
}

/* exit() in the midst of it ends all threads, as it should. */
static void end_program(const char *name, int status) __attribute__((noreturn));
static void end_program(const char *name, int status) {
    if (status != 0)
        thrum_explore_fail("  %s(%d)", name, status);
    thrum_explore_pass();
}

#define ENDS_PROGRAM(name)                                                                                           \
    void name(int status) __attribute__((noreturn));                                                                 \
    void name(int status) {                                                                                          \
        NEXT(name);                                                                                                  \
        if (TAKES())                                                                                                 \
            end_program(#name, status);                                                                              \
        next_##name(status);                                                                                         \
        __builtin_unreachable();                                                                                     \
    }
ENDS_PROGRAM(exit)
ENDS_PROGRAM(_exit)
ENDS_PROGRAM(_Exit)
ENDS_PROGRAM(quick_exit)

/* What the options of the command say: numbers that it has looked at. */
static uint64_t number_from(const char *name) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : 0;
}

static thrum_timeout seconds_from(const char *name) {
    const char *text = getenv(name);
    return thrum_seconds(text ? strtod(text, NULL) : 0);
}

/* The kinds that the command has looked at, with a comma between. */
static uint32_t faults_from(const char *name) {
    const char *text = getenv(name);
    uint32_t memory = text && strstr(text, "memory") ? THRUM_EXPLORE_ENOMEM : 0;
    uint32_t interrupts = text && strstr(text, "interrupts") ? THRUM_EXPLORE_EINTR : 0;
    return memory || interrupts ? memory | interrupts | THRUM_EXPLORE_ASKED : 0;
}

/* Say what was found. The library speaks to tests that explore by themselves: what repeats a schedule of another
 * program is this command, with the program's arguments. */
static void say(const char *text, char **argv) {
    static const char unnamed[] = " -- PROGRAM\n";
    const char *place = strstr(text, unnamed);
    char *line;
    if (!place || thrum_shlex_join((const char *const *)argv, &line) < 0) {
        fputs(text, stderr);
        return;
    }
    fprintf(stderr, "%.*s -- thrum explore %s\n%s", (int)(place - text), text, line, place + strlen(unnamed));
    free(line);
}

int preload_explore(preload_main *main, int argc, char **argv, char **envp) {
    static thrum_explore_result result;
    thrum_explore_options options = {.name = argv[0],
                                     .schedules = (uint32_t)number_from("THRUM_EXPLORE_SCHEDULES"),
                                     .budget = seconds_from("THRUM_EXPLORE_SECONDS"),
                                     .patience = seconds_from("THRUM_EXPLORE_PATIENCE"),
                                     .steps = (uint32_t)number_from("THRUM_EXPLORE_STEPS"),
                                     .seed = number_from("THRUM_SEED"),
                                     .faults = faults_from("THRUM_EXPLORE_FAULTS"),
                                     .most_faults = (uint32_t)number_from("THRUM_EXPLORE_MOST_FAULTS"),
                                     .allow_races = number_from("THRUM_EXPLORE_ALLOW_RACES"),
                                     .isolate = true};
    if (options.most_faults == 0)
        options.most_faults = 1;
    off_t input_start = lseek(0, 0, SEEK_CUR);
    program.main = main;
    program.argc = argc;
    program.argv = argv;
    program.envp = envp;
    unsetenv("LD_PRELOAD"); /* the program's own children are not explored */
    unsetenv("THRUM_EXPLORE");
    int r = thrum_explore(run_program, &input_start, &options, &result);
    if (r < 0) {
        fprintf(stderr, "thrum explore: %s: %s\n", argv[0], thrum_strerror(r));
        return status_refused;
    }
    say(result.text, argv);
    return r == THRUM_EXPLORE_FAILED ? status_failed : 0;
}
