/* run.h - runs an example and looks at what it printed.
 *
 *     CHECK_EQ(run("", "race", "--rounds", "1000", NULL), 0);      the exit status
 *     CHECK_STR(output, "counter is ...\n");                       what came out of stdout
 *     CHECK_EQ(count_lines("worker-?: *"), 14);                    how many lines match a pattern
 */
#ifndef EXAMPLES_RUN_H
#define EXAMPLES_RUN_H

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>

#include "test.h"

/* As input: nothing is typed, and the input does not end either, as long as the program runs. */
#define SILENCE NULL

enum { MAX_RUN_ARGUMENTS = 16 };

static char output[1 << 18];

typedef struct running {
    pid_t pid;
    int input, output;
} running;

static void exec_program(const char *path, const char *const *argv, int from, int to) {
    dup2(from, STDIN_FILENO);
    dup2(to, STDOUT_FILENO);
    execv(path, (char *const *)argv);
    perror(path);
    _exit(127);
}

static inline running run_start(const char *folder, const char *name, const char *const *argv) {
    running self;
    char path[PATH_MAX];
    int in[2], out[2];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_EQ(pipe2(in, O_CLOEXEC), 0);
    CHECK_EQ(pipe2(out, O_CLOEXEC), 0);
    fflush(NULL);
    self.pid = fork();
    CHECK_GE(self.pid, 0);
    if (self.pid == 0)
        exec_program(path, argv, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    self.input = in[1];
    self.output = out[0];
    return self;
}

static inline int run_wait(running *self) {
    int status;
    while (waitpid(self->pid, &status, 0) < 0)
        CHECK_EQ(errno, EINTR);
    if (WIFSIGNALED(status))
        TEST_FAIL("ended by signal %d; it printed:\n%s", WTERMSIG(status), output);
    return WEXITSTATUS(status);
}

/* Run folder/name with `argv`, type `input`, keep what it prints, and return its exit status. */
static inline int run_program(const char *folder, const char *input, const char *name, const char *const *argv) {
    running self = run_start(folder, name, argv);
    if (input) {
        CHECK_EQ(write(self.input, input, strlen(input)), (ssize_t)strlen(input));
        close(self.input);
    }
    size_t length = 0;
    for (ssize_t n; (n = read(self.output, output + length, sizeof output - 1 - length)) > 0;)
        length += (size_t)n;
    output[length] = '\0';
    close(self.output);
    int status = run_wait(&self);
    if (!input)
        close(self.input);
    return status;
}

/* Run the example `name`, with arguments up to NULL. */
static inline int run(const char *input, const char *name, ...) {
    const char *argv[MAX_RUN_ARGUMENTS] = {name};
    va_list arguments;
    va_start(arguments, name);
    for (int i = 1; i < MAX_RUN_ARGUMENTS - 1 && (argv[i] = va_arg(arguments, const char *)) != NULL; i++)
        ;
    va_end(arguments);
    return run_program(EXAMPLES, input, name, argv);
}

/* Where the line that starts at `line` ends. */
static inline const char *line_end(const char *line) {
    return line + strcspn(line, "\n");
}

/* Copy the line that starts at *line and go on to the next; false when there are no more. */
static inline bool next_line(const char **line, char *copy, size_t size) {
    if (**line == '\0')
        return false;
    const char *end = line_end(*line);
    snprintf(copy, size, "%.*s", (int)(end - *line), *line);
    *line = *end ? end + 1 : end;
    return true;
}

/* How many lines of the output match the shell pattern. */
static inline int count_lines(const char *pattern) {
    char line[1024];
    int count = 0;
    for (const char *at = output; next_line(&at, line, sizeof line);)
        count += fnmatch(pattern, line, 0) == 0;
    return count;
}

/* Check that the output has both texts, `first` before `second`. */
static inline void check_order(const char *first, const char *second) {
    CHECK_CONTAINS(output, first);
    CHECK_CONTAINS(output, second);
    if (strstr(output, first) > strstr(output, second))
        TEST_FAIL("\"%s\" came after \"%s\":\n%s", first, second, output);
}

#endif
