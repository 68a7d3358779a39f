/* against_python.h - a differential test: generated cases through CPython's module and through ours, line for line.
 *
 *     program SCRIPT [CASES [SEED]]
 *
 * A test says how a case is made at random, how it is written as a line for SCRIPT, and what our answer to it is, a
 * line too. SCRIPT is run by python3 with the name of a file that has all cases, and prints an answer for each. The
 * output is TAP: one test, with the first cases that differ; and a skip where there is no python3.
 *
 *     static const against_python test = {sizeof(sum), make_sum, ask_sum, answer_sum};
 *     int main(int argc, char **argv) {
 *         return against_python_main(&test, 5000, argc, argv);
 *     }
 */
#ifndef THRUM_TEST_AGAINST_PYTHON_H
#define THRUM_TEST_AGAINST_PYTHON_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct against_python {
    size_t case_size;
    void (*make)(void *made); /* fills in a case that is all zero, with the help of below() */
    void (*ask)(FILE *to, const void *asked);
    void (*answer)(FILE *to, const void *asked);
    int version; /* what SCRIPT needs: 11 for Python 3.11; 0: any */
} against_python;

static uint64_t against_random;

/* A number from 0 to limit - 1. */
static inline unsigned below(unsigned limit) {
    against_random = against_random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((against_random >> 33) % limit);
}

/* Text of any bytes, for a line of words. */
static inline void print_hex(FILE *to, const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        fprintf(to, "%02x", ((const unsigned char *)bytes)[i]);
}

/* The line that `print` writes for a case, to be freed. */
static char *against_line(void (*print)(FILE *to, const void *asked), const void *asked) {
    char *line = NULL;
    size_t size;
    FILE *to = open_memstream(&line, &size);
    if (!to)
        abort();
    print(to, asked);
    fputc('\n', to);
    fclose(to);
    return line;
}

static void against_show(const char *who, const char *line) {
    printf("# %-6s %s%s", who, line, strchr(line, '\n') ? "" : "(no more)\n");
}

/* Whether both gave the same answer to a case; what differs is shown as long as `shows`. */
static int against_agree(const against_python *test, const void *asked, FILE *reference, int shows) {
    char *theirs = NULL, *ours = against_line(test->answer, asked), *question = against_line(test->ask, asked);
    size_t room = 0;
    int got = getline(&theirs, &room, reference) > 0, agree = got && strcmp(ours, theirs) == 0;
    if (!agree && shows) {
        against_show("case", question);
        against_show("python", got ? theirs : "");
        against_show("thrum", ours);
    }
    free(theirs);
    free(ours);
    free(question);
    return agree;
}

static int against_has_python(int version) {
    char command[128];
    snprintf(command, sizeof command, "python3 -c 'import sys; sys.exit(sys.version_info < (3, %d))' >/dev/null 2>&1",
             version);
    return system(command) == 0;
}

/* Make the cases and write them to a new file. */
static void against_generate(const against_python *test, char *cases, int count, char *path) {
    FILE *file = fdopen(mkstemp(path), "w");
    if (!file)
        abort();
    for (int i = 0; i < count; i++) {
        char *made = cases + (size_t)i * test->case_size;
        test->make(made);
        test->ask(file, made);
        fputc('\n', file);
    }
    fclose(file);
}

static int against_python_main(const against_python *test, int count, int argc, char **argv) {
    enum { shown = 5 };
    char path[] = "/tmp/thrum-against-python-XXXXXX", command[1024];
    int differences = 0;
    count = argc > 2 ? atoi(argv[2]) : count;
    against_random = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    if (!against_has_python(test->version)) {
        printf("1..0 # SKIP there is no python3 here to compare with, or it is older than 3.%d\n", test->version);
        return 0;
    }
    char *cases = calloc((size_t)count, test->case_size);
    against_generate(test, cases, count, path);
    snprintf(command, sizeof command, "exec python3 '%s' '%s'", argv[1], path);
    FILE *reference = popen(command, "r");
    for (int i = 0; i < count; i++)
        differences += !against_agree(test, cases + (size_t)i * test->case_size, reference, differences < shown);
    int status = pclose(reference);
    unlink(path);
    free(cases);
    printf("1..1\n%s 1 - %d cases, %d differ\n", differences || status ? "not ok" : "ok", count, differences);
    return differences || status;
}

#endif
