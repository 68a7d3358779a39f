/* thrum_explain.c - `thrum explain FILE`: a recorded schedule, a column per thread and a line per step. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

enum { most_threads = 64, most_objects = 64, column = 26, text_size = 48 };

typedef struct schedule {
    char test[256], failure[64], seed[32], partly[64];
    char threads[most_threads][text_size], objects[most_objects][text_size];
    unsigned thread_count;
    char says[2048]; /* what was found */
    unsigned last;   /* the thread of the step before */
    unsigned steps;
} schedule;

static void print_heading(const schedule *s) {
    printf("%s: %s, seed %s\n\n      ", s->test, s->failure, s->seed);
    for (unsigned i = 0; i < s->thread_count; i++) {
        char title[80];
        snprintf(title, sizeof title, "T%u %s", i, s->threads[i]);
        printf("%-*.*s", column, column - 1, title);
    }
    putchar('\n');
}

/* "lock_acquire" on object 4 that is called 'a' reads as "lock_acquire 'a'". */
static void describe(const schedule *s, unsigned object, const char *verb, char *text, size_t size) {
    if (object < most_objects && s->objects[object][0])
        snprintf(text, size, "%s '%s'", verb, s->objects[object]);
    else if (object)
        snprintf(text, size, "%s #%u", verb, object);
    else
        snprintf(text, size, "%s", verb);
}

/* A rule where another thread goes on shows where the schedule switches. The note says where in the program a step
 * is, or that it fails. */
static void print_step(schedule *s, unsigned thread, unsigned object, const char *verb, const char *note) {
    char text[160];
    if (s->steps == 0)
        print_heading(s);
    describe(s, object, verb, text, sizeof text);
    printf("%4u  %*s%s%s%s%s\n", s->steps++, (int)(thread * column), "", text, note[0] ? " " : "", note,
           thread != s->last ? "   <-" : "");
    s->last = thread;
}

/* One line of the file. False for a line that a schedule cannot have. */
static int take_line(schedule *s, const char *line) {
    unsigned number, thread, object;
    char text[256], verb[128], note[128] = "";
    if (sscanf(line, "test %255[^\n]", s->test) == 1 || sscanf(line, "failure %63[^\n]", s->failure) == 1 ||
        sscanf(line, "seed %31s", s->seed) == 1 || sscanf(line, "partly %63[^\n]", s->partly) == 1)
        return 1;
    if (sscanf(line, "thread %u %255[^\n]", &number, text) == 2 && number < most_threads) {
        snprintf(s->threads[number], text_size, "%.*s", text_size - 1, text);
        s->thread_count = number >= s->thread_count ? number + 1 : s->thread_count;
        return 1;
    }
    if (sscanf(line, "object %u %255[^\n]", &number, text) == 2 && number < most_objects)
        return snprintf(s->objects[number], text_size, "%.*s", text_size - 1, text) > 0;
    if (sscanf(line, "step %u %u %127s %127[^\n]", &thread, &object, verb, note) >= 3 && thread < most_threads) {
        print_step(s, thread, object, verb, note);
        return 1;
    }
    if (strncmp(line, "says ", 5) == 0) {
        size_t length = strlen(s->says);
        return snprintf(s->says + length, sizeof s->says - length, "%s", line + 5) > 0;
    }
    return strncmp(line, "switch ", 7) == 0 || strncmp(line, "timeout ", 8) == 0 ||
           strncmp(line, "choice ", 7) == 0 || strncmp(line, "fault ", 6) == 0 || strncmp(line, "grain ", 6) == 0 ||
           strncmp(line, "signal ", 7) == 0;
}

static int explain_file(const char *path, FILE *file) {
    static schedule s;
    char line[512];
    unsigned number = 1;
    while (fgets(line, sizeof line, file)) {
        number++;
        if (!take_line(&s, line)) {
            fprintf(stderr, "thrum explain: %s:%u: a line that a schedule cannot have: %s", path, number, line);
            return STATUS_FAILED;
        }
    }
    if (s.steps == 0)
        print_heading(&s);
    printf("\n%s%s. A line is what a thread is about to do when it may lose its turn; an arrow marks where another "
           "goes on.\n",
           s.says, s.failure);
    if (s.partly[0])
        printf("Partly controlled: %s was waited for outside.\n", s.partly);
    return STATUS_DONE;
}

FILE *open_schedule(const char *name, const char *path) {
    char line[512];
    FILE *file = fopen(path, "re");
    if (!file) {
        fprintf(stderr, "thrum %s: %s: %s\n", name, path, strerror(errno));
        return NULL;
    }
    if (fgets(line, sizeof line, file) && strcmp(line, "thrum-schedule 1\n") == 0)
        return file;
    fprintf(stderr, "thrum %s: %s: this is not a recorded schedule\n", name, path);
    fclose(file);
    return NULL;
}

const char explain_arguments[] = "FILE";
const char explain_details[] =
    "FILE is what thrum_explore() saved of a schedule that fails: a column per thread, a line per step.\n";

int command_explain(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: thrum explain FILE\n", stderr);
        return STATUS_USAGE;
    }
    FILE *file = open_schedule("explain", argv[1]);
    if (!file)
        return STATUS_FAILED;
    int status = explain_file(argv[1], file);
    fclose(file);
    return status;
}
